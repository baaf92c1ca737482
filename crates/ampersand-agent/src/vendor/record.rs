//! What is kept of the exchange with an agent of others, outside its reach: its session, and what was said.

use std::path::Path;

use ampersand_core::Usage;
use serde::{Deserialize, Serialize};

use crate::ledger::{Ledger, LedgerError};

/// The most that is remembered of what was said, from the end.
const MAX_SAID: usize = 100;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub(crate) enum Entry {
    /// The agent's own name for the conversation; before anything is said in it.
    Session { id: String },
    /// It goes on with this conversation of its own program's, which had used so much.
    Continued { id: String, usage: Usage },
    /// It was told this.
    Told { text: String },
    /// It said this.
    Said { text: String },
    /// It used this much in the attempts up to now.
    Used { usage: Usage },
    /// The person allowed a tool for the whole task.
    Allowed { tool: String },
    /// It ended by itself, in the middle of things.
    Died,
    /// It came to an end with its work.
    Reported,
}

/// What earlier attempts left.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Past {
    /// The conversation to go on with.
    pub(crate) session: Option<String>,
    /// Whether that is one of its own program's, with what it had used by then.
    pub(crate) continued: Option<Usage>,
    /// Whether anything was said to it in that conversation.
    pub(crate) prompted: bool,
    /// Whether it had come to an end with its work.
    pub(crate) reported: bool,
    /// Who said what, oldest first: true for the agent.
    pub(crate) said: Vec<(bool, String)>,
    pub(crate) usage: Usage,
    pub(crate) allowed: Vec<String>,
    /// Ends since it last said something.
    pub(crate) deaths: u32,
}

impl Past {
    pub(crate) fn apply(&mut self, entry: Entry) {
        match entry {
            Entry::Session { id } => {
                let is_same = self.session.as_ref() == Some(&id);
                self.prompted &= is_same;
                self.continued = self.continued.filter(|_| is_same);
                self.session = Some(id);
            }
            Entry::Continued { id, usage } => {
                self.session = Some(id);
                self.continued = Some(usage);
            }
            Entry::Told { text } => {
                self.say(false, text);
                self.prompted = true;
                self.reported = false;
            }
            Entry::Said { text } => {
                self.say(true, text);
                self.deaths = 0;
            }
            Entry::Used { usage } => self.usage = usage,
            Entry::Allowed { tool } => self.allowed.push(tool),
            Entry::Died => self.deaths += 1,
            Entry::Reported => self.reported = true,
        }
    }

    fn say(&mut self, by_agent: bool, text: String) {
        if self.said.len() == MAX_SAID {
            self.said.remove(0);
        }
        self.said.push((by_agent, text));
    }
}

/// The record on disk.
#[derive(Debug)]
pub(crate) struct Record(Ledger<Entry>);

impl Record {
    pub(crate) async fn open(path: &Path) -> Result<(Self, Past), LedgerError> {
        let (ledger, entries) = Ledger::open(path).await?;
        let mut past = Past::default();
        for entry in entries {
            past.apply(entry);
        }
        Ok((Self(ledger), past))
    }

    /// A session is on the disk before this returns; the rest survives our own end.
    pub(crate) async fn add(&mut self, entry: &Entry) -> Result<(), LedgerError> {
        self.0.add(entry).await?;
        if let Entry::Session { .. } | Entry::Continued { .. } = entry {
            self.0.sync().await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_later_attempt_knows_the_session_and_what_was_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("attempts/one.jsonl");
        let (mut record, past) = Record::open(&path).await.unwrap();
        assert_eq!(past, Past::default());
        let text = |text: &str| text.to_owned();
        for entry in [
            Entry::Session { id: text("s1") },
            Entry::Told { text: text("go") },
            Entry::Said {
                text: text("on it"),
            },
            Entry::Allowed { tool: text("edit") },
            Entry::Died,
        ] {
            record.add(&entry).await.unwrap();
        }
        let (mut record, past) = Record::open(&path).await.unwrap();
        assert_eq!(
            (past.session.as_deref(), past.prompted, past.deaths),
            (Some("s1"), true, 1)
        );
        assert_eq!(past.said, [(false, text("go")), (true, text("on it"))]);
        assert_eq!(past.allowed, ["edit"]);
        record
            .add(&Entry::Session { id: text("s2") })
            .await
            .unwrap();
        let (_, past) = Record::open(&path).await.unwrap();
        assert!(!past.prompted, "nothing was said in the new conversation");
    }
}
