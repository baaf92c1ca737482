//! Answer: a person decides a question that stands.

use ampersand_core::{
    Answer, Approval, ApprovalId, EventBody, Failure, PullRequestEvent, Question, TaskEvent,
};

use super::{PERSON, discard, land, put_on_branch};
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
    // Closed first: landing moves the task, and that would withdraw the question as stale.
    state.close(id);
    let done = act(state, changes, &approval, answer);
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
    answer: Answer,
) -> Result<(), Failure> {
    let allows = answer != Answer::Deny;
    match &approval.question {
        Question::Land { keeps, .. } if allows => {
            land(state, changes, approval.task, keeps.clone())
        }
        Question::Discard { .. } if allows => discard(state, changes, approval.task),
        Question::Branch { branch, .. } if allows => {
            put_on_branch(state, changes, approval.task, branch.clone())
        }
        Question::Push { .. } => {
            let freely = answer == Answer::AllowForTask;
            let answered = PullRequestEvent::Answered { allows, freely };
            state.move_pull_request(approval.task, answered, changes);
            Ok(())
        }
        Question::Land { .. } | Question::Branch { .. } | Question::Discard { .. } => Ok(()),
        Question::Host { .. } | Question::Act { .. } | Question::Reduced { .. } => {
            let event = TaskEvent::Answered {
                approval: approval.id,
            };
            state.apply(approval.task, event, PERSON, changes);
            state.ask_next(approval.task, changes);
            Ok(())
        }
    }
}
