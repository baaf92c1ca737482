//! Cancel and undo: frozen at once, killed when the time to undo is over.

use jiff::Timestamp;

use crate::{Doing, Held, Restorable, TaskState};

use super::{
    Effect, Step, TaskEvent,
    attempt::{active, withdrawal},
    waiting::not_started,
};

pub(super) fn stopping(state: TaskState, event: &TaskEvent) -> Step {
    match (state, event) {
        (TaskState::Stopping { was, processes, .. }, TaskEvent::CancelAsked { kills_at }) => {
            Step::to(TaskState::Stopping {
                was,
                processes,
                kills_at: *kills_at,
            })
        }
        (state, TaskEvent::CancelAsked { kills_at }) => begin_stopping(state, *kills_at),
        (TaskState::Stopping { was, .. }, TaskEvent::Undone) => restore(was),
        (state @ TaskState::Stopping { .. }, TaskEvent::KillDue) => {
            let effect = match state.attempt() {
                Some(attempt) => Effect::Kill { attempt },
                None => Effect::ConfirmGone,
            };
            Step::with(state, effect)
        }
        // Its work was done before: what was stopped is the landing alone.
        (state @ TaskState::Stopping { .. }, TaskEvent::Gone { .. })
            if let Some(verdict) = state.merging() =>
        {
            Step::to(TaskState::Ready { verdict })
        }
        (
            state @ TaskState::Stopping { .. },
            TaskEvent::Gone {
                processes,
                files_kept,
            },
        ) => {
            let effects = withdrawal(&state);
            let cancelled = TaskState::Cancelled {
                processes: *processes,
                files_kept: *files_kept,
            };
            Step {
                state: cancelled,
                effects,
            }
        }
        (state, _) => Step::to(state),
    }
}

fn begin_stopping(state: TaskState, kills_at: Timestamp) -> Step {
    let active = |attempt, doing| {
        let was = Restorable::Active { attempt, doing };
        let stopping = TaskState::Stopping {
            was,
            processes: None,
            kills_at,
        };
        Step::with(stopping, Effect::Freeze { attempt })
    };
    let still = |was, processes| {
        Step::to(TaskState::Stopping {
            was,
            processes: Some(processes),
            kills_at,
        })
    };
    match state {
        TaskState::Waiting { on } => still(Restorable::NotStarted { on }, 0),
        TaskState::Queued => still(Restorable::NotStarted { on: Vec::new() }, 0),
        TaskState::Running { attempt } => active(attempt, Doing::Working),
        TaskState::NeedsYou { attempt, approval } => active(attempt, Doing::Asking { approval }),
        TaskState::Checking { attempt } => active(attempt, Doing::Checking),
        TaskState::Merging { attempt, verdict } => active(attempt, Doing::Merging { verdict }),
        TaskState::Paused { why, held } => match held {
            Held::Frozen { processes, .. } => {
                let was = Restorable::Paused { why, held };
                Step::to(TaskState::Stopping {
                    was,
                    processes,
                    kills_at,
                })
            }
            Held::NotStarted { .. } | Held::Worktree => still(Restorable::Paused { why, held }, 0),
        },
        TaskState::Interrupted { reason } => still(Restorable::Interrupted { reason }, 0),
        over @ (TaskState::Stopping { .. }
        | TaskState::Ready { .. }
        | TaskState::Landing { .. }
        | TaskState::Done
        | TaskState::Landed { .. }
        | TaskState::Undoing { .. }
        | TaskState::Failed { .. }
        | TaskState::Cancelled { .. }
        | TaskState::Skipped { .. }
        | TaskState::Discarded) => Step::to(over),
    }
}

fn restore(was: Restorable) -> Step {
    match was {
        Restorable::NotStarted { on } => Step::to(not_started(on)),
        Restorable::Active { attempt, doing } => {
            Step::with(active(attempt, doing), Effect::Thaw { attempt })
        }
        Restorable::Paused { why, held } => Step::to(TaskState::Paused { why, held }),
        Restorable::Interrupted { reason } => Step::to(TaskState::Interrupted { reason }),
    }
}
