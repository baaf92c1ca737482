//! What may happen to a task and what follows: total, pure, replayable.
//!
//! An event that means nothing in a state leaves it as it is; whether a person's wish makes sense is
//! asked beforehand, of [`TaskState::verbs`].

mod afterwards;
mod attempt;
mod holding;
mod stopping;
mod waiting;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::TaskState;
use crate::{ApprovalId, AttemptId, Failure, Limit, Narrowing, Resource, TaskId, Verdict};
use afterwards::afterwards;
use attempt::{during_attempt, end_of_attempt};
use holding::holding;
use stopping::stopping;
use waiting::before_start;

/// Something that happened to a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum TaskEvent {
    /// A task it waits for ended well.
    DependencyDone {
        /// That task.
        task: TaskId,
    },
    /// A task it waits for will never end well.
    DependencyLost {
        /// That task.
        task: TaskId,
    },
    /// The scheduler gave it a slot.
    SlotGranted {
        /// The attempt that begins.
        attempt: AttemptId,
    },
    /// Its agent asks a person.
    Asked {
        /// The question.
        approval: ApprovalId,
    },
    /// The person answered.
    Answered {
        /// The question.
        approval: ApprovalId,
    },
    /// Its agent is done; checks are declared and may run.
    WorkDone,
    /// It is done altogether, with nothing to land.
    Finished,
    /// It is done altogether, and there is something to land.
    Committed {
        /// What the checks said.
        verdict: Verdict,
    },
    /// It is done, and goes back to its agent: what was found has to be mended first.
    SentBack,
    /// It could not be done.
    GaveUp {
        /// Why, and what to do.
        failure: Failure,
    },
    /// A limit or an outage ended its attempt; what it had done is kept.
    HitLimit {
        /// What was said.
        failure: Failure,
        /// When to try again.
        next_try_at: Option<Timestamp>,
    },
    /// Its attempt used up what it may use, and stands.
    ReachedLimit {
        /// What it used up.
        limit: Limit,
    },
    /// The same, and the system ended it for that.
    EndedAtLimit {
        /// What it used up.
        limit: Limit,
    },
    /// A person asked for a pause.
    PauseAsked,
    /// The operating system confirmed that its tree stands still.
    Frozen {
        /// How many processes.
        processes: u32,
    },
    /// A person asked it to go on, or the time of the next try came.
    ResumeAsked,
    /// It has stood still for long, and can go on without its processes.
    StoodLong,
    /// The operating system confirmed that no process of its attempt is left; what the agent knows is kept.
    Parked {
        /// The attempt that was.
        attempt: AttemptId,
    },
    /// Capabilities were taken from it.
    Narrowed {
        /// What was taken.
        what: Narrowing,
    },
    /// A person asked to end it.
    CancelAsked {
        /// When it is killed unless undone.
        kills_at: Timestamp,
    },
    /// The person took that back.
    Undone,
    /// The time to undo is over, or the person asked to skip it.
    KillDue,
    /// The operating system confirmed that nothing of it is left.
    Gone {
        /// How many processes there were.
        processes: u32,
        /// How many changed files are kept.
        files_kept: u32,
    },
    /// Its attempt is lost: the orchestrator or the machine went away under it.
    Lost {
        /// What happened.
        reason: String,
    },
    /// A person asked to land it.
    LandAsked,
    /// It landed.
    Landed {
        /// The branch's commit after it.
        commit: String,
        /// The branch.
        branch: String,
        /// The commit it stood on.
        from: String,
        /// When.
        at: Timestamp,
    },
    /// A person asked to undo its landing.
    UndoLandingAsked,
    /// The branch stands where it stood before it.
    LandingUndone,
    /// It could not be undone; nothing was changed.
    LandingStands,
    /// The branch has moved: what both make together has to be checked before it lands.
    Unmerged {
        /// The attempt that checks it.
        attempt: AttemptId,
    },
    /// It could not land; nothing was changed.
    LandingRefused,
    /// The task that brings it and the branch together landed, and with it its work.
    LandedBy {
        /// That task.
        task: TaskId,
        /// The branch's commit after it.
        commit: String,
    },
    /// That landing was undone.
    FollowUpUndone,
    /// The pull request of its work was merged.
    MergedElsewhere {
        /// The commit that merged it, or that was.
        commit: String,
    },
    /// Its checks can run now: the person trusted the repository's commands, or the attempt that ran them was lost.
    ChecksAllowed {
        /// The attempt that runs them.
        attempt: AttemptId,
    },
    /// A person put it aside.
    DiscardAsked,
    /// A person asked to start it again from where it stands.
    RestartAsked,
}

/// Something to be carried out because of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    /// Begin an attempt.
    Start {
        /// The attempt.
        attempt: AttemptId,
    },
    /// Let its tree stand still and let no new model request through.
    Freeze {
        /// The attempt.
        attempt: AttemptId,
    },
    /// Let both go on.
    Thaw {
        /// The attempt.
        attempt: AttemptId,
    },
    /// Let its attempts use as much again of something.
    Grant {
        /// What was used up.
        which: Resource,
    },
    /// End its tree.
    Kill {
        /// The attempt.
        attempt: AttemptId,
    },
    /// End the tree of an attempt that stands still; another one goes on from there.
    Park {
        /// The attempt.
        attempt: AttemptId,
    },
    /// Confirm at once that nothing is left, as nothing was there.
    ConfirmGone,
    /// Keep what was taken from the attempt that is under way, at once.
    Narrow {
        /// The attempt.
        attempt: AttemptId,
        /// What was taken.
        what: Narrowing,
    },
    /// Run the declared checks.
    RunChecks {
        /// The attempt.
        attempt: AttemptId,
    },
    /// Take back the question that stands.
    Withdraw {
        /// The question.
        approval: ApprovalId,
    },
    /// Put its work into the person's checkout.
    Show,
    /// Put the checkout back as it was.
    PutBack,
    /// Bring its work in.
    Land,
    /// Take its work out of the branch again.
    UndoLanding,
    /// Put its work on a branch of its own.
    PutOnBranch {
        /// The branch.
        branch: String,
    },
    /// Work out what would be pushed of its work.
    PreparePush,
    /// Push what the person allowed.
    Push,
    /// Run the declared checks on what it makes together with the branch, and bring it in if they pass.
    LandChecked {
        /// The attempt.
        attempt: AttemptId,
    },
}

/// Where a task is now, and what follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The state after the event.
    pub state: TaskState,
    /// What is to be carried out, in order.
    pub effects: Vec<Effect>,
}

impl Step {
    const fn to(state: TaskState) -> Self {
        Self {
            state,
            effects: Vec::new(),
        }
    }

    fn with(state: TaskState, effect: Effect) -> Self {
        Self {
            state,
            effects: vec![effect],
        }
    }
}

/// Where `state` goes when `event` happens.
pub fn step(state: TaskState, event: TaskEvent) -> Step {
    match event {
        TaskEvent::DependencyDone { .. }
        | TaskEvent::DependencyLost { .. }
        | TaskEvent::SlotGranted { .. } => before_start(state, &event),
        TaskEvent::Asked { .. } | TaskEvent::Answered { .. } | TaskEvent::WorkDone => {
            during_attempt(state, &event)
        }
        TaskEvent::Finished
        | TaskEvent::Committed { .. }
        | TaskEvent::SentBack
        | TaskEvent::GaveUp { .. }
        | TaskEvent::HitLimit { .. }
        | TaskEvent::EndedAtLimit { .. }
        | TaskEvent::Lost { .. } => end_of_attempt(state, event),
        TaskEvent::PauseAsked
        | TaskEvent::ReachedLimit { .. }
        | TaskEvent::Frozen { .. }
        | TaskEvent::ResumeAsked
        | TaskEvent::StoodLong
        | TaskEvent::Parked { .. } => holding(state, &event),
        TaskEvent::Narrowed { what } => narrowed(state, what),
        TaskEvent::CancelAsked { .. }
        | TaskEvent::Undone
        | TaskEvent::KillDue
        | TaskEvent::Gone { .. } => stopping(state, &event),
        TaskEvent::LandAsked
        | TaskEvent::Landed { .. }
        | TaskEvent::Unmerged { .. }
        | TaskEvent::LandingRefused
        | TaskEvent::LandedBy { .. }
        | TaskEvent::FollowUpUndone
        | TaskEvent::MergedElsewhere { .. }
        | TaskEvent::UndoLandingAsked
        | TaskEvent::LandingUndone
        | TaskEvent::LandingStands
        | TaskEvent::ChecksAllowed { .. }
        | TaskEvent::DiscardAsked
        | TaskEvent::RestartAsked => afterwards(state, event),
    }
}

/// It stays where it is; an attempt, frozen or not, loses what was taken.
fn narrowed(state: TaskState, what: Narrowing) -> Step {
    match state.attempt() {
        Some(attempt) => Step::with(state, Effect::Narrow { attempt, what }),
        None => Step::to(state),
    }
}

#[cfg(test)]
mod tests;
