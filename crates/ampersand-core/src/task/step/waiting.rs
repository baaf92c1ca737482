//! Before an attempt: what is waited for, and the slot.

use crate::{Held, Restorable, TaskId, TaskState};

use super::{Effect, Step, TaskEvent};

pub(super) fn not_started(on: Vec<TaskId>) -> TaskState {
    if on.is_empty() {
        TaskState::Queued
    } else {
        TaskState::Waiting { on }
    }
}

/// The list of awaited tasks in whichever state keeps one.
fn awaited(state: &mut TaskState) -> Option<&mut Vec<TaskId>> {
    match state {
        TaskState::Waiting { on }
        | TaskState::Paused {
            held: Held::NotStarted { on },
            ..
        }
        | TaskState::Stopping {
            was:
                Restorable::NotStarted { on }
                | Restorable::Paused {
                    held: Held::NotStarted { on },
                    ..
                },
            ..
        } => Some(on),
        _ => None,
    }
}

pub(super) fn before_start(mut state: TaskState, event: &TaskEvent) -> Step {
    match *event {
        TaskEvent::DependencyDone { task } => {
            if let Some(on) = awaited(&mut state) {
                on.retain(|id| *id != task);
            }
            Step::to(match state {
                TaskState::Waiting { on } => not_started(on),
                other => other,
            })
        }
        TaskEvent::DependencyLost { task } => match awaited(&mut state) {
            Some(on) if on.contains(&task) => Step::to(TaskState::Skipped { dependency: task }),
            _ => Step::to(state),
        },
        TaskEvent::SlotGranted { attempt } if state == TaskState::Queued => {
            Step::with(TaskState::Running { attempt }, Effect::Start { attempt })
        }
        _ => Step::to(state),
    }
}
