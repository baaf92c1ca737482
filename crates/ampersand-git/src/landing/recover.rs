//! An interrupted landing: finished if the branch has moved, taken back if it has not.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::LandRefusal;
use super::check::{MAX_FILE_BYTES, Step};
use super::exchange::{put_back, take_away};
use super::index::IndexLock;
use super::staging::{Plan, Staging};
use crate::attach::Repository;
use crate::commit::find_ref;
use crate::failure::AttemptingAt;
use crate::names;
use crate::rooted::{Root, Standing};

/// What became of an interrupted landing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RecoveredLanding {
    /// The branch had moved: the index followed.
    Finished {
        /// The task that landed.
        task: String,
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
    /// Recovers the landing a crash interrupted. Call it before the first landing after a start, never during one.
    pub fn recover_landing(&self) -> Result<Option<RecoveredLanding>, LandRefusal> {
        let Some(staging) = Staging::find(self)? else {
            return Ok(None);
        };
        let lock = IndexLock::adopt(self);
        let Some(plan) = staging.read_plan() else {
            drop(lock);
            staging.close()?;
            return Ok(Some(RecoveredLanding::TakenBack { task: None }));
        };
        let steps = plan.steps()?;
        let root = Root::open(self.root()).attempting_at("open", self.root())?;
        let tip = find_ref(&self.open()?, &format!("refs/heads/{}", plan.branch))?;
        if tip == Some(plan.to.oid()) {
            let lock = match lock {
                Some(lock) => lock,
                None => IndexLock::take(self)?,
            };
            lock.prepare(staging.path(), &root, &steps)?.commit()?;
            staging.close()?;
            return Ok(Some(RecoveredLanding::Finished { task: plan.task }));
        }
        let left = take_back(&root, &staging, &steps);
        drop(lock);
        finish(staging, plan, left)
    }
}

/// Puts back what was set aside, as far as nobody put something else in its place; what is left is named.
pub(super) fn take_back(root: &Root, staging: &Staging, steps: &[Step]) -> Vec<String> {
    let mut left = Vec::new();
    for (at, step) in steps.iter().enumerate().rev() {
        let placed = step
            .change
            .new
            .filter(|_| !step.is_done())
            .is_some_and(|new| {
                let standing = root.look(&step.change.path, MAX_FILE_BYTES);
                standing.is_ok_and(
                    |found| matches!(found, Standing::Content(slot) if slot.oid == new.oid),
                )
            });
        let mut undone = if placed {
            take_away(root, staging, at, step)
        } else {
            Ok(())
        };
        if staging
            .captured(at)
            .is_ok_and(|found| found != Standing::Absent)
        {
            undone = undone.and_then(|()| put_back(root, staging, at, step));
        }
        if let Err(error) = undone {
            tracing::warn!(%error, "a file of an interrupted landing was not put back");
            left.push(names::show(&step.change.path));
        }
    }
    left
}

fn finish(
    staging: Staging,
    plan: Plan,
    paths: Vec<String>,
) -> Result<Option<RecoveredLanding>, LandRefusal> {
    if paths.is_empty() {
        staging.close()?;
        return Ok(Some(RecoveredLanding::TakenBack {
            task: Some(plan.task),
        }));
    }
    // The plan is done with; the former files stay under another name, so that landing can go on.
    let kept_in = staging
        .path()
        .with_file_name(format!("ampersand-kept-{}", plan.task));
    std::fs::rename(staging.path(), &kept_in).attempting_at("keep former files in", &kept_in)?;
    Ok(Some(RecoveredLanding::Kept {
        task: plan.task,
        paths,
        kept_in,
    }))
}
