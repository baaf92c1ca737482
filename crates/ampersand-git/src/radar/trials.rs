//! Joining trees on trial, in a git folder that is ours alone. What piles up there is thrown away as a whole.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use git2::Oid;

use super::filter::{self, Side};
use crate::attach::Repository;
use crate::blocking::blocking;
use crate::failure::{Attempting, AttemptingAt, GitFailure};
use crate::landing::LandRefusal;
use crate::landing::merge_tree::{self, Merged};
use crate::names;
use crate::tree;

/// A trial longer than this is given up: nobody waits for it, but others wait behind it.
const MAX_DURATION: Duration = Duration::from_secs(30);
/// With more than this, in bytes, it is time to begin anew.
const FULL_BYTES: u64 = 256 << 20;
/// What an object takes at least, whatever its content.
const BLOCK_BYTES: u64 = 4 << 10;
/// Of the 256 folders objects are spread over, so many are looked into to know about all.
const LOOKED_INTO: u8 = 8;

/// A place for trials with the objects of one repository.
#[derive(Debug, Clone)]
pub struct Trials {
    repository: Repository,
    folder: PathBuf,
}

/// Two sides to be joined, each named by a tree or a commit, in forty hex digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial {
    /// What both began with.
    pub base: String,
    /// The commit below it, if it is a snapshot of what was not committed.
    pub below: Option<String>,
    /// What stands.
    pub ours: String,
    /// What is to come.
    pub theirs: String,
}

/// Both sides together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined {
    /// The tree, in forty hex digits. Where they do not join it holds both.
    pub tree: String,
    /// Where they do not.
    pub collision: Option<Collision>,
}

/// Two sides that do not join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collision {
    /// In these paths, made visible, at most 200.
    pub paths: Vec<String>,
    /// Whether the base is a snapshot and all of these are among what it holds that was not committed.
    pub uncommitted: bool,
}

impl Trials {
    /// Begins in `folder`, which is ours alone: whatever is there is thrown away.
    pub fn begin(repository: &Repository, folder: &Path) -> Result<Self, GitFailure> {
        let trials = Self {
            repository: repository.clone(),
            folder: folder.to_owned(),
        };
        trials.clear()?;
        Ok(trials)
    }

    /// Throws all objects away. Trees that were stored are to be stored again.
    pub fn clear(&self) -> Result<(), GitFailure> {
        let (folder, common_dir) = (&self.folder, self.repository.common_dir());
        match fs::remove_dir_all(folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(error).attempting_at("clear", folder);
            }
            _ => fs::create_dir_all(folder).attempting_at("make", folder)?,
        }
        merge_tree::prepare(folder, common_dir)?;
        let lent = folder.join("objects").join("info").join("alternates");
        let lend = || -> io::Result<()> {
            // One path to a line, so one with a line break could name another repository.
            let objects = common_dir.join("objects").into_os_string().into_string();
            let objects = objects.ok().filter(|path| !path.contains(['\n', '\r']));
            let objects = objects.ok_or(io::ErrorKind::InvalidInput)?;
            fs::create_dir_all(folder.join("objects").join("info"))?;
            fs::write(&lent, format!("{objects}\n"))
        };
        lend().attempting_at("write", &lent)
    }

    /// Whether there is so much that it is time to [`Self::clear`].
    pub fn is_full(&self) -> bool {
        let objects = self.folder.join("objects");
        let bytes: u64 = (0..LOOKED_INTO)
            .filter_map(|at| fs::read_dir(objects.join(format!("{at:02x}"))).ok())
            .flat_map(|entries| entries.flatten())
            .filter_map(|entry| entry.metadata().ok())
            .map(|found| found.len().next_multiple_of(BLOCK_BYTES))
            .sum();
        bytes.saturating_mul(256 / u64::from(LOOKED_INTO)) > FULL_BYTES
    }

    pub(super) const fn repository(&self) -> &Repository {
        &self.repository
    }

    /// Our objects, and behind them the repository's.
    pub(super) fn open(&self) -> Result<git2::Repository, GitFailure> {
        git2::Repository::open_bare(&self.folder).attempting("open the objects of trials")
    }

    /// Joins both sides.
    pub async fn join(&self, trial: Trial) -> Result<Joined, LandRefusal> {
        self.try_it(trial, Wanted::Tree).await
    }

    /// Where both sides do not join. As [`Self::join`], and cheaper where they have nothing to do with each other.
    pub async fn collide(&self, trial: Trial) -> Result<Option<Collision>, LandRefusal> {
        Ok(self.try_it(trial, Wanted::Verdict).await?.collision)
    }

    async fn try_it(&self, trial: Trial, wanted: Wanted) -> Result<Joined, LandRefusal> {
        let (trials, looked_at) = (self.clone(), trial.clone());
        let sides = match run(move || trials.look(&looked_at, wanted)).await? {
            Looked::Joins(tree) => {
                return Ok(Joined {
                    tree: tree.to_string(),
                    collision: None,
                });
            }
            Looked::MayMeet(sides) => sides,
        };
        let objects = self.folder.join("objects");
        let merging = merge_tree::merge_in(&self.folder, &objects, sides, MAX_DURATION);
        let (tree, paths) = match merging.await? {
            Merged::Tree(tree) => {
                return Ok(Joined {
                    tree: tree.to_string(),
                    collision: None,
                });
            }
            Merged::Conflicts { tree, paths } => (tree, paths),
        };
        let shown = paths.iter().map(|path| names::show(path)).collect();
        let trials = self.clone();
        let uncommitted = run(move || trials.is_uncommitted(&trial, &paths)).await?;
        Ok(Joined {
            tree: tree.to_string(),
            collision: Some(Collision {
                paths: shown,
                uncommitted,
            }),
        })
    }

    fn look(&self, trial: &Trial, wanted: Wanted) -> Result<Looked, GitFailure> {
        let objects = self.open()?;
        let named = [&trial.base, &trial.ours, &trial.theirs];
        let [base, ours, theirs] = named.map(|name| tree_named(&objects, name));
        let (base, ours, theirs) = (base?, ours?, theirs?);
        let our_changes = tree::changes(&objects, Some(&base), Some(&ours))?;
        let their_changes = tree::changes(&objects, Some(&base), Some(&theirs))?;
        let of_ours = Side {
            changes: &our_changes,
            tree: &ours,
        };
        let of_theirs = Side {
            changes: &their_changes,
            tree: &theirs,
        };
        if filter::may_meet(&of_ours, &of_theirs) {
            let sides = [ours.id(), theirs.id()];
            let sides = merge_tree::as_children(&objects, base.id(), sides)?;
            return Ok(Looked::MayMeet(sides));
        }
        let joined = match wanted {
            Wanted::Verdict => ours.id(),
            Wanted::Tree => {
                let changes = their_changes.iter();
                let changes: Vec<_> = changes.map(|one| (one.path.as_slice(), one.new)).collect();
                written(&objects, ours.id(), &changes)?
            }
        };
        Ok(Looked::Joins(joined))
    }

    fn is_uncommitted(&self, trial: &Trial, paths: &[Vec<u8>]) -> Result<bool, GitFailure> {
        let Some(below) = &trial.below else {
            return Ok(false);
        };
        let objects = self.open()?;
        let (below, base) = (
            tree_named(&objects, below)?,
            tree_named(&objects, &trial.base)?,
        );
        let changes = tree::changes(&objects, Some(&below), Some(&base))?;
        let is_among = |path: &Vec<u8>| changes.binary_search_by(|one| one.path.cmp(path)).is_ok();
        Ok(!paths.is_empty() && paths.iter().all(is_among))
    }
}

/// What a trial is for.
#[derive(Clone, Copy)]
enum Wanted {
    /// Whether they join.
    Verdict,
    /// What they join to.
    Tree,
}

/// What can be said without git.
enum Looked {
    /// They join: to this, if that was wanted.
    Joins(Oid),
    /// The two commits git has to join.
    MayMeet([Oid; 2]),
}

/// The tree that a tree becomes by these changes, which may leave nothing.
pub(super) fn written(
    objects: &git2::Repository,
    base: Oid,
    changes: &[(&[u8], Option<tree::Slot>)],
) -> Result<Oid, GitFailure> {
    match tree::write_changed(objects, Some(base), changes)? {
        Some(tree) => Ok(tree),
        None => objects
            .treebuilder(None)
            .and_then(|empty| empty.write())
            .attempting("write an empty tree"),
    }
}

fn tree_named<'git>(
    objects: &'git git2::Repository,
    name: &str,
) -> Result<git2::Tree<'git>, GitFailure> {
    Oid::from_str(name)
        .and_then(|oid| objects.find_object(oid, None))
        .and_then(|found| found.peel_to_tree())
        .attempting("read a tree of a trial")
}

async fn run<T: Send + 'static>(
    call: impl FnOnce() -> Result<T, GitFailure> + Send + 'static,
) -> Result<T, LandRefusal> {
    match blocking(call).await {
        Ok(done) => Ok(done?),
        Err(error) => Err(LandRefusal::MergeFailed {
            detail: error.to_string(),
        }),
    }
}
