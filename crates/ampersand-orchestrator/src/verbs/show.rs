//! Show and put back: a task's work in the person's checkout, and the checkout as it was.

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

/// Puts the checkout back.
pub(crate) fn put_back(
    state: &mut State,
    changes: &mut Changes,
    id: TaskId,
) -> Result<(), Failure> {
    allowed(state, id, Verb::PutBack, "put back")?;
    let now = Some(Showing::PuttingBack);
    state.amend(id, changes, |task| task.showing = now);
    changes.effects.push_back((id, Effect::PutBack));
    Ok(())
}
