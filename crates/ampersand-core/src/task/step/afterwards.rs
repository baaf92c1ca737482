//! After an attempt: landing, discarding, starting again.

use crate::{TaskState, Verdict};

use super::{Effect, Step, TaskEvent};

pub(super) fn afterwards(state: TaskState, event: TaskEvent) -> Step {
    match (state, event) {
        (TaskState::Ready { verdict }, TaskEvent::LandAsked) if verdict != Verdict::Red => {
            Step::with(TaskState::Landing { verdict }, Effect::Land)
        }
        (TaskState::Landing { .. }, TaskEvent::Landed { commit }) => {
            Step::to(TaskState::Landed { commit })
        }
        (TaskState::Landing { verdict }, TaskEvent::LandingRefused) => {
            Step::to(TaskState::Ready { verdict })
        }
        (
            TaskState::Ready {
                verdict: Verdict::Untrusted,
            },
            TaskEvent::ChecksAllowed { attempt },
        ) => Step::with(
            TaskState::Checking { attempt },
            Effect::RunChecks { attempt },
        ),
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
