//! Making a worktree: every step undone if a later one fails.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ampersand_process::remove_folder;
use git2::Oid;

use super::bookkeeping::{Bookkeeping, Lock, Owner, Phase};
use super::populate::{Pace, Wanted, Writing};
use super::{Worktree, WorktreeError, base_ref, check_task, index_file, populate};
use crate::attach::Repository;
use crate::failure::{Attempting, AttemptingAt, GitFailure};
use crate::folding;
use crate::names;
use crate::object::CommitId;
use crate::tree::{self, Slot};

/// A step of making a worktree that has just been taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Git's bookkeeping is there, locked against pruning.
    Booked,
    /// The base commit is pinned by a reference.
    Pinned,
    /// The folder is there, empty.
    Made,
    /// All files are written.
    Populated,
}

impl Repository {
    /// Makes the task's folder at `destination` with the files of `base`, HEAD detached, locked against pruning.
    ///
    /// Files are written as they are stored: no filter, no hook, no conversion. On error nothing is left.
    pub fn create_worktree(
        &self,
        task: &str,
        destination: &Path,
        base: CommitId,
    ) -> Result<Worktree, WorktreeError> {
        self.create_worktree_observed(task, destination, base, |_| Ok(()))
    }

    /// As [`Repository::create_worktree`]; `reached` hears of every step and can stop it there.
    pub fn create_worktree_observed(
        &self,
        task: &str,
        destination: &Path,
        base: CommitId,
        reached: impl FnMut(Stage) -> io::Result<()>,
    ) -> Result<Worktree, WorktreeError> {
        self.create(task, destination, [base, base], reached)
    }

    /// Makes a worktree again that was removed, with what its task had committed.
    pub fn create_worktree_again(&self, removed: &Worktree) -> Result<(), WorktreeError> {
        let head = self.task_head(&removed.task)?.unwrap_or(removed.base);
        self.remove_worktree(removed)?;
        let ends = [removed.base, head];
        self.create(&removed.task, &removed.path, ends, |_| Ok(()))?;
        Ok(())
    }

    /// The worktree of a task that starts from `base`, with the files of `holds`.
    fn create(
        &self,
        task: &str,
        destination: &Path,
        [base, holds]: [CommitId; 2],
        mut reached: impl FnMut(Stage) -> io::Result<()>,
    ) -> Result<Worktree, WorktreeError> {
        check_task(task)?;
        let path = place(destination)?;
        let mut step = |stage| reached(stage).attempting_at("prepare", &path);
        let objects = self.open_objects()?;
        let files = files_of(&objects, holds)?;
        let mut undo = Undo::default();

        let (books, owner) = (Bookkeeping::of(self, task), Owner::of(&path)?);
        if !books.begin(&owner)? {
            return Err(WorktreeError::TaskExists {
                task: task.to_owned(),
            });
        }
        undo.books = Some(books.clone());
        books.describe(&path, base)?;
        step(Stage::Booked)?;

        if pin(&objects, task, base)? {
            undo.pin = Some((self, base_ref(task)));
        }
        step(Stage::Pinned)?;

        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).attempting_at("make", parent)?;
        }
        match fs::create_dir(&path) {
            Ok(()) => undo.folder = Some(path.clone()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(WorktreeError::FolderExists { path });
            }
            Err(error) => return Err(error).attempting_at("make", &path)?,
        }
        step(Stage::Made)?;

        let gitfile = path.join(".git");
        fs::write(&gitfile, books.gitfile()).attempting_at("write", &gitfile)?;
        check_collisions(&files, folding::folds(&path, ".git"))?;
        let wanted: Vec<Wanted<'_>> = files
            .iter()
            .map(|(path, slot)| (path.as_slice(), *slot))
            .collect();
        let writing = Writing {
            repository: self,
            donor: None,
            pace: Pace::Now,
        };
        let entries = populate::write_files(&path, &wanted, &writing)?;
        index_file::write(&books.index(), &entries).attempting_at("write", &books.index())?;
        step(Stage::Populated)?;

        let phase = Phase::Ready;
        books.set_lock(&Lock { phase, owner })?;
        undo.disarm();
        Ok(Worktree {
            task: task.to_owned(),
            path,
            base,
        })
    }
}

/// The destination with its existing part resolved: git's files keep absolute paths, one to a line.
pub(super) fn place(destination: &Path) -> Result<PathBuf, WorktreeError> {
    let refuse = || WorktreeError::Path {
        path: destination.to_owned(),
    };
    let mut rest = Vec::new();
    let mut existing = destination;
    let real = loop {
        if let Ok(real) = dunce::canonicalize(existing) {
            break real;
        }
        rest.push(existing.file_name().ok_or_else(refuse)?);
        existing = existing.parent().ok_or_else(refuse)?;
    };
    let path = rest.iter().rev().fold(real, |path, name| path.join(name));
    match path.to_str() {
        Some(text) if path.is_absolute() && !text.contains(['\n', '\r']) => Ok(path),
        _ => Err(refuse()),
    }
}

pub(super) type Files = std::collections::BTreeMap<Vec<u8>, Slot>;

pub(super) fn files_of(
    objects: &git2::Repository,
    commit: CommitId,
) -> Result<Files, WorktreeError> {
    let tree = objects
        .find_commit(commit.oid())
        .and_then(|commit| commit.tree())
        .attempting("read the commit the worktree starts from")?;
    let files = tree::files(objects, &tree)?;
    for path in files.keys() {
        check_file(path)?;
    }
    Ok(files)
}

/// Refuses files that are one on a disk that folds names.
pub(super) fn check_collisions(files: &Files, folds: bool) -> Result<(), WorktreeError> {
    let paths = files.keys().map(Vec::as_slice);
    match folds.then(|| folding::collision(paths)).flatten() {
        Some(path) => {
            let path = names::show(path);
            Err(WorktreeError::Colliding { path })
        }
        None => Ok(()),
    }
}

/// Refuses names that no file may have.
pub(super) fn check_file(path: &[u8]) -> Result<(), WorktreeError> {
    let is_writable = path
        .split(|byte| *byte == b'/')
        .all(names::is_writable_name);
    if is_writable {
        Ok(())
    } else {
        let path = names::show(path);
        Err(GitFailure::UnsafePath { path }.into())
    }
}

/// Pins the base; `true` if the reference is new.
pub(super) fn pin(
    objects: &git2::Repository,
    task: &str,
    base: CommitId,
) -> Result<bool, WorktreeError> {
    let name = base_ref(task);
    match objects.refname_to_id(&name) {
        Ok(pinned) if pinned == base.oid() => Ok(false),
        Ok(_) => Err(WorktreeError::TaskExists {
            task: task.to_owned(),
        }),
        Err(_none) => {
            objects
                .reference_matching(&name, base.oid(), false, Oid::ZERO_SHA1, "ampersand: base")
                .attempting("pin the commit the worktree starts from")?;
            Ok(true)
        }
    }
}

/// What to take back if a later step fails: in the reverse order of making.
#[derive(Default)]
pub(super) struct Undo<'a> {
    pub(super) folder: Option<PathBuf>,
    pub(super) pin: Option<(&'a Repository, String)>,
    pub(super) books: Option<Bookkeeping>,
}

impl Undo<'_> {
    pub(super) fn disarm(mut self) {
        self.folder = None;
        self.pin = None;
        self.books = None;
    }
}

impl Drop for Undo<'_> {
    fn drop(&mut self) {
        if let Some(folder) = self.folder.take()
            && let Err(error) = remove_folder(&folder)
        {
            tracing::warn!(%error, folder = %folder.display(), "an unfinished worktree stays until recovery");
            return;
        }
        if let Some((repository, name)) = self.pin.take() {
            let removed = repository.open_objects().and_then(|git| {
                git.find_reference(&name)
                    .and_then(|mut found| found.delete())
                    .attempting("unpin")
            });
            if let Err(error) = removed {
                tracing::warn!(%error, name, "an unused reference stays");
            }
        }
        if let Some(books) = self.books.take()
            && let Err(error) = books.erase()
        {
            tracing::warn!(%error, "unused bookkeeping stays until recovery");
        }
    }
}
