//! What the shell itself says: tray, notifications, dialogs. Everything else is said by the page.

/// Text of a repository's, with everything in it that cannot be seen written out.
pub(crate) use ampersand_core::visible_line as visible;
use ampersand_core::{Question, TaskState, Verdict, hides};
use ampersand_protocol::Counts;

/// The name of the program as people read it.
pub(crate) const AMPERSAND: &str = "Ampersand";

/// How it stands, in one line: `3 running · 1 needs you`.
pub(crate) fn standing(counts: &Counts) -> String {
    let parts = [
        (counts.running, "running"),
        (counts.waiting, "waiting"),
        (counts.paused, "paused"),
        (counts.stopping, "stopping"),
        (
            counts.needs_you,
            if counts.needs_you == 1 {
                "needs you"
            } else {
                "need you"
            },
        ),
        (counts.ready, "ready to land"),
    ];
    let said: Vec<String> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, words)| format!("{count} {words}"))
        .collect();
    if said.is_empty() {
        return "Nothing is running".into();
    }
    said.join(" · ")
}

/// A question, short enough for a notification.
pub(crate) fn question(question: &Question) -> String {
    match question {
        Question::Host { host, .. } => format!("May it reach {host}?"),
        Question::Act { tool, .. } => format!("May it use {tool}?"),
        Question::Land { keeps: None, .. } => "Shall its work be landed?".into(),
        Question::Land {
            keeps: Some(kept), ..
        } => format!("Shall its work be landed with {}?", kept.side.shown()),
        Question::Branch { branch, .. } => {
            format!("Shall its work be put on the branch {branch}?")
        }
        Question::Push { push, .. } => format!("May {} be pushed to {}?", push.branch, push.remote),
        Question::Discard { .. } => "Shall its work be put aside?".into(),
        Question::Reduced { .. } => "May it run in reduced isolation?".into(),
    }
}

/// How a task ended.
pub(crate) const fn ended(state: &TaskState) -> &'static str {
    match state {
        TaskState::Ready {
            verdict: Verdict::Red,
        } => "failed its checks",
        TaskState::Ready { .. } => "is ready to land",
        TaskState::Failed { .. } => "could not be done",
        TaskState::Skipped { .. } => "was not started",
        TaskState::Cancelled { .. } => "was cancelled",
        TaskState::Discarded => "was put aside",
        _ => "is done",
    }
}

/// Words that agents had a hand in, fit for a place that may read markup: short, on one line, and no markup.
pub(crate) fn plain(text: &str) -> String {
    const CHARACTERS_MAX: usize = 160;
    let shown = |c: char| match c {
        '<' => '‹',
        '>' => '›',
        '&' => '＆',
        c if c.is_control() || hides(c) => ' ',
        c => c,
    };
    let mut plain: String = text.chars().take(CHARACTERS_MAX).map(shown).collect();
    if text.chars().nth(CHARACTERS_MAX).is_some() {
        plain.push('…');
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_said_in_words_and_only_those_there_are() {
        let counts = Counts {
            running: 3,
            needs_you: 1,
            ..Counts::default()
        };
        assert_eq!(standing(&counts), "3 running · 1 needs you");
        assert_eq!(standing(&Counts::default()), "Nothing is running");
    }

    #[test]
    fn markup_and_what_hides_are_not_passed_on() {
        assert_eq!(
            plain("<a href=x>a&b</a>\n\u{202e}c"),
            "‹a href=x›a＆b‹/a›  c"
        );
        assert_eq!(visible("rm\u{202e} x\n"), "rm\\u{202e} x\\u{a}");
        assert_eq!(plain(&"x".repeat(200)).chars().count(), 161);
    }
}
