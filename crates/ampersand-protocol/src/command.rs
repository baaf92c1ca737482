//! What the controller asks of the orchestrator. One verb, one word, on every layer.

use ampersand_core::{Actor, Answer, ApprovalId, Narrowing, Plan, Side, TaskId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

#[cfg(doc)]
use crate::Reply;

/// A wish. Carries everything it needs, so that repeating it under the same id does nothing twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "verb", rename_all = "snake_case")]
pub enum Command {
    /// Is this a repository we can work on, and how does it stand? Answered with [`Reply::Repository`].
    Attach {
        /// An absolute path inside it.
        repository: String,
    },
    /// Carry out a plan.
    SubmitPlan {
        /// The plan.
        plan: Plan,
        /// Who made it.
        by: Actor,
    },
    /// Tell a task something.
    Steer {
        /// The task.
        task: TaskId,
        /// The words.
        text: String,
        /// Who says it.
        by: Actor,
    },
    /// Tell a task something instead of what it was told last: its agent's conversation goes back to before that, and on with
    /// this. What it changed since stays in the checkout.
    Rewind {
        /// The task.
        task: TaskId,
        /// The words.
        text: String,
    },
    /// Freeze these tasks. Answered when the operating system has confirmed it.
    Pause {
        /// The tasks; those that cannot be paused are left as they are.
        tasks: Vec<TaskId>,
        /// Who wants it.
        by: Actor,
    },
    /// Let these tasks go on.
    Resume {
        /// The tasks.
        tasks: Vec<TaskId>,
        /// Who wants it.
        by: Actor,
    },
    /// Freeze these tasks and kill them when the time to undo is over.
    Cancel {
        /// The tasks.
        tasks: Vec<TaskId>,
        /// Whether to skip the time to undo.
        now: bool,
        /// Who wants it.
        by: Actor,
    },
    /// Take capabilities from these tasks, for good. Answered when nothing of it can be used any more.
    Narrow {
        /// The tasks; of several, those it can be kept from.
        tasks: Vec<TaskId>,
        /// What is taken.
        what: Narrowing,
        /// Who wants it.
        by: Actor,
    },
    /// Take back the newest cancel that has not killed yet; a pause is taken back by resuming.
    Undo {
        /// The tasks to take back; empty means those of the newest override.
        tasks: Vec<TaskId>,
    },
    /// Answer an approval.
    Answer {
        /// Which.
        approval: ApprovalId,
        /// How.
        answer: Answer,
    },
    /// Put landing or discarding a task before the person, as an approval.
    Propose {
        /// The task.
        task: TaskId,
        /// What is proposed.
        what: Proposal,
        /// Why.
        why: String,
    },
    /// Bring a task's work into the branch that is checked out.
    Land {
        /// The task.
        task: TaskId,
    },
    /// Go on with a conversation that an agent's own program keeps, as a task: on a copy of it, in a worktree of the task's own.
    ContinueSession {
        /// The agent, by its name in the settings.
        agent: String,
        /// The program's own name for it; see [`Reply::Sessions`].
        session: String,
        /// An absolute path inside the repository.
        repository: String,
        /// What is to be done next.
        text: String,
    },
    /// Bring a task's work and the branch together, where they do not join: a follow-up task starts from both, with
    /// conflict markers, and what it makes of them lands in the end with the work.
    Resolve {
        /// The task.
        task: TaskId,
        /// Whether the person does it, in a worktree made for that, instead of an agent.
        by_hand: bool,
    },
    /// Put landing a task with one side given up before the person, as an approval with what would land: in the places
    /// alone in which its work and the branch do not join.
    KeepSide {
        /// The task.
        task: TaskId,
        /// The side that is kept.
        side: Side,
        /// Why.
        why: String,
    },
    /// Put a task's work on a branch of its own instead; no checkout changes. Asked by the controller, it is put before the
    /// person.
    PutOnBranch {
        /// The task.
        task: TaskId,
        /// The branch.
        branch: String,
        /// Why.
        why: String,
        /// Who wants it.
        by: Actor,
    },
    /// Push a task's work and open it as a pull request instead: put before the person, as an approval with all of what
    /// would be pushed.
    OpenPullRequest {
        /// The task.
        task: TaskId,
        /// The branch on the remote; absent for one named after the task.
        #[ts(optional)]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        branch: Option<String>,
        /// Why.
        why: String,
    },
    /// Watch a task's pull request again, and let its agent be sent back as often once more.
    Watch {
        /// The task.
        task: TaskId,
    },
    /// Watch a task's pull request no more. It stays open where it is.
    Unwatch {
        /// The task.
        task: TaskId,
    },
    /// Take a task's work out of the branch again: the branch and the checkout go back to where they stood before it
    /// landed. Refused once something stands on it.
    UndoLanding {
        /// The task.
        task: TaskId,
    },
    /// Run the app that the repository declares, with a task's work, as a task of its own: in a worktree of its own, of which
    /// nothing is kept. Refused while the repository's commands are not trusted.
    RunApp {
        /// The task.
        task: TaskId,
    },
    /// Put a task's work into the person's checkout, to look at and try before it lands. Branch and index stay as they are, and
    /// what is uncommitted is refused where it stands in the way.
    Show {
        /// The task.
        task: TaskId,
    },
    /// Put the checkout back as it was before a task's work was shown in it.
    PutBack {
        /// The task.
        task: TaskId,
    },
    /// Put a task's work aside; its ref stays.
    Discard {
        /// The task.
        task: TaskId,
    },
    /// Start a task again from where its worktree stands.
    Restart {
        /// The task.
        task: TaskId,
    },
    /// Start a task again with no isolation at all, this once. Needs the sentence that a person has to type.
    RestartUnsafe {
        /// The task.
        task: TaskId,
        /// What was typed.
        typed: String,
    },
    /// Trust the commands a repository declares, as the person saw them. Refused if its file says anything else now.
    Trust {
        /// An absolute path inside it.
        repository: String,
        /// SHA-256 of the text that was shown, in hexadecimal; empty if there was no file.
        digest: String,
    },
    /// Tasks in the order they were planned, a page at a time, and open approvals. Answered with [`Reply::Tasks`].
    ListTasks {
        /// The last task of the page before; absent for the first page, which has the approvals.
        #[ts(optional)]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<TaskId>,
        /// How many tasks at most. Fewer come where the frame would become too long.
        limit: u32,
    },
    /// A task's report. Answered with [`Reply::Report`].
    ReadReport {
        /// The task.
        task: TaskId,
    },
    /// A task's diff. Answered with [`Reply::Diff`].
    ReadDiff {
        /// The task.
        task: TaskId,
    },
    /// A changed file of a task's diff before and after, as pictures. Answered with [`Reply::Pictures`].
    ReadPictures {
        /// The task.
        task: TaskId,
        /// The path, as the diff has it.
        path: String,
    },
    /// What a task's agent was given, word for word. Answered with [`Reply::Text`].
    ReadGiven {
        /// The task.
        task: TaskId,
    },
    /// The end of what a task's agent printed. Answered with [`Reply::Text`].
    ReadOutput {
        /// The task.
        task: TaskId,
    },
    /// Where a task's worktree is, an absolute path. Answered with [`Reply::Text`].
    ReadWorktree {
        /// The task.
        task: TaskId,
    },
    /// The isolation a worker would have now. Answered with [`Reply::Isolation`].
    ReadIsolation,
    /// Agents of others: installed, in which version, and what would make them usable. Answered with [`Reply::Agents`].
    ReadAgents,
    /// Conversations that agents' own programs keep of this repository, the newest first. Answered with [`Reply::Sessions`].
    ReadSessions {
        /// An absolute path inside it.
        repository: String,
    },
    /// Start nothing new, and leave as soon as nothing runs.
    Drain,
}

/// What the controller's model may propose and only a person may decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Proposal {
    /// Bring the work in.
    Land,
    /// Put the work aside.
    Discard,
}
