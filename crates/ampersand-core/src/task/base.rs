//! Where a task started from: a commit, what was not committed beside it, or two works in one.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Where a worktree started from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Base {
    /// The branch that was checked out; absent for a detached head.
    pub branch: Option<String>,
    /// The full id of the commit it stood on.
    pub commit: String,
    /// What of the checkout was not committed, if there was any.
    #[serde(default)]
    pub snapshot: Option<Snapshot>,
    /// The commit that holds the branch and another task's work with markers, if it started from there. It never lands.
    #[serde(default)]
    pub conflicts: Option<String>,
    /// Changed and untracked files that were left behind: too large, unreadable, or repositories of their own.
    #[serde(default)]
    pub left_out: u32,
}

/// A commit that holds what was not committed when a task started. It never lands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Snapshot {
    /// Its full id.
    pub commit: String,
    /// How many files it holds that the branch did not.
    pub files: u32,
}

impl Base {
    /// The commit the worktree was made from.
    pub fn start(&self) -> &str {
        self.conflicts
            .as_deref()
            .unwrap_or_else(|| self.told_from())
    }

    /// The commit that what a task changed is told from: of what both sides differed in, all that would land is told.
    pub fn told_from(&self) -> &str {
        match &self.snapshot {
            Some(snapshot) => &snapshot.commit,
            None => &self.commit,
        }
    }

    /// For a card: `main@3f2a + 3 uncommitted`, and how many files were left behind.
    pub fn shown(&self) -> String {
        let short = self.commit.get(..4).unwrap_or(&self.commit);
        let branch = self.branch.as_deref().unwrap_or("detached");
        let mut shown = format!("{branch}@{short}");
        if let Some(snapshot) = &self.snapshot {
            shown.push_str(&format!(" + {} uncommitted", snapshot.files));
        }
        if self.conflicts.is_some() {
            shown.push_str(" with conflicts");
        }
        if self.left_out > 0 {
            shown.push_str(&format!(", {} left out", self.left_out));
        }
        shown
    }
}
