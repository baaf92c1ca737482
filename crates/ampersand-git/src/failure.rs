//! What went wrong below an operation: the library or the file system, with what was attempted.

use std::io;
use std::path::{Path, PathBuf};

/// A failure of the git library or of the file system that no rule of ours foresaw.
#[derive(Debug, thiserror::Error)]
pub enum GitFailure {
    /// libgit2 refused.
    #[error("could not {attempt}")]
    Library {
        /// What was attempted, as an imperative.
        attempt: &'static str,
        /// libgit2's own words.
        #[source]
        source: git2::Error,
    },
    /// The file system refused.
    #[error("could not {attempt} {}", path.display())]
    Files {
        /// What was attempted, as an imperative.
        attempt: &'static str,
        /// The file or folder it was attempted on.
        path: PathBuf,
        /// The system's own words.
        #[source]
        source: io::Error,
    },
    /// A tree holds a name that git itself would refuse to check out.
    #[error("the commit holds a path that must not be written to disk: {path}")]
    UnsafePath {
        /// The path, made visible.
        path: String,
    },
}

impl GitFailure {
    /// The stable code of this failure.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Library { .. } => "git_failed",
            Self::Files { .. } => "git_files_failed",
            Self::UnsafePath { .. } => "git_unsafe_path",
        }
    }

    /// What the person can do next.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Library { .. } => "run `git fsck` in the repository, then try again",
            Self::Files { .. } => "check free space and permissions, then try again",
            Self::UnsafePath { .. } => "remove that path from the commit with git, then try again",
        }
    }
}

/// Says what was attempted when libgit2 refuses.
pub(crate) trait Attempting<T> {
    /// Wraps the error with what was attempted.
    fn attempting(self, attempt: &'static str) -> Result<T, GitFailure>;
}

impl<T> Attempting<T> for Result<T, git2::Error> {
    fn attempting(self, attempt: &'static str) -> Result<T, GitFailure> {
        self.map_err(|source| GitFailure::Library { attempt, source })
    }
}

/// Says what was attempted, and where, when the file system refuses.
pub(crate) trait AttemptingAt<T> {
    /// Wraps the error with what was attempted and the path.
    fn attempting_at(self, attempt: &'static str, path: &Path) -> Result<T, GitFailure>;
}

impl<T> AttemptingAt<T> for io::Result<T> {
    fn attempting_at(self, attempt: &'static str, path: &Path) -> Result<T, GitFailure> {
        self.map_err(|source| GitFailure::Files {
            attempt,
            path: path.to_owned(),
            source,
        })
    }
}
