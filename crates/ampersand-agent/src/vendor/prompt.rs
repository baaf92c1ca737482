//! What an agent of others is told: the brief word for word, and what it has to know about where it works.

use super::record::Past;

/// The longest line of a diff that is told whole.
pub(super) const MAX_LINE_BYTES: usize = 2 * 1024;
/// The most that is told of what was changed.
pub(super) const MAX_CHANGES_BYTES: usize = 24 * 1024;
/// The most that is told of what was said.
const MAX_SAID_BYTES: usize = 24 * 1024;

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

/// The first thing an agent is told in this attempt.
#[derive(Debug, Clone)]
pub(crate) struct Opening {
    given: String,
    prompted: bool,
    reported: bool,
    said: String,
    changes: Option<String>,
}

impl Opening {
    pub(super) fn new(given: String, past: &Past, changes: Option<String>) -> Self {
        Self {
            given,
            prompted: past.prompted,
            reported: past.reported,
            said: said(past),
            changes,
        }
    }

    /// In the conversation an earlier attempt had.
    pub(crate) fn same_conversation(&self) -> String {
        match (self.prompted, self.reported) {
            (false, _) => self.given.clone(),
            (true, false) => GO_ON.to_owned(),
            (true, true) => AGAIN.to_owned(),
        }
    }

    /// In a new conversation: the brief, and after it what became of an earlier one.
    pub(crate) fn new_conversation(&self) -> String {
        let mut text = self.given.clone();
        if self.said.is_empty() && self.changes.is_none() {
            return text;
        }
        text.push_str("\n\nThis was begun before and interrupted. ");
        text.push_str(if self.reported { AGAIN } else { GO_ON });
        if !self.said.is_empty() {
            text.push_str("\n\nWhat was said, quoted:\n\n");
            text.push_str(&self.said);
        }
        if let Some(changes) = &self.changes {
            text.push_str("\n\nWhat the checkout differs in from where it began:\n\n");
            text.push_str(&quoted("", &cut(changes.clone(), MAX_CHANGES_BYTES)));
        }
        text
    }
}

/// What was said after the brief, the newest that fits.
fn said(past: &Past) -> String {
    let mut kept = Vec::new();
    let mut bytes = 0;
    for (by_agent, text) in past.said.iter().skip(1).rev() {
        let who = if *by_agent { "you: " } else { "the person: " };
        let text = quoted(who, &cut(text.clone(), MAX_SAID_BYTES / 4));
        bytes += text.len();
        if bytes > MAX_SAID_BYTES {
            kept.push("> […]\n".to_owned());
            break;
        }
        kept.push(text);
    }
    kept.reverse();
    kept.concat()
}

fn quoted(who: &str, text: &str) -> String {
    let lines = text.lines().enumerate().map(|(at, line)| match at {
        0 => format!("> {who}{line}\n"),
        _ => format!("> {line}\n"),
    });
    lines.collect()
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

    #[test]
    fn the_brief_is_told_once_and_word_for_word() {
        let new = Opening::new("the brief".into(), &past(false, false, &[]), None);
        assert_eq!(new.same_conversation(), "the brief");
        assert_eq!(new.new_conversation(), "the brief");
        let said = [(false, "the brief"), (true, "half\ndone")];
        let cut_off = Opening::new(
            "the brief".into(),
            &past(true, false, &said),
            Some("+x\n".into()),
        );
        assert_eq!(cut_off.same_conversation(), GO_ON);
        let primed = cut_off.new_conversation();
        assert!(
            primed.starts_with("the brief\n\nThis was begun before"),
            "{primed}"
        );
        assert!(primed.contains("> you: half\n> done\n"), "{primed}");
        assert!(primed.ends_with("> +x\n"), "{primed}");
        let ended = Opening::new("the brief".into(), &past(true, true, &said), None);
        assert_eq!(ended.same_conversation(), AGAIN);
    }

    #[test]
    fn what_was_said_is_told_from_its_end_and_bounded() {
        let long = "x".repeat(10_000);
        let mut said = vec![(false, "brief")];
        said.extend((0..20).map(|_| (true, long.as_str())));
        said.push((true, "newest"));
        let text = Opening::new("b".into(), &past(true, false, &said), None).new_conversation();
        assert!(text.len() < MAX_SAID_BYTES + 1_000, "{}", text.len());
        assert!(text.ends_with("> you: newest\n"));
    }
}
