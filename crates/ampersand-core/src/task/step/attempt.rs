//! During an attempt and at its end, frozen or not.

use crate::{AttemptId, Doing, Held, Pause, Restorable, TaskState};

use super::{Effect, Step, TaskEvent};

/// What an agent's attempt does, wherever it is kept; `None` where there is none.
fn doing(state: &mut TaskState) -> Option<&mut Doing> {
    if state.merging().is_some() {
        return None;
    }
    match state {
        TaskState::Paused {
            held: Held::Frozen { doing, .. },
            ..
        }
        | TaskState::Stopping {
            was:
                Restorable::Active { doing, .. }
                | Restorable::Paused {
                    held: Held::Frozen { doing, .. },
                    ..
                },
            ..
        } => Some(doing),
        _ => None,
    }
}

pub(super) fn active(attempt: AttemptId, doing: Doing) -> TaskState {
    match doing {
        Doing::Working => TaskState::Running { attempt },
        Doing::Asking { approval } => TaskState::NeedsYou { attempt, approval },
        Doing::Checking => TaskState::Checking { attempt },
        Doing::Merging { verdict } => TaskState::Merging { attempt, verdict },
    }
}

pub(super) fn during_attempt(mut state: TaskState, event: &TaskEvent) -> Step {
    match (&state, event) {
        (TaskState::Running { attempt }, TaskEvent::Asked { approval }) => {
            Step::to(TaskState::NeedsYou {
                attempt: *attempt,
                approval: *approval,
            })
        }
        (TaskState::NeedsYou { attempt, approval }, TaskEvent::Answered { approval: answered })
            if approval == answered =>
        {
            Step::to(TaskState::Running { attempt: *attempt })
        }
        (
            TaskState::Running { attempt } | TaskState::NeedsYou { attempt, .. },
            TaskEvent::WorkDone,
        ) => {
            let attempt = *attempt;
            Step::with(
                TaskState::Checking { attempt },
                Effect::RunChecks { attempt },
            )
        }
        // A frozen attempt may still be answered, or have asked or ended in the instant before it froze.
        // Whoever carries out effects starts nothing in a frozen tree, so the checks wait for the thaw.
        (_, TaskEvent::WorkDone) => match (state.attempt(), doing(&mut state)) {
            (Some(attempt), Some(now)) => {
                *now = Doing::Checking;
                Step::with(state, Effect::RunChecks { attempt })
            }
            _ => Step::to(state),
        },
        (_, TaskEvent::Asked { approval }) => {
            if let Some(now) = doing(&mut state) {
                *now = Doing::Asking {
                    approval: *approval,
                };
            }
            Step::to(state)
        }
        (_, TaskEvent::Answered { approval }) => {
            if let Some(now) = doing(&mut state)
                && *now
                    == (Doing::Asking {
                        approval: *approval,
                    })
            {
                *now = Doing::Working;
            }
            Step::to(state)
        }
        _ => Step::to(state),
    }
}

pub(super) fn withdrawal(state: &TaskState) -> Vec<Effect> {
    let approval = match state {
        TaskState::NeedsYou { approval, .. }
        | TaskState::Paused {
            held:
                Held::Frozen {
                    doing: Doing::Asking { approval },
                    ..
                },
            ..
        }
        | TaskState::Stopping {
            was:
                Restorable::Active {
                    doing: Doing::Asking { approval },
                    ..
                }
                | Restorable::Paused {
                    held:
                        Held::Frozen {
                            doing: Doing::Asking { approval },
                            ..
                        },
                    ..
                },
            ..
        } => *approval,
        _ => return Vec::new(),
    };
    vec![Effect::Withdraw { approval }]
}

pub(super) fn end_of_attempt(state: TaskState, event: TaskEvent) -> Step {
    if state.attempt().is_none() {
        return Step::to(state);
    }
    if let Some(verdict) = state.merging() {
        // The work was done before. Whether the branch had moved already is looked up by whoever brings it in.
        return Step::to(match event {
            TaskEvent::Lost { .. } => TaskState::Landing { verdict },
            _ => state,
        });
    }
    let effects = withdrawal(&state);
    let state = ended(state, event);
    Step { state, effects }
}

fn ended(state: TaskState, event: TaskEvent) -> TaskState {
    // Whoever asked to end it wins over an end that came in the same instant: what it did is kept anyway. Taking that
    // back cannot bring an attempt back that is no more.
    if let TaskState::Stopping {
        kills_at,
        processes,
        ..
    } = state
    {
        let was = match event {
            TaskEvent::HitLimit {
                failure,
                next_try_at,
            } => Restorable::Paused {
                why: Pause::Limit {
                    failure,
                    next_try_at,
                },
                held: Held::Worktree,
            },
            TaskEvent::EndedAtLimit { limit } => Restorable::Paused {
                why: Pause::Reached { limit },
                held: Held::Worktree,
            },
            _ => Restorable::Interrupted {
                reason: "It ended while it was being cancelled.".to_owned(),
            },
        };
        return TaskState::Stopping {
            was,
            processes,
            kills_at,
        };
    }
    match event {
        // What waits for a person goes on waiting, only without its processes.
        TaskEvent::Lost { .. } | TaskEvent::HitLimit { .. } | TaskEvent::SentBack
            if let TaskState::Paused { why, .. } = state =>
        {
            TaskState::Paused {
                why,
                held: Held::Worktree,
            }
        }
        TaskEvent::Finished => TaskState::Done,
        TaskEvent::Committed { verdict } => TaskState::Ready { verdict },
        TaskEvent::SentBack => TaskState::Queued,
        TaskEvent::GaveUp { failure } => TaskState::Failed { failure },
        TaskEvent::HitLimit {
            failure,
            next_try_at,
        } => TaskState::Paused {
            why: Pause::Limit {
                failure,
                next_try_at,
            },
            held: Held::Worktree,
        },
        TaskEvent::EndedAtLimit { limit } => TaskState::Paused {
            why: Pause::Reached { limit },
            held: Held::Worktree,
        },
        TaskEvent::Lost { reason } => TaskState::Interrupted { reason },
        _ => state,
    }
}
