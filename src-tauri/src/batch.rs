//! Updates on their way to the page, joined where joining says the same. Pure; refuses to drop anything but an
//! activity that a newer one of the same task replaces.

use std::collections::{HashMap, VecDeque};

use ampersand_core::{MessageId, TaskId};
use ampersand_protocol::{Update, UpdateBody};

/// Bytes of JSON in a batch, unless one update alone has more: what is larger the page must fetch, which is slow.
const BYTES_MAX: usize = 8000;
/// Updates kept back; whoever fills the batch waits beyond that.
const UPDATES_MAX: usize = 4096;
/// Bytes that are joined into one piece of a reply.
const DELTA_BYTES_MAX: usize = 2048;

/// Updates in order, not handed out yet.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// `None` where a newer activity took the place.
    updates: VecDeque<Option<Update>>,
    /// How many were ever taken out; places count from the first one ever put in.
    taken: usize,
    activities: HashMap<TaskId, usize>,
    /// Pieces of replies that may still grow.
    deltas: HashMap<MessageId, usize>,
}

impl Batch {
    /// Puts in an update, or joins it to one that waits.
    pub(crate) fn push(&mut self, update: Update) {
        let place = self.taken + self.updates.len();
        match &update.body {
            UpdateBody::Activity { activity } => {
                if let Some(task) = activity.task
                    && let Some(older) = self.activities.insert(task, place)
                    && let Some(slot) = self.slot(older)
                {
                    *slot = None;
                }
            }
            UpdateBody::MessageDelta { message, text } => {
                let open = self.deltas.get(message).copied();
                if let Some(Some(UpdateBody::MessageDelta { text: before, .. })) = open
                    .and_then(|place| self.slot(place))
                    .map(|slot| slot.as_mut().map(|update| &mut update.body))
                    && before.len() + text.len() <= DELTA_BYTES_MAX
                {
                    before.push_str(text);
                    return;
                }
                self.deltas.insert(*message, place);
            }
            UpdateBody::Message { message } => {
                self.deltas.remove(&message.id);
            }
            UpdateBody::MessageDone { message, .. } => {
                self.deltas.remove(message);
            }
            _ => {}
        }
        self.updates.push_back(Some(update));
    }

    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.updates.is_empty()
    }

    /// Whether no more should be put in before something was taken.
    pub(crate) fn is_full(&self) -> bool {
        self.updates.len() >= UPDATES_MAX
    }

    /// The next batch as a JSON array; `None` if nothing waits.
    pub(crate) fn take(&mut self) -> Option<String> {
        let mut batch = String::new();
        while let Some(first) = self.updates.front() {
            let json = first
                .as_ref()
                .and_then(|update| serde_json::to_string(update).ok());
            if let Some(json) = json {
                if !batch.is_empty() && batch.len() + json.len() + 2 > BYTES_MAX {
                    break;
                }
                batch.push(if batch.is_empty() { '[' } else { ',' });
                batch.push_str(&json);
            }
            self.updates.pop_front();
            self.taken += 1;
        }
        if self.updates.is_empty() {
            self.activities.clear();
            self.deltas.clear();
        }
        (!batch.is_empty()).then(|| batch + "]")
    }

    fn slot(&mut self, place: usize) -> Option<&mut Option<Update>> {
        self.updates.get_mut(place.checked_sub(self.taken)?)
    }
}

#[cfg(test)]
mod tests {
    use ampersand_core::{Message, MessageBody};
    use ampersand_protocol::{Activity, Counts};
    use jiff::Timestamp;
    use serde_json::Value;
    use uuid::Uuid;

    use super::*;

    fn update(body: UpdateBody) -> Update {
        Update {
            at: Timestamp::UNIX_EPOCH,
            seq: None,
            body,
        }
    }

    fn message(n: u128) -> MessageId {
        Uuid::from_u128(n).into()
    }

    fn delta(n: u128, text: &str) -> Update {
        update(UpdateBody::MessageDelta {
            message: message(n),
            text: text.into(),
        })
    }

    fn said(n: u128) -> Update {
        let body = MessageBody::Said {
            text: "hello".into(),
            understood: None,
        };
        let message = Message {
            id: message(n),
            position: 1,
            at: Timestamp::UNIX_EPOCH,
            body,
        };
        update(UpdateBody::Message { message })
    }

    fn activity(n: u128, line: &str) -> Update {
        let activity = Activity {
            task: Some(Uuid::from_u128(n).into()),
            line: line.into(),
            steps_done: 0,
            steps: 0,
            files: 0,
            tokens: 0,
        };
        update(UpdateBody::Activity { activity })
    }

    fn counts(running: u32) -> Update {
        let counts = Counts {
            running,
            ..Counts::default()
        };
        update(UpdateBody::Counts { counts })
    }

    /// What the page gets, each update as its type and the words or number that tell it from others.
    fn taken(batch: &mut Batch) -> Vec<String> {
        let json = batch.take().unwrap_or_else(|| "[]".into());
        let updates: Vec<Value> = serde_json::from_str(&json).unwrap();
        let shown = |update: &Value| {
            let says = ["text", "line", "running"]
                .iter()
                .find_map(|key| update.get(key));
            format!(
                "{} {}",
                update["type"].as_str().unwrap(),
                says.unwrap_or(&Value::Null)
            )
        };
        updates.iter().map(shown).collect()
    }

    #[track_caller]
    fn check(updates: impl IntoIterator<Item = Update>, expected: &[&str]) {
        let mut batch = Batch::default();
        updates.into_iter().for_each(|update| batch.push(update));
        assert_eq!(taken(&mut batch), expected);
        assert!(batch.is_empty());
    }

    #[test]
    fn pieces_of_one_reply_are_joined_across_other_news() {
        check(
            [delta(1, "Hel"), counts(1), delta(2, "x"), delta(1, "lo")],
            &["message.delta \"Hello\"", "counts 1", "message.delta \"x\""],
        );
    }

    #[test]
    fn a_piece_is_never_joined_to_one_before_the_whole_entry() {
        check(
            [delta(1, "a"), said(1), delta(1, "b")],
            &["message.delta \"a\"", "message null", "message.delta \"b\""],
        );
    }

    #[test]
    fn the_newest_activity_of_a_task_stands_where_it_came() {
        check(
            [
                activity(1, "a"),
                activity(2, "x"),
                counts(1),
                activity(1, "b"),
            ],
            &["activity \"x\"", "counts 1", "activity \"b\""],
        );
    }

    #[test]
    fn states_are_all_kept() {
        check(
            [counts(1), counts(2), counts(1)],
            &["counts 1", "counts 2", "counts 1"],
        );
    }

    #[test]
    fn what_does_not_fit_comes_with_the_next_batch_and_nothing_is_lost() {
        let mut batch = Batch::default();
        let piece = "x".repeat(DELTA_BYTES_MAX);
        (0..9).for_each(|n| batch.push(delta(n, &piece)));
        let mut sizes = Vec::new();
        let mut seen = 0;
        while let Some(json) = batch.take() {
            sizes.push(json.len());
            seen += serde_json::from_str::<Vec<Value>>(&json).unwrap().len();
        }
        assert_eq!(seen, 9);
        assert!(
            sizes.len() > 2 && sizes.iter().all(|size| *size < 8192),
            "{sizes:?}"
        );
    }

    #[test]
    fn a_piece_taken_already_is_not_joined_to() {
        let mut batch = Batch::default();
        batch.push(delta(1, "a"));
        batch.take();
        batch.push(delta(1, "b"));
        assert_eq!(taken(&mut batch), ["message.delta \"b\""]);
    }

    #[test]
    fn an_update_larger_than_a_batch_goes_alone() {
        let large = "x".repeat(2 * BYTES_MAX);
        let mut batch = Batch::default();
        [counts(1), delta(1, &large), counts(2)]
            .into_iter()
            .for_each(|update| batch.push(update));
        assert_eq!(taken(&mut batch), ["counts 1"]);
        assert_eq!(taken(&mut batch).len(), 1);
        assert_eq!(taken(&mut batch), ["counts 2"]);
    }
}
