//! An interrupted landing: finished if the branch has moved, taken back if it has not.
//!
//! The person may have gone on since. What they committed, staged or wrote is theirs, and nothing is touched while
//! another branch is checked out.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use git2::{Index, Oid};
use serde::{Deserialize, Serialize};

use super::check::Step;
use super::exchange::{Placed, put_back, take_away};
use super::index::IndexLock;
use super::preview::holds;
use super::staging::{Plan, Reached, Staging};
use super::turn::Turn;
use super::{LandRefusal, record};
use crate::attach::Repository;
use crate::commit::find_ref;
use crate::failure::{Attempting, AttemptingAt, GitFailure};
use crate::names;
use crate::object::CommitId;
use crate::rooted::Root;
use crate::tree::{self, Slot};

/// What became of an interrupted landing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RecoveredLanding {
    /// The branch had moved: the index followed.
    Finished {
        /// The task that landed.
        task: String,
        /// The branch.
        branch: String,
        /// Where it stood.
        from: CommitId,
        /// Where landing put it.
        to: CommitId,
    },
    /// The branch had not moved: the files are as they were.
    TakenBack {
        /// The task that did not land; `None` if nothing had been touched yet.
        task: Option<String>,
    },
    /// Some files were changed after the interruption: they were left, their former content is kept.
    Kept {
        /// The task that did not land.
        task: String,
        /// Which files, made visible.
        paths: Vec<String>,
        /// The folder that keeps their former content.
        kept_in: PathBuf,
    },
}

impl Repository {
    /// Recovers the landing a crash interrupted, whichever home's it was: what becomes of it is the same, its record stays,
    /// and nobody else may be left to do it. Call it before a landing.
    ///
    /// Refuses, with everything as it is, while one is under way, and while another branch is checked out than the one it
    /// was about.
    pub fn recover_landing(&self) -> Result<Option<RecoveredLanding>, LandRefusal> {
        if Staging::find(self)?.is_none() {
            return Ok(None);
        }
        let _turn = Turn::take(self)?;
        let Some(staging) = Staging::find(self)? else {
            return Ok(None);
        };
        // Whatever comes of it, the index must not stay locked for the person.
        let lock = IndexLock::adopt(self);
        let Some(plan) = staging.read_plan()? else {
            drop(lock);
            staging.close()?;
            return Ok(Some(RecoveredLanding::TakenBack { task: None }));
        };
        let steps = plan.steps()?;
        let git = self.open()?;
        let name = format!("refs/heads/{}", plan.branch);
        let tip = find_ref(&git, &name)?;
        let moved = tip.map_or(Ok(false), |tip| has_moved(&git, &plan, tip))?;
        let root = Root::open(self.root()).attempting_at("open", self.root())?;
        let begun = begun(&root, &staging, &steps);
        if (moved || !begun.is_empty()) && !is_checked_out(&git, &name)? {
            if tip.is_none() {
                return finish(self, staging, plan, begun).map(Some);
            }
            let (branch, kept_in) = (plan.branch, staging.path().to_owned());
            return Err(LandRefusal::CutOffElsewhere { branch, kept_in });
        }
        let lock = match lock {
            Some(lock) => lock,
            None => IndexLock::take(self)?,
        };
        if let Some(tip) = tip.filter(|_| moved) {
            let steps = left_to_follow(self, &git, tip, steps)?;
            lock.prepare(staging.path(), &root, &steps, &Placed::new())?
                .commit()?;
            record::keep_only(self, &plan.task, plan.to)?;
            staging.close()?;
            return Ok(Some(RecoveredLanding::Finished {
                task: plan.task,
                branch: plan.branch,
                from: plan.from,
                to: plan.to,
            }));
        }
        let left = take_back(&root, &staging, &steps);
        drop(lock);
        finish(self, staging, plan, left).map(Some)
    }
}

/// The paths at which moves began, made visible.
fn begun(root: &Root, staging: &Staging, steps: &[Step]) -> Vec<String> {
    let begun = steps.iter().enumerate().filter(|(at, step)| {
        let reached = staging.reached(root, *at, step);
        !matches!(reached, Ok(Reached::Nothing))
    });
    begun
        .map(|(_, step)| names::show(&step.change.path))
        .collect()
}

/// Whether the branch went where the plan says, whatever was committed on top of it since.
fn has_moved(git: &git2::Repository, plan: &Plan, tip: Oid) -> Result<bool, GitFailure> {
    let (from, to) = (plan.from.oid(), plan.to.oid());
    // Undoing goes to what lies below: there everything that stands on where it came from has not moved.
    let goes_back = holds(git, from, to)?;
    Ok(holds(git, tip, to)? && !(goes_back && holds(git, tip, from)?))
}

/// The steps whose path the index still holds as it was, and the branch as it became: elsewhere the person has gone on.
fn left_to_follow(
    repository: &Repository,
    git: &git2::Repository,
    tip: Oid,
    steps: Vec<Step>,
) -> Result<Vec<Step>, LandRefusal> {
    let tip = git.find_commit(tip).and_then(|tip| tip.tree());
    let tip = tip.attempting("read the branch")?;
    let index = Index::open(&repository.git_dir().join("index"))
        .map_err(|source| LandRefusal::IndexUnreadable { source })?;
    let staged = index.iter().map(|entry| {
        let (oid, mode) = (entry.id, entry.mode);
        (entry.path, Slot { oid, mode })
    });
    let staged: BTreeMap<Vec<u8>, Slot> = staged.collect();
    let is_left = |step: &Step| {
        let path = &step.change.path;
        staged.get(path).copied() == step.change.old && tree::at(&tip, path) == step.change.new
    };
    Ok(steps.into_iter().filter(is_left).collect())
}

/// Puts back what was set aside, as far as nobody put something else in its place; what is left is named.
pub(super) fn take_back(root: &Root, staging: &Staging, steps: &[Step]) -> Vec<String> {
    let mut left = Vec::new();
    // The other way round than it was done: a file may stand where a folder was, and under what the disk takes for the name
    // of one that was removed.
    let steps = || steps.iter().enumerate();
    let placed = steps().rev().filter(|(_, step)| step.change.new.is_some());
    let removed = steps().filter(|(_, step)| step.change.new.is_none());
    for (at, step) in placed.chain(removed) {
        if let Err(error) = take_back_one(root, staging, at, step) {
            tracing::warn!(%error, "a file of an interrupted landing was not put back");
            left.push(names::show(&step.change.path));
        }
    }
    left
}

fn take_back_one(root: &Root, staging: &Staging, at: usize, step: &Step) -> io::Result<()> {
    match staging.reached(root, at, step)? {
        Reached::Nothing => Ok(()),
        Reached::Back => staging.forget(at),
        Reached::Begun => {
            if step.change.new.is_some() {
                take_away(root, staging, at, step)?;
            }
            match step.seen {
                Some(_) => put_back(root, staging, at, step),
                None => Ok(()),
            }
        }
    }
}

/// Whether HEAD names this branch.
fn is_checked_out(git: &git2::Repository, name: &str) -> Result<bool, GitFailure> {
    let head = git.find_reference("HEAD").attempting("read HEAD")?;
    Ok(head.symbolic_target_bytes() == Some(name.as_bytes()))
}

fn finish(
    repository: &Repository,
    staging: Staging,
    plan: Plan,
    paths: Vec<String>,
) -> Result<RecoveredLanding, LandRefusal> {
    let task = plan.task;
    record::keep_only(repository, &task, plan.from)?;
    if paths.is_empty() {
        staging.close()?;
        return Ok(RecoveredLanding::TakenBack { task: Some(task) });
    }
    // The plan is done with; the former files stay under another name, so that landing can go on.
    let kept_in = free_name(staging.path(), &task);
    fs::rename(staging.path(), &kept_in).attempting_at("keep former files in", &kept_in)?;
    Ok(RecoveredLanding::Kept {
        task,
        paths,
        kept_in,
    })
}

/// A name that no folder of former files has yet.
fn free_name(staging: &Path, task: &str) -> PathBuf {
    let name = |at: u32| match at {
        1 => format!("ampersand-kept-{task}"),
        at => format!("ampersand-kept-{task}-{at}"),
    };
    let names = (1..).map(|at| staging.with_file_name(name(at)));
    let mut free = names.filter(|path| fs::symlink_metadata(path).is_err());
    free.next()
        .unwrap_or_else(|| staging.with_file_name(name(0)))
}
