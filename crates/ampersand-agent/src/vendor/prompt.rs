//! What an agent of others is told: the brief word for word, and what it has to know about where it works.

use super::record::Past;
use crate::before::{Before, Words, after};

/// The longest line of a diff that is told whole.
pub(super) const MAX_LINE_BYTES: usize = 2 * 1024;
/// The most that is told of what was changed.
pub(super) const MAX_CHANGES_BYTES: usize = 24 * 1024;

const MANNERS: &str = "You work alone on one task in a checkout of a repository that is yours. {reach} \
    Do not commit and do not touch .git: what you change is committed for you. When you are done, end with a message whose \
    first line is the result itself in one line, never just \"done\", and whose rest says what you did and what you could \
    not check.";

/// For agents that take instructions beside the brief, and below the brief for the rest. `reach` says what of the network
/// there is.
pub(crate) fn manners(reach: &str) -> String {
    MANNERS.replace("{reach}", reach)
}

/// To one that was stopped in the middle.
const GO_ON: &str = "You were interrupted. Look at the checkout as it is now before you repeat anything, and go on with the task.";

/// To one that had come to an end.
const AGAIN: &str = "You had come to an end, and the task was started again. Look at the checkout as it is now, do what is \
    missing, and end as before.";

/// To one that was taken back to before something it was told.
const REWOUND: &str = "What the person told you last was taken back, and with it all you answered to that. The checkout still holds \
    what you changed then: look at it as it is now, and undo of it what belongs to what was taken back. What they want instead follows.";

/// The first thing an agent is told in this attempt.
#[derive(Debug, Clone)]
pub(crate) struct Opening {
    given: String,
    prompted: bool,
    reported: bool,
    before: Option<Before>,
    said: Vec<Words>,
    changes: Option<String>,
    rewound: bool,
}

impl Opening {
    pub(super) fn new(
        given: String,
        before: Option<Before>,
        past: &Past,
        changes: Option<String>,
    ) -> Self {
        Self {
            given,
            prompted: past.prompted,
            reported: past.reported,
            before,
            said: said(past, "you"),
            changes,
            rewound: false,
        }
    }

    /// After something was taken back, which this past does not have any more.
    pub(crate) fn rewind(&mut self, past: &Past) {
        self.prompted = past.prompted;
        self.reported = past.reported;
        self.said = said(past, "you");
        self.rewound = true;
    }

    /// Whether other agents had the task before.
    pub(crate) const fn is_taken_over(&self) -> bool {
        self.before.is_some()
    }

    /// In the conversation an earlier attempt had.
    pub(crate) fn same_conversation(&self) -> String {
        match (self.prompted, self.reported) {
            (false, _) if self.rewound => format!("{}\n\n{REWOUND}", self.given),
            (true, _) if self.rewound => REWOUND.to_owned(),
            (false, _) => self.new_conversation(),
            (true, false) => GO_ON.to_owned(),
            (true, true) => AGAIN.to_owned(),
        }
    }

    /// In a new conversation: the brief, and after it what became of an earlier one.
    pub(crate) fn new_conversation(&self) -> String {
        let mut text = self.given.clone();
        let is_new = self.said.is_empty() && !self.prompted;
        if let Some(before) = &self.before {
            let changes = self.changes.as_deref().filter(|_| is_new);
            text.push_str("\n\n");
            text.push_str(&before.told(changes));
        }
        if is_new || (self.said.is_empty() && self.changes.is_none()) {
            return text;
        }
        text.push_str("\n\nThis was begun before and interrupted. ");
        text.push_str(if self.reported { AGAIN } else { GO_ON });
        text.push_str(&after(&self.said, self.changes.as_deref()));
        text
    }
}

/// What was said after the brief; `who` is the agent.
pub(super) fn said(past: &Past, who: &str) -> Vec<Words> {
    let said = past.said.iter().skip(1);
    said.map(|(by_agent, text)| match by_agent {
        true => Words::by(who, text),
        false => Words::by_the_person(text),
    })
    .collect()
}

/// A text that fits, with a mark where it was cut.
pub(crate) fn cut(mut text: String, most: usize) -> String {
    if text.len() > most {
        text.truncate(text.floor_char_boundary(most));
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn past(prompted: bool, reported: bool, said: &[(bool, &str)]) -> Past {
        Past {
            prompted,
            reported,
            said: said
                .iter()
                .map(|(by, text)| (*by, (*text).to_owned()))
                .collect(),
            ..Past::default()
        }
    }

    fn opening(past: &Past, changes: Option<&str>) -> Opening {
        Opening::new("the brief".into(), None, past, changes.map(str::to_owned))
    }

    #[test]
    fn the_brief_is_told_once_and_word_for_word() {
        let new = opening(&past(false, false, &[]), None);
        assert_eq!(new.same_conversation(), "the brief");
        assert_eq!(new.new_conversation(), "the brief");
        let said = [(false, "the brief"), (true, "half\ndone")];
        let cut_off = opening(&past(true, false, &said), Some("+x\n"));
        assert_eq!(cut_off.same_conversation(), GO_ON);
        let primed = cut_off.new_conversation();
        assert!(
            primed.starts_with("the brief\n\nThis was begun before"),
            "{primed}"
        );
        assert!(primed.contains("> you: half\n> done\n"), "{primed}");
        assert!(primed.ends_with("> +x\n"), "{primed}");
        let ended = opening(&past(true, true, &said), None);
        assert_eq!(ended.same_conversation(), AGAIN);
    }

    #[tokio::test]
    async fn one_that_takes_over_is_told_by_whom_it_was_begun_and_once() {
        let folder = tempfile::tempdir().unwrap();
        let agents = vec![(ampersand_core::AgentKind::Codex, folder.path().join("r"))];
        let before = Before::read(agents).await.unwrap();
        let takes_over = |past: &Past| {
            let changes = Some("+x\n".to_owned());
            Opening::new("the brief".into(), before.clone(), past, changes)
        };
        let first = takes_over(&past(false, false, &[]));
        let told = first.new_conversation();
        assert_eq!(first.same_conversation(), told);
        assert!(
            told.starts_with("the brief\n\nThis was begun by codex"),
            "{told}"
        );
        assert_eq!(told.matches("> +x\n").count(), 1, "{told}");
        let said = [(false, told.as_str()), (true, "went on")];
        let later = takes_over(&past(true, false, &said));
        assert_eq!(later.same_conversation(), GO_ON);
        let told = later.new_conversation();
        for once in ["This was begun by codex", "> you: went on\n", "> +x\n"] {
            assert_eq!(told.matches(once).count(), 1, "{once} {told}");
        }
    }
}
