//! Updates on their way to the page, joined where joining says the same. What tasks are doing waits until it is let go;
//! everything else goes before it. Pure; refuses to drop anything but an activity that something newer about its task
//! says too.

use std::collections::{BTreeMap, HashMap, VecDeque};

use ampersand_core::{MessageId, TaskId};
use ampersand_protocol::{Update, UpdateBody};

/// Bytes of JSON in a batch, unless one update alone has more: what is larger the page must fetch, which is slow.
const BYTES_MAX: usize = 8000;
/// Updates kept back; whoever fills the batch waits beyond that.
const UPDATES_MAX: usize = 4096;
/// Bytes that are joined into one piece of a reply.
const DELTA_BYTES_MAX: usize = 2048;

/// What tasks are doing, the newest of each.
type Activities = BTreeMap<Option<TaskId>, Update>;

/// Updates in order, not handed out yet.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    updates: VecDeque<Update>,
    /// How many were ever taken out; places count from the first one ever put in.
    taken: usize,
    /// Pieces of replies that may still grow.
    deltas: HashMap<MessageId, usize>,
    /// What waits to be let go.
    held: Activities,
    /// What was let go, and goes where there is room beside everything else.
    going: Activities,
}

impl Batch {
    /// Puts in an update, or joins it to one that waits.
    pub(crate) fn push(&mut self, update: Update) {
        let place = self.taken + self.updates.len();
        match &update.body {
            UpdateBody::Activity { activity } => {
                self.held.insert(activity.task, update);
                return;
            }
            UpdateBody::Task { task } => self.forget(task.id),
            UpdateBody::Plan { tasks, .. } => tasks.iter().for_each(|task| self.forget(task.id)),
            UpdateBody::MessageDelta { message, text } => {
                let open = self.deltas.get(message).copied();
                if let Some(UpdateBody::MessageDelta { text: before, .. }) = open
                    .and_then(|place| self.waiting(place))
                    .map(|update| &mut update.body)
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
        self.updates.push_back(update);
    }

    /// Whether there is anything that waits for nothing but the next batch.
    pub(crate) fn is_due(&self) -> bool {
        !self.updates.is_empty() || !self.going.is_empty()
    }

    /// Whether there is anything that waits to be let go.
    pub(crate) fn holds(&self) -> bool {
        !self.held.is_empty()
    }

    /// Lets go what tasks are doing.
    pub(crate) fn let_go(&mut self) {
        self.going.append(&mut self.held);
    }

    /// Whether no more should be put in before something was taken.
    pub(crate) fn is_full(&self) -> bool {
        self.updates.len() >= UPDATES_MAX
    }

    /// The next batch as a JSON array; `None` if nothing is due.
    pub(crate) fn take(&mut self) -> Option<String> {
        let mut batch = String::new();
        while let Some(first) = self.updates.front() {
            if !put(&mut batch, first) {
                return Some(batch + "]");
            }
            self.updates.pop_front();
            self.taken += 1;
        }
        self.deltas.clear();
        while let Some(first) = self.going.first_entry() {
            if !put(&mut batch, first.get()) {
                break;
            }
            first.remove();
        }
        (!batch.is_empty()).then(|| batch + "]")
    }

    /// A task is told of as a whole, with what it is doing.
    fn forget(&mut self, task: TaskId) {
        self.held.remove(&Some(task));
        self.going.remove(&Some(task));
    }

    fn waiting(&mut self, place: usize) -> Option<&mut Update> {
        self.updates.get_mut(place.checked_sub(self.taken)?)
    }
}

/// Writes an update behind others; false if there is no room for it among them.
fn put(batch: &mut String, update: &Update) -> bool {
    let Ok(json) = serde_json::to_string(update) else {
        return true;
    };
    if !batch.is_empty() && batch.len() + json.len() + 2 > BYTES_MAX {
        return false;
    }
    batch.push(if batch.is_empty() { '[' } else { ',' });
    batch.push_str(&json);
    true
}

#[cfg(test)]
mod tests;
