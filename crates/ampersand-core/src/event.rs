//! The journal's lines: what happened, in one order without gaps. Everything else is derived from them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{
    AgentKind, Answer, Approval, ApprovalId, AttemptId, Base, Capability, Clash, Conflict, Failure,
    Isolation, Narrowing, PlanId, PullRequest, Report, Task, TaskId, TaskState,
};

/// One line of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Event {
    /// Its number: one more than the line before; the first is 1.
    pub seq: u64,
    /// When it was written.
    #[ts(type = "string")]
    pub at: Timestamp,
    /// What happened.
    #[serde(flatten)]
    #[ts(flatten)]
    pub body: EventBody,
}

/// Who made something happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A person, by a rule, a button or a command.
    Person,
    /// The master controller's model, through one of its verbs.
    Controller,
    /// The orchestrator, by its own rules.
    Orchestrator,
}

/// What happened. Past tense; complete in itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum EventBody {
    /// A plan was accepted with these tasks.
    PlanAccepted {
        /// The plan.
        plan: PlanId,
        /// Why these tasks.
        reason: String,
        /// The tasks as they stand at the start.
        tasks: Vec<Task>,
    },
    /// A task moved to another state.
    TaskMoved {
        /// The task.
        task: TaskId,
        /// Where it is now.
        state: TaskState,
        /// Who moved it.
        by: Actor,
    },
    /// An attempt began: from this commit, in this sandbox.
    AttemptStarted {
        /// The task.
        task: TaskId,
        /// The attempt.
        attempt: AttemptId,
        /// Where the worktree started from; absent if the task needs none.
        base: Option<Base>,
        /// The tier it really runs in.
        isolation: Isolation,
        /// Whether its agent can read its own login.
        #[serde(default)]
        reads_login: bool,
        /// What a person set up for its agent's own program and it does not have, in words.
        #[serde(default)]
        not_loaded: Vec<String>,
    },
    /// What the agent was given, word for word.
    TaskGiven {
        /// The task.
        task: TaskId,
        /// The attempt.
        attempt: AttemptId,
        /// The brief and every named input as the agent received them.
        given: String,
    },
    /// A limit or an outage held its agent up, and another one goes on with its work, as the settings say.
    TaskHandedOver {
        /// The task.
        task: TaskId,
        /// The agent that had it.
        from: AgentKind,
        /// The one that goes on.
        to: AgentKind,
        /// What held the first one up.
        failure: Failure,
    },
    /// Capabilities were taken from a task, for good.
    TaskNarrowed {
        /// The task.
        task: TaskId,
        /// What was taken.
        what: Narrowing,
        /// What it is granted after that.
        capabilities: Vec<Capability>,
        /// Who took it.
        by: Actor,
    },
    /// A person or the controller told a task something.
    TaskSteered {
        /// The task.
        task: TaskId,
        /// The words.
        text: String,
        /// Who.
        by: Actor,
        /// Why the agent has not got them yet; absent once it has.
        waits: Option<String>,
    },
    /// The agent took in what it had been told.
    SteeringDelivered {
        /// The task.
        task: TaskId,
        /// The words.
        text: String,
    },
    /// A task handed back its report.
    TaskReported {
        /// The task.
        task: TaskId,
        /// The report.
        report: Report,
    },
    /// A question was put to the person.
    ApprovalAsked {
        /// The question.
        approval: Approval,
    },
    /// It was answered.
    ApprovalAnswered {
        /// Which.
        approval: ApprovalId,
        /// Its task.
        task: TaskId,
        /// How.
        answer: Answer,
    },
    /// It fell away unanswered, because its task ended.
    ApprovalWithdrawn {
        /// Which.
        approval: ApprovalId,
        /// Its task.
        task: TaskId,
    },
    /// The operating system confirmed that these trees are frozen.
    OverrideConfirmed {
        /// The tasks, each with how many processes were found frozen.
        frozen: Vec<FrozenTask>,
        /// From the command's arrival to the last confirmation, in milliseconds.
        took_ms: u32,
    },
    /// A task's work was brought into a branch.
    TaskLanded {
        /// The task.
        task: TaskId,
        /// The branch.
        branch: String,
        /// Where it was.
        from: String,
        /// Where it is.
        to: String,
    },
    /// Landing was refused; nothing was changed.
    LandingRefused {
        /// The task.
        task: TaskId,
        /// Why, and what to do.
        failure: Failure,
        /// What both sides want, where the branch and the work changed the same places.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[ts(as = "Option<Vec<Conflict>>", optional)]
        conflicts: Vec<Conflict>,
    },
    /// A task's work stands in the person's checkout; branch and index are as they were.
    TaskShown {
        /// The task.
        task: TaskId,
        /// How many files are other than before.
        files: u32,
    },
    /// What a task runs answers, for a person's browser.
    AppServes {
        /// The task.
        task: TaskId,
        /// Where: an address of this machine that leads to it, as long as it runs.
        address: String,
    },
    /// The checkout was put back as it was before a task's work was shown in it.
    TaskPutBack {
        /// The task.
        task: TaskId,
        /// Files that the person changed meanwhile, which stay as they are.
        kept: Vec<String>,
    },
    /// A landing was undone: its branch stands where it stood before.
    LandingUndone {
        /// The task.
        task: TaskId,
        /// The branch.
        branch: String,
        /// Where it was.
        from: String,
        /// Where it is.
        to: String,
    },
    /// A landing was to be undone and stands; nothing was changed.
    LandingStands {
        /// The task.
        task: TaskId,
        /// Why, and what to do.
        failure: Failure,
    },
    /// A task's work was put on a branch of its own; no checkout changed.
    TaskBranched {
        /// The task.
        task: TaskId,
        /// The branch.
        branch: String,
        /// The commit it stands on.
        commit: String,
    },
    /// A task's pull request is new or has moved.
    PullRequestMoved {
        /// The task.
        task: TaskId,
        /// As it is now.
        pull_request: Box<PullRequest>,
    },
    /// What a task's work will collide with is something else than before.
    ClashesFound {
        /// The task.
        task: TaskId,
        /// All of it; nothing if it collides with nothing any more.
        clashes: Vec<Clash>,
    },
    /// A repository's commands were trusted by the person.
    RepositoryTrusted {
        /// Its root.
        repository: String,
        /// SHA-256 of the `.ampersand.toml` that was trusted, in hexadecimal.
        digest: String,
    },
    /// Something a person should know that belongs to no other line.
    Noticed {
        /// The task it is about, if any.
        task: Option<TaskId>,
        /// What it is.
        failure: Failure,
    },
}

/// One task whose tree was seen frozen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FrozenTask {
    /// The task.
    pub task: TaskId,
    /// How many processes.
    pub processes: u32,
}
