//! Undo the landing: a task's work is to be taken out of the branch again, and stays ready to land.

use ampersand_core::{Failure, TaskEvent, TaskId, Verb};

use super::{PERSON, allowed};
use crate::state::{Changes, State};

/// Begins to undo a landing. Whether something stands on it is known to git alone.
pub(crate) fn undo_landing(
    state: &mut State,
    changes: &mut Changes,
    id: TaskId,
) -> Result<(), Failure> {
    allowed(state, id, Verb::UndoLanding, "taken out of the branch")?;
    state.apply(id, TaskEvent::UndoLandingAsked, PERSON, changes);
    Ok(())
}
