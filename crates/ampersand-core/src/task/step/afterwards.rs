//! After an attempt: landing, discarding, starting again.

use crate::{AttemptId, Doing, Held, LandedBy, Restorable, TaskState, Verdict, WayBack};

use super::{Effect, Step, TaskEvent};

pub(super) fn afterwards(state: TaskState, event: TaskEvent) -> Step {
    match (state, event) {
        (TaskState::Ready { verdict }, TaskEvent::LandAsked) if verdict != Verdict::Red => {
            Step::with(TaskState::Landing { verdict }, Effect::Land)
        }
        (TaskState::Landing { verdict }, TaskEvent::Unmerged { attempt }) => Step::with(
            TaskState::Merging { attempt, verdict },
            Effect::LandChecked { attempt },
        ),
        // What is in the branch is in the branch, whatever was asked for in the same instant.
        (
            state,
            TaskEvent::Landed {
                commit,
                branch,
                from,
                at,
            },
        ) => match landing(&state).or_else(|| ready(&state)) {
            Some(verdict) => {
                let back = Some(WayBack {
                    branch,
                    from,
                    verdict,
                    at,
                });
                let by = None;
                Step::to(TaskState::Landed { commit, back, by })
            }
            None => Step::to(state),
        },
        (
            TaskState::Landed {
                commit,
                back: Some(back),
                ..
            },
            TaskEvent::UndoLandingAsked,
        ) => Step::with(TaskState::Undoing { commit, back }, Effect::UndoLanding),
        (TaskState::Undoing { back, .. }, TaskEvent::LandingUndone) => Step::to(TaskState::Ready {
            verdict: back.verdict,
        }),
        (TaskState::Undoing { commit, back }, TaskEvent::LandingStands) => {
            let (back, by) = (Some(back), None);
            Step::to(TaskState::Landed { commit, back, by })
        }
        (
            state,
            event @ (TaskEvent::LandedBy { .. }
            | TaskEvent::MergedElsewhere { .. }
            | TaskEvent::FollowUpUndone),
        ) => by_others(state, event),
        (state, TaskEvent::LandingRefused) => match landing(&state) {
            Some(verdict) => Step::to(TaskState::Ready { verdict }),
            None => Step::to(state),
        },
        (state, TaskEvent::ChecksAllowed { attempt }) => allow_checks(state, attempt),
        (
            TaskState::Ready { .. } | TaskState::Failed { .. } | TaskState::Cancelled { .. },
            TaskEvent::DiscardAsked,
        ) => Step::to(TaskState::Discarded),
        (
            TaskState::Ready { .. }
            | TaskState::Failed { .. }
            | TaskState::Cancelled { .. }
            | TaskState::Skipped { .. },
            TaskEvent::RestartAsked,
        ) => Step::to(TaskState::Queued),
        (state, _) => Step::to(state),
    }
}

/// What brought its work in was not a landing of its own.
fn by_others(state: TaskState, event: TaskEvent) -> Step {
    match (state, event) {
        (TaskState::Ready { verdict }, TaskEvent::LandedBy { task, commit }) => {
            let (back, by) = (None, Some(LandedBy { task, verdict }));
            Step::to(TaskState::Landed { commit, back, by })
        }
        // It is in a branch of somebody else's; from here that is not undone.
        (TaskState::Ready { .. }, TaskEvent::MergedElsewhere { commit }) => {
            let (back, by) = (None, None);
            Step::to(TaskState::Landed { commit, back, by })
        }
        (TaskState::Landed { by: Some(by), .. }, TaskEvent::FollowUpUndone) => {
            let verdict = by.verdict;
            Step::to(TaskState::Ready { verdict })
        }
        (state, _) => Step::to(state),
    }
}

const fn landing(state: &TaskState) -> Option<Verdict> {
    match state {
        TaskState::Landing { verdict } => Some(*verdict),
        state => state.merging(),
    }
}

const fn ready(state: &TaskState) -> Option<Verdict> {
    match state {
        TaskState::Ready { verdict } => Some(*verdict),
        _ => None,
    }
}

/// Checks run in an attempt of their own: those that were not trusted before, and those whose attempt was lost. What
/// was held stays so: its new attempt begins frozen.
fn allow_checks(mut state: TaskState, attempt: AttemptId) -> Step {
    match &mut state {
        TaskState::Ready {
            verdict: Verdict::Untrusted,
        }
        | TaskState::Checking { .. } => Step::with(
            TaskState::Checking { attempt },
            Effect::RunChecks { attempt },
        ),
        TaskState::Paused {
            held:
                Held::Frozen {
                    attempt: lost,
                    doing: Doing::Checking,
                    ..
                },
            ..
        }
        | TaskState::Stopping {
            was:
                Restorable::Active {
                    attempt: lost,
                    doing: Doing::Checking,
                }
                | Restorable::Paused {
                    held:
                        Held::Frozen {
                            attempt: lost,
                            doing: Doing::Checking,
                            ..
                        },
                    ..
                },
            ..
        } => {
            *lost = attempt;
            let effects = vec![Effect::Freeze { attempt }, Effect::RunChecks { attempt }];
            Step { state, effects }
        }
        _ => Step::to(state),
    }
}
