//! Claiming: a warm worktree becomes a task's, by a rename and by writing only what a comparison of trees names.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use ampersand_process::remove_folder;
use git2::Oid;

use super::super::bookkeeping::{Bookkeeping, Owner};
use super::super::create::{self, Undo};
use super::super::index_file::Rewritten;
use super::super::populate::{Pace, Wanted, Writing, write_files};
use super::super::{Worktree, WorktreeError, base_ref, check_task, index_file};
use super::{Pool, Warm};
use crate::failure::{Attempting, AttemptingAt};
use crate::folding;
use crate::names;
use crate::object::CommitId;
use crate::rooted::Root;
use crate::tree::{self, Change, GITLINK};

/// A task's new worktree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// The worktree.
    pub worktree: Worktree,
    /// Whether a warm one was taken; if not, it was written from nothing.
    pub was_warm: bool,
}

impl Pool {
    /// Makes the task's worktree from `base` in the folder named after it: out of a warm one if there is one, HEAD
    /// detached, locked against pruning. On error nothing of it is left.
    pub fn claim(&self, task: &str, base: CommitId) -> Result<Claimed, WorktreeError> {
        check_task(task)?;
        let path = self.folder.join(task);
        let objects = self.repository.open_objects()?;
        let tree = objects
            .find_commit(base.oid())
            .attempting("read the commit the worktree starts from")?
            .tree_id();
        let mut warm = self.warm()?;
        // What needs no change at all first, then the newest.
        warm.reverse();
        warm.sort_by_key(|warm| warm.tree != tree);
        for warm in warm {
            match self.claim_warm(&objects, &warm, task, base, tree) {
                Ok(Some(worktree)) => {
                    return Ok(Claimed {
                        worktree,
                        was_warm: true,
                    });
                }
                // Another task was quicker.
                Ok(None) => {}
                Err(
                    error @ (WorktreeError::TaskExists { .. } | WorktreeError::FolderExists { .. }),
                ) => {
                    return Err(error);
                }
                Err(error) => tracing::warn!(%error, "a warm worktree was of no use"),
            }
        }
        let worktree = self.repository.create_worktree(task, &path, base)?;
        Ok(Claimed {
            worktree,
            was_warm: false,
        })
    }

    /// `None` if this one is not there any more. One that was begun and could not be used is removed.
    fn claim_warm(
        &self,
        objects: &git2::Repository,
        warm: &Warm,
        task: &str,
        base: CommitId,
        tree: Oid,
    ) -> Result<Option<Worktree>, WorktreeError> {
        let path = create::place(&self.folder.join(task))?;
        if fs::symlink_metadata(&path).is_ok() {
            return Err(WorktreeError::FolderExists { path });
        }
        let claimed = self.warm_folder().join(format!("claim-{task}"));
        match fs::rename(&warm.path, &claimed) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            renamed => renamed.attempting_at("claim", &warm.path)?,
        }
        let mut undo = Undo::default();
        undo.folder = Some(claimed.clone());
        let books = Bookkeeping::of(&self.repository, task);
        let owner = Owner::of(&path)?;
        if !books.begin_with(&claimed.join("locked"), &owner)? {
            return Err(WorktreeError::TaskExists {
                task: task.to_owned(),
            });
        }
        undo.books = Some(books.clone());
        books.describe_quickly(&path, base)?;
        if create::pin(objects, task, base)? {
            undo.pin = Some((&self.repository, base_ref(task)));
        }
        let files = claimed.join("files");
        let changes = changes(objects, warm.tree, tree)?;
        if folding::folds(&claimed, "files") {
            check_collisions(objects, tree, &changes)?;
        }
        let entries = self.exchange(&files, &changes)?;
        let (old, new) = (claimed.join("index"), books.index());
        index_file::rewrite(&old, &new, &entries).attempting_at("rewrite", &old)?;
        // It is the task's before it has the task's place: recovery knows it by this.
        fs::write(files.join(".git"), books.gitfile()).attempting_at("write into", &files)?;
        fs::rename(&files, &path).attempting_at("move into place", &files)?;
        undo.folder = Some(path.clone());
        books.set_ready_quickly(&owner)?;
        undo.disarm();
        if let Err(error) = remove_folder(&claimed) {
            tracing::warn!(%error, "what a claim left stays until recovery");
        }
        Ok(Some(Worktree {
            task: task.to_owned(),
            path,
            base,
        }))
    }

    /// Removes and writes what differs. The entries say what stands at each path now.
    fn exchange(&self, files: &Path, changes: &[Change]) -> Result<Vec<Rewritten>, WorktreeError> {
        let root = Root::open(files).attempting_at("open", files)?;
        // All that goes, deepest first: a file may come where a folder was, and the reverse.
        for change in changes.iter().rev().filter(|change| change.old.is_some()) {
            let (dir, name) = root
                .parent(&change.path)
                .attempting_at("look below", files)?;
            let removed = match change.old {
                Some(old) if old.mode == GITLINK => dir.remove_dir(name),
                _ => dir.remove_file(name),
            };
            removed.attempting_at("remove from", files)?;
            if change.new.is_none() {
                root.remove_empty_above(&change.path);
            }
        }
        let wanted: Vec<Wanted<'_>> = changes
            .iter()
            .filter_map(|change| Some((change.path.as_slice(), change.new?)))
            .collect();
        let writing = Writing {
            repository: &self.repository,
            donor: None,
            pace: Pace::Now,
        };
        let mut written = write_files(files, &wanted, &writing)?.into_iter();
        let stands = |change: &Change| {
            let entry = change.new.and_then(|_| written.next());
            (change.path.clone(), entry)
        };
        Ok(changes.iter().map(stands).collect())
    }
}

/// What differs between what is there and what shall be, fit to be written.
fn changes(objects: &git2::Repository, old: Oid, new: Oid) -> Result<Vec<Change>, WorktreeError> {
    let tree = |oid| objects.find_tree(oid).attempting("read a commit's files");
    let changes = tree::changes(objects, Some(&tree(old)?), Some(&tree(new)?))?;
    for change in &changes {
        if change.new.is_some() {
            create::check_file(&change.path)?;
        }
    }
    Ok(changes)
}

/// Refuses new files that the disk takes for others of the tree. Only their folders are looked at.
fn check_collisions(
    objects: &git2::Repository,
    tree: Oid,
    changes: &[Change],
) -> Result<(), WorktreeError> {
    let new = changes.iter().filter(|change| change.old.is_none());
    let paths: Vec<&[u8]> = new.map(|change| change.path.as_slice()).collect();
    let mut folders = BTreeSet::new();
    for path in paths {
        let slashes = path.iter().enumerate().filter(|(_, byte)| **byte == b'/');
        folders.extend(
            [0].into_iter()
                .chain(slashes.map(|(at, _)| at))
                .map(|end| &path[..end]),
        );
    }
    for folder in folders {
        let found = tree::folder(objects, tree, folder).attempting("read a folder of a commit")?;
        let names: Vec<Vec<u8>> = found
            .iter()
            .map(|entry| entry.name_bytes().to_vec())
            .collect();
        if let Some(name) = folding::collision(names.iter().map(Vec::as_slice)) {
            let path = names::show(&names::join(folder, name));
            return Err(WorktreeError::Colliding { path });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attach::Repository;

    /// A repository with one commit of `count` files, in folders of ten.
    fn repository(root: &Path, count: usize) -> (Repository, CommitId) {
        let git = git2::Repository::init(root).unwrap();
        let blob = git.blob(b"content\n").unwrap();
        let mut top = git.treebuilder(None).unwrap();
        for folder in 0..count / 10 {
            let mut below = git.treebuilder(None).unwrap();
            for file in 0..10 {
                below.insert(format!("f{file}"), blob, 0o100_644).unwrap();
            }
            let below = below.write().unwrap();
            top.insert(format!("d{folder}"), below, 0o040_000).unwrap();
        }
        let tree = git.find_tree(top.write().unwrap()).unwrap();
        let by = Repository::signature().unwrap();
        let commit = git.commit(Some("HEAD"), &by, &by, "first", &tree, &[]);
        let commit = CommitId::new(commit.unwrap());
        (Repository::attach(root).unwrap(), commit)
    }

    #[test]
    fn one_that_is_being_removed_is_nobody_s_to_claim() {
        let folder = tempfile::tempdir().unwrap();
        let (repository, commit) = repository(&folder.path().join("project"), 400);
        let pool = Pool::new(&repository, &folder.path().join("pool"));
        let warm = pool.fill(commit, Pace::Now).unwrap();
        let left = || fs::read_dir(warm.files()).map_or(0, |entries| entries.count());
        let whole = left();
        std::thread::scope(|scope| {
            let removing = scope.spawn(|| warm.remove().unwrap());
            while left() == whole {
                std::thread::yield_now();
            }
            let objects = repository.open_objects().unwrap();
            let claimed = pool.claim_warm(&objects, &warm, "t1", commit, warm.tree);
            assert_eq!(claimed.unwrap(), None);
            removing.join().unwrap();
        });
        assert!(
            super::super::names_in(&pool.warm_folder())
                .unwrap()
                .is_empty()
        );
    }
}
