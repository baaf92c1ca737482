//! The person's repositories, as the orchestrator's own types: attaching, facts, diffs.

use std::path::PathBuf;

use ampersand_core::{ChangedFile, Diffstat, Failure, Kept, LandingHistory, Settings, Side, Task};
use ampersand_git::{CommitId, DiffLimits, LandRefusal, Manner, Repository, blocking};
use ampersand_protocol::{
    Diff, DiffFile, DiffHunk, DiffLine, DiffLineKind, FileKind, Picture, RepositoryFacts,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};

use crate::{input::Found, refusal::Refusal, visible::visible};

/// Runs one piece of git work off the threads that answer people.
pub(crate) async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    blocking(work).await.map_err(|error| error.failure())?
}

/// Opens the repository at or above `path`, or says by name why it cannot be worked on.
pub(crate) async fn attach(path: String) -> Result<Repository, Failure> {
    off_thread(move || Repository::attach(&PathBuf::from(path)).map_err(|error| error.failure()))
        .await
}

/// Opens a repository again that work was begun in, whatever has come into it since: nothing new begins by this.
pub(crate) async fn attach_again(path: String) -> Result<Repository, Failure> {
    off_thread(move || {
        Repository::attach_again(&PathBuf::from(path)).map_err(|error| error.failure())
    })
    .await
}

/// The root of the repository at or above `path`.
pub(crate) async fn root(path: String) -> Result<String, Failure> {
    Ok(attach(path).await?.root().display().to_string())
}

/// How a repository stands; what it declares is filled in by the caller.
pub(crate) async fn facts(path: String) -> Result<RepositoryFacts, Failure> {
    let repository = attach(path).await?;
    off_thread(move || {
        let facts = repository.facts().map_err(|error| error.failure())?;
        let head = repository.head().map_err(|error| error.failure())?;
        Ok(RepositoryFacts {
            root: facts.root,
            name: facts.name,
            branch: facts.branch,
            commit: head.to_string(),
            uncommitted: facts.uncommitted + facts.untracked,
            checks: Vec::new(),
            app: None,
            trusted: false,
        })
    })
    .await
}

/// What a task changed: from the commit it started from to what it committed.
pub(crate) async fn diff(task: Task) -> Result<Diff, Failure> {
    compare(task).await.map(shown)
}

/// The same as it was found.
pub(crate) async fn compare(task: Task) -> Result<ampersand_git::Diff, Failure> {
    let read = |repository: &Repository, [base, head]: [CommitId; 2]| {
        let diff = repository.diff(base, head, DiffLimits::default());
        diff.map_err(|error| error.failure())
    };
    between(task, read).await.map(Option::unwrap_or_default)
}

/// A changed file before and after, as pictures.
pub(crate) async fn pictures(task: Task, path: String) -> Result<[Picture; 2], Failure> {
    let read = move |repository: &Repository, [base, head]: [CommitId; 2]| {
        let pictures = repository.pictures(base, head, &path);
        pictures.map_err(|error| error.failure())
    };
    let found = between(task, read).await?;
    let absent = [
        ampersand_git::Picture::Absent,
        ampersand_git::Picture::Absent,
    ];
    Ok(found.unwrap_or(absent).map(picture))
}

fn picture(found: ampersand_git::Picture) -> Picture {
    let points = |points: usize| u32::try_from(points).unwrap_or(u32::MAX);
    match found {
        ampersand_git::Picture::Absent => Picture::Absent,
        ampersand_git::Picture::NotShown { why } => Picture::NotShown {
            why: why.to_owned(),
        },
        ampersand_git::Picture::Shown {
            kind,
            width,
            height,
            bytes,
        } => Picture::Shown {
            kind: kind.to_owned(),
            width: points(width),
            height: points(height),
            data: BASE64_STANDARD.encode(bytes),
        },
    }
}

/// Reads between the commit a task started from and what it committed; nothing comes back while it has not.
async fn between<T: Send + 'static>(
    task: Task,
    read: impl FnOnce(&Repository, [CommitId; 2]) -> Result<T, Failure> + Send + 'static,
) -> Result<Option<T>, Failure> {
    let Some(base) = task.base.clone() else {
        return Ok(None);
    };
    let repository = attach_again(task.repository.clone()).await?;
    off_thread(move || {
        let base: CommitId = base
            .told_from()
            .parse()
            .map_err(|error: ampersand_git::ParseCommitIdError| error.failure())?;
        let head = repository
            .task_head(&task.id.to_string())
            .map_err(|error| error.failure())?;
        let ends = head.map(|head| [base, head]);
        ends.map(|ends| read(&repository, ends)).transpose()
    })
    .await
}

/// Where a task's worktree is, fit for programs of the person's own.
pub(crate) async fn worktree(task: Task) -> Result<String, Failure> {
    let repository = attach_again(task.repository.clone()).await?;
    off_thread(move || {
        let id = task.id.to_string();
        let all = repository
            .list_worktrees()
            .map_err(|error| error.failure())?;
        let own = all.into_iter().find(|worktree| worktree.task == id);
        let there = own.filter(|worktree| worktree.path.is_dir());
        let there = there.ok_or_else(|| {
            Failure::new(
                "no_worktree",
                format!(
                    "{:?} has no folder of its own any more, or not yet.",
                    task.title
                ),
                "Look at what it changed here, or show its work in your checkout.",
            )
        })?;
        repository
            .make_fit_to_open(&there)
            .map_err(|error| error.failure())?;
        Ok(there.path.to_string_lossy().into_owned())
    })
    .await
}

/// How the person wants work to join a branch.
pub(crate) const fn manner(settings: &Settings) -> Manner {
    match settings.landing.history {
        LandingHistory::Merge => Manner::Merge,
        LandingHistory::Squash => Manner::Squash,
        LandingHistory::Rebase => Manner::Rebase,
    }
}

/// As git knows them.
pub(crate) const fn git_side(side: Side) -> ampersand_git::Side {
    match side {
        Side::Branch => ampersand_git::Side::Branch,
        Side::Task => ampersand_git::Side::Task,
    }
}

/// What would land if one side were kept where a task's work and the branch changed the same places. Changes nothing.
pub(crate) async fn keeping(task: Task, manner: Manner, side: Side) -> Result<Found, Failure> {
    let repository = attach(task.repository.clone()).await?;
    let (id, kept) = (task.id.to_string(), git_side(side));
    let preview = repository.landing_preview_keeping(&id, manner, kept).await;
    let preview = match preview {
        Ok(preview) if preview.changed > 0 => preview,
        Ok(_) | Err(LandRefusal::AlreadyLanded) => return Err(nothing_left(&task, side)),
        Err(refusal) => return Err(refusal.failure()),
    };
    off_thread(move || {
        let made = repository.landing_commit(&preview, "");
        let made = made.map_err(|error| error.failure())?;
        let diffstat = diffstat(&repository, preview.from, made)?;
        let on = preview.from.to_string();
        Ok(Found::Kept(Kept { side, on }, diffstat))
    })
    .await
}

fn nothing_left(task: &Task, side: Side) -> Failure {
    Failure::new(
        "nothing_left_to_land",
        format!(
            "With {} nothing of {:?} would be left to land.",
            side.shown(),
            task.title
        ),
        "Discard its work, or keep the other side.",
    )
}

/// How much lies between two commits, and what of it would run on this machine later.
pub(crate) fn diffstat(
    repository: &Repository,
    base: CommitId,
    head: CommitId,
) -> Result<Diffstat, Failure> {
    let found = repository
        .diffstat(base, head)
        .map_err(|error| error.failure())?;
    let later = repository
        .executes_later(base, head)
        .map_err(|error| error.failure())?;
    let file = |file: ampersand_git::ChangedFile| ChangedFile {
        path: file.path,
        added: file.added,
        removed: file.removed,
    };
    Ok(Diffstat {
        files: found.files.into_iter().map(file).collect(),
        count: found.count,
        added: found.added,
        removed: found.removed,
        executes_later: later.into_iter().map(|later| later.path).collect(),
    })
}

fn shown(diff: ampersand_git::Diff) -> Diff {
    let shown = u32::try_from(diff.files.len()).unwrap_or(u32::MAX);
    Diff {
        files_left_out: diff.count.saturating_sub(shown),
        files: diff.files.into_iter().map(shown_file).collect(),
    }
}

fn shown_file(file: ampersand_git::FileDiff) -> DiffFile {
    let kind = match file.kind {
        ampersand_git::FileKind::Added => FileKind::Added,
        ampersand_git::FileKind::Removed => FileKind::Deleted,
        ampersand_git::FileKind::Modified => FileKind::Modified,
        ampersand_git::FileKind::Renamed => FileKind::Renamed,
        ampersand_git::FileKind::Retyped => FileKind::ModeChanged,
    };
    let hunk = |hunk: ampersand_git::Hunk| DiffHunk {
        header: hunk.header,
        lines: hunk.lines.into_iter().map(shown_line).collect(),
    };
    DiffFile {
        path: file.path,
        old_path: file.old_path,
        kind,
        added: file.added,
        removed: file.removed,
        binary: file.binary,
        cut: file.truncated,
        hunks: file.hunks.into_iter().map(hunk).collect(),
    }
}

fn shown_line(line: ampersand_git::Line) -> DiffLine {
    let kind = match line.kind {
        ampersand_git::LineKind::Context => DiffLineKind::Context,
        ampersand_git::LineKind::Added => DiffLineKind::Added,
        ampersand_git::LineKind::Removed => DiffLineKind::Removed,
    };
    DiffLine {
        kind,
        old: line.old_no,
        new: line.new_no,
        text: visible(&line.text),
    }
}
