//! Answer: a person decides a question that stands.

use ampersand_core::{Answer, Approval, ApprovalId, EventBody, Failure, Question, TaskEvent};

use super::{PERSON, discard, land};
use crate::state::{Changes, State};

/// An answer for the attempt that asked.
pub(crate) struct Answered {
    pub(crate) approval: Approval,
    pub(crate) answer: Answer,
}

/// Closes a question and does what was allowed. An error leaves the question standing.
pub(crate) fn answer(
    state: &mut State,
    changes: &mut Changes,
    id: ApprovalId,
    answer: Answer,
) -> Result<Answered, Failure> {
    let Some(approval) = state.approval(id).cloned() else {
        return Err(Failure::new(
            "unknown_approval",
            format!("There is no open question {id}."),
            "It may have been answered already, or its task ended.",
        ));
    };
    let allows = answer != Answer::Deny;
    // Closed first: landing moves the task, and that would withdraw the question as stale.
    state.close(id);
    let done = act(state, changes, &approval, allows);
    if let Err(failure) = done {
        state.reopen(approval);
        return Err(failure);
    }
    changes.bodies.push(EventBody::ApprovalAnswered {
        approval: id,
        task: approval.task,
        answer,
    });
    Ok(Answered { approval, answer })
}

fn act(
    state: &mut State,
    changes: &mut Changes,
    approval: &Approval,
    allows: bool,
) -> Result<(), Failure> {
    match &approval.question {
        Question::Land { keeps, .. } if allows => {
            land(state, changes, approval.task, keeps.clone())
        }
        Question::Discard { .. } if allows => discard(state, changes, approval.task),
        Question::Land { .. } | Question::Discard { .. } => Ok(()),
        Question::Host { .. } | Question::Act { .. } | Question::Reduced { .. } => {
            let event = TaskEvent::Answered {
                approval: approval.id,
            };
            state.apply(approval.task, event, PERSON, changes);
            Ok(())
        }
    }
}
