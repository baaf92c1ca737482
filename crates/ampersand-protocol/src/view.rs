//! A task as it is shown: the same words in the window and in the terminal.

use ampersand_core::{
    Capability, Clash, Narrowing, PlanId, PullRequest, Task, TaskId, TaskState, Verb, Work,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::Activity;

/// A task as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TaskView {
    /// Names it.
    pub id: TaskId,
    /// The plan it came with.
    pub plan: PlanId,
    /// A few words.
    pub title: String,
    /// `explorer`, `worker` or `ask first`.
    pub role: String,
    /// The agent, as shown.
    pub agent: String,
    /// The agent it was handed over from, as shown.
    pub before: Option<String>,
    /// The state in one word.
    pub state: String,
    /// The state with its data.
    pub detail: TaskState,
    /// The isolation in words; absent until an attempt ran.
    pub isolation: Option<String>,
    /// Whether its agent can read its own login.
    pub reads_login: bool,
    /// What a person set up for its agent's own program and it does not have, in words.
    pub not_loaded: Vec<String>,
    /// Why this task, this role and this agent.
    pub reason: String,
    /// Where its worktree started from, in words: `main@3f2a + 3 uncommitted`.
    pub from: Option<String>,
    /// Tasks it waits for.
    pub after: Vec<TaskId>,
    /// What its work will collide with, as things stand.
    pub clashes: Vec<Clash>,
    /// The task whose work it brings together with the branch, if that is what it is for.
    pub resolves: Option<TaskId>,
    /// The task that brings its work and the branch together, where they did not join.
    pub follow_up: Option<TaskId>,
    /// The pull request its work went out with.
    pub pull_request: Option<Box<PullRequest>>,
    /// Whether nothing runs for it: the person edits in its worktree.
    pub by_hand: bool,
    /// Where what it runs is reached now, for a browser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub address: Option<String>,
    /// What it is granted.
    pub capabilities: Vec<Capability>,
    /// What a person took from it.
    pub taken: Vec<Narrowing>,
    /// Whether its agent asks a model from inside its sandbox: that stays reachable, whatever was taken.
    pub reaches_a_model: bool,
    /// What can be done with it now.
    pub verbs: Vec<Verb>,
    /// When it was planned.
    #[ts(type = "string")]
    pub created_at: Timestamp,
    /// What it is doing this moment.
    pub activity: Option<Activity>,
}

impl TaskView {
    /// The view of a task whose newest activity is `activity`.
    pub fn new(task: &Task, activity: Option<Activity>) -> Self {
        Self {
            id: task.id,
            plan: task.plan,
            title: task.title.clone(),
            role: task.role.shown().to_owned(),
            agent: match task.work {
                Work::ByHand => "you".to_owned(),
                _ => task.agent.shown().to_owned(),
            },
            before: task.before.last().map(|agent| agent.shown().to_owned()),
            state: task.state.word().to_owned(),
            detail: task.state.clone(),
            isolation: task
                .isolation
                .as_ref()
                .map(ampersand_core::Isolation::shown),
            reads_login: task.reads_login,
            not_loaded: task.not_loaded.clone(),
            reason: task.reason.clone(),
            from: task.base.as_ref().map(ampersand_core::Base::shown),
            after: task.after.clone(),
            clashes: task.clashes.clone(),
            resolves: task.resolves,
            follow_up: task.standoff.follow_up,
            pull_request: task.pull_request.clone(),
            by_hand: task.work == Work::ByHand,
            address: task.address.clone(),
            capabilities: task.capabilities.clone(),
            taken: task.taken.clone(),
            reaches_a_model: task.reaches_a_model(),
            verbs: task.verbs(),
            created_at: task.created_at,
            activity,
        }
    }
}
