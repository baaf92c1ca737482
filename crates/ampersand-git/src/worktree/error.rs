//! Why a worktree was not made, listed or removed.

use std::path::PathBuf;

use crate::failure::GitFailure;

/// Why a worktree was not made, listed or removed. After a failed creation nothing is left behind.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorktreeError {
    /// The task's name cannot be a folder and a reference.
    #[error("not a name for a worktree: {task:?}")]
    TaskName {
        /// The name, cut to 64 characters.
        task: String,
    },
    /// The folder is already there.
    #[error("the folder {} already exists", path.display())]
    FolderExists {
        /// The folder.
        path: PathBuf,
    },
    /// The task already has a worktree, or its base is pinned to another commit.
    #[error("the task {task} already has a worktree in this repository")]
    TaskExists {
        /// The task.
        task: String,
    },
    /// The folder's path cannot be written into git's files.
    #[error("a worktree cannot be kept at {}", path.display())]
    Path {
        /// The folder.
        path: PathBuf,
    },
    /// Two names in the commit are one name on this file system.
    #[error("two files or folders of the commit are one on this disk, {path}")]
    Colliding {
        /// The second of them.
        path: String,
    },
    /// More was to be copied into it than is copied where the disk cannot share content.
    #[error("{path} is too large to copy into a worktree")]
    TooMuch {
        /// The path that did not fit.
        path: String,
    },
    /// A repository of its own lies in it, whose settings may name programs.
    #[error("a git repository of its own lies in the worktree, at {path}")]
    HoldsRepository {
        /// Where, made visible.
        path: String,
    },
    /// It holds more, or deeper, than is looked through.
    #[error("the worktree holds too much to be looked through; looking ended at {path}")]
    TooMuchToLookAt {
        /// Where looking ended, made visible.
        path: String,
    },
    /// It was filled ahead of need, and asked to stop.
    #[error("the worktree was not finished: it was asked to stop")]
    Stopped,
    /// Below the rules: the library or the file system.
    #[error(transparent)]
    Git(#[from] GitFailure),
}

impl WorktreeError {
    /// The stable code of this error.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TaskName { .. } => "worktree_task_name",
            Self::FolderExists { .. } => "worktree_folder_exists",
            Self::TaskExists { .. } => "worktree_task_exists",
            Self::Path { .. } => "worktree_path",
            Self::Colliding { .. } => "worktree_colliding_names",
            Self::TooMuch { .. } => "worktree_copy_too_large",
            Self::HoldsRepository { .. } => "worktree_holds_repository",
            Self::TooMuchToLookAt { .. } => "worktree_too_much_to_look_at",
            Self::Stopped => "worktree_stopped",
            Self::Git(failure) => failure.code(),
        }
    }

    /// What the person can do next.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::TaskName { .. } => "start the task again under a new name",
            Self::FolderExists { .. } | Self::TaskExists { .. } => {
                "remove the task's old worktree, then try again"
            }
            Self::Path { .. } => {
                "choose a home folder for worktrees without line breaks in its path"
            }
            Self::Colliding { .. } => "rename one of the two files, or use a case-sensitive disk",
            Self::TooMuch { .. } => "take it out of `copy` in .ampersand.toml",
            Self::HoldsRepository { .. } => {
                "look at what the task changed here, or remove that repository: git would run what its settings name"
            }
            Self::TooMuchToLookAt { .. } => "look at what the task changed here instead",
            Self::Stopped => "nothing is to be done: it is made again when it is needed",
            Self::Git(failure) => failure.hint(),
        }
    }
}
