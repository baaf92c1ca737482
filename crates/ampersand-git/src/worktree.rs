//! A task's own folder: made from a commit or out of a warm one, listed, removed, and put right after a crash.
//!
//! The bookkeeping is git's documented layout of a linked worktree, written here rather than by the library,
//! which cannot make one without also making a branch.

mod bookkeeping;
mod bring;
mod create;
mod donor;
mod error;
mod index_file;
mod open;
mod pool;
mod populate;
mod recover;
mod remove;

use std::path::PathBuf;

pub(crate) use bookkeeping::Bookkeeping;
pub use create::Stage;
pub use error::WorktreeError;
pub use pool::{Budget, Claimed, Pool, Refilled, SetAside, Warm};
pub use populate::Pace;
pub use recover::{Recovered, RecoveredAction};
use serde::{Deserialize, Serialize};

use crate::object::CommitId;

/// A task's own folder. Everything needed to find it again is here: it can be kept in a journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worktree {
    /// The task it belongs to.
    pub task: String,
    /// The folder the agent works in.
    pub path: PathBuf,
    /// The commit it was made from.
    pub base: CommitId,
}

/// Where a task's work is pinned.
pub(crate) fn head_ref(task: &str) -> String {
    format!("refs/ampersand/{task}/head")
}

/// Where the commit a task started from is pinned, so that no collection drops it.
pub(crate) fn base_ref(task: &str) -> String {
    format!("refs/ampersand/{task}/base")
}

/// Where the snapshot of uncommitted work is pinned that a task started from, if it started from one.
pub(crate) fn snapshot_ref(task: &str) -> String {
    format!("refs/ampersand/{task}/snapshot")
}

/// Where the commit is pinned that holds a branch and another task's work with markers where they differ, if the task
/// started from one. It never lands.
pub(crate) fn conflicts_ref(task: &str) -> String {
    format!("refs/ampersand/{task}/conflicts")
}

/// Where the commit is pinned with which its work went out, or is about to.
pub(crate) fn out_ref(task: &str) -> String {
    format!("refs/ampersand/{task}/out")
}

/// Where the commits are kept that a task's agent made by itself. They never land.
pub(crate) fn own_ref(task: &str) -> String {
    format!("refs/ampersand/{task}/own")
}

/// A task's name becomes a folder and a reference: letters, digits, `-` and `_`, at most 64, no leading `-`.
pub(crate) fn check_task(task: &str) -> Result<(), WorktreeError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if task.is_empty() || task.len() > 64 || task.starts_with('-') || !task.bytes().all(plain) {
        return Err(WorktreeError::TaskName {
            task: task.chars().take(64).collect(),
        });
    }
    Ok(())
}
