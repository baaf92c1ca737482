//! Overrides that are taken back, from wherever: their cards say so, whatever becomes of their tasks later.

use std::collections::HashSet;

use ampersand_core::{
    Event, EventBody, Message, MessageBody, OverrideOutcome, Task, TaskId, TaskState,
};

use crate::desk::Desk;

/// Entries among which the card of an override is looked for; it can be taken back for seconds only.
const LOOKED_THROUGH: u32 = 64;

/// The newest cards of overrides, newest first, if these lines may take one back.
pub(super) async fn cards(desk: &Desk, events: &[Event]) -> Vec<Message> {
    let back = {
        let board = desk.board();
        taken_back(events, |task| board.task(task))
    };
    if back.is_empty() {
        return Vec::new();
    }
    let mut found = match desk.conversation.messages(None, LOOKED_THROUGH).await {
        Ok(found) => found,
        Err(error) => {
            tracing::warn!(%error, "the cards of what was taken back were not read");
            return Vec::new();
        }
    };
    found.retain(|message| {
        matches!(&message.body, MessageBody::Override { tasks, .. }
            if tasks.iter().any(|task| back.contains(task)))
    });
    found.reverse();
    found
}

/// Tasks that were to be cancelled and go on.
fn taken_back<'a>(events: &[Event], task: impl Fn(TaskId) -> Option<&'a Task>) -> HashSet<TaskId> {
    let (mut stopping, mut back) = (HashSet::new(), HashSet::new());
    for event in events {
        let EventBody::TaskMoved {
            task: id, state, ..
        } = &event.body
        else {
            continue;
        };
        let stopped = stopping.contains(id)
            || task(*id).is_some_and(|task| matches!(task.state, TaskState::Stopping { .. }));
        if matches!(state, TaskState::Stopping { .. }) {
            stopping.insert(*id);
        } else if stopped && !state.is_over() {
            back.insert(*id);
        }
    }
    back
}

/// Whether a cancel was taken back between these states.
pub(super) const fn is_undone(before: &TaskState, after: &TaskState) -> bool {
    matches!(before, TaskState::Stopping { .. })
        && !matches!(after, TaskState::Stopping { .. })
        && !after.is_over()
}

/// Marks the newest of the cards that cancelled this task; answers it if that changes it.
pub(super) fn mark(cards: &mut [Message], task: TaskId) -> Option<&Message> {
    let card = cards.iter_mut().find(|card| {
        matches!(&card.body, MessageBody::Override { verb, tasks, .. }
            if verb == "cancel" && tasks.contains(&task))
    })?;
    let MessageBody::Override { outcome, .. } = &mut card.body else {
        return None;
    };
    match outcome {
        OverrideOutcome::Stands => *outcome = OverrideOutcome::Undone { tasks: vec![task] },
        OverrideOutcome::Undone { tasks } if tasks.contains(&task) => return None,
        OverrideOutcome::Undone { tasks } => tasks.push(task),
    }
    Some(card)
}
