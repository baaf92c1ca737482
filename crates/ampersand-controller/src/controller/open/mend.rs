//! What a run that ended before its time left behind: replies that were cut off, messages nothing came of, and
//! results nobody has looked at.

use std::sync::Arc;

use ampersand_core::{CommandId, Failure, Message, MessageBody, MessageId, ReplyState};
use ampersand_protocol::{Command, Reply};
use ampersand_store::Conversation;

use super::LOOKED_THROUGH;
use crate::{
    desk::{Desk, Kept},
    turn::{interrupted, step::Unexplained},
};

/// Marks replies that the end of an earlier run cut off.
pub(super) async fn replies(conversation: &Conversation) -> Result<(), Failure> {
    let mut cut = conversation.unfinished().await?;
    for message in &mut cut {
        if let MessageBody::Reply { state, .. } = &mut message.body {
            *state = ReplyState::Broken {
                failure: interrupted(),
            };
        }
    }
    if !cut.is_empty() {
        conversation.put(&cut).await?;
    }
    Ok(())
}

/// Messages of an earlier run that nothing stands under: it ended before anything came of them.
pub(super) fn unanswered_in(history: &[Message], kept: &[(CommandId, Kept)]) -> Vec<MessageId> {
    let is_said = |message: &Message| matches!(message.body, MessageBody::Said { .. });
    let mut found = Vec::new();
    for (at, message) in history.iter().enumerate() {
        let is_open = match &message.body {
            MessageBody::Said { understood, .. } => understood.is_none(),
            _ => false,
        };
        let below = history[at + 1..].iter().take_while(|later| !is_said(later));
        let is_waiting = kept.iter().any(|(_, kept)| kept.under == Some(message.id));
        if is_open && !is_waiting && !below.into_iter().any(stands_under) {
            found.push(message.id);
        }
    }
    found
}

/// Results of an earlier run that its model had still to look at.
pub(super) fn unexplained_in(history: &[Message]) -> Vec<Unexplained> {
    let mut found = Vec::new();
    for message in history {
        if let MessageBody::Result { unexplained, .. } = &message.body {
            found.extend(unexplained.iter().map(|task| Unexplained {
                card: message.id,
                task: *task,
                at: message.at,
            }));
        }
    }
    found
}

/// Whether an entry comes of the message above it, and not from the journal at any time.
const fn stands_under(message: &Message) -> bool {
    matches!(
        message.body,
        MessageBody::Reply { .. }
            | MessageBody::Plan { .. }
            | MessageBody::Kept { .. }
            | MessageBody::Choice { .. }
            | MessageBody::Override { .. }
            | MessageBody::Notice { .. }
    )
}

/// Says under each that it was not answered, once the journal has brought no plan for it either.
pub(super) async fn messages(desk: Arc<Desk>, unanswered: Vec<MessageId>) {
    let (after, limit) = (None, 0);
    let list = Command::ListTasks { after, limit };
    let asked = desk.link.call(crate::new_command(), list);
    let Ok(Reply::Tasks { snapshot }) = asked.await else {
        return;
    };
    let mut newest = desk.newest.subscribe();
    if newest
        .wait_for(|newest| *newest >= snapshot.seq)
        .await
        .is_err()
    {
        return;
    }
    let Ok(history) = desk.conversation.messages(None, LOOKED_THROUGH).await else {
        return;
    };
    for id in unanswered_in(&history, &[]) {
        if !unanswered.contains(&id) {
            continue;
        }
        let body = MessageBody::Reply {
            text: String::new(),
            to: id,
            state: ReplyState::Broken {
                failure: interrupted(),
            },
            left_out: None,
        };
        if let Err(failure) = desk.card(Some(id), body).await {
            tracing::warn!(code = failure.code, "an unanswered message was not marked");
        }
    }
}
