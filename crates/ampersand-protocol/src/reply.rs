//! Replies: what commands are answered with, and what stands in them.

use ampersand_core::{Approval, Isolation, Report, Task, TaskId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{AgentFound, Diff, Picture, SessionFound};

/// What a command is answered with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "reply", rename_all = "snake_case")]
pub enum Reply {
    /// It was done, or stands in the journal to be done.
    Done,
    /// An override reached these tasks.
    Overridden {
        /// The tasks it changed.
        tasks: Vec<TaskId>,
        /// How many processes were found frozen or gone.
        processes: u32,
        /// From the command's arrival to the operating system's confirmation, in milliseconds.
        took_ms: u32,
    },
    /// A repository.
    Repository {
        /// How it stands.
        repository: RepositoryFacts,
    },
    /// Tasks and open approvals.
    Tasks {
        /// One page of them.
        snapshot: TaskSnapshot,
    },
    /// A report.
    Report {
        /// The task's title.
        title: String,
        /// The report.
        report: Report,
    },
    /// A diff.
    Diff {
        /// The diff.
        diff: Diff,
    },
    /// A file before and after.
    Pictures {
        /// What it was.
        before: Picture,
        /// What it is.
        after: Picture,
    },
    /// The isolation of a worker.
    Isolation {
        /// The tier and what it leaves open.
        isolation: Isolation,
    },
    /// Agents of others, known and named in the settings.
    Agents {
        /// In the order in which they are shown.
        agents: Vec<AgentFound>,
    },
    /// Conversations that agents' own programs keep.
    Sessions {
        /// The newest first.
        sessions: Vec<SessionFound>,
    },
    /// Some text, bounded.
    Text {
        /// The text.
        text: String,
    },
}

/// A page of what stands, and the journal's number it is true for. What moved between two pages is told by the events
/// after the first one's number.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TaskSnapshot {
    /// The last event that is in it.
    pub seq: u64,
    /// Tasks in the order they were planned.
    pub tasks: Vec<Task>,
    /// Questions that wait for a person, on the first page.
    pub approvals: Vec<Approval>,
    /// Whether tasks come after these.
    pub more: bool,
}

/// A repository as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RepositoryFacts {
    /// Its root, an absolute path.
    pub root: String,
    /// The folder's name.
    pub name: String,
    /// The branch that is checked out; absent for a detached head.
    pub branch: Option<String>,
    /// The full id of the commit that is checked out.
    pub commit: String,
    /// Changed and untracked files.
    pub uncommitted: u32,
    /// The declared checks by name.
    pub checks: Vec<String>,
    /// The command that starts its app, if one is declared.
    #[serde(default)]
    pub app: Option<String>,
    /// Whether the declared commands are trusted as they are now.
    pub trusted: bool,
}
