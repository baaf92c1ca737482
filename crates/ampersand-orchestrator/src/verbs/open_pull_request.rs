//! Open pull request: a task's work is to be pushed and opened. It is put before the person with all of what would leave
//! this machine, whoever asked for it.

use ampersand_core::{
    Approval, ApprovalId, Failure, Forge, Found, Holds, PullRequest, PullRequestId,
    PullRequestStage, Push, Question, Rounds, Standing, Task, TaskId, Verb,
};
use jiff::Timestamp;
use uuid::Uuid;

use super::allowed;
use crate::state::{Changes, State};

/// Asks the person, once: while it is asked nothing changes.
pub(crate) fn open_pull_request(
    state: &mut State,
    changes: &mut Changes,
    id: TaskId,
    (push, forge): (Box<Push>, Forge),
    why: String,
    (budget, now): (Rounds, Timestamp),
) -> Result<(), Failure> {
    if is_asked(state.task(id)?) {
        return Ok(());
    }
    let task = allowed(state, id, Verb::OpenPullRequest, "opened as a pull request")?;
    let approval = ApprovalId::new(Uuid::now_v7());
    // Pushed before, and then not opened: the branch may be there already.
    let before = task
        .pull_request
        .filter(|pull| !pull.is_over() && (&pull.url, &pull.branch) == (&push.url, &push.branch));
    let pull = PullRequest {
        id: PullRequestId::new(Uuid::now_v7()),
        forge,
        remote: push.remote.clone(),
        url: push.url.clone(),
        branch: push.branch.clone(),
        onto: push.onto.clone(),
        opened: None,
        pushed: before.and_then(|pull| pull.pushed),
        tip: push.tip.clone(),
        ahead: false,
        holds: Holds::Pushed,
        freely: false,
        rounds: budget,
        standing: Standing::default(),
        found: Found::default(),
        unseen: None,
        known: Vec::new(),
        stage: PullRequestStage::Asking { approval },
    };
    state.put_pull_request(id, pull, changes);
    let approval = Approval {
        id: approval,
        task: id,
        question: Question::Push { why, push },
        asked_at: now,
    };
    state.ask(approval, changes);
    Ok(())
}

fn is_asked(task: &Task) -> bool {
    task.pull_request.as_ref().is_some_and(|pull| {
        pull.opened.is_none() && matches!(pull.stage, PullRequestStage::Asking { .. })
    })
}
