//! Landing: one at a time in each repository. What nobody has checked, as the branch has moved since, is checked first.

mod merged;
mod undo;

use std::sync::Arc;

use ampersand_core::{AttemptId, Failure, LandingHistory, Report, Task, TaskState, Verdict};
use ampersand_git::{LandRefusal, LandingKind, LandingPreview, Manner, Repository};
use tokio::sync::OwnedMutexGuard;

use super::{World, control::Control};
use crate::{
    input::{LandedAt, News},
    refusal::Refusal,
    repository::{attach, off_thread},
};
pub(super) use undo::undo;

/// Whether a landing is a new one.
#[derive(Debug, Clone, Copy)]
pub(super) enum Landing {
    Begins,
    /// An orchestrator before this one was at it; nothing more is moved without a person's word.
    WasCutOff,
}

/// Merged results that are checked for one landing before it is given up: the branch moves faster than its checks run.
const MERGES_MAX: usize = 5;

/// Brings a task's work into the branch that is checked out, or finds out whether it was, and tells how it went.
pub(super) async fn land(world: Arc<World>, task: Task, how: Landing) {
    let _turn = turn(&world, &task).await;
    let outcome = match how {
        Landing::Begins => match bring_in_if_checked(&world, &task).await {
            Ok(Some(landed)) => Ok(landed),
            Ok(None) => {
                let news = News::LandingUnmerged { task: task.id };
                world.news.send(news).await.ok();
                return;
            }
            Err(failure) => Err(failure),
        },
        Landing::WasCutOff => {
            merged::clear(&world, &task).await;
            look_after(&world, &task).await
        }
    };
    tell(&world, &task, outcome).await;
}

/// Checks what a task's work makes together with the branch, and brings it in if that is green. Ends early, untold, when
/// it is killed; before the branch moves a pause is waited for.
pub(super) async fn land_checked(
    world: Arc<World>,
    task: Task,
    attempt: AttemptId,
    control: Arc<Control>,
) {
    let Some(_turn) = control.until_ended(turn(&world, &task)).await else {
        return;
    };
    let mut outcome = Err(keeps_moving(&task));
    for _ in 0..MERGES_MAX {
        let checking = Box::pin(checked(&world, &task, attempt, &control));
        let landed = match control.until_ended(checking).await {
            None => {
                merged::clear(&world, &task).await;
                return;
            }
            // Once begun it is not ended half way.
            Some(Ok((repository, preview))) => bring_in(&world, &repository, &task, preview).await,
            Some(Err(failure)) => {
                outcome = Err(failure);
                break;
            }
        };
        if !matches!(landed, Err(LandRefusal::BranchMoved { .. })) {
            outcome = landed.map_err(|error| error.failure());
            break;
        }
    }
    merged::clear(&world, &task).await;
    tell(&world, &task, outcome).await;
}

async fn turn(world: &World, task: &Task) -> OwnedMutexGuard<()> {
    let turn = {
        let mut landings = world.landings.lock().await;
        Arc::clone(landings.entry(task.repository.clone()).or_default())
    };
    turn.lock_owned().await
}

async fn tell(world: &World, task: &Task, outcome: Result<LandedAt, Failure>) {
    let news = News::LandingEnded {
        task: task.id,
        outcome,
    };
    world.news.send(news).await.ok();
}

/// The repository with whatever a crash left of a landing put right: finished, or taken back.
async fn recovered(task: &Task) -> Result<Repository, Failure> {
    let repository = attach(task.repository.clone()).await?;
    off_thread(move || {
        let found = repository
            .recover_landing()
            .map_err(|error| error.failure())?;
        if let Some(found) = found {
            tracing::warn!(?found, "a landing had been cut off");
        }
        Ok(repository)
    })
    .await
}

/// Finds out whether a landing that a crash cut off took place.
async fn look_after(world: &World, task: &Task) -> Result<LandedAt, Failure> {
    let repository = recovered(task).await?;
    match look(world, &repository, task).await {
        Err(LandRefusal::AlreadyLanded) => {}
        Err(error) => return Err(error.failure()),
        Ok(_) => {
            return Err(Failure::new(
                "landing_cut_off",
                "The background process ended before the work was in the branch; nothing was changed.",
                "Land it again.",
            ));
        }
    }
    let base = task.base.clone();
    let id = task.id.to_string();
    off_thread(move || {
        let told = |error: ampersand_git::GitFailure| error.failure();
        let (facts, to) = (
            repository.facts().map_err(told)?,
            repository.head().map_err(told)?,
        );
        // The task's own commit at the tip means that the branch went straight on from where the task began.
        let went_straight = repository.task_head(&id).map_err(told)? == Some(to);
        let from = match base {
            Some(base) if went_straight => base.commit,
            _ => repository.resolve("HEAD^1").map_err(told)?.to_string(),
        };
        Ok(LandedAt {
            branch: facts.branch.unwrap_or_default(),
            from,
            to: to.to_string(),
        })
    })
    .await
}

/// Nothing comes back if what the branch would become has not been checked and is to be.
async fn bring_in_if_checked(world: &World, task: &Task) -> Result<Option<LandedAt>, Failure> {
    let repository = recovered(task).await?;
    let preview = look(world, &repository, task)
        .await
        .map_err(|error| error.failure())?;
    let is_vouched_for = matches!(
        task.state,
        TaskState::Landing {
            verdict: Verdict::Green
        }
    );
    // What is in the way now is said now, not after minutes of checks.
    if is_vouched_for && !preview.as_committed && preview.obstacles.is_empty() {
        return Ok(None);
    }
    let landed = bring_in(world, &repository, task, preview).await;
    landed.map(Some).map_err(|error| error.failure())
}

/// What would land as things stand, once it has been checked.
async fn checked(
    world: &World,
    task: &Task,
    attempt: AttemptId,
    control: &Arc<Control>,
) -> Result<(Repository, LandingPreview), Failure> {
    let repository = recovered(task).await?;
    let preview = look(world, &repository, task)
        .await
        .map_err(|error| error.failure())?;
    if !preview.as_committed {
        merged::check(world, task, attempt, control, &repository, &preview).await?;
    }
    control.pass_gate().await;
    Ok((repository, preview))
}

fn keeps_moving(task: &Task) -> Failure {
    Failure::new(
        "branch_keeps_moving",
        format!(
            "{MERGES_MAX} times the branch moved while {:?} was checked together with it; nothing was changed.",
            task.title
        ),
        "Land it again when the branch is quieter.",
    )
}

async fn look(
    world: &World,
    repository: &Repository,
    task: &Task,
) -> Result<LandingPreview, LandRefusal> {
    let manner = match world.settings().landing.history {
        LandingHistory::Merge => Manner::Merge,
        LandingHistory::Squash => Manner::Squash,
        LandingHistory::Rebase => Manner::Rebase,
    };
    let task = task.id.to_string();
    repository.landing_preview(&task, manner).await
}

/// What the commit says that landing makes, if it makes one: the task's title and its report in one line.
fn message(task: &Task, report: Option<&Report>, kind: LandingKind) -> String {
    let subject = match kind {
        LandingKind::Squash => task.title.clone(),
        LandingKind::FastForward | LandingKind::Merge | LandingKind::Rebase => {
            format!("Merge {:?}", task.title)
        }
    };
    let headline = report.map_or("", |report| report.headline.trim());
    let body = if headline.is_empty() {
        String::new()
    } else {
        format!("\n\n{headline}")
    };
    format!("{subject}{body}\n\nAmpersand-Task: {}\n", task.id)
}

async fn bring_in(
    world: &World,
    repository: &Repository,
    task: &Task,
    preview: LandingPreview,
) -> Result<LandedAt, LandRefusal> {
    // A landing without its headline is a landing; one that failed for it would be none.
    let report = world.journal.report(task.id).await.unwrap_or_default();
    let message = message(task, report.as_ref(), preview.kind);
    let repository = repository.clone();
    let landing = off_thread(move || Ok(repository.land(&preview, &message)));
    let landed = landing.await.map_err(|failure| LandRefusal::MergeFailed {
        detail: failure.to_string(),
    })??;
    Ok(LandedAt {
        branch: landed.branch,
        from: landed.from.to_string(),
        to: landed.to.to_string(),
    })
}
