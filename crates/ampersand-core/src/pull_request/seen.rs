//! What is seen of a pull request on its forge, and what of it is new.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{Found, PullRequest};

/// A pull request as its forge shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullRequestSeen {
    /// Whether it is open.
    pub state: SeenState,
    /// The commit its branch stands on there.
    pub head: String,
    /// How its checks stand.
    pub standing: Standing,
    /// Checks that failed on that commit.
    pub failed: Vec<FailedCheck>,
    /// What was written under it and on its lines.
    pub comments: Vec<ReviewComment>,
}

/// How the branch of a pull request follows from what was pushed to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lineage {
    /// The commit that had been pushed last when it was looked at.
    pub pushed: Option<String>,
    /// What the branch holds beside that.
    pub holds: Holds,
}

/// What the branch of a pull request holds, beside the commit that was pushed last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holds {
    /// That commit, and nothing on top.
    #[default]
    Pushed,
    /// One from before it: its forge does not show the push yet.
    Earlier,
    /// That commit, and commits of others on top.
    More,
    /// Commits of others without that one: somebody rewrote it.
    Others,
}

impl Holds {
    /// Whether nothing more can be pushed without losing commits of others.
    pub(super) const fn blocks(self) -> bool {
        matches!(self, Self::More | Self::Others)
    }

    /// Whether the commit that was pushed last is in it.
    pub(super) const fn has_all(self) -> bool {
        matches!(self, Self::Pushed | Self::More)
    }
}

/// Whether a pull request is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SeenState {
    /// It is.
    Open,
    /// It was merged.
    Merged {
        /// By this commit, if the forge says.
        commit: Option<String>,
    },
    /// It was closed.
    Closed,
}

/// How many checks there are of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Standing {
    /// Passed, or not needed.
    pub passed: u32,
    /// Failed.
    pub failed: u32,
    /// Under way, or not begun.
    pub pending: u32,
}

/// A check that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FailedCheck {
    /// What tells it from others on other commits.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its page, if it has one on the web.
    pub url: Option<String>,
    /// The end of what its failed steps printed: bounded, made visible, likely secrets masked.
    pub log: String,
}

/// What a reviewer wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReviewComment {
    /// What tells it from others.
    pub id: String,
    /// Who.
    pub author: String,
    /// Whether that is somebody who may write to the repository: only their words reach an agent by themselves.
    pub may_write: bool,
    /// The words: bounded, made visible.
    pub body: String,
    /// The file it is about.
    pub path: Option<String>,
    /// The line in it.
    pub line: Option<u32>,
    /// Its page, if it has one on the web.
    pub url: Option<String>,
}

impl PullRequest {
    /// What of this has not been dealt with. Failed checks count once none is under way: then all of them are known. What
    /// is seen of another commit than the one that was pushed is old.
    pub fn news(&self, seen: &PullRequestSeen) -> Found {
        let is_new = |id: &String| !self.known.contains(id);
        let is_current = self.pushed.as_deref() == Some(seen.head.as_str());
        let are_all = is_current && seen.standing.pending == 0;
        Found {
            checks: match are_all {
                true => (seen.failed.iter())
                    .filter(|check| is_new(&check.id))
                    .cloned()
                    .collect(),
                false => Vec::new(),
            },
            comments: (seen.comments.iter())
                .filter(|comment| is_new(&comment.id))
                .cloned()
                .collect(),
        }
    }
}

impl Found {
    /// What names all of it.
    pub(super) fn ids(&self) -> impl Iterator<Item = String> {
        let checks = self.checks.iter().map(|check| check.id.clone());
        checks.chain(self.comments.iter().map(|comment| comment.id.clone()))
    }

    /// Whether an agent is sent back with it: not for the words of people who may not write to the repository.
    pub(super) fn asks_for_a_fix(&self) -> bool {
        !self.checks.is_empty() || self.comments.iter().any(|comment| comment.may_write)
    }
}
