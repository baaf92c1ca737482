//! Approvals: questions an agent may not answer by itself, and the answers there are.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{ApprovalId, Diffstat, Gap, Kept, Push, TaskId};

/// One question that stands until a person answers it. It blocks its own task only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Approval {
    /// Names it.
    pub id: ApprovalId,
    /// The task it is about.
    pub task: TaskId,
    /// What is asked.
    pub question: Question,
    /// When it was asked.
    #[ts(type = "string")]
    pub asked_at: Timestamp,
}

/// What is asked, with everything a person needs to judge it, resolved and bounded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Question {
    /// May the task reach this host?
    Host {
        /// The host, in its canonical form.
        host: String,
        /// The whole address, invisible characters made visible.
        url: String,
    },
    /// May the task do this? Asked of the ask-first role.
    Act {
        /// The tool, for example `execute` or `edit`.
        tool: String,
        /// The full argument list or the change, invisible characters made visible.
        detail: String,
        /// The path it resolves to, if it names one.
        path: Option<String>,
    },
    /// May the task run though its isolation is reduced? Asked of roles that write.
    Reduced {
        /// Why full isolation could not be had: the probe that failed, and its own words.
        why: String,
        /// What is not enforced.
        gaps: Vec<Gap>,
    },
    /// Shall the task's work be brought into the branch? Proposed by the controller; or asked by the person for the work
    /// and the branch not to join.
    Land {
        /// Why it was proposed.
        why: String,
        /// What would land.
        diffstat: Diffstat,
        /// Where both changed the same places, which side is kept; absent where both have to join.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        keeps: Option<Kept>,
    },
    /// Shall the task's work be put on a branch of its own? Proposed by the controller.
    Branch {
        /// Why it was proposed.
        why: String,
        /// The branch.
        branch: String,
        /// What it would hold.
        diffstat: Diffstat,
    },
    /// Shall this be pushed, and opened as a pull request if it is none yet?
    Push {
        /// Why it is asked.
        why: String,
        /// All of what would leave this machine.
        push: Box<Push>,
    },
    /// Shall the task's work be put aside? Proposed by the controller.
    Discard {
        /// Why it was proposed.
        why: String,
    },
}

impl Question {
    /// Whether an attempt waits for the answer. Such a question is nobody's any more once that attempt is over.
    pub const fn is_an_attempts(&self) -> bool {
        match self {
            Self::Host { .. } | Self::Act { .. } | Self::Reduced { .. } => true,
            Self::Land { .. } | Self::Branch { .. } | Self::Push { .. } | Self::Discard { .. } => {
                false
            }
        }
    }
}

/// What a person may answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// This once.
    Allow,
    /// This, and the same again within this task; of a push, the fixes that follow it.
    AllowForTask,
    /// This, and the same again within this repository. Of all questions, only that for reduced isolation takes it.
    AllowForProject,
    /// No.
    Deny,
}
