//! Narrow: capabilities are taken from tasks, for good. What an attempt under way had of them is gone before it is said.

use ampersand_core::{
    Actor, Answer, Approval, Capability, EventBody, Failure, Narrowing, Question, TaskEvent, TaskId,
};

use super::{answer, answer::Answered};
use crate::state::{Changes, State};

/// What came of it.
pub(crate) struct Narrowed {
    /// The tasks that have it no more.
    pub(crate) tasks: Vec<TaskId>,
    /// Questions that asked for what was taken.
    pub(crate) denied: Vec<Answered>,
}

/// Takes `what` from those of `ids` it can be kept from. Where that is none of them, the error says why; of the others it
/// is noticed.
pub(crate) fn narrow(
    state: &mut State,
    changes: &mut Changes,
    ids: &[TaskId],
    what: Narrowing,
    by: Actor,
) -> Result<Narrowed, Failure> {
    let (mut tasks, mut refused) = (Vec::new(), Vec::new());
    for id in ids {
        match state.task(*id)?.can_narrow(what) {
            Ok(()) => tasks.push(*id),
            Err(failure) => refused.push((*id, failure)),
        }
    }
    if tasks.is_empty()
        && let Some((_, failure)) = refused.pop()
    {
        return Err(failure);
    }
    for (id, failure) in refused {
        let task = Some(id);
        changes.bodies.push(EventBody::Noticed { task, failure });
    }
    let mut denied = Vec::new();
    for id in &tasks {
        state.amend(*id, changes, |task| task.narrow(what));
        let capabilities = state.task(*id)?.capabilities.clone();
        changes.bodies.push(EventBody::TaskNarrowed {
            task: *id,
            what,
            capabilities,
            by,
        });
        state.apply(*id, TaskEvent::Narrowed { what }, by, changes);
        let asks = |approval: &&Approval| approval.task == *id && asks_for(approval, what);
        let questions: Vec<_> = state.approvals().filter(asks).map(|open| open.id).collect();
        for question in questions {
            denied.push(answer(state, changes, question, Answer::Deny)?);
        }
    }
    Ok(Narrowed { tasks, denied })
}

fn asks_for(approval: &Approval, what: Narrowing) -> bool {
    match &approval.question {
        Question::Host { .. } => what.takes(&Capability::WebSearch),
        Question::Act { tool, .. } => tool == "execute" && what.takes(&Capability::Execute),
        Question::Land { .. }
        | Question::Branch { .. }
        | Question::Push { .. }
        | Question::Discard { .. }
        | Question::Reduced { .. } => false,
    }
}
