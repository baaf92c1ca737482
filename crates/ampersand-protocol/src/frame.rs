//! Frames: one JSON object to a line, in both directions. The first each side sends is a hello.

use ampersand_core::{CommandId, Event, Failure, QuotaWindow, TaskId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Command, Reply};

/// Raised whenever an older side could misunderstand a newer one.
pub const PROTOCOL_VERSION: u32 = 2;

/// Who is speaking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Hello {
    /// [`PROTOCOL_VERSION`] of the speaker.
    pub protocol: u32,
    /// The speaker's version and build.
    pub build: String,
    /// The speaker's process.
    pub pid: u32,
}

/// From the controller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "frame", rename_all = "snake_case")]
pub enum ToOrchestrator {
    /// First.
    Hello {
        /// Who.
        hello: Hello,
    },
    /// Send me every event after this number, and go on sending.
    Subscribe {
        /// The last one I have; zero for none.
        after: u64,
    },
    /// Do this.
    Request {
        /// Minted by the sender; the same id means the same wish.
        id: CommandId,
        /// What.
        command: Command,
    },
}

/// From the orchestrator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "frame", rename_all = "snake_case")]
pub enum FromOrchestrator {
    /// First.
    Hello {
        /// Who.
        hello: Hello,
        /// The newest event there is.
        newest: u64,
    },
    /// The answer to a request.
    Reply {
        /// Which.
        id: CommandId,
        /// How it went.
        outcome: Result<Reply, Failure>,
    },
    /// A line of the journal, in order, without gaps.
    Event {
        /// The line.
        event: Event,
    },
    /// What a task is doing this moment. Not in the journal: the newest counts, older ones may be dropped.
    Activity {
        /// What.
        activity: Activity,
    },
}

/// What a task is doing this moment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Activity {
    /// The task.
    #[ts(optional)]
    pub task: Option<TaskId>,
    /// One line, control characters made visible.
    pub line: String,
    /// Steps of the agent's own plan that are done.
    pub steps_done: u32,
    /// All of its steps; zero if it has said none.
    pub steps: u32,
    /// Files touched so far.
    pub files: u32,
    /// Tokens used so far, both directions.
    pub tokens: u64,
    /// How much of its agent's account is used, window by window, as the agent told it last; absent while it told nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<QuotaWindow>>")]
    pub quota: Vec<QuotaWindow>,
}
