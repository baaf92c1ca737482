//! Put on branch: a task's work is to stand on a branch of its own. The person's word is enough, as no checkout changes; the
//! controller's is put before them.

use ampersand_core::{
    Approval, ApprovalId, Diffstat, Effect, Failure, Question, Task, TaskId, Verb,
};
use jiff::Timestamp;
use uuid::Uuid;

use super::allowed;
use crate::state::{Changes, State};

/// Begins to put a task's work on a branch.
pub(crate) fn put_on_branch(
    state: &mut State,
    changes: &mut Changes,
    id: TaskId,
    branch: String,
) -> Result<(), Failure> {
    may_be_put(state, id)?;
    let effect = Effect::PutOnBranch { branch };
    changes.effects.push_back((id, effect));
    Ok(())
}

/// Asks the person, once: the same proposal while it stands changes nothing.
pub(crate) fn propose_branch(
    state: &mut State,
    changes: &mut Changes,
    id: TaskId,
    (branch, why): (String, String),
    diffstat: Option<Diffstat>,
    now: Timestamp,
) -> Result<(), Failure> {
    may_be_put(state, id)?;
    let same = |approval: &Approval| {
        approval.task == id
            && matches!(&approval.question, Question::Branch { branch: asked, .. } if *asked == branch)
    };
    if state.approvals().any(same) {
        return Ok(());
    }
    let approval = Approval {
        id: ApprovalId::new(Uuid::now_v7()),
        task: id,
        question: Question::Branch {
            why,
            branch,
            diffstat: diffstat.unwrap_or_default(),
        },
        asked_at: now,
    };
    state.ask(approval, changes);
    Ok(())
}

fn may_be_put(state: &State, id: TaskId) -> Result<Task, Failure> {
    allowed(state, id, Verb::PutOnBranch, "put on a branch")
}
