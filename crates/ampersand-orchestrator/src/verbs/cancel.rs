//! Cancel: freeze at once, kill when the time to undo is over.

use ampersand_core::{Actor, Failure, TaskEvent, TaskId, Verb};
use jiff::{SignedDuration, Timestamp};

use super::those_allowed;
use crate::state::{Changes, State};

/// How long a cancel can be taken back.
pub(crate) const UNDO_FOR: SignedDuration = SignedDuration::from_secs(5);

/// Begins to cancel those of `tasks` that can be, and returns them.
pub(crate) fn cancel(
    state: &mut State,
    changes: &mut Changes,
    tasks: &[TaskId],
    kills_at: Timestamp,
    by: Actor,
) -> Result<Vec<TaskId>, Failure> {
    let tasks = those_allowed(state, tasks, Verb::Cancel)?;
    for task in &tasks {
        state.apply(*task, TaskEvent::CancelAsked { kills_at }, by, changes);
    }
    Ok(tasks)
}
