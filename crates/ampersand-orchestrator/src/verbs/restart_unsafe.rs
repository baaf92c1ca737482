//! Restart without isolation: what a person has to have typed for it, and who may be run so.

use ampersand_core::{Failure, Isolation, TaskId, UnsafeConsent};
use ampersand_sandbox::leads_out_in;

use super::restart;
use crate::state::{Changes, State};

/// Lets a task begin again without isolation, this once.
pub(crate) fn restart_unsafe(
    state: &mut State,
    changes: &mut Changes,
    id: TaskId,
    typed: &str,
) -> Result<UnsafeConsent, Failure> {
    let leads_out = leads_out_in(&Isolation::Unsafe);
    state.task(id)?.can_run_unfenced(leads_out)?;
    let consent = UnsafeConsent::typed(typed)?;
    restart(state, changes, id)?;
    Ok(consent)
}
