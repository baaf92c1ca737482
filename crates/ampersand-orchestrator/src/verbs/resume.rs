//! Resume: what stood still goes on, and what had no process left gets a new attempt.

use ampersand_core::{Actor, Failure, TaskEvent, TaskId, Verb};

use super::those_allowed;
use crate::state::{Changes, State};

/// Resumes those of `tasks` that can be, and returns them.
pub(crate) fn resume(
    state: &mut State,
    changes: &mut Changes,
    tasks: &[TaskId],
    by: Actor,
) -> Result<Vec<TaskId>, Failure> {
    let tasks = those_allowed(state, tasks, Verb::Resume)?;
    for task in &tasks {
        // Whoever says so knows more than the waits before.
        state.amend(*task, changes, |task| task.tries = 0);
        state.apply(*task, TaskEvent::ResumeAsked, by, changes);
    }
    Ok(tasks)
}
