//! Restart: a task that ended begins again from where its worktree stands.

use ampersand_core::{Failure, TaskEvent, TaskId, Verb};

use super::{PERSON, allowed};
use crate::state::{Changes, State};

/// Lets a task begin again.
pub(crate) fn restart(state: &mut State, changes: &mut Changes, id: TaskId) -> Result<(), Failure> {
    allowed(state, id, Verb::Restart, "started again")?;
    state.amend(id, changes, |task| {
        task.tries = 0;
        task.review.begin_again();
    });
    state.apply(id, TaskEvent::RestartAsked, PERSON, changes);
    Ok(())
}
