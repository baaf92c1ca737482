//! Undo, as a sentence of its own: the newest cancel is taken back, or the last landing.

use std::sync::Arc;

use ampersand_core::{MessageBody, last_landing};
use ampersand_protocol::{Command, Reply};

use super::{Heard, PERSON_WAITS, nothing, overridden, plain};
use crate::desk::Desk;

/// What is to be undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Undo {
    Cancel,
    Landing,
}

/// What a text wants undone, if it says nothing else.
pub(super) fn meant(text: &str) -> Option<Undo> {
    let text = plain(text);
    let text = text.strip_prefix("please ").unwrap_or(&text);
    let text = text.strip_suffix(" please").unwrap_or(text);
    match text {
        "undo"
        | "undo that"
        | "undo this"
        | "undo it"
        | "undo the cancel"
        | "undo the cancellation"
        | "undo the stop"
        | "undo that cancel"
        | "take that back"
        | "take it back"
        | "uncancel"
        | "uncancel it"
        | "uncancel that"
        | "撤销"
        | "撤回"
        | "撤销取消" => Some(Undo::Cancel),
        "undo the landing"
        | "undo that landing"
        | "undo this landing"
        | "undo the last landing"
        | "undo the latest landing"
        | "undo last landing"
        | "take the landing back"
        | "take back the landing"
        | "take back the last landing"
        | "take that landing back"
        | "撤销合入"
        | "撤回合入"
        | "撤销这次合入"
        | "撤销上次合入"
        | "撤回上次合入"
        | "撤销刚才的合入"
        | "请撤销合入"
        | "把合入撤销" => Some(Undo::Landing),
        _ => None,
    }
}

/// Messages among which the newest override is looked for; a cancel can be taken back for seconds only.
const LOOKED_THROUGH: u32 = 64;

/// Takes the newest cancel back, unless something else was told to tasks since that cannot be.
pub(super) async fn cancel(desk: &Arc<Desk>, mut heard: Heard) {
    if narrowed_last(desk).await {
        if heard.is_stored().await {
            desk.notice(Some(heard.message.id), nothing::given_back())
                .await;
        }
        return;
    }
    let command = Command::Undo { tasks: Vec::new() };
    let answer = {
        let _turn = desk.overriding.lock().await;
        desk.link.call_within(PERSON_WAITS, command).await
    };
    desk.order.acted();
    if !heard.is_stored().await {
        return;
    }
    match answer {
        Ok(Reply::Overridden { tasks, .. }) => {
            overridden::say_understood(desk, &mut heard, "undo", "undo", tasks, 0).await;
        }
        Ok(_) => {}
        Err(failure) => desk.trouble(heard.message.id, failure).await,
    }
}

/// Whether the newest override took something from tasks. Where that cannot be read, the orchestrator says what there is
/// to undo.
async fn narrowed_last(desk: &Desk) -> bool {
    let messages = desk.conversation.messages(None, LOOKED_THROUGH).await;
    let messages = messages.unwrap_or_default();
    let newest = messages
        .iter()
        .rev()
        .find_map(|message| match &message.body {
            MessageBody::Override { verb, .. } => Some(verb.as_str()),
            _ => None,
        });
    newest == Some("narrow")
}

/// Undoes the last landing in the repository the conversation is about. What became of it stands on a card of its own.
pub(super) async fn landing(desk: &Arc<Desk>, mut heard: Heard) {
    let repository = desk.repository().unwrap_or_default();
    let last = {
        let board = desk.board();
        last_landing(board.tasks(), &repository.display().to_string())
            .map(|task| (task.id, task.title.clone()))
    };
    let Some((task, title)) = last else {
        return desk.notice(Some(heard.message.id), nothing::landed()).await;
    };
    let answer = desk
        .link
        .call_within(PERSON_WAITS, Command::UndoLanding { task })
        .await;
    desk.order.acted();
    if !heard.is_stored().await {
        return;
    }
    match answer {
        Ok(_) => {
            let words = format!("undo the landing · {title}");
            let tasks = vec![task];
            overridden::say_understood(desk, &mut heard, "undo_landing", &words, tasks, 0).await;
        }
        Err(failure) => desk.trouble(heard.message.id, failure).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undo_is_a_word_of_its_own() {
        for text in ["Undo!", "undo that.", "please undo", "撤销。"] {
            assert_eq!(meant(text), Some(Undo::Cancel), "{text}");
        }
        for text in [
            "undo the last commit",
            "how do I undo?",
            "undo the landing page",
        ] {
            assert_eq!(meant(text), None, "{text}");
        }
    }

    #[test]
    fn a_landing_is_undone_in_both_languages() {
        for text in [
            "Undo the landing.",
            "please undo the last landing",
            "undo that landing, please",
            "撤销合入",
            "撤销上次合入。",
        ] {
            assert_eq!(meant(text), Some(Undo::Landing), "{text}");
        }
    }
}
