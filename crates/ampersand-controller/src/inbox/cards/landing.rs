//! The card of a landing: what became of it, and of undoing it.

use ampersand_core::{Event, EventBody, LandingOutcome, MessageBody, TaskId};
use ampersand_protocol::UpdateBody;

use super::{Fresh, Taken, new_card};
use crate::board::Board;

/// A card of its own for each line about a landing.
pub(super) fn card(event: &Event, board: &Board, fresh: &mut Fresh<'_>, taken: &mut Taken) {
    let Some((task, outcome)) = outcome(&event.body) else {
        return;
    };
    let title = board.title(task);
    let body = MessageBody::Landing {
        task,
        title: title.clone(),
        outcome: outcome.clone(),
    };
    taken.card(event.seq, &new_card(event, body, fresh));
    let update = UpdateBody::Landing {
        task,
        title,
        outcome,
    };
    taken.updates.push((event.seq, update));
}

fn outcome(body: &EventBody) -> Option<(TaskId, LandingOutcome)> {
    let outcome = match body.clone() {
        EventBody::TaskLanded {
            task,
            branch,
            from,
            to,
        } => (task, LandingOutcome::Landed { branch, from, to }),
        EventBody::LandingRefused {
            task,
            failure,
            conflicts,
        } => (task, LandingOutcome::Refused { failure, conflicts }),
        EventBody::LandingUndone {
            task,
            branch,
            from,
            to,
        } => (task, LandingOutcome::Undone { branch, from, to }),
        EventBody::TaskShown { task, files } => (task, LandingOutcome::Shown { files }),
        EventBody::TaskPutBack { task, kept } => (task, LandingOutcome::PutBack { kept }),
        EventBody::LandingStands { task, failure } => (task, LandingOutcome::Stands { failure }),
        _ => return None,
    };
    Some(outcome)
}
