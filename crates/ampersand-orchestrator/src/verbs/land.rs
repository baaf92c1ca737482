//! Land: a task's work is to be brought into the branch that is checked out.

use ampersand_core::{Failure, Kept, TaskEvent, TaskId, TaskState, Verb, Verdict};

use super::{PERSON, allowed};
use crate::state::{Changes, State};

/// Begins to land a task; where both changed the same places, one side may be kept.
pub(crate) fn land(
    state: &mut State,
    changes: &mut Changes,
    id: TaskId,
    keeps: Option<Kept>,
) -> Result<(), Failure> {
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
    let repository = task.repository.clone();
    allowed(state, id, Verb::Land, "landed")?;
    // Landings of a repository go one after the other, and this one would wait for a person without saying so.
    let held = state.open().find(|other| {
        let is_held = matches!(other.state, TaskState::Paused { .. });
        other.repository == repository && is_held && other.state.merging().is_some()
    });
    if let Some(held) = held {
        return Err(Failure::new(
            "landing_waits",
            format!(
                "{:?} is on its way into the same branch, and paused.",
                held.title
            ),
            "Resume that one, or cancel it; its work stays ready. Then land this one.",
        ));
    }
    state.amend(id, changes, |task| task.standoff.keeps = keeps);
    state.apply(id, TaskEvent::LandAsked, PERSON, changes);
    Ok(())
}
