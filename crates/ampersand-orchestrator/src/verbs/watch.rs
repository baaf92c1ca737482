//! Watch: a task's pull request is looked at again, with as many rounds as the settings give one.

use ampersand_core::{Failure, PullRequestEvent, PullRequestSettings, TaskId, Verb};

use super::allowed;
use crate::state::{Changes, State};

/// Begins to watch.
pub(crate) fn watch(
    state: &mut State,
    changes: &mut Changes,
    id: TaskId,
    settings: &PullRequestSettings,
) -> Result<(), Failure> {
    allowed(state, id, Verb::Watch, "watched")?;
    let (rounds, tokens) = (settings.rounds, settings.tokens);
    let asked = PullRequestEvent::WatchAsked { rounds, tokens };
    state.move_pull_request(id, asked, changes);
    Ok(())
}
