//! The task: what is to be done, by whom, and how far it has come.

mod base;
mod child;
mod outgoing;
mod planned;
mod state;
mod step;
mod unfenced;
mod verb;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{
    AgentKind, ApprovalId, AttemptId, Capability, Clash, Failure, Isolation, Limit, Narrowing,
    Obstacle, PlanId, PullRequest, Reviewing, Role, Showing, Standoff, Steers, TaskId, Verdict,
};

pub use base::{Base, Snapshot};
pub use step::{Effect, Step, TaskEvent, step};
pub use verb::Verb;

/// One thing to be done, and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Task {
    /// Names it.
    pub id: TaskId,
    /// The plan it came with.
    pub plan: PlanId,
    /// A few words.
    pub title: String,
    /// What it may do.
    pub role: Role,
    /// The agent that does it.
    pub agent: AgentKind,
    /// Agents that had it before and were held up, oldest first.
    #[serde(default)]
    pub before: Vec<AgentKind>,
    /// What is to be done.
    pub work: Work,
    /// Why this task, this role and this agent.
    pub reason: String,
    /// The root of the repository it works on.
    pub repository: String,
    /// Tasks that must have ended well before it starts, those of `inputs` included.
    pub after: Vec<TaskId>,
    /// Tasks whose reports it is given.
    pub inputs: Vec<TaskId>,
    /// What it is granted.
    pub capabilities: Vec<Capability>,
    /// When it was planned.
    #[ts(type = "string")]
    pub created_at: Timestamp,
    /// How far it has come.
    pub state: TaskState,
    /// The commit its worktree started from, once there is one.
    pub base: Option<Base>,
    /// The tier its newest attempt ran in, once there was one.
    pub isolation: Option<Isolation>,
    /// Whether the agent of its newest attempt can read its own login.
    #[serde(default)]
    pub reads_login: bool,
    /// What a person set up for its agent's own program and the newest attempt did not have, in words.
    #[serde(default)]
    pub not_loaded: Vec<String>,
    /// Attempts in a row that a limit or an outage ended.
    #[serde(default)]
    pub tries: u32,
    /// What ended the newest of them.
    #[serde(default)]
    pub held_up_by: Option<Obstacle>,
    /// What its work will collide with, as far as it is known.
    #[serde(default)]
    pub clashes: Vec<Clash>,
    /// What a person took from it, oldest first.
    #[serde(default)]
    pub taken: Vec<Narrowing>,
    /// The task whose work it brings together with the branch, if that is what it is for.
    #[serde(default)]
    pub resolves: Option<TaskId>,
    /// How its work and the branch stand, where they do not join.
    #[serde(default)]
    pub standoff: Standoff,
    /// Who reads its work, and how often it went back by itself.
    #[serde(default)]
    pub review: Reviewing,
    /// How its work stands in the person's checkout, if it does.
    #[serde(default)]
    pub showing: Option<Showing>,
    /// Where what it runs is reached now, for a person's browser.
    #[serde(default)]
    pub address: Option<String>,
    /// The pull request its work went out with, if it did.
    #[serde(default)]
    pub pull_request: Option<Box<PullRequest>>,
    /// The conversation of its agent's own program that it goes on with, by that program's name for it.
    #[serde(default)]
    pub continues: Option<String>,
    /// What it was told last by whoever talks about it, the beginning of that.
    #[serde(default)]
    pub told: Option<String>,
    /// The newest wish to take back what it was told: its agent does that once.
    #[serde(default)]
    pub rewind: Option<Rewind>,
}

/// A wish to take back what a task was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Rewind {
    /// A name of its own.
    pub name: String,
    /// What is taken back, with all that came after: the beginning of it.
    pub words: String,
}

/// How much is kept of what a task was told, to know it again.
const TOLD_CHARS: usize = 200;

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Work {
    /// Words for an agent with a model.
    Brief {
        /// The words.
        text: String,
    },
    /// A shell command, exactly as the user asked for it.
    Command {
        /// The command line.
        line: String,
    },
    /// Look the repository over: languages, size, TODOs, likely secrets, dependencies.
    Scan,
    /// Find text or a file.
    Find {
        /// What to look for.
        pattern: String,
    },
    /// The app of another task's work, to be looked at. It runs in a worktree of its own, of which nothing is kept.
    App {
        /// That task.
        of: TaskId,
        /// How the repository starts it.
        line: String,
        /// The port on which it serves, if it does.
        port: Option<u16>,
    },
    /// Nothing that runs: the person edits in its worktree.
    ByHand,
}

impl Work {
    /// The agent that does it when nobody chose one.
    pub const fn agent(&self) -> AgentKind {
        match self {
            Self::Brief { .. } => AgentKind::Builtin,
            Self::Command { .. } | Self::App { .. } => AgentKind::Command,
            Self::Scan | Self::Find { .. } | Self::ByHand => AgentKind::Offline,
        }
    }
}

/// How far a task has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum TaskState {
    /// For other tasks to end well.
    Waiting {
        /// Those that have not.
        on: Vec<TaskId>,
    },
    /// For a slot.
    Queued,
    /// An attempt is under way.
    Running {
        /// The attempt.
        attempt: AttemptId,
    },
    /// An attempt stands still until a person answers.
    NeedsYou {
        /// The attempt.
        attempt: AttemptId,
        /// The question.
        approval: ApprovalId,
    },
    /// The work is done and committed; the declared checks run.
    Checking {
        /// The attempt.
        attempt: AttemptId,
    },
    /// Nothing of it runs, and it can go on.
    Paused {
        /// Why.
        why: Pause,
        /// What is kept.
        held: Held,
    },
    /// Asked to be cancelled: frozen at once, killed when the time to undo is over.
    Stopping {
        /// What undo returns to.
        was: Restorable,
        /// How many processes were found frozen; absent until the operating system confirmed it.
        processes: Option<u32>,
        /// When it is killed.
        #[ts(type = "string")]
        kills_at: Timestamp,
    },
    /// Its attempt was lost and can be started again.
    Interrupted {
        /// What happened.
        reason: String,
    },
    /// Its work is committed and can land.
    Ready {
        /// What the checks said.
        verdict: Verdict,
    },
    /// Its work is being brought in.
    Landing {
        /// What the checks said.
        verdict: Verdict,
    },
    /// On its way in: the branch has moved since, so the declared checks run on what both make together.
    Merging {
        /// The attempt that runs them.
        attempt: AttemptId,
        /// What the checks said of the work alone.
        verdict: Verdict,
    },
    /// It ended well, with nothing to land.
    Done,
    /// Its work is in the branch.
    Landed {
        /// The branch's commit after it.
        commit: String,
        /// What undoing it goes back to; absent where that was not written down.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        back: Option<WayBack>,
        /// What brought it in; absent where it landed by itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        by: Option<LandedBy>,
    },
    /// Its landing is being undone.
    Undoing {
        /// The branch's commit after the landing.
        commit: String,
        /// What it goes back to.
        back: WayBack,
    },
    /// It could not be done.
    Failed {
        /// Why, and what to do.
        failure: Failure,
    },
    /// A person ended it. Its worktree is kept.
    Cancelled {
        /// How many processes were found gone.
        processes: u32,
        /// How many changed files are kept.
        files_kept: u32,
    },
    /// It never started, because a task it waited for did not end well.
    Skipped {
        /// That task.
        dependency: TaskId,
    },
    /// A person put its work aside. Its ref is kept.
    Discarded,
}

/// The task whose landing brought in another one's work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LandedBy {
    /// The task.
    pub task: TaskId,
    /// What the checks had said of the work that it brought in.
    pub verdict: Verdict,
}

/// What undoing a landing goes back to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct WayBack {
    /// The branch it landed on.
    pub branch: String,
    /// The full id of the commit the branch stood on.
    pub from: String,
    /// What the checks had said.
    pub verdict: Verdict,
    /// When it landed.
    #[ts(type = "string")]
    pub at: Timestamp,
}

/// The last landing in a repository, of those that can be undone.
pub fn last_landing<'a>(
    tasks: impl IntoIterator<Item = &'a Task>,
    repository: &str,
) -> Option<&'a Task> {
    let landed = |task: &&Task| match &task.state {
        TaskState::Landed { back, .. } => back.as_ref().map(|back| back.at),
        _ => None,
    };
    tasks
        .into_iter()
        .filter(|task| task.repository == repository && landed(task).is_some())
        .max_by_key(landed)
}

/// Why a task is paused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "cause", rename_all = "snake_case")]
pub enum Pause {
    /// A person, or the controller for them, asked for it.
    Asked,
    /// A provider's limit or an outage; the orchestrator tries again by itself.
    Limit {
        /// What the provider or the network said.
        failure: Failure,
        /// When it tries again; absent if only a person can go on.
        #[ts(type = "string | null")]
        next_try_at: Option<Timestamp>,
    },
    /// It used up what an attempt may use. Only a person lets it go on.
    Reached {
        /// What it used up.
        limit: Limit,
    },
}

/// What a paused task keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Held {
    /// It had not started.
    NotStarted {
        /// Tasks it still waits for.
        on: Vec<TaskId>,
    },
    /// Its processes stand still.
    Frozen {
        /// The attempt.
        attempt: AttemptId,
        /// What it was doing.
        doing: Doing,
        /// How many processes were found frozen; absent until the operating system confirmed it.
        processes: Option<u32>,
    },
    /// Its worktree, without any process.
    Worktree,
}

/// What an attempt is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Doing {
    /// The agent works.
    Working,
    /// It waits for a person's answer.
    Asking {
        /// The question.
        approval: ApprovalId,
    },
    /// The declared checks run.
    Checking,
    /// The declared checks run on what it makes together with the branch.
    Merging {
        /// What they said of the work alone.
        verdict: Verdict,
    },
}

/// A state that undoing a cancel returns to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Restorable {
    /// It had not started.
    NotStarted {
        /// Tasks it still waits for.
        on: Vec<TaskId>,
    },
    /// An attempt was under way.
    Active {
        /// The attempt.
        attempt: AttemptId,
        /// What it was doing.
        doing: Doing,
    },
    /// It was paused.
    Paused {
        /// Why.
        why: Pause,
        /// What was kept.
        held: Held,
    },
    /// Its attempt had been lost.
    Interrupted {
        /// What happened.
        reason: String,
    },
}

impl Task {
    /// What a card says of a task whose agent has its own login to read.
    pub const READS_LOGIN: &'static str = "can read its own login";

    /// The hosts it was granted.
    pub fn hosts(&self) -> impl Iterator<Item = &String> {
        self.capabilities.iter().filter_map(Capability::host)
    }

    /// Keeps what it was told.
    pub fn tell(&mut self, text: &str) {
        self.told = Some(text.chars().take(TOLD_CHARS).collect());
    }

    /// Gives it to another agent, which goes on from there.
    pub fn hand_over(&mut self, to: AgentKind) {
        self.before.push(std::mem::replace(&mut self.agent, to));
        (self.tries, self.held_up_by) = (0, None);
    }

    /// Moves it. How it stands to its branch is kept while it lands or may, and with it who brings both together.
    pub fn move_to(&mut self, state: TaskState) {
        if state.attempt().is_none() {
            self.address = None;
        }
        let was = std::mem::replace(&mut self.state, state);
        match (was, &self.state) {
            (TaskState::Landed { by: Some(by), .. }, TaskState::Ready { .. }) => {
                self.standoff.follow_up = Some(by.task);
            }
            (_, TaskState::Ready { .. } | TaskState::Landing { .. }) => {}
            (_, state) if state.merging().is_some() => {}
            _ => self.standoff = Standoff::default(),
        }
    }

    /// Whether it has a worktree in which there may be work that lands.
    pub fn may_land(&self) -> bool {
        let is_kept = !matches!(self.work, Work::App { .. });
        is_kept && self.role.writes() && self.base.is_some() && self.state.may_land()
    }

    /// What can be done with it now, by its state and its agent.
    pub fn verbs(&self) -> Vec<Verb> {
        let mut verbs = self.state.verbs();
        if verbs.contains(&Verb::Land) && !self.standoff.files.is_empty() {
            let ways = [
                Verb::Resolve,
                Verb::ResolveByHand,
                Verb::KeepBranch,
                Verb::KeepWork,
            ];
            verbs.splice(0..0, ways);
        }
        match (self.showing, &self.state) {
            (None, TaskState::Ready { .. }) => verbs.extend([Verb::Show, Verb::RunApp]),
            (Some(Showing::Up), _) => verbs.push(Verb::PutBack),
            _ => {}
        }
        if self.agent.facts().steers == Steers::Never {
            verbs.retain(|verb| *verb != Verb::Steer);
        }
        let is_ready = matches!(self.state, TaskState::Ready { .. });
        if is_ready && self.told.is_some() && self.agent.facts().rewinds {
            verbs.push(Verb::Rewind);
        }
        self.go_out(&mut verbs);
        verbs
    }
}
