//! Where a task starts: the branch as the person left it, uncommitted and untracked files included.
//!
//! What is not committed becomes a snapshot: a commit on top of HEAD that only the task's references know. It is
//! written from a walk of the files straight into trees. The person's index is read for its file times and never
//! written, and no hook, filter or fsmonitor runs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Metadata};
use std::path::Path;
use std::thread;
use std::time::{Duration, SystemTime};

use git2::{Index, IndexEntryExtendedFlag, IndexEntryFlag, Oid};

use crate::attach::Repository;
use crate::commit::{
    CommitError, CommitLimits, Known, LeftOut, Scanned, Source, Tracked, Whose, find_ref, scan,
};
use crate::durable;
use crate::failure::{Attempting, AttemptingAt, GitFailure};
use crate::names;
use crate::object::CommitId;
use crate::rooted::{self, Root};
use crate::tree::{self, Change, GITLINK, Slot};
use crate::worktree::{base_ref, check_task, snapshot_ref};

/// A checkout that changes while it is read is read this often.
const READS: usize = 3;

/// One that another git program has locked is waited for so often.
const WAITS: usize = 16;

/// Each time. In all it is a few seconds: most of what locks a checkout is over by then.
const WAIT: Duration = Duration::from_millis(200);

/// Where a task starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartingPoint {
    /// The branch checked out; `None` when HEAD is detached.
    pub branch: Option<String>,
    /// The commit HEAD stands on.
    pub commit: CommitId,
    /// The commit on top of it that holds what was not committed; `None` if everything was.
    pub snapshot: Option<CommitId>,
    /// How many paths differ between the two.
    pub uncommitted: u32,
    /// What the snapshot does not hold although it is there, at most 200 of them, sorted by path.
    pub left_out: Vec<LeftOut>,
    /// How many were left out in all.
    pub left_out_count: u32,
}

impl StartingPoint {
    /// The commit the task's worktree is made from.
    pub const fn start(&self) -> CommitId {
        match self.snapshot {
            Some(snapshot) => snapshot,
            None => self.commit,
        }
    }
}

/// Why there is no starting point. Nothing of the person's has changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Another git program was at work all the time.
    #[error("another git program is at work in the checkout, and did not come to its end")]
    Busy,
    /// The files could not be taken.
    #[error(transparent)]
    Files(#[from] CommitError),
    /// Below the rules: the library or the file system.
    #[error(transparent)]
    Git(#[from] GitFailure),
}

impl StartError {
    /// The stable code of this error.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Busy => "start_busy",
            Self::Files(error) => error.code(),
            Self::Git(failure) => failure.code(),
        }
    }

    /// What the person can do next.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Busy => {
                "wait until git has finished in the repository, then start the task again; if no git is at work there, remove .git/index.lock"
            }
            Self::Files(error) => error.hint(),
            Self::Git(failure) => failure.hint(),
        }
    }
}

impl Repository {
    /// Where `task` starts now. What is not committed is pinned by `refs/ampersand/<task>/snapshot`.
    pub fn starting_point(
        &self,
        task: &str,
        limits: CommitLimits,
    ) -> Result<StartingPoint, StartError> {
        check_task(task).map_err(|_| CommitError::TaskName)?;
        let git = self.open()?;
        let (mut reads, mut waits) = (0, 0);
        while reads < READS && waits < WAITS {
            let before = self.moment(&git)?;
            // Locked before and after is no standing still: files are being exchanged all the while.
            if before.is_locked {
                waits += 1;
                thread::sleep(WAIT);
                continue;
            }
            reads += 1;
            let (tree, scanned) = self.present_tree(&git, before.commit, limits)?;
            if self.moment(&git)? != before {
                continue;
            }
            return Ok(self.pin_start(&git, task, before, tree, scanned)?);
        }
        Err(StartError::Busy)
    }

    /// Where `task` started, if its base is pinned already. The branch is the one checked out now.
    pub fn known_start(&self, task: &str) -> Result<Option<StartingPoint>, GitFailure> {
        let git = self.open()?;
        let Some(base) = find_ref(&git, &base_ref(task))? else {
            return Ok(None);
        };
        let found = git.find_commit(base).attempting("read where it started")?;
        let is_snapshot = find_ref(&git, &snapshot_ref(task))? == Some(base);
        let below = found.parents().next().filter(|_| is_snapshot);
        let uncommitted = match &below {
            None => 0,
            Some(below) => differing(&git, below.tree_id(), found.tree_id())?,
        };
        Ok(Some(StartingPoint {
            branch: branch_of(&git)?,
            commit: CommitId::new(below.map_or(base, |below| below.id())),
            snapshot: is_snapshot.then_some(CommitId::new(base)),
            uncommitted,
            left_out: Vec::new(),
            left_out_count: 0,
        }))
    }

    fn moment(&self, git: &git2::Repository) -> Result<Moment, GitFailure> {
        let head = git.head().attempting("read HEAD")?;
        let commit = head
            .peel_to_commit()
            .attempting("read the commit HEAD stands on")?;
        let index = fs::metadata(self.git_dir().join("index")).ok();
        Ok(Moment {
            branch: branch_of(git)?,
            commit: commit.id(),
            index: index.as_ref().map(stamp),
            is_locked: self.git_dir().join("index.lock").exists(),
        })
    }

    /// The tree of everything a commit would hold if the person added all and committed now.
    fn present_tree(
        &self,
        git: &git2::Repository,
        head: Oid,
        limits: CommitLimits,
    ) -> Result<(Option<Oid>, Scanned), StartError> {
        let base = git.find_commit(head).and_then(|commit| commit.tree());
        let base = base.attempting("read the commit HEAD stands on")?;
        let committed = tree::files(git, &base)?;
        let index = self.git_dir().join("index");
        let InIndex {
            mut paths,
            not_on_disk,
        } = in_index(&index, &committed);
        keep_submodules(&mut paths, &committed);
        let filemode = git
            .config()
            .and_then(|config| config.get_bool("core.filemode"));
        let source = Source {
            root: Root::open(self.root()).attempting_at("open", self.root())?,
            whose: Whose::Person {
                git,
                root: self.root(),
                knows_executable: filemode.unwrap_or(true),
            },
            base: base.clone(),
            tracked: Tracked::Listed(paths.clone()),
            known: Known::from_index(&index),
        };
        let mut scanned = scan(self, git, source, limits)?;
        self.without_what_is_shown(&committed, &mut scanned)?;
        let present: BTreeSet<&[u8]> = scanned
            .entries
            .iter()
            .map(|entry| entry.path.as_slice())
            .collect();
        let absent: Vec<_> = not_on_disk
            .into_iter()
            .filter(|path| !present.contains(path.as_slice()))
            .filter_map(|path| Some(rooted::index_entry(&path, *paths.get(&path)?, None)))
            .collect();
        scanned.entries.extend(absent);
        let now: BTreeMap<&[u8], Slot> = scanned
            .entries
            .iter()
            .map(|entry| {
                let (oid, mode) = (entry.id, entry.mode);
                (entry.path.as_slice(), Slot { oid, mode })
            })
            .collect();
        let mut changes: Vec<(&[u8], Option<Slot>)> = now
            .iter()
            .filter(|(path, slot)| committed.get(**path) != Some(*slot))
            .map(|(path, slot)| (*path, Some(*slot)))
            .collect();
        let gone = committed
            .keys()
            .filter(|path| !now.contains_key(path.as_slice()));
        changes.extend(gone.map(|path| (path.as_slice(), None)));
        let tree = if changes.is_empty() {
            Some(base.id())
        } else {
            tree::write_changed(git, Some(base.id()), &changes)?
        };
        drop(now);
        Ok((tree, scanned))
    }

    /// What another task's work only shows in the checkout is none of the person's: there the branch counts.
    fn without_what_is_shown(
        &self,
        committed: &BTreeMap<Vec<u8>, Slot>,
        scanned: &mut Scanned,
    ) -> Result<(), GitFailure> {
        for Change { path, old, new } in self.shown_changes()? {
            let found = scanned.entries.iter().position(|entry| entry.path == path);
            let stands = found.map(|at| {
                let entry = &scanned.entries[at];
                let (oid, mode) = (entry.id, entry.mode);
                Slot { oid, mode }
            });
            if stands != new || committed.get(&path).copied() != old {
                continue;
            }
            if let Some(at) = found {
                scanned.entries.swap_remove(at);
            }
            let before = old.map(|old| rooted::index_entry(&path, old, None));
            scanned.entries.extend(before);
        }
        Ok(())
    }

    fn pin_start(
        &self,
        git: &git2::Repository,
        task: &str,
        at: Moment,
        tree: Option<Oid>,
        scanned: Scanned,
    ) -> Result<StartingPoint, GitFailure> {
        let parent = git
            .find_commit(at.commit)
            .attempting("read the commit HEAD stands on")?;
        let tree = match tree {
            Some(tree) => tree,
            None => git
                .treebuilder(None)
                .and_then(|empty| empty.write())
                .attempting("write an empty tree")?,
        };
        let mut start = StartingPoint {
            branch: at.branch,
            commit: CommitId::new(at.commit),
            snapshot: None,
            uncommitted: 0,
            left_out: scanned.left_out,
            left_out_count: scanned.left_out_count,
        };
        if tree == parent.tree_id() {
            return Ok(start);
        }
        start.uncommitted = differing(git, parent.tree_id(), tree)?;
        let tree = git.find_tree(tree).attempting("read the snapshot")?;
        let signature = Self::signature()?;
        let message = "The checkout as it was, uncommitted files included\n";
        let snapshot = git
            .commit(None, &signature, &signature, message, &tree, &[&parent])
            .attempting("write the snapshot")?;
        durable::sync_commits(git, self.common_dir(), snapshot, &[at.commit])?;
        git.reference(&snapshot_ref(task), snapshot, true, "ampersand: snapshot")
            .attempting("pin the snapshot")?;
        start.snapshot = Some(CommitId::new(snapshot));
        Ok(start)
    }
}

/// What tells whether another git program has been at work.
#[derive(Debug, PartialEq, Eq)]
struct Moment {
    branch: Option<String>,
    commit: Oid,
    index: Option<(u64, Option<SystemTime>)>,
    is_locked: bool,
}

fn stamp(found: &Metadata) -> (u64, Option<SystemTime>) {
    (found.len(), found.modified().ok())
}

fn branch_of(git: &git2::Repository) -> Result<Option<String>, GitFailure> {
    let head = git.head().attempting("read HEAD")?;
    Ok(head
        .is_branch()
        .then(|| names::show(head.shorthand_bytes())))
}

/// The paths the person's index tracks.
struct InIndex {
    paths: BTreeMap<Vec<u8>, Slot>,
    /// Those that the person told git not to expect on disk.
    not_on_disk: Vec<Vec<u8>>,
}

/// An index in a form the library does not read is taken to track what is committed.
fn in_index(index: &Path, committed: &BTreeMap<Vec<u8>, Slot>) -> InIndex {
    let Ok(index) = Index::open(index) else {
        return InIndex {
            paths: committed.clone(),
            not_on_disk: Vec::new(),
        };
    };
    let mut found = InIndex {
        paths: BTreeMap::new(),
        not_on_disk: Vec::new(),
    };
    for entry in index.iter() {
        let flags = IndexEntryExtendedFlag::from_bits_retain(entry.flags_extended);
        let is_extended = entry.flags & IndexEntryFlag::EXTENDED.bits() != 0;
        // Added in intent alone: there is no content yet, and on disk it counts as untracked.
        if is_extended && flags.contains(IndexEntryExtendedFlag::INTENT_TO_ADD) {
            continue;
        }
        if is_extended && flags.contains(IndexEntryExtendedFlag::SKIP_WORKTREE) {
            found.not_on_disk.push(entry.path.clone());
        }
        let (oid, mode) = (entry.id, entry.mode);
        // Of a path in conflict any side will do: what counts is that it is tracked.
        found.paths.insert(entry.path, Slot { oid, mode });
    }
    found
}

/// Submodules stay as they are committed, whatever is checked out or staged of them.
fn keep_submodules(paths: &mut BTreeMap<Vec<u8>, Slot>, committed: &BTreeMap<Vec<u8>, Slot>) {
    let is_submodule = |slot: &Slot| slot.mode == GITLINK;
    paths.retain(|_, slot| !is_submodule(slot));
    let submodules = committed.iter().filter(|(_, slot)| is_submodule(slot));
    paths.extend(submodules.map(|(path, slot)| (path.clone(), *slot)));
}

/// How many paths differ between two trees.
fn differing(git: &git2::Repository, old: Oid, new: Oid) -> Result<u32, GitFailure> {
    let tree = |oid| git.find_tree(oid).attempting("read a tree");
    let changes = tree::changes(git, Some(&tree(old)?), Some(&tree(new)?))?;
    Ok(u32::try_from(changes.len()).unwrap_or(u32::MAX))
}
