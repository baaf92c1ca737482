//! Listing our worktrees, and putting right what a crash left half made or half removed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ampersand_process::remove_folder;
use serde::{Deserialize, Serialize};

use super::bookkeeping::{Bookkeeping, Lock, Owner, Phase};
use super::{Worktree, WorktreeError, base_ref, check_task, create, index_file};
use crate::attach::Repository;
use crate::failure::AttemptingAt;
use crate::object::CommitId;
use crate::rooted;

/// What recovery found at one task's worktree, and did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recovered {
    /// The task.
    pub task: String,
    /// Its folder.
    pub path: PathBuf,
    /// What was done.
    pub action: RecoveredAction,
}

/// What recovery did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecoveredAction {
    /// It was never finished, so nobody worked in it: removed.
    UnfinishedRemoved,
    /// Its removal had begun: completed.
    RemovalCompleted,
    /// The folder is gone: git's bookkeeping about it went too.
    ForgottenWithoutFolder,
    /// Git's bookkeeping was gone: written again, the folder untouched.
    BookkeepingRestored,
    /// A folder of ours whose task is unknown to the repository: left alone.
    LeftAlone,
}

impl Repository {
    /// Our worktrees that are ready to work in, sorted by task.
    pub fn list_worktrees(&self) -> Result<Vec<Worktree>, WorktreeError> {
        let mut found = Vec::new();
        for task in Bookkeeping::tasks(self)? {
            let books = Bookkeeping::of(self, &task);
            if books.lock().is_none_or(|lock| lock.phase != Phase::Ready) {
                continue;
            }
            if let (Some(path), Some(base)) = (books.worktree(), books.base())
                && path.is_dir()
            {
                found.push(Worktree { task, path, base });
            }
        }
        Ok(found)
    }

    /// Puts right what a crash left. `pool` is the folder that holds this repository's worktrees, each named after
    /// its task. A folder that may hold work is never removed; and what was not made in `pool` is left alone, whatever
    /// it is called: it may be the person's, or another home's that is at work.
    pub fn recover_worktrees(&self, pool: &Path) -> Result<Vec<Recovered>, WorktreeError> {
        let mut recovered = Vec::new();
        for task in Bookkeeping::tasks(self)? {
            if check_task(&task).is_err() {
                continue;
            }
            let (books, path) = (
                Bookkeeping::of(self, &task),
                create::place(&pool.join(&task))?,
            );
            let Some(phase) = phase_if_of(&books, &path)? else {
                continue;
            };
            let action = match phase {
                Phase::Preparing => RecoveredAction::UnfinishedRemoved,
                Phase::Removing => RecoveredAction::RemovalCompleted,
                Phase::Ready if !path.is_dir() => RecoveredAction::ForgottenWithoutFolder,
                Phase::Ready => continue,
            };
            // Preparing may have failed because somebody else's folder was in the way: its gitfile tells.
            if action != RecoveredAction::UnfinishedRemoved || is_ours(&path, &books) {
                remove_folder(&path).attempting_at("remove", &path)?;
            }
            books.erase()?;
            recovered.push(Recovered { task, path, action });
        }
        self.recover_folders(pool, &mut recovered)?;
        Ok(recovered)
    }

    fn recover_folders(
        &self,
        pool: &Path,
        recovered: &mut Vec<Recovered>,
    ) -> Result<(), WorktreeError> {
        let entries = match fs::read_dir(pool) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error).attempting_at("list", pool)?,
        };
        for entry in entries {
            let entry = entry.attempting_at("list", pool)?;
            let path = entry.path();
            let Ok(task) = entry.file_name().into_string() else {
                continue;
            };
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if !is_folder || check_task(&task).is_err() {
                continue;
            }
            let (books, path) = (Bookkeeping::of(self, &task), create::place(&path)?);
            let action = if !books.dir().is_dir() {
                self.restore(&task, &path)?
            } else if has_moved(&books, &path) {
                let (phase, owner) = (Phase::Ready, Owner::of(&path)?);
                books.move_to(&path)?;
                books.set_lock(&Lock { phase, owner })?;
                RecoveredAction::BookkeepingRestored
            } else {
                continue;
            };
            recovered.push(Recovered { task, path, action });
        }
        Ok(())
    }

    /// The folder was whole once: bookkeeping is made before it and removed after it.
    fn restore(&self, task: &str, path: &Path) -> Result<RecoveredAction, WorktreeError> {
        let objects = self.open_objects()?;
        let Ok(base) = objects.refname_to_id(&base_ref(task)) else {
            return Ok(RecoveredAction::LeftAlone);
        };
        let base = CommitId::new(base);
        let files = create::files_of(&objects, base)?;
        let books = Bookkeeping::of(self, task);
        let owner = Owner::of(path)?;
        books.begin(&owner)?;
        books.describe(path, base)?;
        // An index that names every file and trusts none of them to be unchanged.
        let entries: Vec<_> = files
            .iter()
            .map(|(path, slot)| rooted::index_entry(path, *slot, None))
            .collect();
        index_file::write(&books.index(), &entries).attempting_at("write", &books.index())?;
        let phase = Phase::Ready;
        books.set_lock(&Lock { phase, owner })?;
        Ok(RecoveredAction::BookkeepingRestored)
    }
}

/// How far the worktree got that was made at `path`; `None` if these books are about another, or not ours.
fn phase_if_of(books: &Bookkeeping, path: &Path) -> Result<Option<Phase>, WorktreeError> {
    let Some(lock) = books.lock() else {
        return Ok(None);
    };
    let is_there = books.worktree().is_none_or(|there| there == path);
    Ok((is_there && lock.owner == Owner::of(path)?).then_some(lock.phase))
}

/// Whether a whole worktree was moved to `path` with the home it is in: it still names its books, and where they say
/// it is nothing is.
fn has_moved(books: &Bookkeeping, path: &Path) -> bool {
    let was_ready = books.lock().is_some_and(|lock| lock.phase == Phase::Ready);
    let is_away = books
        .worktree()
        .is_some_and(|there| there != path && !there.exists());
    let is_named = fs::read_to_string(path.join(".git")).is_ok_and(|text| text == books.gitfile());
    was_ready && is_away && is_named
}

/// An empty folder, or one whose gitfile is the one we write: nobody has worked in it yet.
fn is_ours(path: &Path, books: &Bookkeeping) -> bool {
    let is_empty = fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none());
    is_empty || fs::read_to_string(path.join(".git")).is_ok_and(|text| text == books.gitfile())
}
