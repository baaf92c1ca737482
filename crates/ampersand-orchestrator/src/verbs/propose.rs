//! Propose: the controller's model puts landing or discarding before the person.

use ampersand_core::{Approval, ApprovalId, Diffstat, Failure, Question, TaskId, Verb};
use ampersand_protocol::Proposal;
use jiff::Timestamp;
use uuid::Uuid;

use super::allowed;
use crate::state::{Changes, State};

/// Asks the person, once: the same proposal while it stands changes nothing.
pub(crate) fn propose(
    state: &mut State,
    changes: &mut Changes,
    id: TaskId,
    what: Proposal,
    why: String,
    diffstat: Option<Diffstat>,
    now: Timestamp,
) -> Result<(), Failure> {
    let question = match what {
        Proposal::Land => {
            allowed(state, id, Verb::Land, "landed")?;
            Question::Land {
                why,
                diffstat: diffstat.unwrap_or_default(),
                keeps: None,
            }
        }
        Proposal::Discard => {
            allowed(state, id, Verb::Discard, "discarded")?;
            Question::Discard { why }
        }
    };
    let is_kept = |question: &Question| matches!(question, Question::Land { keeps: Some(_), .. });
    let same = |approval: &Approval| {
        approval.task == id
            && !is_kept(&approval.question)
            && std::mem::discriminant(&approval.question) == std::mem::discriminant(&question)
    };
    if state.approvals().any(same) {
        return Ok(());
    }
    let approval = Approval {
        id: ApprovalId::new(Uuid::now_v7()),
        task: id,
        question,
        asked_at: now,
    };
    state.ask(approval, changes);
    Ok(())
}
