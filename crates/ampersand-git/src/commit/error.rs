//! Why a worktree was not committed.

use crate::failure::GitFailure;

/// Why a worktree was not committed. The task's head has not moved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommitError {
    /// The task's name cannot be a reference.
    #[error("the task's name cannot be a reference")]
    TaskName,
    /// The folder is gone.
    #[error("the worktree's folder is gone")]
    WorktreeGone,
    /// More files and folders than are looked at.
    #[error("the worktree holds more than {limit} files and folders")]
    TooManyEntries {
        /// How many are allowed.
        limit: usize,
    },
    /// More new content than one commit takes.
    #[error("the worktree holds more than {limit_bytes} bytes of new content")]
    TooMuchContent {
        /// How much is allowed, in bytes.
        limit_bytes: u64,
    },
    /// Another commit of the same task came first.
    #[error("another commit of the task {task} came first")]
    Moved {
        /// The task.
        task: String,
    },
    /// Below the rules: the library or the file system.
    #[error(transparent)]
    Git(#[from] GitFailure),
}

impl CommitError {
    /// The stable code of this error.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TaskName => "worktree_task_name",
            Self::WorktreeGone => "worktree_gone",
            Self::TooManyEntries { .. } => "commit_too_many_files",
            Self::TooMuchContent { .. } => "commit_too_large",
            Self::Moved { .. } => "commit_head_moved",
            Self::Git(failure) => failure.code(),
        }
    }

    /// What the person can do next.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::TaskName => "start the task again under a new name",
            Self::WorktreeGone => "retry the task: it starts again from its last commit",
            Self::TooManyEntries { .. } | Self::TooMuchContent { .. } => {
                "add what is generated to .gitignore, or ask the agent to remove it"
            }
            Self::Moved { .. } => "try again",
            Self::Git(failure) => failure.hint(),
        }
    }
}
