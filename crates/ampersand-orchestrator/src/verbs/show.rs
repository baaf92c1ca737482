//! Show: a task's work in the person's checkout, to be put back.

use ampersand_core::{Effect, Failure, Showing, TaskId, Verb};

use super::allowed;
use crate::state::{Changes, State};

/// Puts a task's work into the checkout.
pub(crate) fn show(state: &mut State, changes: &mut Changes, id: TaskId) -> Result<(), Failure> {
    allowed(state, id, Verb::Show, "shown")?;
    state.amend(id, changes, |task| task.showing = Some(Showing::Asked));
    changes.effects.push_back((id, Effect::Show));
    Ok(())
}
