//! Why a database is not opened, in words a person can act on.

use std::{path::PathBuf, sync::Arc};

use ampersand_core::Failure;

use crate::cause::sentence;

/// Why a database could not be opened. The file is as it was.
#[derive(Debug, Clone, thiserror::Error)]
pub enum OpenError {
    /// It was written by a newer version of Ampersand.
    #[error("{} was written by a newer version: {found} where {supported} is known", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The newest this build reads.
        supported: u32,
    },
    /// It is not a database, or not one of ours.
    #[error("{} is not an Ampersand {kind}", path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
        /// What it should have been.
        kind: &'static str,
    },
    /// It was one, and is damaged.
    #[error("{} is damaged", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
    },
    /// The disk is full.
    #[error("no space left to open {}", path.display())]
    NoSpace {
        /// The file.
        path: PathBuf,
    },
    /// This user may not write it.
    #[error("no permission to write {}", path.display())]
    Denied {
        /// The file.
        path: PathBuf,
    },
    /// Anything else, a missing folder or a lock held by another program included.
    #[error("could not open {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What was said.
        #[source]
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        let (code, hint) = match &error {
            OpenError::Newer { .. } => (
                "store_newer",
                "Update Ampersand to the version that was used last.",
            ),
            OpenError::NotADatabase { .. } => (
                "store_not_a_database",
                "Move the file away; Ampersand starts a new one. Code and branches are not in it.",
            ),
            OpenError::Corrupt { .. } => (
                "store_corrupt",
                "Move the file away, or put back the copy beside it; code and branches are not in it.",
            ),
            OpenError::NoSpace { .. } => ("store_no_space", "Free some disk space and try again."),
            OpenError::Denied { .. } => (
                "store_denied",
                "Make the file and its folder writable for your user.",
            ),
            OpenError::Io { .. } => (
                "store_io",
                "Check that the folder exists and that no other program holds the file.",
            ),
        };
        Self::new(code, sentence(&error), hint)
    }
}
