//! The exchange with the model, one JSON line per entry, each written before it is acted on. A later attempt goes on with it.

use std::path::Path;

use ampersand_core::{Report, Usage};
use ampersand_model::Message;
use serde::{Deserialize, Serialize};

use crate::ledger::{Ledger, LedgerError};

/// What a call that nobody knows the end of is answered with.
const INTERRUPTED: &str =
    "Interrupted: it is not known whether this was carried out. Look before you repeat it.";

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub(super) enum Entry {
    /// Somebody spoke.
    Message { message: Message },
    /// An answer used this.
    Usage { usage: Usage },
    /// The agent said its plan anew.
    Plan { steps: Vec<Step> },
    /// The person allowed a tool for the whole task.
    Allowed { tool: String },
    /// The agent handed this back. Nothing after it, and it was the end.
    Reported { report: Report },
}

/// One step of the agent's own plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Step {
    pub(super) title: String,
    #[serde(default)]
    pub(super) done: bool,
}

/// The exchange so far, in memory and on disk.
#[derive(Debug)]
pub(super) struct Transcript {
    ledger: Ledger<Entry>,
    messages: Vec<Message>,
    usage: Usage,
    steps: Vec<Step>,
    allowed: Vec<String>,
    has_ended: bool,
}

impl Transcript {
    /// Opens it, or begins one.
    pub(super) async fn open(path: &Path) -> Result<Self, LedgerError> {
        let (ledger, entries) = Ledger::open(path).await?;
        let mut transcript = Self {
            ledger,
            messages: Vec::new(),
            usage: Usage::default(),
            steps: Vec::new(),
            allowed: Vec::new(),
            has_ended: false,
        };
        for entry in entries {
            transcript.apply(entry);
        }
        for id in unanswered(&transcript.messages) {
            let message = Message::tool_result(id, INTERRUPTED);
            transcript.add(Entry::Message { message }).await?;
        }
        Ok(transcript)
    }

    /// Writes an entry down, then takes it in.
    pub(super) async fn add(&mut self, entry: Entry) -> Result<(), LedgerError> {
        self.ledger.add(&entry).await?;
        self.apply(entry);
        Ok(())
    }

    pub(super) const fn is_new(&self) -> bool {
        self.messages.is_empty()
    }

    pub(super) fn messages(&self) -> &[Message] {
        &self.messages
    }

    pub(super) const fn usage(&self) -> Usage {
        self.usage
    }

    pub(super) fn steps(&self) -> &[Step] {
        &self.steps
    }

    pub(super) const fn ends_with_a_report(&self) -> bool {
        self.has_ended
    }

    pub(super) fn is_allowed(&self, tool: &str) -> bool {
        self.allowed.iter().any(|allowed| allowed == tool)
    }

    fn apply(&mut self, entry: Entry) {
        match entry {
            Entry::Message { message } => {
                self.messages.push(message);
                self.has_ended = false;
            }
            Entry::Usage { usage } => self.usage = self.usage.plus(usage),
            Entry::Plan { steps } => self.steps = steps,
            Entry::Allowed { tool } => self.allowed.push(tool),
            Entry::Reported { .. } => self.has_ended = true,
        }
    }
}

/// The calls of the last answer that have no result.
fn unanswered(messages: &[Message]) -> Vec<String> {
    let last = messages
        .iter()
        .rposition(|message| matches!(message, Message::Assistant { .. }));
    let Some((Message::Assistant { calls, .. }, after)) =
        last.and_then(|last| messages[last..].split_first())
    else {
        return Vec::new();
    };
    let answered = |id: &str| {
        after
            .iter()
            .any(|message| matches!(message, Message::ToolResult { call_id, .. } if call_id == id))
    };
    calls
        .iter()
        .filter(|call| !answered(&call.id))
        .map(|call| call.id.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use ampersand_model::Call;

    use super::*;

    #[tokio::test]
    async fn what_a_crash_leaves_is_mended_and_gone_on_with() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("attempts/one.jsonl");
        let call = |id: &str| Call {
            id: id.to_owned(),
            name: "read".to_owned(),
            arguments: "{}".to_owned(),
        };
        let calls = vec![call("a"), call("b")];
        let usage = Usage {
            input_tokens: 5,
            requests: 1,
            ..Usage::default()
        };
        let mut first = Transcript::open(&path).await.unwrap();
        assert!(first.is_new());
        for entry in [
            Entry::Message {
                message: Message::user("go"),
            },
            Entry::Usage { usage },
            Entry::Message {
                message: Message::Assistant {
                    text: String::new(),
                    calls: calls.clone(),
                },
            },
            Entry::Message {
                message: Message::tool_result("a", "done"),
            },
            Entry::Allowed {
                tool: "edit".to_owned(),
            },
        ] {
            first.add(entry).await.unwrap();
        }
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, [whole, b"{\"entry\":\"mess".to_vec()].concat()).unwrap();
        for _ in 0..2 {
            let again = Transcript::open(&path).await.unwrap();
            assert_eq!(
                again.messages(),
                [
                    Message::user("go"),
                    Message::Assistant {
                        text: String::new(),
                        calls: calls.clone()
                    },
                    Message::tool_result("a", "done"),
                    Message::tool_result("b", INTERRUPTED),
                ]
            );
            assert_eq!(again.usage(), usage);
            assert!(again.is_allowed("edit") && !again.is_allowed("execute"));
        }
    }
}
