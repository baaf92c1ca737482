//! Restart without isolation: what a person has to have typed for it, and who may be run so.

use ampersand_core::{Failure, Role, TaskId, UnsafeConsent};

use super::restart;
use crate::state::{Changes, State};

/// Lets a task begin again without isolation, this once.
pub(crate) fn restart_unsafe(
    state: &mut State,
    changes: &mut Changes,
    id: TaskId,
    typed: &str,
) -> Result<UnsafeConsent, Failure> {
    if state.task(id)?.role != Role::Worker {
        return Err(Failure::new(
            "unsafe_for_workers_only",
            "Only a worker can be run without isolation.",
            "Explorers look without running anything; give the task to a worker if it must run.",
        ));
    }
    let task = state.task(id)?;
    if let Some(taken) = task.taken.first() {
        return Err(Failure::new(
            "unsafe_was_narrowed",
            format!(
                "{:?} was told {}: without isolation that cannot be kept from it.",
                task.title,
                taken.shown()
            ),
            "Start it again in the sandbox, or give the work to a new task.",
        ));
    }
    let consent = UnsafeConsent::typed(typed)?;
    restart(state, changes, id)?;
    Ok(consent)
}
