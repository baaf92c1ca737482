//! Undo: a cancel that has not killed yet is taken back.

use std::collections::HashSet;

use ampersand_core::{Failure, TaskEvent, TaskId, Verb};

use super::{PERSON, those_allowed};
use crate::state::{Changes, State};

/// Takes back the cancel of `tasks`, or of every task that is stopping if none is named. For those in `killing` it
/// is too late.
pub(crate) fn undo(
    state: &mut State,
    changes: &mut Changes,
    tasks: &[TaskId],
    killing: &HashSet<TaskId>,
) -> Result<Vec<TaskId>, Failure> {
    let named: Vec<TaskId> = if tasks.is_empty() {
        state.open().map(|task| task.id).collect()
    } else {
        tasks.to_vec()
    };
    let mut stopping = those_allowed(state, &named, Verb::Undo)?;
    stopping.retain(|task| !killing.contains(task));
    if stopping.is_empty() {
        return Err(Failure::new(
            "nothing_to_undo",
            "There is no cancel to take back.",
            "That works for five seconds after one. A cancelled task's worktree is kept: it can be started again from there.",
        ));
    }
    for task in &stopping {
        state.apply(*task, TaskEvent::Undone, PERSON, changes);
    }
    Ok(stopping)
}
