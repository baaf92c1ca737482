//! Updates: what the controller tells whoever shows the conversation. The terminal's `--json` lines and the
//! window's channel carry the same.

use ampersand_core::{
    Approval, ApprovalId, ChoiceOption, Failure, LandingOutcome, Message, MessageId, PlanId,
    PullRequest, ReplyState, Report, TaskId,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Activity, RepositoryFacts, TaskView};

/// One update.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Update {
    /// When it was made.
    #[ts(type = "string")]
    pub at: Timestamp,
    /// The journal's number it comes from, if it comes from there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub seq: Option<u64>,
    /// What it says.
    #[serde(flatten)]
    #[ts(flatten)]
    pub body: UpdateBody,
}

/// What an update says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type")]
pub enum UpdateBody {
    /// The conversation is open and messages are taken.
    #[serde(rename = "ready")]
    Ready {
        /// The repository messages are about, if it can be worked on.
        repository: Option<RepositoryFacts>,
        /// The controller's model by name; absent when only commands work.
        model: Option<String>,
        /// The newest event the conversation has taken in.
        newest: u64,
    },
    /// An entry of the conversation is new or changed as a whole.
    #[serde(rename = "message")]
    Message {
        /// The entry.
        message: Message,
    },
    /// More words of a reply.
    #[serde(rename = "message.delta")]
    MessageDelta {
        /// The reply.
        message: MessageId,
        /// The words to append.
        text: String,
    },
    /// A reply ended.
    #[serde(rename = "message.done")]
    MessageDone {
        /// The reply.
        message: MessageId,
        /// All of it.
        text: String,
        /// How it ended.
        state: ReplyState,
        /// What did not fit into the turn's budget.
        left_out: Option<String>,
    },
    /// A plan was accepted.
    #[serde(rename = "plan")]
    Plan {
        /// The plan.
        plan: PlanId,
        /// Why these tasks, and why this many.
        reason: String,
        /// The tasks.
        tasks: Vec<TaskView>,
    },
    /// A task is new or changed.
    #[serde(rename = "task")]
    Task {
        /// The task.
        #[serde(flatten)]
        #[ts(flatten)]
        task: Box<TaskView>,
    },
    /// What a task is doing this moment.
    #[serde(rename = "activity")]
    Activity {
        /// What.
        #[serde(flatten)]
        #[ts(flatten)]
        activity: Activity,
    },
    /// A task ended and this is what it hands back.
    #[serde(rename = "result")]
    Result {
        /// The card it stands on.
        message: MessageId,
        /// The task.
        task: TaskId,
        /// Its title.
        title: String,
        /// The word of the state it ended in.
        state: String,
        /// The report.
        report: Report,
    },
    /// The controller's model says what results mean.
    #[serde(rename = "explanation")]
    Explanation {
        /// The card.
        message: MessageId,
        /// What it says.
        text: String,
    },
    /// A task needs the person, or was answered.
    #[serde(rename = "approval")]
    Approval {
        /// Names it; what `approve` and `deny` take.
        id: ApprovalId,
        /// The title of its task.
        title: String,
        /// The question.
        approval: Approval,
        /// The answer in words, once there is one.
        answered: Option<String>,
    },
    /// A task's work landed, or was refused.
    #[serde(rename = "landing")]
    Landing {
        /// The task.
        task: TaskId,
        /// Its title.
        title: String,
        /// What became of it.
        outcome: LandingOutcome,
    },
    /// A task's pull request is new or has moved.
    #[serde(rename = "pull_request")]
    PullRequest {
        /// The task.
        task: TaskId,
        /// Its title.
        title: String,
        /// As it is now.
        pull_request: Box<PullRequest>,
    },
    /// A task's work was put on a branch of its own.
    #[serde(rename = "branched")]
    Branched {
        /// The task.
        task: TaskId,
        /// Its title.
        title: String,
        /// The branch.
        branch: String,
        /// The commit it stands on.
        commit: String,
    },
    /// How a rule understood a message, and what the operating system confirmed.
    #[serde(rename = "understood")]
    Understood {
        /// The message.
        message: MessageId,
        /// In words: `pause Refactor the auth module`.
        text: String,
        /// `pause`, `resume` or `cancel`.
        verb: String,
        /// The tasks.
        tasks: Vec<TaskId>,
        /// How many processes the operating system confirmed.
        processes: u32,
        /// From the words to the confirmation, in milliseconds.
        took_ms: u32,
    },
    /// It was not clear what was meant; nothing was done.
    #[serde(rename = "choice")]
    Choice {
        /// The card.
        message: MessageId,
        /// The question.
        question: String,
        /// What can be chosen.
        options: Vec<ChoiceOption>,
    },
    /// Something to know.
    #[serde(rename = "notice")]
    Notice {
        /// What, and what to do.
        #[serde(flatten)]
        #[ts(flatten)]
        failure: Failure,
    },
    /// Something did not work.
    #[serde(rename = "error")]
    Error {
        /// What, and what to do.
        #[serde(flatten)]
        #[ts(flatten)]
        failure: Failure,
    },
    /// Put this task's card in front of the person.
    #[serde(rename = "show")]
    Show {
        /// The task.
        task: TaskId,
    },
    /// How many tasks there are of each kind that counts.
    #[serde(rename = "counts")]
    Counts {
        /// The numbers.
        #[serde(flatten)]
        #[ts(flatten)]
        counts: Counts,
    },
    /// Whether the orchestrator is there.
    #[serde(rename = "link")]
    Link {
        /// Whether commands reach it now; if not they wait.
        up: bool,
    },
}

/// How many tasks there are of each kind that counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Counts {
    /// An attempt is under way.
    pub running: u32,
    /// Waiting for a slot or another task.
    pub waiting: u32,
    /// Paused.
    pub paused: u32,
    /// Frozen, to be killed.
    pub stopping: u32,
    /// A person is needed.
    pub needs_you: u32,
    /// Ready to land.
    pub ready: u32,
}
