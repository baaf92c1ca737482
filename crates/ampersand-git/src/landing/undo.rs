//! Undoing the last landing: the branch goes back to where it stood, and the checkout with it, as landing goes forth.
//!
//! Only while the branch stands on what the landing made: what came after it is somebody's work.

use git2::Oid;

use super::apply::Move;
use super::preview::branch;
use super::{LandRefusal, found};
use crate::attach::Repository;
use crate::commit::find_ref;
use crate::failure::{Attempting, GitFailure};
use crate::names;
use crate::object::CommitId;

/// A refusal names this many commits.
const MAX_NAMED: usize = 5;

/// Why a landing is not undone. Unless it says otherwise, nothing of the person's has changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UndoRefusal {
    /// Another branch is checked out.
    #[error("it landed on {branch}, and {now} is checked out")]
    OtherBranch {
        /// The branch it landed on.
        branch: String,
        /// The one that is checked out.
        now: String,
    },
    /// Other commits stand on what it made.
    #[error("{branch} has moved on since: {} on top of it: {}", commits(*count), on_top.join(", "))]
    MovedOn {
        /// The branch.
        branch: String,
        /// The newest of them with their subjects, made visible.
        on_top: Vec<String>,
        /// How many in all.
        count: usize,
    },
    /// The branch no longer holds what it made.
    #[error("{branch} does not hold it any more")]
    NotThere {
        /// The branch.
        branch: String,
    },
    /// As landing refuses.
    #[error(transparent)]
    Refused(#[from] LandRefusal),
}

impl From<GitFailure> for UndoRefusal {
    fn from(failure: GitFailure) -> Self {
        Self::Refused(failure.into())
    }
}

fn commits(count: usize) -> String {
    match count {
        1 => "1 commit is".to_owned(),
        many => format!("{many} commits are"),
    }
}

impl UndoRefusal {
    /// The stable code of this refusal.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::OtherBranch { .. } => "undo_landing_other_branch",
            Self::MovedOn { .. } => "undo_landing_moved_on",
            Self::NotThere { .. } => "undo_landing_not_there",
            Self::Refused(refusal) => refusal.code(),
        }
    }

    /// What the person can do next.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::OtherBranch { .. } => "check that branch out, then undo the landing again",
            Self::MovedOn { .. } => {
                "undo what landed after it first, or run `git revert` on its commit, which keeps what is on top"
            }
            Self::NotThere { .. } => "nothing is left to undo",
            Self::Refused(LandRefusal::InTheWay { .. }) => {
                "commit, stash or move these files away, then undo the landing again"
            }
            Self::Refused(LandRefusal::InProgress { .. }) => {
                "finish or abort it, then undo the landing again"
            }
            Self::Refused(LandRefusal::DetachedHead) => {
                "check out the branch it landed in, then undo the landing again"
            }
            Self::Refused(LandRefusal::BranchMoved { .. }) => {
                "look at what came on top of it, then undo the landing again"
            }
            Self::Refused(refusal) => refusal.hint(),
        }
    }
}

/// How a landing stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LandingStands {
    /// The branch stands on what it made.
    AtTip,
    /// The branch holds it below other commits.
    Below,
    /// The branch does not hold it.
    No,
}

impl Repository {
    /// Moves `branch` back from `to`, which landing a task made, to `from`, and the checkout with it.
    ///
    /// What is uncommitted is kept, or refused where it stands in the way; what was there already when the same content
    /// landed is left as it is. Once begun it runs to its end: call it where it is not cancelled.
    pub fn undo_landing(
        &self,
        task: &str,
        branch_name: &str,
        [from, to]: [CommitId; 2],
    ) -> Result<(), UndoRefusal> {
        let git = self.open()?;
        let (now, tip) = branch(&git)?;
        if now != branch_name {
            let branch = branch_name.to_owned();
            return Err(UndoRefusal::OtherBranch { branch, now });
        }
        if tip != to.oid() {
            return Err(moved_on(&git, now, tip, to.oid())?);
        }
        let undone = self.staged(|staging, lock| {
            let theirs = found::read(self, to.oid())?;
            let mut steps = self.checked_steps(&git, [to.oid(), from.oid()])?;
            for step in &mut steps {
                step.stays = theirs.contains(&step.change.path);
            }
            let moving = Move {
                task,
                branch: branch_name,
                from: to.oid(),
                to: from.oid(),
                log: format!("ampersand: undo landing {task}"),
            };
            self.exchange(&git, (staging, lock), &moving, &steps)
        });
        undone?;
        if let Err(error) = self.forget_landed(task) {
            tracing::warn!(%error, "what a landing made stays written down, and is not there any more");
        }
        Ok(())
    }

    /// Whether a branch holds what a landing made: after undoing it was cut off, what became of it.
    pub fn landing_stands(
        &self,
        branch_name: &str,
        to: CommitId,
    ) -> Result<LandingStands, GitFailure> {
        let git = self.open()?;
        let tip = find_ref(&git, &format!("refs/heads/{branch_name}"))?;
        Ok(match tip {
            Some(tip) if tip == to.oid() => LandingStands::AtTip,
            Some(tip) if is_above(&git, tip, to.oid())? => LandingStands::Below,
            _ => LandingStands::No,
        })
    }
}

fn is_above(git: &git2::Repository, above: Oid, below: Oid) -> Result<bool, GitFailure> {
    git.graph_descendant_of(above, below)
        .attempting("compare the branch with the landing")
}

fn moved_on(
    git: &git2::Repository,
    branch: String,
    tip: Oid,
    landed: Oid,
) -> Result<UndoRefusal, GitFailure> {
    if !is_above(git, tip, landed)? {
        return Ok(UndoRefusal::NotThere { branch });
    }
    let walk = || -> Result<(Vec<String>, usize), git2::Error> {
        let mut walk = git.revwalk()?;
        walk.push(tip)?;
        walk.hide(landed)?;
        let (mut on_top, mut count) = (Vec::new(), 0);
        for commit in walk {
            let commit = git.find_commit(commit?)?;
            count += 1;
            if on_top.len() < MAX_NAMED {
                let id = commit.id().to_string();
                let subject = names::show(commit.summary_bytes().unwrap_or_default());
                on_top.push(format!("{} {subject}", &id[..7]));
            }
        }
        Ok((on_top, count))
    };
    let (on_top, count) = walk().attempting("read what came after the landing")?;
    Ok(UndoRefusal::MovedOn {
        branch,
        on_top,
        count,
    })
}
