//! What crosses between the orchestrator and the tool process: one JSON value per line, in each direction.

use ampersand_core::{Failure, Report};
use serde::{Deserialize, Serialize};

use crate::scan::Survey;

/// The longest line either side accepts, in bytes. A longer one ends the process: it can only be hostile.
pub const MAX_LINE_BYTES: usize = 8 * 1024 * 1024;

/// What the orchestrator sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Inbound {
    /// Do this.
    Call {
        /// Chosen by the sender; every answer carries it.
        id: u64,
        /// What to do.
        call: Call,
    },
    /// Stop doing that. The call still ends, as cancelled or as done.
    Cancel {
        /// The call.
        id: u64,
    },
}

/// What the tool process answers. Any number of `output` and `progress`, then exactly one `done` or `refused` for a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Outbound {
    /// A program printed something.
    Output {
        /// The call.
        id: u64,
        /// As printed, invalid UTF-8 replaced.
        text: String,
    },
    /// How far a long look has come.
    Progress {
        /// The call.
        id: u64,
        /// What it is at, in one line.
        line: String,
        /// Files looked at so far.
        files: u64,
    },
    /// The call is done.
    Done {
        /// The call.
        id: u64,
        /// What came of it.
        reply: Reply,
    },
    /// The call was not done.
    Refused {
        /// The call.
        id: u64,
        /// Why, and what to do.
        failure: Failure,
    },
}

/// One use of a tool. This is also the form in which models call: a name, and arguments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "tool", content = "arguments", rename_all = "snake_case")]
pub enum Call {
    /// Lines of a text file.
    Read(Read),
    /// What a folder holds.
    List(List),
    /// Lines that match.
    Search(Search),
    /// Replace one piece of text in a file.
    Edit(Edit),
    /// Create a file, or replace all of it.
    Write(Write),
    /// Remove a file, a link or an empty folder.
    Delete(Delete),
    /// Move a file or a folder.
    Rename(Rename),
    /// Run a shell command.
    Execute(Execute),
    /// Look the whole worktree over.
    Scan,
    /// Find a text in names and files.
    Find(Find),
}

/// Arguments of `read`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Read {
    /// Relative to the worktree.
    pub path: String,
    /// The first line to return, counted from one.
    #[serde(default)]
    pub from_line: Option<u64>,
    /// How many lines.
    #[serde(default)]
    pub lines: Option<u64>,
}

/// Arguments of `list`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct List {
    /// The folder; the worktree's root if absent.
    #[serde(default)]
    pub path: Option<String>,
    /// How many levels; two if absent.
    #[serde(default)]
    pub depth: Option<usize>,
}

/// Arguments of `search`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Search {
    /// A regular expression, matched line by line.
    pub pattern: String,
    /// Take the pattern as plain text.
    #[serde(default)]
    pub literal: bool,
    /// The folder or file to search; everything if absent.
    #[serde(default)]
    pub path: Option<String>,
    /// How many matching lines at most.
    #[serde(default)]
    pub limit: Option<usize>,
}

/// Arguments of `edit`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// Relative to the worktree.
    pub path: String,
    /// The text as it is; must be there exactly once.
    pub old: String,
    /// The text as it shall be.
    pub new: String,
}

/// Arguments of `write`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Write {
    /// Relative to the worktree; missing folders are made.
    pub path: String,
    /// All of the file.
    pub content: String,
}

/// Arguments of `delete`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delete {
    /// Relative to the worktree.
    pub path: String,
}

/// Arguments of `rename`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rename {
    /// Relative to the worktree.
    pub from: String,
    /// Relative to the worktree; must not exist.
    pub to: String,
}

/// Arguments of `execute`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Execute {
    /// A command line for the system's shell.
    pub line: String,
    /// Seconds until it is killed.
    #[serde(default)]
    pub timeout_s: Option<u64>,
}

/// Arguments of `find`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Find {
    /// Plain text; capital letters count only if it has any.
    pub pattern: String,
}

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Reply {
    /// Something to read, bounded; what was left out is said at its end.
    Text {
        /// The text.
        text: String,
    },
    /// Files were changed.
    Changed {
        /// What was done, in one line.
        text: String,
        /// The paths, relative to the worktree.
        paths: Vec<String>,
    },
    /// A program ran.
    Executed(Executed),
    /// The worktree was looked over.
    Scanned {
        /// What was seen.
        survey: Box<Survey>,
    },
    /// A text was looked for.
    Found {
        /// Where it is.
        report: Report,
    },
}

/// A program that ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Executed {
    /// How it ended.
    pub ended: Ended,
    /// What it printed, both streams in order of arrival; the middle is left out where it is long.
    pub output: String,
    /// How long it ran, in milliseconds, without the time it stood frozen.
    pub took_ms: u64,
}

/// How a program ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum Ended {
    /// By itself.
    Exited {
        /// Its status.
        status: i32,
    },
    /// By a signal that was not ours.
    Signalled {
        /// The signal's number.
        signal: i32,
    },
    /// It was killed when its time was over.
    TimedOut,
    /// It was killed because the call was cancelled.
    Cancelled,
}

impl Ended {
    /// In words, to follow "ended" or stand alone.
    pub fn shown(&self) -> String {
        match self {
            Self::Exited { status } => format!("with {status}"),
            Self::Signalled { signal } => format!("by signal {signal}"),
            Self::TimedOut => "because its time was over".to_owned(),
            Self::Cancelled => "because it was stopped".to_owned(),
        }
    }
}
