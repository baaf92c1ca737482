//! Pause: the trees stand still and no new model request goes out.

use ampersand_core::{Actor, Failure, TaskEvent, TaskId, Verb};

use super::those_allowed;
use crate::state::{Changes, State};

/// Pauses those of `tasks` that can be, and returns them.
pub(crate) fn pause(
    state: &mut State,
    changes: &mut Changes,
    tasks: &[TaskId],
    by: Actor,
) -> Result<Vec<TaskId>, Failure> {
    let tasks = those_allowed(state, tasks, Verb::Pause)?;
    for task in &tasks {
        state.apply(*task, TaskEvent::PauseAsked, by, changes);
    }
    Ok(tasks)
}
