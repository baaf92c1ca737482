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
    /// A turn of it began, by its own name for that.
    Turn { id: String },
    /// The turn was told these words, which can be taken back.
    Words { text: String },
    /// This turn and all after it were taken back, as this wish had it.
    Rewound { wish: String, turn: String },
    /// What this wish is about could not be taken back, which the person was told.
    NotRewound { wish: String },
    /// It was told this.
    Told { text: String },
    /// It said this.
    Said { text: String },
    /// It used this much in the attempts up to now, when its own count for the conversation, if it has one, stood here.
    Used {
        usage: Usage,
        #[serde(default)]
        counted: Option<Usage>,
    },
    /// The person allowed a tool for the whole task.
    Allowed { tool: String },
    /// It ended by itself, in the middle of things.
    Died,
    /// It came to an end with its work.
    Reported,
}

/// A turn of an agent's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Turn {
    pub(crate) id: String,
    /// What it was told besides what it began with.
    words: Vec<String>,
    /// How much had been said before it.
    said_before: usize,
}

/// What earlier attempts left.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Past {
    /// The conversation to go on with.
    pub(crate) session: Option<String>,
    /// Whether that is one of its own program's, with what it had used by then.
    pub(crate) continued: Option<Usage>,
    /// Its turns in that conversation, oldest first.
    pub(crate) turns: Vec<Turn>,
    /// The newest wish to take something back that was fulfilled, or cannot be.
    pub(crate) rewound: Option<String>,
    /// What had been said when it last came to an end.
    pub(super) said_by_then: usize,
    /// Whether anything was said to it in that conversation.
    pub(crate) prompted: bool,
    /// Whether it had come to an end with its work.
    pub(crate) reported: bool,
    /// Who said what, oldest first: true for the agent.
    pub(crate) said: Vec<(bool, String)>,
    pub(crate) usage: Usage,
    /// What its own count for the conversation stood at; `None` where that is not known.
    pub(crate) counted: Option<Usage>,
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
                if !is_same {
                    self.turns.clear();
                    self.said_by_then = self.said.len();
                    self.counted = Some(Usage::default());
                }
                self.session = Some(id);
            }
            Entry::Turn { id } => self.turns.push(Turn {
                id,
                words: Vec::new(),
                said_before: self.said_by_then,
            }),
            Entry::Words { text } => {
                if let Some(turn) = self.turns.last_mut() {
                    turn.words.push(text);
                }
            }
            Entry::Rewound { wish, turn } => {
                if let Some(at) = self.turns.iter().position(|known| known.id == turn) {
                    self.said.truncate(self.turns[at].said_before);
                    self.turns.truncate(at);
                }
                self.prompted = !self.turns.is_empty();
                self.reported = self.prompted;
                self.said_by_then = self.said.len();
                // It counts on from where it stood before what was taken back.
                self.counted = None;
                self.rewound = Some(wish);
            }
            Entry::NotRewound { wish } => self.rewound = Some(wish),
            Entry::Continued { id, usage } => {
                self.session = Some(id);
                self.continued = Some(usage);
                self.counted = Some(usage);
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
            Entry::Used { usage, counted } => {
                self.usage = usage;
                self.counted = counted;
            }
            Entry::Allowed { tool } => self.allowed.push(tool),
            Entry::Died => self.deaths += 1,
            Entry::Reported => {
                self.reported = true;
                self.said_by_then = self.said.len();
            }
        }
    }

    /// The newest turn that was told something that begins so.
    pub(crate) fn told(&self, words: &str) -> Option<&Turn> {
        let was_told = |turn: &&Turn| turn.words.iter().any(|told| told.starts_with(words));
        self.turns.iter().rev().find(was_told)
    }

    fn say(&mut self, by_agent: bool, text: String) {
        if self.said.len() == MAX_SAID {
            self.said.remove(0);
            self.said_by_then = self.said_by_then.saturating_sub(1);
            for turn in &mut self.turns {
                turn.said_before = turn.said_before.saturating_sub(1);
            }
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

    #[test]
    fn what_is_taken_back_is_gone_from_what_was_said_and_from_then_on() {
        let text = |text: &str| text.to_owned();
        let mut past = Past::default();
        for entry in [
            Entry::Session { id: text("s") },
            Entry::Told { text: text("go") },
            Entry::Turn { id: text("t1") },
            Entry::Said { text: text("done") },
            Entry::Reported,
            Entry::Told {
                text: text("again"),
            },
            Entry::Turn { id: text("t2") },
            Entry::Told {
                text: text("use tabs"),
            },
            Entry::Words {
                text: text("use tabs"),
            },
            Entry::Said { text: text("used") },
            Entry::Reported,
        ] {
            past.apply(entry);
        }
        assert_eq!(past.told("use t").unwrap().id, "t2");
        let taken_back = |wish: &str, turn: &str| Entry::Rewound {
            wish: text(wish),
            turn: text(turn),
        };
        past.apply(taken_back("w1", "t2"));
        assert_eq!(past.said, [(false, text("go")), (true, text("done"))]);
        assert_eq!((past.prompted, past.reported), (true, true));
        assert_eq!(past.rewound.as_deref(), Some("w1"));
        assert_eq!(past.told("use t"), None);
        past.apply(taken_back("w2", "t1"));
        assert_eq!((past.said.len(), past.prompted), (0, false));
    }

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
