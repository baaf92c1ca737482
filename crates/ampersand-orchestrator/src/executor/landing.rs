//! Landing: one at a time in each repository. What nobody has checked, as the branch has moved since, is checked first.

mod merged;
mod show;
mod undo;

use std::{path::Path, sync::Arc};

use ampersand_core::{
    AttemptId, Conflict, ConflictPlace, Failure, Report, Task, TaskState, Verdict,
};
use ampersand_git::{
    BothSides, LandRefusal, Landed, LandingKind, LandingPreview, Place, RecoveredLanding,
    Repository, SetAside,
};
use tokio::sync::OwnedMutexGuard;

use super::{World, checks, control::Control, pool, worktree};
use crate::{
    input::{LandedAt, News, NotLanded},
    refusal::Refusal,
    repository::{attach, attach_again, git_side, manner, off_thread},
};
pub(super) use show::{put_back, show};
pub(super) use undo::undo;

/// Whether a landing is a new one.
#[derive(Debug, Clone, Copy)]
pub(super) enum Landing {
    Begins,
    /// An orchestrator before this one was at it; nothing more is moved without a person's word.
    WasCutOff,
}

/// Paths that a notice names.
const PATHS_NAMED: usize = 50;

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
    let mut outcome = Err(keeps_moving(&task).into());
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
            outcome = landed.map_err(not_landed);
            break;
        }
    }
    merged::clear(&world, &task).await;
    tell(&world, &task, outcome).await;
}

/// Removes the worktrees of tasks that are over, in turn with the landings of their repositories: what has been undone
/// meanwhile keeps its own.
pub(super) async fn clear_away(world: Arc<World>, tasks: Vec<Task>) {
    for task in tasks {
        let clearing = async {
            let turn = turn(&world, &task).await;
            let aside = match world.journal.task(task.id).await? {
                Some(now) if is_over(&now.state) => worktree::clear_away(&world, &now).await?,
                _ => None,
            };
            // No landing waits for its files to go.
            drop(turn);
            let removing = || aside.map_or(Ok(()), SetAside::remove);
            off_thread(move || removing().map_err(|error| error.failure())).await
        };
        let cleared: Result<(), Failure> = clearing.await;
        if let Err(failure) = cleared {
            tracing::warn!(task = %task.id, "the worktree of a task that is over stays: {failure}");
        }
    }
}

/// Whether nothing more is done in a task's worktree, unless its landing is undone.
pub(crate) const fn is_over(state: &TaskState) -> bool {
    matches!(state, TaskState::Landed { .. } | TaskState::Discarded)
}

async fn turn(world: &World, task: &Task) -> OwnedMutexGuard<()> {
    let turn = {
        let mut landings = world.landings.lock().await;
        Arc::clone(landings.entry(task.repository.clone()).or_default())
    };
    turn.lock_owned().await
}

async fn tell(world: &World, task: &Task, outcome: Result<LandedAt, NotLanded>) {
    let news = News::LandingEnded {
        task: task.id,
        outcome,
    };
    world.news.send(news).await.ok();
}

/// The repository with whatever a crash left of a landing put right: finished, or taken back.
async fn recovered(world: &World, task: &Task) -> Result<Repository, Failure> {
    let repository = attach_again(task.repository.clone()).await?;
    recover(world, &repository).await?;
    Ok(repository)
}

/// Puts right what a crash left of a landing. What cannot be is told, whatever it is that was asked for.
async fn recover(world: &World, repository: &Repository) -> Result<(), Failure> {
    let repository = repository.clone();
    let found = off_thread(move || {
        let found = repository.recover_landing();
        found.map_err(|error| error.failure())
    });
    match found.await? {
        None => {}
        Some(RecoveredLanding::Kept { paths, kept_in, .. }) => {
            let failure = files_kept(&paths, &kept_in);
            let task = None;
            world.news.send(News::Noticed { task, failure }).await.ok();
        }
        Some(found) => tracing::warn!(?found, "a landing had been cut off"),
    }
    Ok(())
}

fn files_kept(paths: &[String], kept_in: &Path) -> Failure {
    let named = paths.iter().take(PATHS_NAMED).cloned().collect::<Vec<_>>();
    let more = paths.len() - named.len();
    let more = if more == 0 {
        String::new()
    } else {
        format!(" and {more} more")
    };
    Failure::new(
        "landing_files_kept",
        format!(
            "A landing was cut off, and what changed since was left as it is: {}{more}. What stood there before the landing is kept in {}.",
            named.join(", "),
            kept_in.display()
        ),
        "Compare these files with what is kept there, then remove that folder.",
    )
}

/// What landing a task made of the branch, if it did and the journal may not have it.
async fn landed_before(repository: &Repository, task: &Task) -> Result<Option<LandedAt>, Failure> {
    let (repository, id) = (repository.clone(), task.id.to_string());
    let landed = off_thread(move || repository.landed(&id).map_err(|error| error.failure()));
    Ok(landed.await?.map(landed_at))
}

/// Lets go of that: the journal has it.
pub(super) async fn forget(world: Arc<World>, task: Task) {
    let _turn = turn(&world, &task).await;
    let forgotten = async {
        let repository = attach_again(task.repository.clone()).await?;
        let id = task.id.to_string();
        off_thread(move || {
            repository
                .forget_landed(&id)
                .map_err(|error| error.failure())
        })
        .await
    };
    if let Err(failure) = forgotten.await {
        tracing::warn!(task = %task.id, "what a landing made stays written down: {failure}");
    }
}

fn landed_at(landed: Landed) -> LandedAt {
    LandedAt {
        branch: landed.branch,
        from: landed.from.to_string(),
        to: landed.to.to_string(),
    }
}

/// As [`recovered`], refused where nothing new may begin.
async fn fit(world: &World, task: &Task) -> Result<Repository, Failure> {
    recovered(world, task).await?;
    attach(task.repository.clone()).await
}

/// Finds out whether a landing that a crash cut off took place.
async fn look_after(world: &World, task: &Task) -> Result<LandedAt, NotLanded> {
    let repository = attach_again(task.repository.clone()).await?;
    let recovered = recover(world, &repository).await;
    if let Some(landed) = landed_before(&repository, task).await? {
        // The branch has it, whatever became of files and index.
        if let Err(failure) = recovered {
            let task = Some(task.id);
            world.news.send(News::Noticed { task, failure }).await.ok();
        }
        return Ok(landed);
    }
    recovered?;
    // Who brought it in otherwise was not us: then there is nothing here that could be undone.
    look(world, &repository, task).await.map_err(not_landed)?;
    Err(Failure::new(
        "landing_cut_off",
        "The background process ended before the work was in the branch; nothing was changed.",
        "Land it again.",
    )
    .into())
}

/// The refusal, with what both sides want where they do not join.
fn not_landed(refusal: LandRefusal) -> NotLanded {
    let failure = refusal.failure();
    let LandRefusal::Conflicts { both, .. } = refusal else {
        return failure.into();
    };
    let place = |place: Place| ConflictPlace {
        line: place.line,
        branch: place.branch,
        task: place.task,
    };
    let conflict = |found: BothSides| Conflict {
        path: found.path,
        branch_has_it: found.branch_has_it,
        task_has_it: found.task_has_it,
        places: found.places.into_iter().map(place).collect(),
        cut: found.cut,
    };
    let conflicts = both.into_iter().map(conflict).collect();
    NotLanded { failure, conflicts }
}

/// Commits what a person edited in a worktree in which both sides were brought together, after whoever did that before.
/// Whether there was anything.
async fn take_edits(world: &World, task: &Task, repository: &Repository) -> Result<bool, Failure> {
    let folder = pool::adopt(world, repository).await?;
    if task.resolves.is_none() || !folder.join(task.id.to_string()).is_dir() {
        return Ok(false);
    }
    let head = || {
        let (repository, id) = (repository.clone(), task.id.to_string());
        off_thread(move || repository.task_head(&id).map_err(|error| error.failure()))
    };
    let before = head().await?;
    let prepared = worktree::prepare(world, task).await?;
    worktree::commit(prepared, format!("{}\n", task.title)).await?;
    Ok(head().await? != before)
}

/// Nothing comes back if what the branch would become has not been checked and is to be.
async fn bring_in_if_checked(world: &World, task: &Task) -> Result<Option<LandedAt>, NotLanded> {
    let repository = recovered(world, task).await?;
    // Recovery may have finished a landing of this task that was told to have failed.
    if let Some(landed) = landed_before(&repository, task).await? {
        return Ok(Some(landed));
    }
    show::make_way(world, task, &repository).await?;
    attach(task.repository.clone()).await?;
    let is_edited = take_edits(world, task, &repository).await?;
    let preview = look(world, &repository, task).await.map_err(not_landed)?;
    let is_vouched_for = matches!(
        task.state,
        TaskState::Landing {
            verdict: Verdict::Green
        }
    );
    // What is in the way now is said now, not after minutes of checks.
    let is_checked = match is_vouched_for && !is_edited {
        true => preview.as_committed,
        // Nobody has checked what a person made of both sides, where checks may be run.
        false => task.resolves.is_none() || checks::before(world, task).await?.is_some(),
    };
    if !is_checked && preview.obstacles.is_empty() {
        return Ok(None);
    }
    let landed = bring_in(world, &repository, task, preview).await;
    landed.map(Some).map_err(not_landed)
}

/// What would land as things stand, once it has been checked.
async fn checked(
    world: &World,
    task: &Task,
    attempt: AttemptId,
    control: &Arc<Control>,
) -> Result<(Repository, LandingPreview), NotLanded> {
    let repository = fit(world, task).await?;
    let preview = look(world, &repository, task).await.map_err(not_landed)?;
    if !preview.as_committed || task.resolves.is_some() {
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
    let (manner, id) = (manner(&world.settings()), task.id.to_string());
    let Some(kept) = &task.standoff.keeps else {
        return repository.landing_preview(&id, manner).await;
    };
    let side = git_side(kept.side);
    let preview = repository
        .landing_preview_keeping(&id, manner, side)
        .await?;
    // What is given up was looked at on this commit and no other.
    if preview.from.to_string() != kept.on {
        let branch = preview.branch;
        return Err(LandRefusal::BranchMoved { branch });
    }
    Ok(preview)
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
    let kept = task
        .standoff
        .keeps
        .as_ref()
        .map_or_else(String::new, |kept| {
            format!(
                "\n\nWhere both changed the same places, {} was kept.",
                kept.side.shown()
            )
        });
    format!("{subject}{body}{kept}\n\nAmpersand-Task: {}\n", task.id)
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
    Ok(landed_at(landed))
}
