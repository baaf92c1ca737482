//! Keep side: landing with one side given up, where both changed the same places, is put before the person with what would
//! land.

use ampersand_core::{Approval, ApprovalId, Diffstat, Failure, Kept, Question, Side, TaskId, Verb};
use jiff::Timestamp;
use uuid::Uuid;

use super::allowed;
use crate::state::{Changes, State};

/// Asks the person, once: the same question while it stands changes nothing.
pub(crate) fn keep_side(
    state: &mut State,
    changes: &mut Changes,
    id: TaskId,
    (kept, diffstat): (Kept, Diffstat),
    why: String,
    now: Timestamp,
) -> Result<(), Failure> {
    let verb = match kept.side {
        Side::Branch => Verb::KeepBranch,
        Side::Task => Verb::KeepWork,
    };
    allowed(state, id, verb, "landed with one side given up")?;
    let same = |approval: &Approval| {
        let keeps = match &approval.question {
            Question::Land { keeps, .. } => keeps.as_ref(),
            _ => None,
        };
        approval.task == id && keeps == Some(&kept)
    };
    if state.approvals().any(same) {
        return Ok(());
    }
    let keeps = Some(kept);
    let approval = Approval {
        id: ApprovalId::new(Uuid::now_v7()),
        task: id,
        question: Question::Land {
            why,
            diffstat,
            keeps,
        },
        asked_at: now,
    };
    state.ask(approval, changes);
    Ok(())
}
