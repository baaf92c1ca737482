//! Discard: a task's work is put aside; its ref stays.

use ampersand_core::{Failure, TaskEvent, TaskId, Verb};

use super::{PERSON, allowed};
use crate::state::{Changes, State};

/// Puts a task's work aside.
pub(crate) fn discard(state: &mut State, changes: &mut Changes, id: TaskId) -> Result<(), Failure> {
    allowed(state, id, Verb::Discard, "discarded")?;
    state.apply(id, TaskEvent::DiscardAsked, PERSON, changes);
    Ok(())
}
