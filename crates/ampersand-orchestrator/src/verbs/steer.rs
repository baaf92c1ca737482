//! Steer: a task is told something. It reaches the agent now, or the journal says why not yet. Work that is ready goes on
//! with it, from where its worktree stands.

use ampersand_core::{Actor, EventBody, Failure, Steers, TaskEvent, TaskId, TaskState, Verb};

use super::allowed;
use crate::state::{Changes, State};

/// Writes the words down. `reachable` says whether an attempt is there to hear them.
pub(crate) fn steer(
    state: &mut State,
    changes: &mut Changes,
    id: TaskId,
    text: &str,
    by: Actor,
    reachable: bool,
) -> Result<(), Failure> {
    let steers = state.task(id)?.agent.facts().steers;
    if steers == Steers::Never {
        let task = state.task(id)?;
        return Err(Failure::new(
            "cannot_steer",
            format!(
                "{:?} is run by {}, which takes no words.",
                task.title,
                task.agent.shown()
            ),
            "Cancel it and start another task instead.",
        ));
    }
    let task = allowed(state, id, Verb::Steer, "told anything")?;
    let is_ready = matches!(task.state, TaskState::Ready { .. });
    let waits = match (reachable, steers) {
        (true, Steers::AfterTurn) => {
            "It is read when the agent has come to an end with what it is at.".to_owned()
        }
        (true, Steers::MidTurn | Steers::Never) => {
            "It is read after the step under way.".to_owned()
        }
        (false, _) if is_ready => "It is read when the task begins again.".to_owned(),
        (false, _) if task.state.is_checking() => {
            "It is read once the checks are through: the task begins again with it.".to_owned()
        }
        (false, _) => format!(
            "The task is {}; it is read when it goes on.",
            task.state.word().replace('_', " ")
        ),
    };
    changes.bodies.push(EventBody::TaskSteered {
        task: id,
        text: text.to_owned(),
        by,
        waits: Some(waits),
    });
    state.amend(id, changes, |task| task.tell(text));
    if is_ready {
        state.amend(id, changes, |task| {
            task.tries = 0;
            task.review.begin_again();
        });
        state.apply(id, TaskEvent::RestartAsked, by, changes);
    }
    Ok(())
}
