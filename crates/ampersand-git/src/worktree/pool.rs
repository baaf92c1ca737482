//! Warm worktrees: whole checkouts of a repository that no task has yet, so that one that starts waits for nothing.
//!
//! `<pool>/.warm/warm-*/` each hold `files`, the checkout; `index`, git's index of it with the times of its files;
//! `tree`, what it is a checkout of; and `locked`, the mark a claim begins with, already safe on disk. What is being
//! filled is called `part-*`, what is being claimed `claim-*`, what goes `gone-*`. Nobody works in any of these: they can be removed
//! at any time. A task's own folder beside them never is.

mod claim;
mod fill;
mod refill;

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use ampersand_process::remove_folder;
pub use claim::Claimed;
use git2::Oid;
pub use refill::{Budget, Refilled};
use serde::{Deserialize, Serialize};

use super::bookkeeping::Owner;
use super::{Bookkeeping, Recovered, Worktree, WorktreeError, check_task, create};
use crate::attach::Repository;
use crate::failure::AttemptingAt;

/// Where warm worktrees lie below the pool: no task can have this name.
const WARM: &str = ".warm";

/// The worktrees of one repository: those of its tasks, each in a folder named after it, and warm ones.
#[derive(Debug, Clone)]
pub struct Pool {
    repository: Repository,
    folder: PathBuf,
}

/// A warm worktree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warm {
    path: PathBuf,
    tree: Oid,
    bytes: u64,
    made: SystemTime,
}

impl Warm {
    /// The space it takes on disk, in bytes.
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    fn files(&self) -> PathBuf {
        self.path.join("files")
    }

    fn index(&self) -> PathBuf {
        self.path.join("index")
    }

    /// Reads what was written last when it was filled; `None` if that is not there.
    fn read(path: PathBuf) -> Option<Self> {
        let about = path.join("tree");
        let made = fs::metadata(&about).ok()?.modified().ok()?;
        let about: About = serde_json::from_slice(&fs::read(about).ok()?).ok()?;
        Some(Self {
            path,
            tree: Oid::from_str(&about.tree).ok()?,
            bytes: about.bytes,
            made,
        })
    }

    /// Removes it unless a task has claimed it. Both begin by renaming it, so that one of the two alone has it: emptied
    /// in its place, it would be emptied in the task's.
    fn remove(&self) -> Result<(), WorktreeError> {
        let gone = self.path.with_file_name(gone(&self.path));
        match fs::rename(&self.path, &gone) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            renamed => renamed.attempting_at("set aside", &self.path)?,
        }
        remove_folder(&gone).attempting_at("remove", &gone)?;
        Ok(())
    }
}

/// What is on its way out is called so.
fn gone(path: &Path) -> OsString {
    let mut gone = OsString::from("gone-");
    gone.push(path.file_name().unwrap_or_default());
    gone
}

/// A task's worktree that is in its place no more, and waits to be removed.
#[derive(Debug)]
pub struct SetAside(PathBuf);

impl SetAside {
    /// Removes it, which takes as long as there are files in it. What is left of one that is not is removed by
    /// [`Pool::recover`].
    pub fn remove(self) -> Result<(), WorktreeError> {
        remove_folder(&self.0).attempting_at("remove", &self.0)?;
        Ok(())
    }
}

/// What a warm worktree says of itself.
#[derive(Serialize, Deserialize)]
struct About {
    tree: String,
    bytes: u64,
}

impl Pool {
    /// The worktrees of `repository` in `folder`, which belongs to this pool alone.
    pub fn new(repository: &Repository, folder: &Path) -> Self {
        Self {
            repository: repository.clone(),
            folder: folder.to_owned(),
        }
    }

    fn warm_folder(&self) -> PathBuf {
        self.folder.join(WARM)
    }

    /// The warm worktrees that are ready, oldest first.
    pub fn warm(&self) -> Result<Vec<Warm>, WorktreeError> {
        warm_in(&self.warm_folder())
    }

    /// Takes a worktree of this pool's out of its place, and git's books about it away, as
    /// [`Repository::remove_worktree`] does, but at once, however much is in it.
    pub fn set_aside(&self, worktree: &Worktree) -> Result<SetAside, WorktreeError> {
        let folder = self.warm_folder();
        fs::create_dir_all(&folder).attempting_at("make", &folder)?;
        let gone = folder.join(gone(&worktree.path));
        remove_folder(&gone).attempting_at("remove", &gone)?;
        self.repository.begin_removing(worktree)?;
        if let Err(error) = fs::rename(&worktree.path, &gone) {
            // Closed against it by whoever worked there: it is removed where it is.
            tracing::debug!(%error, "a worktree cannot be set aside");
        }
        self.repository.remove_worktree(worktree)?;
        Ok(SetAside(gone))
    }

    /// Removes a worktree of this pool's in which nothing is anybody's work, and what pins its commits, however far making
    /// or removing it got. Where whoever was killed in it still writes, it is out of the way and its files go later.
    pub fn discard(&self, task: &str) -> Result<(), WorktreeError> {
        check_task(task)?;
        let place = create::place(&self.folder.join(task))?;
        let (books, owner) = (Bookkeeping::of(&self.repository, task), Owner::of(&place)?);
        if books.lock().is_some_and(|lock| lock.owner != owner) {
            return Err(WorktreeError::TaskExists {
                task: task.to_owned(),
            });
        }
        if fs::symlink_metadata(&place).is_ok() {
            self.throw_away(&place)?;
        }
        books.erase()?;
        Ok(self.repository.forget_task(task)?)
    }

    fn throw_away(&self, place: &Path) -> Result<(), WorktreeError> {
        let folder = self.warm_folder();
        fs::create_dir_all(&folder).attempting_at("make", &folder)?;
        let gone = tempfile::Builder::new().prefix("gone-").tempdir_in(&folder);
        let gone = gone.attempting_at("make a folder in", &folder)?.keep();
        if let Err(error) = fs::rename(place, gone.join("files")) {
            tracing::debug!(%error, "a worktree is removed where it is");
            remove_folder(place).attempting_at("remove", place)?;
        }
        if let Err(error) = remove_folder(&gone) {
            tracing::warn!(%error, "what was set aside stays until recovery");
        }
        Ok(())
    }

    /// Puts right what a crash left: tasks' worktrees as [`Repository::recover_worktrees`] says, and warm ones that
    /// were being filled or claimed, in which nobody worked. Call it before anything else is done with the pool.
    pub fn recover(&self) -> Result<Vec<Recovered>, WorktreeError> {
        let recovered = self.repository.recover_worktrees(&self.folder)?;
        for name in names_in(&self.warm_folder())? {
            let path = self.warm_folder().join(&name);
            if !name.starts_with("warm-") || Warm::read(path.clone()).is_none() {
                remove_folder(&path).attempting_at("remove", &path)?;
            }
        }
        Ok(recovered)
    }
}

fn warm_in(folder: &Path) -> Result<Vec<Warm>, WorktreeError> {
    let names = names_in(folder)?.into_iter();
    let ready = names.filter(|name| name.starts_with("warm-"));
    let mut warm: Vec<Warm> = ready
        .filter_map(|name| Warm::read(folder.join(name)))
        .collect();
    warm.sort_by(|left, right| (left.made, &left.path).cmp(&(right.made, &right.path)));
    Ok(warm)
}

/// The names in a folder that may not be there.
fn names_in(folder: &Path) -> Result<Vec<String>, WorktreeError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error).attempting_at("list", folder)?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.attempting_at("list", folder)?;
        names.extend(entry.file_name().into_string().ok());
    }
    Ok(names)
}
