//! A task's worktree: made once, from the branch as it is with everything uncommitted, and kept across attempts.

use std::path::{Path, PathBuf};

use ampersand_core::{Base, Diffstat, Failure, Snapshot, Task, TaskId};
use ampersand_git::{
    CommitId, CommitLimits, FollowUp, LeftOut, LeftOutReason, ParseCommitIdError, Pool, Repository,
    SetAside, StartingPoint, Worktree, WorktreeError,
};
use tokio_util::sync::CancellationToken;

use super::{World, pool};
use crate::{
    refusal::Refusal,
    repository::{attach, attach_again, diffstat, off_thread},
};

/// A task's worktree and where it started from.
#[derive(Clone)]
pub(super) struct Prepared {
    pub(super) repository: Repository,
    pub(super) worktree: Worktree,
    pub(super) base: Base,
}

fn parsed(commit: &str) -> Result<CommitId, Failure> {
    commit
        .parse()
        .map_err(|error: ParseCommitIdError| error.failure())
}

/// Makes the worktree, or finds the one an earlier attempt left.
pub(super) async fn prepare(world: &World, task: &Task) -> Result<Prepared, Failure> {
    // What has begun goes on, whatever has come into the branch since.
    let repository = match task.base {
        None => attach(task.repository.clone()).await?,
        Some(_) => attach_again(task.repository.clone()).await?,
    };
    let folder = pool::adopt(world, &repository).await?;
    let path = folder.join(task.id.to_string());
    let (id, known) = (task.id.to_string(), task.base.clone());
    if let (Some(resolves), None) = (task.resolves, &known) {
        return bring_together(repository, folder, &resolves.to_string(), id).await;
    }
    off_thread(move || {
        let Some(base) = known else {
            return make(repository, &folder, id);
        };
        let worktree = Worktree {
            task: id,
            path,
            base: parsed(base.start())?,
        };
        if !worktree.path.is_dir() {
            // Somebody deleted it, or it was cleared away once its work had landed.
            let made = repository.create_worktree_again(&worktree);
            made.map_err(|error| error.failure())?;
        }
        Ok(Prepared {
            repository,
            worktree,
            base,
        })
    })
    .await
}

/// Makes a worktree that starts from another task's work and the branch, as far as they join.
async fn bring_together(
    repository: Repository,
    folder: PathBuf,
    resolves: &str,
    id: String,
) -> Result<Prepared, Failure> {
    let both = repository.follow_up(resolves, &id).await;
    let both = both.map_err(|error| error.failure())?;
    off_thread(move || {
        let worktree = claim(&repository, &folder, &id, both.start)?;
        Ok(Prepared {
            repository,
            worktree,
            base: Base {
                branch: Some(both.branch),
                commit: both.from.to_string(),
                snapshot: None,
                conflicts: Some(both.start.to_string()),
                left_out: 0,
            },
        })
    })
    .await
}

/// Makes the worktree of an app, which starts from another task's work, or finds the one an earlier attempt left. One whose
/// attempt has `ended` by the time it is there goes at once: whoever ended it found nothing to remove.
pub(super) async fn prepare_app(
    world: &World,
    task: &Task,
    of: TaskId,
    ended: CancellationToken,
) -> Result<Prepared, Failure> {
    if task.base.is_some() {
        return prepare(world, task).await;
    }
    let repository = attach(task.repository.clone()).await?;
    let folder = pool::adopt(world, &repository).await?;
    let (of, id) = (of.to_string(), task.id.to_string());
    off_thread(move || {
        let head = repository.task_head(&of).map_err(|error| error.failure())?;
        let head = head.ok_or_else(|| {
            Failure::new(
                "nothing_to_run",
                "The task whose work is to be tried has committed nothing.",
                "Look at its report.",
            )
        })?;
        let worktree = claim(&repository, &folder, &id, head)?;
        if ended.is_cancelled() {
            let removed = repository.remove_worktree(&worktree);
            removed.map_err(|error| error.failure())?;
        }
        let facts = repository.facts().map_err(|error| error.failure())?;
        Ok(Prepared {
            repository,
            worktree,
            base: Base {
                branch: facts.branch,
                commit: head.to_string(),
                snapshot: None,
                conflicts: None,
                left_out: 0,
            },
        })
    })
    .await
}

/// Sets the worktree of a task aside whose work has landed or was put aside, unless there is more in it than the task's
/// commits hold. Should the task be gone on with, it is made again.
pub(super) async fn clear_away(world: &World, task: &Task) -> Result<Option<SetAside>, Failure> {
    let Some(base) = &task.base else {
        return Ok(None);
    };
    let repository = attach_again(task.repository.clone()).await?;
    let folder = pool::adopt(world, &repository).await?;
    let worktree = Worktree {
        task: task.id.to_string(),
        path: folder.join(task.id.to_string()),
        base: parsed(base.start())?,
    };
    off_thread(move || {
        let is_there = worktree.path.is_dir();
        let is_kept = || repository.is_kept(&worktree, CommitLimits::default());
        if !is_there || !is_kept().map_err(|error| error.failure())? {
            return Ok(None);
        }
        let aside = Pool::new(&repository, &folder).set_aside(&worktree);
        aside.map(Some).map_err(|error| error.failure())
    })
    .await
}

/// Removes what is left of an app, however it ended: nothing in its worktree is anybody's work.
pub(super) async fn remove_app(world: &World, task: &Task) {
    let removed = async {
        let repository = attach_again(task.repository.clone()).await?;
        pool::adopt(world, &repository).await?;
        let id = task.id.to_string();
        off_thread(move || {
            let all = repository.list_worktrees();
            let all = all.map_err(|error| error.failure())?;
            let mut own = all.iter().filter(|worktree| worktree.task == id);
            own.try_for_each(|own| repository.remove_worktree(own))
                .map_err(|error| error.failure())
        })
        .await
    };
    if let Err(failure) = removed.await {
        tracing::warn!(task = %task.id, "the worktree of an app stays: {failure}");
    }
}

/// What both sides want that a task brings together, if that is what it is for.
pub(super) async fn both_sides(
    task: &Task,
    prepared: &Prepared,
) -> Result<Option<FollowUp>, Failure> {
    if task.resolves.is_none() {
        return Ok(None);
    }
    let (repository, id) = (prepared.repository.clone(), task.id.to_string());
    off_thread(move || {
        let known = repository.known_follow_up(&id);
        known.map_err(|error| error.failure())
    })
    .await
}

/// The worktree of a task, claimed, or found where an attempt made it that was lost before it could say so.
fn claim(
    repository: &Repository,
    folder: &Path,
    id: &str,
    start: CommitId,
) -> Result<Worktree, Failure> {
    std::fs::create_dir_all(folder).map_err(|error| {
        Failure::new(
            "worktree_folder",
            format!("{} cannot be made: {error}.", folder.display()),
            "Make sure that the home folder can be written and has room.",
        )
    })?;
    let told = |error: WorktreeError| error.failure();
    let ready = repository.list_worktrees().map_err(told)?;
    match ready.into_iter().find(|ready| ready.task == id) {
        Some(ready) => Ok(ready),
        None => {
            let claimed = Pool::new(repository, folder).claim(id, start);
            Ok(claimed.map_err(told)?.worktree)
        }
    }
}

fn make(repository: Repository, folder: &Path, id: String) -> Result<Prepared, Failure> {
    // Where an attempt before this one began, if there was one, however far the branch has moved since.
    let known = repository
        .known_start(&id)
        .map_err(|error| error.failure())?;
    let start = match known {
        Some(start) => start,
        None => repository
            .starting_point(&id, CommitLimits::default())
            .map_err(|error| error.failure())?,
    };
    let worktree = claim(&repository, folder, &id, start.start())?;
    Ok(Prepared {
        repository,
        worktree,
        base: base(start),
    })
}

fn base(start: StartingPoint) -> Base {
    for left in &start.left_out {
        tracing::info!("not part of the snapshot: {}", phrase(left));
    }
    Base {
        branch: start.branch,
        commit: start.commit.to_string(),
        snapshot: start.snapshot.map(|snapshot| Snapshot {
            commit: snapshot.to_string(),
            files: start.uncommitted,
        }),
        conflicts: None,
        left_out: start.left_out_count,
    }
}

/// What committing left.
#[derive(Default)]
pub(super) struct Committed {
    /// What the task changed in all; absent if it changed nothing.
    pub(super) diffstat: Option<Diffstat>,
    /// What could not be taken, one phrase each.
    pub(super) left_out: Vec<String>,
}

/// Commits what the agent left.
pub(super) async fn commit(prepared: Prepared, message: String) -> Result<Committed, Failure> {
    off_thread(move || {
        let outcome = prepared
            .repository
            .commit(&prepared.worktree, &message, CommitLimits::default())
            .map_err(|error| error.failure())?;
        Ok(Committed {
            diffstat: changed_in(&prepared)?,
            left_out: outcome.left_out.iter().map(phrase).collect(),
        })
    })
    .await
}

/// What a task has changed in all, as far as it is committed; absent if it changed nothing.
pub(super) async fn changed(prepared: Prepared) -> Result<Option<Diffstat>, Failure> {
    off_thread(move || changed_in(&prepared)).await
}

fn changed_in(prepared: &Prepared) -> Result<Option<Diffstat>, Failure> {
    let head = prepared.repository.task_head(&prepared.worktree.task);
    let Some(head) = head.map_err(|error| error.failure())? else {
        return Ok(None);
    };
    let from = parsed(prepared.base.told_from())?;
    let changed = diffstat(&prepared.repository, from, head)?;
    Ok((changed.count > 0).then_some(changed))
}

fn phrase(left: &LeftOut) -> String {
    let why = match left.reason {
        LeftOutReason::GitName => "its name could be taken for .git",
        LeftOutReason::SpecialFile => "it is a pipe, a socket or a device",
        LeftOutReason::TooLarge { .. } => "it is too large",
        LeftOutReason::TooDeep => "it lies too deep",
        LeftOutReason::Unreadable => "it cannot be read",
        LeftOutReason::LinkedSettings => "it is a link where git reads settings",
        LeftOutReason::IgnoredByBase => "the repository ignores it",
        LeftOutReason::OwnRepository => "it is a repository of its own",
        LeftOutReason::Submodule => "a submodule is there, which stays as it is",
        LeftOutReason::BareRepository => "git would take its folder for a repository",
    };
    format!("{}: {why}", left.path)
}

/// How many changed files a cancelled task keeps: they are committed to its ref, so that not even a deleted folder
/// loses them. Zero where that cannot be done.
pub(super) async fn keep_changed(world: &World, task: &Task) -> u32 {
    if task.base.is_none() {
        return 0;
    }
    let kept = async {
        let prepared = prepare(world, task).await?;
        commit(
            prepared,
            format!("{}\n\nKept when it was cancelled.", task.title),
        )
        .await
    };
    match kept.await {
        Ok(committed) => committed.diffstat.map_or(0, |diffstat| diffstat.count),
        Err(failure) => {
            tracing::warn!(task = %task.id, "what a cancelled task left cannot be counted: {failure}");
            0
        }
    }
}
