//! The conversation as it stands, for a window that has just begun to look.

use std::collections::VecDeque;

use ampersand_core::{ApprovalId, Failure, Message, MessageId};
use ampersand_protocol::{TaskView, Update, UpdateBody};
use tokio::sync::broadcast;

use super::Desk;
use crate::hub::update;

/// Entries a viewer that fell behind is given at once; earlier ones are asked for as they are scrolled to.
const HISTORY_SHOWN: u32 = 200;

impl Desk {
    /// The newest entries before a place, replies under way as far as their words were shown.
    pub(crate) async fn history(
        &self,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Message>, Failure> {
        let live = self.hub.live();
        Ok(overlay(
            self.conversation.messages(before, limit).await?,
            &live,
        ))
    }

    /// What a window cannot ask for that has just begun to look, and what follows without a gap: replies under way
    /// exactly as far as what follows continues them, and questions that wait in entries it may never scroll to.
    pub(crate) async fn beginning(
        &self,
    ) -> (Option<broadcast::Receiver<Update>>, VecDeque<Update>) {
        let (receiver, mut entries) = self.hub.listen();
        self.add_open_questions(&mut entries).await;
        entries.sort_by_key(|message| message.position);
        (receiver, self.as_it_stands(entries, Vec::new()))
    }

    /// Everything for a viewer that fell behind, and what follows without a gap.
    pub(crate) async fn snapshot(&self) -> (Option<broadcast::Receiver<Update>>, VecDeque<Update>) {
        let (receiver, live) = self.hub.listen();
        let mut history = match self.conversation.messages(None, HISTORY_SHOWN).await {
            Ok(history) => history,
            Err(error) => {
                self.hub.emit(
                    None,
                    UpdateBody::Error {
                        failure: error.into(),
                    },
                );
                Vec::new()
            }
        };
        self.add_open_questions(&mut history).await;
        let views = self.board().views();
        (receiver, self.as_it_stands(overlay(history, &live), views))
    }

    fn as_it_stands(&self, entries: Vec<Message>, views: Vec<TaskView>) -> VecDeque<Update> {
        let counts = self.board().counts();
        let link = UpdateBody::Link {
            up: self.link.is_up(),
        };
        let entries = entries
            .into_iter()
            .map(|message| UpdateBody::Message { message });
        let views = views.into_iter().map(|view| UpdateBody::Task {
            task: Box::new(view),
        });
        [self.ready(), link]
            .into_iter()
            .chain(entries)
            .chain(views)
            .chain([UpdateBody::Counts { counts }])
            .map(|body| update(None, body))
            .collect()
    }

    /// A question that waits is shown however long ago it was asked.
    async fn add_open_questions(&self, history: &mut Vec<Message>) {
        let open: Vec<ApprovalId> = self.board().approvals.keys().copied().collect();
        for approval in open {
            let id = MessageId::new(*approval.as_uuid());
            if history.iter().any(|message| message.id == id) {
                continue;
            }
            if let Ok(Some(message)) = self.conversation.message(id).await {
                history.insert(0, message);
            }
        }
    }
}

/// Entries with those replaced, or added, that are further along in memory.
fn overlay(mut history: Vec<Message>, live: &[Message]) -> Vec<Message> {
    let from = history.first().map(|message| message.position);
    let to = history.last().map(|message| message.position);
    for message in live {
        match history.iter_mut().find(|known| known.id == message.id) {
            Some(known) => known.clone_from(message),
            // Begun a moment ago and not written yet.
            None if from.is_some_and(|from| message.position >= from)
                && to.is_some_and(|to| message.position <= to + 1024) =>
            {
                history.push(message.clone());
            }
            None => {}
        }
    }
    history.sort_by_key(|message| message.position);
    history
}
