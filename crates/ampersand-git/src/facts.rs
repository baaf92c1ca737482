//! What a person wants to see about a repository at a glance.

use git2::{Status, StatusOptions};
use serde::{Deserialize, Serialize};

use crate::attach::Repository;
use crate::failure::{Attempting, GitFailure};
use crate::names;
use crate::object::CommitId;

/// Counting stops here; a card says "9999+" beyond it.
const MAX_COUNTED: usize = 10_000;

/// A repository at a glance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The folder the person works in.
    pub root: String,
    /// Its last name.
    pub name: String,
    /// The branch checked out; `None` when HEAD is detached.
    pub branch: Option<String>,
    /// The commit HEAD stands on, as git abbreviates it here: at least four digits.
    pub head: String,
    /// Tracked files that differ from HEAD, at most 10 000.
    pub uncommitted: u32,
    /// Files git does not know and does not ignore (a new folder counts once), at most 10 000.
    pub untracked: u32,
    /// Whether either count is above zero.
    pub is_dirty: bool,
}

impl Repository {
    /// The branch checked out, `None` when HEAD is detached, and the commit it stands on. Cheap enough to ask often.
    pub fn branch_tip(&self) -> Result<(Option<String>, CommitId), GitFailure> {
        let git = self.open()?;
        let head = git.head().attempting("read HEAD")?;
        let commit = head
            .peel_to_commit()
            .attempting("read the commit HEAD stands on")?;
        let branch = head.is_branch();
        let branch = branch.then(|| names::show(head.shorthand_bytes()));
        Ok((branch, CommitId::new(commit.id())))
    }

    /// Looks at the repository. Runs no hook and no fsmonitor, and leaves the person's index as it is.
    pub fn facts(&self) -> Result<Facts, GitFailure> {
        let git = self.open()?;
        let head = git.head().attempting("read HEAD")?;
        let branch = head
            .is_branch()
            .then(|| names::show(head.shorthand_bytes()));
        let commit = head
            .peel(git2::ObjectType::Commit)
            .attempting("read the commit HEAD stands on")?;
        let short = commit.short_id().attempting("abbreviate a commit")?;
        let mut options = StatusOptions::new();
        options
            .include_untracked(true)
            .recurse_untracked_dirs(false)
            .include_ignored(false);
        options
            .exclude_submodules(true)
            .update_index(false)
            .no_refresh(true);
        let statuses = git
            .statuses(Some(&mut options))
            .attempting("compare the files with HEAD")?;
        let (mut uncommitted, mut untracked) = (0, 0);
        for entry in statuses.iter().take(MAX_COUNTED) {
            match entry.status() {
                Status::WT_NEW => untracked += 1,
                _ => uncommitted += 1,
            }
        }
        Ok(Facts {
            root: self.root().display().to_string(),
            name: self
                .root()
                .file_name()
                .map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
            branch,
            head: String::from_utf8_lossy(&short).into_owned(),
            uncommitted,
            untracked,
            is_dirty: uncommitted + untracked > 0,
        })
    }
}
