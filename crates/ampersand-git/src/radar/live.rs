//! The tree of a worktree in which an agent is at work: what a commit would hold if it were made now.
//!
//! Looked over as a whole once; from then on only what was told to have changed. Nothing of it is trusted: it is read
//! as a commit reads it, and what that would leave out is left out here.

use std::collections::{BTreeMap, BTreeSet};

use git2::IndexEntry;

use super::filter::folders_above;
use super::trials::{self, Trials};
use super::watches::Watches;
use crate::attach::Repository;
use crate::commit::{
    CommitError, CommitLimits, Known, Paths, Source, Tracked, Whose, personal_rules, scan_paths,
};
use crate::failure::{Attempting, AttemptingAt};
use crate::names;
use crate::rooted::Root;
use crate::tree::{self, GITLINK, Slot};
use crate::worktree::{Bookkeeping, Worktree};

/// More paths than this are not looked at one by one.
const PATHS_MAX: usize = 4_096;

/// What one look may read. An agent that writes more at once is not followed until it is quieter.
const LIMITS: CommitLimits = CommitLimits {
    max_file_bytes: 32 << 20,
    max_total_bytes: 128 << 20,
    max_entries: 500_000,
};

/// What may have changed in a worktree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dirty {
    /// Anything.
    Everything,
    /// These paths, and what is below them. Bytes, `/` between names.
    Paths(BTreeSet<Vec<u8>>),
}

impl Default for Dirty {
    fn default() -> Self {
        Self::Paths(BTreeSet::new())
    }
}

impl Dirty {
    /// Whether nothing may have changed.
    pub fn is_nothing(&self) -> bool {
        matches!(self, Self::Paths(paths) if paths.is_empty())
    }

    /// Adds a path; from so many on it is simpler to look at everything.
    pub(super) fn add(&mut self, path: Vec<u8>) {
        if let Self::Paths(paths) = self {
            paths.insert(path);
            if paths.len() > PATHS_MAX {
                *self = Self::Everything;
            }
        }
    }

    /// Both together.
    pub fn extend(&mut self, other: Self) {
        match other {
            Self::Everything => *self = Self::Everything,
            Self::Paths(paths) => paths.into_iter().for_each(|path| self.add(path)),
        }
    }
}

/// A worktree that is followed.
#[derive(Debug)]
pub struct LiveTree {
    worktree: Worktree,
    /// Where it differs from what it started with: what stands there, or nothing.
    changed: BTreeMap<Vec<u8>, Option<Slot>>,
    /// Whether every folder of it tells what changes.
    is_heard: bool,
    /// Whether the system let us watch no more of it.
    is_refused: bool,
}

impl LiveTree {
    /// Follows a worktree. Nothing is known of it before the first look at everything.
    pub const fn new(worktree: Worktree) -> Self {
        Self {
            worktree,
            changed: BTreeMap::new(),
            is_heard: false,
            is_refused: false,
        }
    }

    /// Whether all changes will be told by the watches. If not, it has to be looked at from time to time.
    pub const fn is_heard(&self) -> bool {
        self.is_heard
    }

    /// Looks at what may have changed. The tree as it is now, stored among the trials' objects, in forty hex digits;
    /// nothing if it is as it started.
    pub fn look(
        &mut self,
        trials: &Trials,
        dirty: &Dirty,
        watches: &mut Watches,
    ) -> Result<Option<String>, CommitError> {
        let looked = self.look_at(trials, dirty, watches);
        // Half a look is none: the next one is at everything.
        self.is_heard = self.is_heard && looked.is_ok();
        if !self.is_heard {
            watches.forget(&self.worktree.task);
        }
        looked
    }

    fn look_at(
        &mut self,
        trials: &Trials,
        dirty: &Dirty,
        watches: &mut Watches,
    ) -> Result<Option<String>, CommitError> {
        let objects = trials.open()?;
        let base = objects
            .find_commit(self.worktree.base.oid())
            .and_then(|commit| commit.tree())
            .attempting("read the commit the task started from")?;
        let paths = match dirty {
            Dirty::Everything => BTreeSet::from([Vec::new()]),
            Dirty::Paths(paths) => outermost(paths),
        };
        for path in &paths {
            // What is still there is entered again.
            watches.forget_below(&self.worktree.task, path);
        }
        let mut stood = BTreeMap::new();
        for path in &paths {
            stood.extend(tree::files_at(&objects, &base, path)?);
        }
        let (tracked, known) = match dirty {
            Dirty::Everything => {
                self.is_heard = !self.is_refused;
                let books = Bookkeeping::of(trials.repository(), &self.worktree.task);
                (Tracked::Listed(stood.clone()), Known::load(&books))
            }
            Dirty::Paths(_) => (Tracked::In(&objects, base.clone()), Known::nothing()),
        };
        let source = Source {
            root: self.root()?,
            whose: Whose::Agent,
            base: base.clone(),
            tracked,
            known,
        };
        let found = self.scan(trials.repository(), (&objects, source), &paths, watches)?;
        self.take_over(&paths, stood, found);
        if self.changed.is_empty() {
            return Ok(None);
        }
        let changes = self.changed.iter();
        let changes: Vec<_> = changes
            .map(|(path, slot)| (path.as_slice(), *slot))
            .collect();
        let tree = trials::written(&objects, base.id(), &changes)?;
        Ok((tree != base.id()).then(|| tree.to_string()))
    }

    /// After the trials were cleared: what has to be stored again.
    pub fn stored(&self) -> Dirty {
        let mut dirty = Dirty::default();
        self.changed.keys().for_each(|path| dirty.add(path.clone()));
        dirty
    }

    fn root(&self) -> Result<Root, CommitError> {
        match Root::open(&self.worktree.path) {
            Ok(root) => Ok(root),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Err(CommitError::WorktreeGone)
            }
            Err(error) => Ok(Err(error).attempting_at("open", &self.worktree.path)?),
        }
    }

    fn scan(
        &mut self,
        repository: &Repository,
        (objects, source): (&git2::Repository, Source<'_>),
        paths: &BTreeSet<Vec<u8>>,
        watches: &mut Watches,
    ) -> Result<Vec<IndexEntry>, CommitError> {
        let personal = personal_rules(repository, &repository.open_objects()?);
        let task = &self.worktree.task;
        let (is_heard, is_refused) = (&mut self.is_heard, &mut self.is_refused);
        let looked_for = Paths {
            paths,
            personal,
            entered: &mut |folder, path| {
                if *is_heard && !watches.enter(task, folder, path) {
                    (*is_heard, *is_refused) = (false, true);
                }
            },
        };
        scan_paths(objects, source, LIMITS, looked_for)
    }

    /// Takes over what was found at these paths, where `stood` stood in the beginning, in place of what was known.
    fn take_over(
        &mut self,
        paths: &BTreeSet<Vec<u8>>,
        mut stood: BTreeMap<Vec<u8>, Slot>,
        found: Vec<IndexEntry>,
    ) {
        for path in paths {
            self.forget(path);
        }
        for entry in found {
            let slot = Slot {
                oid: entry.id,
                mode: entry.mode,
            };
            if stood.remove(&entry.path) != Some(slot) {
                self.changed.insert(entry.path, Some(slot));
            }
        }
        // A submodule stays as it is, whether its folder is there or not.
        let gone = stood.into_iter().filter(|(_, slot)| slot.mode != GITLINK);
        for (gone, _) in gone {
            self.changed.insert(gone, None);
        }
    }

    fn forget(&mut self, path: &[u8]) {
        if path.is_empty() {
            self.changed.clear();
            return;
        }
        self.changed.remove(path);
        let below = names::join(path, b"");
        let mut after = self.changed.split_off(&below);
        let rest = after.keys().find(|path| !path.starts_with(&below)).cloned();
        if let Some(rest) = rest {
            self.changed.append(&mut after.split_off(&rest));
        }
    }
}

/// These paths without those that lie below another of them.
fn outermost(paths: &BTreeSet<Vec<u8>>) -> BTreeSet<Vec<u8>> {
    let is_covered = |path: &&Vec<u8>| folders_above(path).any(|folder| paths.contains(folder));
    paths
        .iter()
        .filter(|path| !is_covered(path))
        .cloned()
        .collect()
}
