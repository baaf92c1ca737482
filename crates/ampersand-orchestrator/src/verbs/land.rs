//! Land: a task's work is to be brought into the branch that is checked out.

use ampersand_core::{Failure, TaskEvent, TaskId, TaskState, Verb, Verdict};

use super::{PERSON, allowed};
use crate::state::{Changes, State};

/// Begins to land a task.
pub(crate) fn land(state: &mut State, changes: &mut Changes, id: TaskId) -> Result<(), Failure> {
    let task = state.task(id)?;
    if task.state
        == (TaskState::Ready {
            verdict: Verdict::Red,
        })
    {
        return Err(Failure::new(
            "checks_red",
            format!(
                "The checks of {:?} failed, so it does not land.",
                task.title
            ),
            "Open its report to see which, then start it again with what has to change.",
        ));
    }
    allowed(state, id, Verb::Land, "landed")?;
    state.apply(id, TaskEvent::LandAsked, PERSON, changes);
    Ok(())
}
