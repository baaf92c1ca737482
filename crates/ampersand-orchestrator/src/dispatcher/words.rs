//! What people told tasks and no agent has taken in yet. Kept until it has: attempts come and go in between.

use std::collections::HashMap;

use ampersand_core::{AttemptId, TaskId};

struct Said {
    text: String,
    /// The attempt that was given them, if any was.
    given_to: Option<AttemptId>,
}

/// By task, oldest first.
#[derive(Default)]
pub(super) struct Words {
    unheard: HashMap<TaskId, Vec<Said>>,
}

impl Words {
    pub(super) fn keep(&mut self, task: TaskId, text: String) {
        let given_to = None;
        self.unheard
            .entry(task)
            .or_default()
            .push(Said { text, given_to });
    }

    /// Gives an attempt all it has not been given, as long as it takes them.
    pub(super) fn give(&mut self, task: TaskId, attempt: AttemptId, give: impl Fn(String) -> bool) {
        for said in self.unheard.entry(task).or_default() {
            if said.given_to == Some(attempt) {
                continue;
            }
            if !give(said.text.clone()) {
                return;
            }
            said.given_to = Some(attempt);
        }
    }

    /// An agent took these words in.
    pub(super) fn heard(&mut self, task: TaskId, text: &str) {
        let Some(unheard) = self.unheard.get_mut(&task) else {
            return;
        };
        if let Some(at) = unheard.iter().position(|said| said.text == text) {
            unheard.remove(at);
        }
        if unheard.is_empty() {
            self.unheard.remove(&task);
        }
    }
}
