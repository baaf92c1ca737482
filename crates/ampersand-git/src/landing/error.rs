//! Why a task's work does not land, and what stands in the way.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::BothSides;
use crate::attach::AttachError;
use crate::failure::GitFailure;

/// A path of the person's that landing would have to overwrite.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Obstacle {
    /// Relative to the repository, made visible.
    pub path: String,
    /// Why it is in the way.
    pub reason: ObstacleReason,
}

/// Why a path is in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObstacleReason {
    /// It differs from the last commit.
    Modified,
    /// It is staged for the next commit.
    Staged,
    /// It is not tracked, and a landed file would take its place.
    Untracked,
}

/// Why a task's work did not land. Unless it says otherwise, nothing of the person's has changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LandRefusal {
    /// The task has committed nothing.
    #[error("the task has no commits to land")]
    NothingCommitted,
    /// The branch holds it.
    #[error("the branch already holds the task's work")]
    AlreadyLanded,
    /// No branch is checked out.
    #[error("no branch is checked out")]
    DetachedHead,
    /// Another git operation is unfinished.
    #[error("{operation} is in progress")]
    InProgress {
        /// Which, such as "a merge".
        operation: &'static str,
    },
    /// Uncommitted work stands in the way.
    #[error("{} uncommitted work", hold(*count))]
    InTheWay {
        /// What, at most 50.
        obstacles: Vec<Obstacle>,
        /// How many in all.
        count: u32,
    },
    /// Both sides changed the same places.
    #[error("the task's work conflicts with the branch in {}", files(paths.len()))]
    Conflicts {
        /// Where, made visible.
        paths: Vec<String>,
        /// What both sides want there, as far as it is shown.
        both: Vec<BothSides>,
    },
    /// What the task did builds on what was not committed when it started, so it cannot go out without that.
    #[error("the task's work builds on what was not committed when it started, in {}", files(paths.len()))]
    OnUncommitted {
        /// Where, made visible.
        paths: Vec<String>,
    },
    /// It brings another task's work and the branch together, which is for this branch alone.
    #[error("the task brings another one's work and the branch together, so it lands here")]
    FollowUp,
    /// There is nothing in which one side could give way, or that could be brought together.
    #[error("the task's work no longer conflicts with the branch")]
    NoConflicts,
    /// A path that only both sides together have, as a file of one and a folder of the other.
    #[error("{path} is more than a choice between two sides")]
    Entangled {
        /// Which, made visible.
        path: String,
    },
    /// More files than one by one can be brought together.
    #[error("the task's work conflicts with the branch in hundreds of files")]
    TooManyConflicts,
    /// What brings both sides together still has markers where they differed.
    #[error("conflict markers are left")]
    MarkersLeft {
        /// Where: file and line, made visible, at most 20.
        places: Vec<String>,
    },
    /// The disk would take a file of the work for another one.
    #[error("on this disk {path} is one name with another file or folder of the branch")]
    Colliding {
        /// The one that is new, made visible.
        path: String,
    },
    /// The branch is no longer where the preview saw it.
    #[error("the branch {branch} has moved meanwhile")]
    BranchMoved {
        /// The branch.
        branch: String,
    },
    /// Another git program holds the index.
    #[error("another git program is working in the repository")]
    IndexLocked,
    /// The index is in a form this crate does not write.
    #[error("the index cannot be read")]
    IndexUnreadable {
        /// libgit2's own words.
        #[source]
        source: git2::Error,
    },
    /// A landing runs here, which may be another home's, or was interrupted and not yet recovered.
    #[error("another landing is under way in this checkout")]
    LandingUnderWay,
    /// A landing was interrupted, and the branch it was about is not checked out.
    #[error(
        "a landing on {branch} was cut off and another branch is checked out; what it set aside is in {}",
        kept_in.display()
    )]
    CutOffElsewhere {
        /// The branch.
        branch: String,
        /// The folder that keeps what was set aside.
        kept_in: PathBuf,
    },
    /// With it, the repository would be one that is not served.
    #[error("with this work Ampersand could not serve the repository any more")]
    Unservable(#[source] AttachError),
    /// A task's work is shown in the checkout.
    #[error("work that has not landed is shown in this checkout")]
    Shown,
    /// A task's work is shown in the checkout that another home is to put back.
    #[error("work of another home, {}, is shown in this checkout", home.display())]
    ShownElsewhere {
        /// The home's folder.
        home: PathBuf,
    },
    /// The git program that merges is missing.
    #[error("the git program is needed to merge and was not found")]
    GitMissing,
    /// The git program failed.
    #[error("git could not merge: {detail}")]
    MergeFailed {
        /// What it said, made visible and cut.
        detail: String,
    },
    /// Something went wrong and could not be taken back altogether.
    #[error(
        "the landing failed and {} could not be put back; the former content is in {}",
        files(paths.len()),
        kept_in.display()
    )]
    NotUndone {
        /// Which, made visible.
        paths: Vec<String>,
        /// The folder that keeps their former content.
        kept_in: PathBuf,
    },
    /// Below the rules: the library or the file system.
    #[error(transparent)]
    Git(#[from] GitFailure),
}

fn files(count: usize) -> String {
    match count {
        1 => "1 file".to_owned(),
        many => format!("{many} files"),
    }
}

fn hold(paths: u32) -> String {
    match paths {
        1 => "1 changed path holds".to_owned(),
        many => format!("{many} changed paths hold"),
    }
}

impl LandRefusal {
    /// The stable code of this refusal.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NothingCommitted => "landing_nothing_committed",
            Self::AlreadyLanded => "landing_already_landed",
            Self::DetachedHead => "landing_detached_head",
            Self::InProgress { .. } => "landing_git_in_progress",
            Self::InTheWay { .. } => "landing_in_the_way",
            Self::Conflicts { .. } => "landing_conflicts",
            Self::NoConflicts => "landing_no_conflicts",
            Self::Entangled { .. } => "landing_entangled",
            Self::TooManyConflicts => "landing_too_many_conflicts",
            Self::MarkersLeft { .. } => "landing_markers_left",
            Self::Colliding { .. } => "landing_colliding_names",
            Self::BranchMoved { .. } => "landing_branch_moved",
            Self::IndexLocked => "landing_index_locked",
            Self::IndexUnreadable { .. } => "landing_index_unreadable",
            Self::LandingUnderWay => "landing_under_way",
            Self::CutOffElsewhere { .. } => "landing_cut_off_elsewhere",
            Self::Unservable(_) => "landing_unservable",
            Self::Shown => "landing_shown",
            Self::ShownElsewhere { .. } => "landing_shown_elsewhere",
            Self::GitMissing => "landing_git_missing",
            Self::MergeFailed { .. } => "landing_merge_failed",
            Self::OnUncommitted { .. } => "work_on_uncommitted",
            Self::FollowUp => "work_is_follow_up",
            Self::NotUndone { .. } => "landing_not_undone",
            Self::Git(failure) => failure.code(),
        }
    }

    /// What the person can do next.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::NothingCommitted => "look at the task's report: it changed nothing",
            Self::AlreadyLanded => "nothing is left to do",
            Self::DetachedHead => "check out the branch it should land in, then land again",
            Self::InProgress { .. } => "finish or abort it, then land again",
            Self::InTheWay { .. } => "commit, stash or move these files away, then land again",
            Self::Conflicts { .. } => {
                "let a follow-up task bring both together, keep one side, or resolve it yourself"
            }
            Self::NoConflicts => "land it",
            Self::Entangled { .. } => {
                "let a follow-up task bring both together, or resolve it yourself"
            }
            Self::TooManyConflicts => {
                "start the work again on the branch as it is now, or merge it yourself"
            }
            Self::MarkersLeft { .. } => {
                "edit these files in the task's worktree until no marker is left, then land again"
            }
            Self::Colliding { .. } => "tell the task to give it another name, then land again",
            Self::BranchMoved { .. } => "land again: what would change is worked out anew",
            Self::IndexLocked => {
                "wait for it to finish; if no git runs, remove index.lock in the repository's git folder"
            }
            Self::IndexUnreadable { .. } => {
                "run `git update-index --no-split-index`, then land again"
            }
            Self::LandingUnderWay => {
                "wait for it to finish, then land again: one that was cut off is put right first"
            }
            Self::CutOffElsewhere { .. } => {
                "check that branch out, then land again: it is then finished or taken back first"
            }
            Self::Unservable(_) => "tell the task to leave that out, then land again",
            Self::Shown => "put the checkout back as it was first",
            Self::ShownElsewhere { .. } => {
                "put the checkout back with the Ampersand of that home, then land again"
            }
            Self::GitMissing => "install git 2.38 or later, then land again",
            Self::MergeFailed { .. } => "check that git is version 2.38 or later, then land again",
            Self::OnUncommitted { .. } => {
                "commit that first and start the work again, or land it here"
            }
            Self::FollowUp => "land it",
            Self::NotUndone { .. } => {
                "the former files are in the folder named here: copy them back"
            }
            Self::Git(failure) => failure.hint(),
        }
    }
}
