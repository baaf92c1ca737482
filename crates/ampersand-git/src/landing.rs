//! Bringing a task's work into the branch the person has checked out, without losing a byte of theirs.
//!
//! Order: take the checkout's turn, look, hold the index lock, write objects, set new files aside, exchange them one by one (each old file
//! is kept aside and compared with what was looked at), move the branch by compare-and-swap, replace the index.
//! Whatever fails before the branch moves is taken back, byte for byte.

mod apply;
mod check;
mod error;
mod exchange;
mod follow_up;
mod found;
mod index;
mod markers;
pub(crate) mod merge_tree;
pub(crate) mod preview;
mod record;
mod recover;
mod replay;
mod show;
mod sides;
mod staging;
mod turn;
mod undo;

pub use error::{LandRefusal, Obstacle, ObstacleReason};
pub use follow_up::FollowUp;
pub use recover::RecoveredLanding;
use serde::{Deserialize, Serialize};
pub use show::{PutBack, Shown};
pub use sides::{BothSides, Place, Side};
pub use undo::{LandingStands, UndoRefusal};

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
    /// The commit that holds the work, which a merge joins with the branch: the task's last, or that of another task
    /// whose work it brought together with the branch.
    pub work: CommitId,
    /// The commit the branch will stand on, if there is no need to make one: the task's last, or its last replayed.
    pub ready: Option<CommitId>,
    /// How it would land.
    pub kind: LandingKind,
    /// The tree the branch will have, as forty hex digits.
    pub tree: String,
    /// Whether that is the tree of the task's last commit, so that whoever checked the task has checked the branch.
    pub as_committed: bool,
    /// How many paths of the checkout change.
    pub changed: u32,
    /// What stands in the way now, at most 50, sorted by path. Empty: it can land.
    pub obstacles: Vec<Obstacle>,
    /// Changed paths that act on this machine later.
    pub executes_later: Vec<ExecutesLater>,
}

/// How the person wants work to join a branch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Manner {
    /// As it is where the branch has not moved, by a merge commit otherwise.
    #[default]
    Merge,
    /// As one commit on the branch, however many the task made.
    Squash,
    /// Commit by commit on the branch, which stays a straight line.
    Rebase,
}

/// How a task's work joins a branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LandingKind {
    /// The branch has not moved since: it takes the task's commits as they are.
    FastForward,
    /// Both moved: a merge commit joins them.
    Merge,
    /// What the task changed becomes one commit: as the person wants it, or because it started from uncommitted work,
    /// which is left out.
    Squash,
    /// Each of the task's commits is made again on the branch.
    Rebase,
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
