//! What agents that had a task before said, as whoever goes on with it is told: quoted, bounded, newest first to stay.

use std::path::PathBuf;

use ampersand_core::AgentKind;

use crate::builtin;
use crate::ledger::LedgerError;
use crate::vendor;

/// The most that is told of what was said.
const MAX_SAID_BYTES: usize = 24 * 1024;
/// The most of one message.
const MAX_MESSAGE_BYTES: usize = MAX_SAID_BYTES / 4;

/// Agents that had a task before and could not go on, and what became of it with them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Before {
    /// Their names, oldest first.
    agents: Vec<String>,
    said: Vec<Words>,
}

/// Something that was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Words {
    pub(crate) who: String,
    pub(crate) text: String,
}

impl Words {
    pub(crate) fn by(who: &str, text: &str) -> Self {
        Self {
            who: who.to_owned(),
            text: text.to_owned(),
        }
    }

    pub(crate) fn by_the_person(text: &str) -> Self {
        Self::by("the person", text)
    }
}

impl Before {
    /// Reads what these agents left, each where its record is kept. `None` if there are none.
    pub async fn read(
        agents: Vec<(AgentKind, PathBuf)>,
    ) -> Result<Option<Self>, ampersand_core::Failure> {
        let mut before = Self {
            agents: Vec::new(),
            said: Vec::new(),
        };
        for (agent, record) in agents {
            let name = agent.shown();
            let said: Result<_, LedgerError> = match agent {
                AgentKind::Builtin => builtin::said(&record, name).await,
                AgentKind::Codex | AgentKind::Acp(_) => vendor::said(&record, name).await,
                AgentKind::Command | AgentKind::Offline => Ok(Vec::new()),
            };
            before.said.extend(said.map_err(|error| error.failure())?);
            before.agents.push(name.to_owned());
        }
        Ok(Some(before).filter(|before| !before.agents.is_empty()))
    }

    /// What whoever goes on is told below its brief.
    pub(crate) fn told(&self, changes: Option<&str>) -> String {
        let agents = self.agents.join(", then by ");
        let mut text = format!(
            "This was begun by {agents}, which cannot go on now. The checkout is as it was left. Look at it before you repeat \
             anything, and go on with the task."
        );
        text.push_str(&after(&self.said, changes));
        text
    }
}

/// What was said and changed so far, quoted; empty if nothing was.
pub(crate) fn after(said: &[Words], changes: Option<&str>) -> String {
    let mut text = String::new();
    let quoted = quoted_words(said);
    if !quoted.is_empty() {
        text.push_str("\n\nWhat was said, quoted:\n\n");
        text.push_str(&quoted);
    }
    if let Some(changes) = changes {
        text.push_str("\n\nWhat the checkout differs in from where it began:\n\n");
        text.push_str(&quote("", changes));
    }
    text
}

/// The newest words that fit.
fn quoted_words(said: &[Words]) -> String {
    let mut kept = Vec::new();
    let mut bytes = 0;
    for Words { who, text } in said.iter().rev() {
        let text = vendor::cut(text.clone(), MAX_MESSAGE_BYTES);
        let text = quote(&format!("{who}: "), &text);
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

fn quote(who: &str, text: &str) -> String {
    let lines = text.lines().enumerate().map(|(at, line)| match at {
        0 => format!("> {who}{line}\n"),
        _ => format!("> {line}\n"),
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_is_told_from_its_end_and_bounded() {
        let long = "x".repeat(10_000);
        let mut said: Vec<_> = (0..20).map(|_| Words::by("you", &long)).collect();
        said.push(Words::by("you", "newest"));
        let text = after(&said, None);
        assert!(text.len() < MAX_SAID_BYTES + 1_000, "{}", text.len());
        assert!(text.ends_with("> you: newest\n"));
        assert!(text.contains("> […]\n"));
        assert_eq!(after(&[], None), "");
    }

    #[test]
    fn whoever_goes_on_is_told_by_whom_it_was_begun_and_how_far() {
        let before = Before {
            agents: vec!["codex".into(), "claude".into()],
            said: vec![
                Words::by("codex", "half\ndone"),
                Words::by_the_person("nicely"),
            ],
        };
        let told = before.told(Some("+x\n"));
        assert!(
            told.starts_with("This was begun by codex, then by claude, which cannot go on now."),
            "{told}"
        );
        let quoted = "> codex: half\n> done\n> the person: nicely\n";
        assert!(told.contains(quoted), "{told}");
        assert!(told.ends_with("> +x\n"), "{told}");
    }
}
