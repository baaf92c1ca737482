//! Rewind: what work that is ready was told last is taken back, and it goes on from before that with other words.

use ampersand_core::{Actor, Failure, Rewind, TaskId, Verb};
use uuid::Uuid;

use super::{allowed, steer};
use crate::state::{Changes, State};

/// Writes the words down, and that those before them are taken back.
pub(crate) fn rewind(
    state: &mut State,
    changes: &mut Changes,
    id: TaskId,
    text: &str,
    by: Actor,
) -> Result<(), Failure> {
    let task = allowed(
        state,
        id,
        Verb::Rewind,
        "taken back to before what it was told",
    )?;
    let rewind = Rewind {
        name: Uuid::now_v7().to_string(),
        words: task.told.unwrap_or_default(),
    };
    state.amend(id, changes, |task| task.rewind = Some(rewind));
    steer(state, changes, id, text, by, false)
}
