//! Turning what an agent left in its worktree into a commit, without trusting a byte of it.

mod error;
mod known;
mod scan;
mod tracked;

use std::path::{Path, PathBuf};

pub use error::CommitError;
use git2::{Index, Oid};
pub(crate) use known::Known;
pub(crate) use scan::{Paths, Scanned, Source, Whose, personal_rules, scan, scan_paths};
use serde::{Deserialize, Serialize};
pub(crate) use tracked::Tracked;

use crate::attach::Repository;
use crate::durable;
use crate::failure::{Attempting, AttemptingAt, GitFailure};
use crate::object::CommitId;
use crate::rooted::Root;
use crate::tree;
use crate::worktree::{
    Bookkeeping, Worktree, base_ref, check_task, conflicts_ref, head_ref, out_ref, own_ref,
    snapshot_ref,
};

/// How much one commit may read and hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommitLimits {
    /// A larger file is left out and reported, in bytes.
    pub max_file_bytes: u64,
    /// All new content together, in bytes; more is an error.
    pub max_total_bytes: u64,
    /// Files and folders looked at; more is an error.
    pub max_entries: usize,
}

impl Default for CommitLimits {
    fn default() -> Self {
        Self {
            max_file_bytes: 32 << 20,
            max_total_bytes: 1 << 30,
            max_entries: 500_000,
        }
    }
}

/// A commit of a task's work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// The new commit.
    pub id: CommitId,
    /// The commit it stands on: the task's previous one, or its base.
    pub parent: CommitId,
}

/// What committing did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitOutcome {
    /// The commit; `None` if nothing differs from the one before.
    pub commit: Option<Commit>,
    /// What was not committed although it is there, at most 200 of them, sorted by path.
    pub left_out: Vec<LeftOut>,
    /// How many were left out in all.
    pub left_out_count: u32,
}

/// One path that was not committed. A tracked file keeps the content it had.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LeftOut {
    /// Relative to the worktree, made visible.
    pub path: String,
    /// Why.
    pub reason: LeftOutReason,
}

/// Why a path was not committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LeftOutReason {
    /// Some system would take the name for `.git`.
    GitName,
    /// A pipe, a socket or a device.
    SpecialFile,
    /// Larger than a commit takes.
    TooLarge {
        /// Its size.
        bytes: u64,
    },
    /// Nested deeper than a commit goes.
    TooDeep,
    /// It cannot be read.
    Unreadable,
    /// A link where git expects a file it reads settings from.
    LinkedSettings,
    /// The worktree's ignore files would let it in, the base's do not.
    IgnoredByBase,
    /// A folder of the person's checkout that is a repository of its own.
    OwnRepository,
    /// It stands where the commit names another repository, which stays as it is.
    Submodule,
    /// By it git would take its folder for a repository, with settings that run something.
    BareRepository,
}

impl Repository {
    /// Commits what the task's worktree holds onto the task's head, and moves `refs/ampersand/<task>/head`
    /// if it still stands where it stood. Ignored files stay out; nested repositories become plain files.
    pub fn commit(
        &self,
        worktree: &Worktree,
        message: &str,
        limits: CommitLimits,
    ) -> Result<CommitOutcome, CommitError> {
        check_task(&worktree.task).map_err(|_| CommitError::TaskName)?;
        let objects = self.open_objects()?;
        let previous = find_ref(&objects, &head_ref(&worktree.task))?;
        let parent = previous.unwrap_or(worktree.base.oid());
        let parent = objects
            .find_commit(parent)
            .attempting("read the task's last commit")?;
        let parent_tree = parent.tree().attempting("read the task's last commit")?;

        let (source, private) = self.source(&objects, worktree, &parent_tree)?;
        let scanned = scan(self, &objects, source, limits)?;
        let tree = write_tree(&objects, &private, &scanned.entries)?;
        let mut outcome = CommitOutcome {
            commit: None,
            left_out_count: scanned.left_out_count,
            left_out: scanned.left_out,
        };
        if tree == parent_tree.id() {
            return Ok(outcome);
        }
        let tree = objects.find_tree(tree).attempting("read the new tree")?;
        let signature = Self::signature()?;
        let id = objects
            .commit(None, &signature, &signature, message, &tree, &[&parent])
            .attempting("write the commit")?;
        durable::sync_commits(&objects, self.common_dir(), id, &[parent.id()])?;
        pin_base(&objects, worktree)?;
        move_head(&objects, &worktree.task, previous, id)?;
        durable::sync_reference(self.common_dir(), &head_ref(&worktree.task));
        outcome.commit = Some(Commit {
            id: CommitId::new(id),
            parent: CommitId::new(parent.id()),
        });
        Ok(outcome)
    }

    /// Whether the task's last commit holds all that a commit would take of its worktree, and nothing is left out.
    pub fn is_kept(&self, worktree: &Worktree, limits: CommitLimits) -> Result<bool, CommitError> {
        check_task(&worktree.task).map_err(|_| CommitError::TaskName)?;
        let objects = self.open_objects()?;
        let head = find_ref(&objects, &head_ref(&worktree.task))?;
        let tree = objects
            .find_commit(head.unwrap_or(worktree.base.oid()))
            .and_then(|commit| commit.tree())
            .attempting("read the task's last commit")?;
        let (source, private) = self.source(&objects, worktree, &tree)?;
        let scanned = scan(self, &objects, source, limits)?;
        let stands = write_tree(&objects, &private, &scanned.entries)?;
        Ok(stands == tree.id() && scanned.left_out_count == 0)
    }

    /// What of a worktree is walked, and the private index for what was found.
    fn source<'git>(
        &self,
        objects: &'git git2::Repository,
        worktree: &Worktree,
        parent: &git2::Tree<'_>,
    ) -> Result<(Source<'git>, PathBuf), CommitError> {
        let root = match Root::open(&worktree.path) {
            Ok(root) => root,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(CommitError::WorktreeGone);
            }
            Err(error) => Err(error).attempting_at("open", &worktree.path)?,
        };
        let base = objects
            .find_commit(worktree.base.oid())
            .and_then(|commit| commit.tree())
            .attempting("read the commit the task started from")?;
        let books = Bookkeeping::of(self, &worktree.task);
        let source = Source {
            root,
            whose: Whose::Agent,
            base,
            tracked: Tracked::Listed(tree::files(objects, parent)?),
            known: Known::load(&books),
        };
        let private = if books.dir().is_dir() {
            books.private_index()
        } else {
            // Bookkeeping lost to a crash costs the remembered times, not the commit.
            self.common_dir()
                .join(format!("ampersand-index-{}", worktree.task))
        };
        Ok((source, private))
    }

    /// The last commit of a task, if it has one.
    pub fn task_head(&self, task: &str) -> Result<Option<CommitId>, GitFailure> {
        Ok(find_ref(&self.open_objects()?, &head_ref(task))?.map(CommitId::new))
    }

    /// The last commits of several tasks, in their order, with one look at the repository.
    pub fn task_heads(&self, tasks: &[String]) -> Result<Vec<Option<CommitId>>, GitFailure> {
        let objects = self.open_objects()?;
        let head = |task: &String| Ok(find_ref(&objects, &head_ref(task))?.map(CommitId::new));
        tasks.iter().map(head).collect()
    }

    /// The commit a task started from, if it is known here.
    pub fn task_base(&self, task: &str) -> Result<Option<CommitId>, GitFailure> {
        Ok(find_ref(&self.open_objects()?, &base_ref(task))?.map(CommitId::new))
    }

    /// Lets go of a task's commits: they remain only where a branch holds them.
    pub fn forget_task(&self, task: &str) -> Result<(), GitFailure> {
        let objects = self.open_objects()?;
        for name in [
            head_ref(task),
            base_ref(task),
            snapshot_ref(task),
            conflicts_ref(task),
            own_ref(task),
            out_ref(task),
        ] {
            if let Ok(mut found) = objects.find_reference(&name) {
                found.delete().attempting("remove a task's reference")?;
            }
        }
        Ok(())
    }
}

pub(crate) fn find_ref(objects: &git2::Repository, name: &str) -> Result<Option<Oid>, GitFailure> {
    match objects.refname_to_id(name) {
        Ok(oid) => Ok(Some(oid)),
        Err(error) if error.code() == git2::ErrorCode::NotFound => Ok(None),
        Err(source) => Err(GitFailure::Library {
            attempt: "read a reference",
            source,
        }),
    }
}

/// The private index remembers file times for the next commit; the tree is written from the same entries.
fn write_tree(
    objects: &git2::Repository,
    private: &Path,
    entries: &[git2::IndexEntry],
) -> Result<Oid, CommitError> {
    match std::fs::remove_file(private) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).attempting_at("replace", private)?;
        }
        _ => {}
    }
    let mut index = Index::open(private).attempting("start the private index")?;
    for entry in entries {
        index.add(entry).attempting("add to the private index")?;
    }
    let tree = index.write_tree_to(objects).attempting("write the tree")?;
    index.write().attempting("write the private index")?;
    Ok(tree)
}

fn pin_base(objects: &git2::Repository, worktree: &Worktree) -> Result<(), CommitError> {
    let name = base_ref(&worktree.task);
    if find_ref(objects, &name)?.is_none() {
        objects
            .reference_matching(
                &name,
                worktree.base.oid(),
                false,
                Oid::ZERO_SHA1,
                "ampersand: base",
            )
            .attempting("pin the commit the task started from")?;
    }
    Ok(())
}

fn move_head(
    objects: &git2::Repository,
    task: &str,
    from: Option<Oid>,
    to: Oid,
) -> Result<(), CommitError> {
    let moved = objects.reference_matching(
        &head_ref(task),
        to,
        from.is_some(),
        from.unwrap_or(Oid::ZERO_SHA1),
        "ampersand: commit",
    );
    match moved {
        Ok(_) => Ok(()),
        Err(error)
            if matches!(
                error.code(),
                git2::ErrorCode::Modified | git2::ErrorCode::Exists
            ) =>
        {
            Err(CommitError::Moved {
                task: task.to_owned(),
            })
        }
        Err(source) => Err(GitFailure::Library {
            attempt: "move the task's head",
            source,
        }
        .into()),
    }
}
