//! The exchange with the model, one JSON line per entry, each written before it is acted on. A later attempt goes on with it.

use std::io;
use std::path::{Path, PathBuf};

use ampersand_core::{Failure, Report, Usage};
use ampersand_model::Message;
use serde::{Deserialize, Serialize};
use tokio::fs::File;
use tokio::io::AsyncWriteExt;

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

/// Why a transcript cannot be kept.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} the transcript {}", path.display())]
pub(super) struct TranscriptError {
    action: &'static str,
    path: PathBuf,
    #[source]
    source: io::Error,
}

impl TranscriptError {
    pub(super) fn failure(&self) -> Failure {
        Failure::new(
            "transcript_unusable",
            format!("{self}: {}", self.source),
            "Check that the disk is not full and that Ampersand's folder is writable, then start the task again.",
        )
    }
}

/// The exchange so far, in memory and on disk.
#[derive(Debug)]
pub(super) struct Transcript {
    path: PathBuf,
    file: File,
    messages: Vec<Message>,
    usage: Usage,
    steps: Vec<Step>,
    allowed: Vec<String>,
    has_ended: bool,
}

impl Transcript {
    /// Opens it, or begins one. A half written last line is what a crash leaves; it is cut off.
    pub(super) async fn open(path: &Path) -> Result<Self, TranscriptError> {
        let failed = |action| {
            move |source| TranscriptError {
                action,
                path: path.to_owned(),
                source,
            }
        };
        if let Some(folder) = path.parent() {
            tokio::fs::create_dir_all(folder)
                .await
                .map_err(failed("make a folder for"))?;
        }
        let bytes = match tokio::fs::read(path).await {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(source) => return Err(failed("read")(source)),
        };
        let mut options = File::options();
        // It quotes whatever the agent read.
        #[cfg(unix)]
        options.mode(0o600);
        let file = options
            .create(true)
            .append(true)
            .open(path)
            .await
            .map_err(failed("open"))?;
        let (entries, whole) = entries(&bytes);
        if whole < bytes.len() {
            file.set_len(whole as u64).await.map_err(failed("mend"))?;
        }
        let mut transcript = Self {
            path: path.to_owned(),
            file,
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
    pub(super) async fn add(&mut self, entry: Entry) -> Result<(), TranscriptError> {
        let failed = |source| TranscriptError {
            action: "write to",
            path: self.path.clone(),
            source,
        };
        let mut line = serde_json::to_vec(&entry).map_err(|error| failed(error.into()))?;
        line.push(b'\n');
        self.file.write_all(&line).await.map_err(failed)?;
        self.file.flush().await.map_err(failed)?;
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

/// The entries up to the first line that is none, and how many bytes they take.
fn entries(bytes: &[u8]) -> (Vec<Entry>, usize) {
    let mut entries = Vec::new();
    let mut whole = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        match serde_json::from_slice(line) {
            Ok(entry) if line.ends_with(b"\n") => entries.push(entry),
            _ => break,
        }
        whole += line.len();
    }
    (entries, whole)
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
