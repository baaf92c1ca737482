//! Pause and resume: what stands still, and what goes on.

use crate::{AttemptId, Doing, Held, Pause, Restorable, TaskState};

use super::{
    Effect, Step, TaskEvent,
    attempt::{active, withdrawal},
    waiting::not_started,
};

pub(super) fn holding(state: TaskState, event: &TaskEvent) -> Step {
    match event {
        TaskEvent::PauseAsked => pause(state, &Pause::Asked),
        TaskEvent::ReachedLimit { limit } if state.is_under_way() => {
            pause(state, &Pause::Reached { limit: *limit })
        }
        TaskEvent::Frozen { processes } => Step::to(confirm_frozen(state, *processes)),
        TaskEvent::ResumeAsked => resume(state),
        TaskEvent::StoodLong => match state.standing() {
            Some(attempt) => Step::with(state, Effect::Park { attempt }),
            None => Step::to(state),
        },
        TaskEvent::Parked { attempt } => parked(state, *attempt),
        _ => Step::to(state),
    }
}

fn pause(state: TaskState, why: &Pause) -> Step {
    let not_started = |on| {
        Step::to(TaskState::Paused {
            why: why.clone(),
            held: Held::NotStarted { on },
        })
    };
    let frozen = |attempt, doing| {
        let held = Held::Frozen {
            attempt,
            doing,
            processes: None,
        };
        Step::with(
            TaskState::Paused {
                why: why.clone(),
                held,
            },
            Effect::Freeze { attempt },
        )
    };
    match state {
        TaskState::Waiting { on } => not_started(on),
        TaskState::Queued => not_started(Vec::new()),
        TaskState::Running { attempt } => frozen(attempt, Doing::Working),
        TaskState::NeedsYou { attempt, approval } => frozen(attempt, Doing::Asking { approval }),
        TaskState::Checking { attempt } => frozen(attempt, Doing::Checking),
        TaskState::Merging { attempt, verdict } => frozen(attempt, Doing::Merging { verdict }),
        // A person's pause outranks the orchestrator's own next try.
        TaskState::Paused {
            why: Pause::Limit { .. },
            held,
        } => Step::to(TaskState::Paused {
            why: Pause::Asked,
            held,
        }),
        state => Step::to(state),
    }
}

fn confirm_frozen(mut state: TaskState, found: u32) -> TaskState {
    if let TaskState::Paused {
        held: Held::Frozen { processes, .. },
        ..
    }
    | TaskState::Stopping { processes, .. } = &mut state
    {
        *processes = Some(found);
    }
    state
}

/// What a limit stopped goes on with as much again.
fn resume(state: TaskState) -> Step {
    let granted = match &state {
        TaskState::Paused {
            why: Pause::Reached { limit },
            ..
        } => Some(Effect::Grant { which: limit.which }),
        _ => None,
    };
    let mut step = go_on(state);
    step.effects.splice(..0, granted);
    step
}

fn go_on(state: TaskState) -> Step {
    match state {
        TaskState::Paused {
            held: Held::NotStarted { on },
            ..
        } => Step::to(not_started(on)),
        TaskState::Paused {
            held: Held::Frozen { attempt, doing, .. },
            ..
        } => Step::with(active(attempt, doing), Effect::Thaw { attempt }),
        TaskState::Paused {
            held: Held::Worktree,
            ..
        }
        | TaskState::Interrupted { .. } => Step::to(TaskState::Queued),
        state => Step::to(state),
    }
}

/// Its processes are gone. Somebody may have asked it to go on, or to end, while they were being ended.
fn parked(state: TaskState, attempt: AttemptId) -> Step {
    let is_an_agents = !state.is_checking() && state.merging().is_none();
    if state.attempt() != Some(attempt) || !is_an_agents {
        return Step::to(state);
    }
    let effects = withdrawal(&state);
    let state = match state {
        TaskState::Running { .. } | TaskState::NeedsYou { .. } => TaskState::Queued,
        TaskState::Paused { why, .. } => TaskState::Paused {
            why,
            held: Held::Worktree,
        },
        TaskState::Stopping {
            was,
            processes,
            kills_at,
        } => TaskState::Stopping {
            was: without_processes(was),
            processes,
            kills_at,
        },
        other => other,
    };
    Step { state, effects }
}

fn without_processes(was: Restorable) -> Restorable {
    match was {
        Restorable::Paused { why, .. } => Restorable::Paused {
            why,
            held: Held::Worktree,
        },
        Restorable::Active { .. } => Restorable::Paused {
            why: Pause::Asked,
            held: Held::Worktree,
        },
        other @ (Restorable::NotStarted { .. } | Restorable::Interrupted { .. }) => other,
    }
}
