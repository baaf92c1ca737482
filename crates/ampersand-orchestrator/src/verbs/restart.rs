//! Restart: a task that ended begins again from where its worktree stands.

use ampersand_core::{Failure, Role, TaskEvent, TaskId, UnsafeConsent, Verb};

use super::{PERSON, allowed};
use crate::state::{Changes, State};

/// Lets a task begin again.
pub(crate) fn restart(state: &mut State, changes: &mut Changes, id: TaskId) -> Result<(), Failure> {
    allowed(state, id, Verb::Restart, "started again")?;
    state.apply(id, TaskEvent::RestartAsked, PERSON, changes);
    Ok(())
}

/// Whether a task may begin again without isolation, this once.
pub(crate) fn consent(state: &State, id: TaskId, typed: &str) -> Result<UnsafeConsent, Failure> {
    if state.task(id)?.role != Role::Worker {
        return Err(Failure::new(
            "unsafe_for_workers_only",
            "Only a worker can be run without isolation.",
            "Explorers look without running anything; give the task to a worker if it must run.",
        ));
    }
    UnsafeConsent::typed(typed)
}
