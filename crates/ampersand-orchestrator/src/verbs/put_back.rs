//! Put back: the person's checkout as it was before a task's work was shown in it.

use ampersand_core::{Effect, Failure, Showing, TaskId, Verb};

use super::allowed;
use crate::state::{Changes, State};

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
