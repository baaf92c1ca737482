//! Why a bundle was not taken over.

use crate::failure::GitFailure;

/// Why a bundle was not taken over. Nothing of it is left.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The task's name cannot be a reference.
    #[error("the task's name cannot be a reference")]
    TaskName,
    /// It is not what git would have written.
    #[error("the bundle is malformed: {why}")]
    Malformed {
        /// As the end of a sentence.
        why: String,
    },
    /// It holds more than is taken.
    #[error("{what} is larger than {limit}")]
    TooLarge {
        /// What of it.
        what: &'static str,
        /// The limit: bytes, or how many.
        limit: u64,
    },
    /// Its commits are not the task's: they stand on others than the one the task started from.
    #[error("the commits do not stand on the one the task started from, or on others beside it")]
    Foreign,
    /// A folder in it holds what no folder may hold.
    #[error("the commits hold {path}, which {why}")]
    Hostile {
        /// Name or path, made visible.
        path: String,
        /// As the end of a sentence.
        why: &'static str,
    },
    /// An object carries a known attack on the names of objects.
    #[error("an object was made so that two contents share a name")]
    Collision,
    /// Below the rules: the library or the file system.
    #[error(transparent)]
    Git(#[from] GitFailure),
}

impl ImportError {
    /// The stable code of this error.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TaskName => "worktree_task_name",
            Self::Malformed { .. } => "import_malformed",
            Self::TooLarge { .. } => "import_too_large",
            Self::Foreign => "import_foreign",
            Self::Hostile { .. } => "import_hostile",
            Self::Collision => "import_collision",
            Self::Git(failure) => failure.code(),
        }
    }

    /// What the person can do next.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::TaskName => "start the task again under a new name",
            Self::Malformed { .. }
            | Self::TooLarge { .. }
            | Self::Foreign
            | Self::Hostile { .. }
            | Self::Collision => {
                "the files in the task's worktree are kept and committed without the agent's own commits"
            }
            Self::Git(failure) => failure.hint(),
        }
    }
}

pub(super) fn malformed(why: &str) -> ImportError {
    ImportError::Malformed {
        why: why.to_owned(),
    }
}
