//! What a person said in the course of a task and the agent has not taken in yet, in the order it was said.

use std::collections::VecDeque;

/// Words on their way.
#[derive(Debug, Default)]
pub(crate) struct Said(VecDeque<Word>);

#[derive(Debug)]
struct Word {
    text: String,
    /// The agent's program has it.
    sent: bool,
}

impl Said {
    pub(crate) fn say(&mut self, text: String) {
        self.0.push_back(Word { text, sent: false });
    }

    /// What the agent's program does not have yet. It has it from now on.
    pub(crate) fn send(&mut self) -> Vec<String> {
        let waiting = self.0.iter_mut().filter(|word| !word.sent);
        let sent = waiting.map(|word| {
            word.sent = true;
            word.text.clone()
        });
        sent.collect()
    }

    /// The program did not take it: the turn had ended, or takes none. The next one begins with it.
    pub(crate) fn came_back(&mut self, text: &str) {
        if let Some(word) = self.0.iter_mut().find(|word| word.text == text) {
            word.sent = false;
        }
    }

    /// The agent took it in. `None` for what nobody said, or nobody sent.
    pub(crate) fn taken_in(&mut self, text: &str) -> Option<String> {
        let is_it = |word: &Word| word.sent && word.text == text;
        let at = self.0.iter().position(is_it)?;
        self.0.remove(at).map(|word| word.text)
    }

    /// All of it, to begin a turn with; `None` if there is nothing.
    pub(crate) fn take(&mut self) -> Option<Vec<String>> {
        let all: Vec<_> = self.0.drain(..).map(|word| word.text).collect();
        (!all.is_empty()).then_some(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_sent_once_and_again_if_it_came_back() {
        let mut said = Said::default();
        assert_eq!(said.take(), None);
        said.say("one".into());
        said.say("two".into());
        assert_eq!(said.taken_in("one"), None);
        assert_eq!(said.send(), ["one", "two"]);
        assert_eq!(said.send(), Vec::<String>::new());
        said.came_back("two");
        said.say("three".into());
        assert_eq!(said.taken_in("one").as_deref(), Some("one"));
        assert_eq!(said.taken_in("one"), None);
        assert_eq!(said.send(), ["two", "three"]);
        said.came_back("three");
        assert_eq!(said.take(), Some(vec!["two".into(), "three".into()]));
        assert_eq!(said.take(), None);
    }
}
