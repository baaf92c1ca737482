//! The only crate that sees git2: attaching a repository, where tasks start, worktrees, commits, diffs, landing, going
//! out on a branch or to a remote, and the clash radar's eyes.
//!
//! Nothing here runs a hook, a filter, a textconv or an fsmonitor. Commits go through the main repository's
//! object database from paths the caller keeps; the gitfile inside a worktree, which an agent may have
//! changed, is never read. The person's branch, index and files change in [`Repository::land`] alone.
//! Refused here: fetching, forcing a push, changing submodules, and deciding *whether* something should land or go out.

mod attach;
mod blocking;
mod commit;
mod diff;
mod durable;
mod executes_later;
mod facts;
mod failure;
mod folding;
mod ignore_rules;
mod import;
mod landing;
mod names;
mod object;
mod outgoing;
mod radar;
mod rooted;
mod shadow;
mod starting_point;
#[doc(hidden)]
pub mod strangers;
mod tree;
mod worktree;

pub use attach::{AttachError, Repository};
pub use blocking::{BlockingError, blocking};
pub use commit::{Commit, CommitError, CommitLimits, CommitOutcome, LeftOut, LeftOutReason};
pub use diff::{
    ChangedFile, Diff, DiffError, DiffLimits, Diffstat, FileDiff, FileKind, Hunk, Line, LineKind,
    PICTURE_BYTES_MAX, Picture,
};
pub use executes_later::{ExecutesLater, Reason};
pub use facts::Facts;
pub use failure::GitFailure;
pub use import::{ImportError, ImportLimits, Imported};
pub use landing::{
    BothSides, FollowUp, LandRefusal, Landed, LandingKind, LandingPreview, LandingStands, Manner,
    Obstacle, ObstacleReason, Place, PutBack, RecoveredLanding, Shown, Side, UndoRefusal,
};
pub use object::{CommitId, ParseCommitIdError};
pub use outgoing::{BranchRefusal, Commits, Outgoing, PushRefusal, PushTo, Remote};
pub use radar::{Collision, Dirty, Ear, Joined, LiveTree, Trial, Trials, Watches};
pub use shadow::Shadow;
pub use starting_point::{StartError, StartingPoint};
pub use worktree::{
    Budget, Claimed, Pace, Pool, Recovered, RecoveredAction, Refilled, SetAside, Stage, Warm,
    Worktree, WorktreeError,
};
