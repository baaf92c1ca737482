//! Bringing a task's work into the branch the person has checked out, without losing a byte of theirs.
//!
//! Order: look, hold the index lock, write objects, set new files aside, exchange them one by one (each old file
//! is kept aside and compared with what was looked at), move the branch by compare-and-swap, replace the index.
//! Whatever fails before the branch moves is taken back, byte for byte.

mod apply;
mod check;
mod error;
mod exchange;
mod index;
mod merge_tree;
mod preview;
mod recover;
mod staging;

pub use error::{LandRefusal, Obstacle, ObstacleReason};
pub use recover::RecoveredLanding;
use serde::{Deserialize, Serialize};

use crate::executes_later::ExecutesLater;
use crate::object::CommitId;

/// What landing a task would do, as things stood when it was asked. [`crate::Repository::land`] takes it back:
/// if the branch has moved since, landing refuses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LandingPreview {
    /// The task.
    pub task: String,
    /// The branch checked out, such as `main`.
    pub branch: String,
    /// The commit the branch stands on.
    pub from: CommitId,
    /// The task's last commit.
    pub head: CommitId,
    /// How it would land.
    pub kind: LandingKind,
    /// The tree the branch will have, as forty hex digits.
    pub tree: String,
    /// How many paths of the checkout change.
    pub changed: u32,
    /// What stands in the way now, at most 50, sorted by path. Empty: it can land.
    pub obstacles: Vec<Obstacle>,
    /// Changed paths that act on this machine later.
    pub executes_later: Vec<ExecutesLater>,
}

/// How a task's work joins a branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LandingKind {
    /// The branch has not moved since: it takes the task's commits as they are.
    FastForward,
    /// Both moved: a merge commit joins them.
    Merge,
    /// The task started from uncommitted work: what it changed becomes one commit that leaves that work out.
    Squash,
}

/// What landing did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Landed {
    /// The branch.
    pub branch: String,
    /// Where it stood.
    pub from: CommitId,
    /// Where it stands.
    pub to: CommitId,
    /// How.
    pub kind: LandingKind,
}
