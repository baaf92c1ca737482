//! What people told tasks and no agent has taken in yet. Kept until it has: attempts come and go in between.

use std::collections::HashMap;

use ampersand_core::{AttemptId, TaskId};

struct Said {
    text: String,
    /// The attempt that was given them, if any was.
    given_to: Option<AttemptId>,
    /// An attempt came to its end without them, and its task began again for them.
    began_again: bool,
}

/// What an end leaves of what a task was told.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum LeftOver {
    /// All of it was taken in.
    Nothing,
    /// Some of it was not, and the task begins again for it.
    BeginsAgain,
    /// Some of it never was, not even then.
    NeverRead(Vec<String>),
}

/// By task, oldest first.
#[derive(Default)]
pub(super) struct Words {
    unheard: HashMap<TaskId, Vec<Said>>,
}

impl Words {
    pub(super) fn keep(&mut self, task: TaskId, text: String) {
        self.unheard.entry(task).or_default().push(Said {
            text,
            given_to: None,
            began_again: false,
        });
    }

    /// Whether the task has to begin again, as its work came to an end without all it was told. It does once: an agent that
    /// ends without them again is not going to take them in by itself.
    pub(super) fn left_over(&mut self, task: TaskId) -> LeftOver {
        let unheard = self.unheard.get_mut(&task);
        let Some(unheard) = unheard.filter(|unheard| !unheard.is_empty()) else {
            return LeftOver::Nothing;
        };
        let mut is_new = false;
        for said in unheard.iter_mut() {
            is_new |= !std::mem::replace(&mut said.began_again, true);
        }
        match is_new {
            true => LeftOver::BeginsAgain,
            false => LeftOver::NeverRead(unheard.iter().map(|said| said.text.clone()).collect()),
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn words_that_an_end_left_behind_begin_their_task_again_once() {
        let task = TaskId::new(Uuid::from_u128(1));
        let mut words = Words::default();
        words.give(task, AttemptId::new(Uuid::from_u128(2)), |_| true);
        assert_eq!(words.left_over(task), LeftOver::Nothing);
        words.keep(task, "keep the API".into());
        assert_eq!(words.left_over(task), LeftOver::BeginsAgain);
        words.keep(task, "and the tests".into());
        assert_eq!(words.left_over(task), LeftOver::BeginsAgain);
        let never = vec!["keep the API".to_owned(), "and the tests".to_owned()];
        assert_eq!(words.left_over(task), LeftOver::NeverRead(never));
        words.heard(task, "keep the API");
        words.heard(task, "and the tests");
        assert_eq!(words.left_over(task), LeftOver::Nothing);
    }
}
