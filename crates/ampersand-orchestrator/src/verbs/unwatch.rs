//! Unwatch: a task's pull request is left alone. It stays open where it is, and nothing more of it is pushed.

use ampersand_core::{Failure, PullRequestEvent, TaskId, Verb};

use super::allowed;
use crate::state::{Changes, State};

/// Ends watching.
pub(crate) fn unwatch(state: &mut State, changes: &mut Changes, id: TaskId) -> Result<(), Failure> {
    allowed(state, id, Verb::Unwatch, "watched no more")?;
    state.move_pull_request(id, PullRequestEvent::UnwatchAsked, changes);
    Ok(())
}
