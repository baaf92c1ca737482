//! The conversation's entries: what was said, what was answered, and the cards between.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Approval, Conflict, Failure, MessageId, PlanId, PullRequest, Report, TaskId};

/// One entry in the conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Message {
    /// Names it.
    pub id: MessageId,
    /// Its place, counted from one. A reply keeps the place after its question, so places are sparse.
    pub position: u64,
    /// When it was made.
    #[ts(type = "string")]
    pub at: Timestamp,
    /// What it is.
    pub body: MessageBody,
}

/// What an entry is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum MessageBody {
    /// A person said it.
    Said {
        /// The words.
        text: String,
        /// How a rule understood it, if one did.
        understood: Option<String>,
    },
    /// The controller's model answers.
    Reply {
        /// The words so far.
        text: String,
        /// What it answers.
        to: MessageId,
        /// How far it is.
        state: ReplyState,
        /// What did not fit into the turn's budget, as a sentence.
        left_out: Option<String>,
    },
    /// Tasks were planned.
    Plan {
        /// The plan.
        plan: PlanId,
        /// Why these, and why this many.
        reason: String,
        /// The tasks.
        tasks: Vec<TaskId>,
    },
    /// Tasks ended; results that arrive together share one card.
    Result {
        /// One entry for each task.
        results: Vec<TaskResult>,
        /// What the controller's model says about it.
        explanation: Option<String>,
        /// The tasks whose results the controller's model has still to look at; the controller's own.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[ts(as = "Option<Vec<TaskId>>", optional)]
        unexplained: Vec<TaskId>,
    },
    /// A task needs the person.
    NeedsYou {
        /// The question.
        approval: Approval,
        /// The answer, once there is one, in words.
        answered: Option<String>,
    },
    /// A task's work landed, or was refused.
    Landing {
        /// The task.
        task: TaskId,
        /// The task's title.
        title: String,
        /// What became of it.
        outcome: LandingOutcome,
    },
    /// A task's pull request: what was found of it, and how far it is. One entry for each round, and one for its end.
    PullRequest {
        /// The task.
        task: TaskId,
        /// The task's title.
        title: String,
        /// As it is, or was when the next round began.
        pull_request: Box<PullRequest>,
    },
    /// A task's work was put on a branch of its own.
    Branched {
        /// The task.
        task: TaskId,
        /// The task's title.
        title: String,
        /// The branch.
        branch: String,
        /// The commit it stands on.
        commit: String,
    },
    /// An override was carried out on these tasks; carries Undo while it can be undone.
    Override {
        /// `pause`, `resume` or `cancel`.
        verb: String,
        /// The tasks.
        tasks: Vec<TaskId>,
        /// From the words to the operating system's confirmation, in milliseconds.
        frozen_in_ms: Option<u32>,
        /// What became of it.
        #[serde(default)]
        outcome: OverrideOutcome,
    },
    /// It was not clear what was meant; nothing was done.
    Choice {
        /// The question.
        question: String,
        /// What can be chosen.
        options: Vec<ChoiceOption>,
        /// The chosen label, once one was.
        chosen: Option<String>,
    },
    /// It needs a model and none is connected; it starts with one click once there is one.
    Kept {
        /// What was asked.
        text: String,
        /// The nearest command that works without a model.
        closest: Option<String>,
    },
    /// Something to know, errors included.
    Notice {
        /// What, and what to do.
        failure: Failure,
    },
}

/// How far a reply is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum ReplyState {
    /// Words are still coming.
    Streaming,
    /// It is complete.
    Done,
    /// The person stopped it.
    Stopped,
    /// A later message took its place.
    Superseded,
    /// It broke off.
    Broken {
        /// Why, and what to do.
        failure: Failure,
    },
}

/// One task's end, as it stands on a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TaskResult {
    /// The task.
    pub task: TaskId,
    /// Its title.
    pub title: String,
    /// The word of the state it ended in.
    pub state: String,
    /// Its report, bounded to 8 KB; what was cut is said in its summary.
    pub report: Report,
    /// The journal's number that made this card.
    pub seq: u64,
}

/// What became of an override.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum OverrideOutcome {
    /// It stands; how far it is, its tasks say.
    #[default]
    Stands,
    /// It was taken back before it killed anything. What becomes of these tasks later is none of its doing.
    Undone {
        /// The tasks it was taken back for.
        tasks: Vec<TaskId>,
    },
}

/// What became of a landing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum LandingOutcome {
    /// It is in the branch.
    Landed {
        /// The branch.
        branch: String,
        /// Where the branch was.
        from: String,
        /// Where it is.
        to: String,
    },
    /// It was refused; nothing was changed.
    Refused {
        /// Why, and what to do.
        failure: Failure,
        /// What both sides want, where the branch and the work changed the same places.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[ts(as = "Option<Vec<Conflict>>", optional)]
        conflicts: Vec<Conflict>,
    },
    /// It stands in the checkout, to be looked at.
    Shown {
        /// How many files are other than before.
        files: u32,
    },
    /// The checkout is as it was before.
    PutBack {
        /// Files that the person changed meanwhile, which stay as they are.
        kept: Vec<String>,
    },
    /// It was undone.
    Undone {
        /// The branch.
        branch: String,
        /// Where the branch was.
        from: String,
        /// Where it is.
        to: String,
    },
    /// It was to be undone and stands; nothing was changed.
    Stands {
        /// Why, and what to do.
        failure: Failure,
    },
}

/// One thing that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ChoiceOption {
    /// What the chip says.
    pub label: String,
    /// The message that choosing it sends.
    pub says: String,
}
