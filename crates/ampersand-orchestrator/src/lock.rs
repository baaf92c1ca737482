//! One orchestrator to a home: a lock the operating system gives back however its holder ends.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read, Seek, Write},
    path::{Path, PathBuf},
};

use ampersand_core::Failure;

/// Held for as long as it lives.
#[derive(Debug)]
pub(crate) struct Lock {
    #[cfg_attr(
        not(unix),
        expect(dead_code, reason = "holding it open is all it is for")
    )]
    file: File,
}

/// The lock cannot be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LockError {
    /// Another process holds it.
    #[error("another orchestrator (process {holder}) serves this home")]
    Held {
        /// Its process, as far as the file tells.
        holder: String,
    },
    /// The file cannot be opened or locked.
    #[error("{} cannot be locked", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl From<&LockError> for Failure {
    fn from(error: &LockError) -> Self {
        let (code, hint) = match error {
            LockError::Held { .. } => (
                "orchestrator_running",
                "Use the one that runs, or choose another home.",
            ),
            LockError::File { .. } => (
                "home_unusable",
                "Make sure that the home folder can be written.",
            ),
        };
        Self::new(code, error.to_string(), hint)
    }
}

impl Lock {
    /// Whether the file is still the one at `path`: a home that was deleted has room for another orchestrator.
    #[cfg(unix)]
    pub(crate) fn is_at(&self, path: &Path) -> bool {
        use std::os::unix::fs::MetadataExt;
        let identity = |found: std::fs::Metadata| (found.dev(), found.ino());
        let there = std::fs::metadata(path).map(identity);
        matches!((there, self.file.metadata().map(identity)), (Ok(there), Ok(ours)) if there == ours)
    }

    /// It was opened so that nobody can delete it.
    #[cfg(not(unix))]
    pub(crate) fn is_at(&self, _path: &Path) -> bool {
        true
    }

    pub(crate) fn take(path: &Path) -> Result<Self, LockError> {
        let failed = |source| LockError::File {
            path: path.to_owned(),
            source,
        };
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(windows)]
        {
            use std::os::windows::fs::OpenOptionsExt;
            // FILE_SHARE_READ and FILE_SHARE_WRITE without FILE_SHARE_DELETE.
            options.share_mode(0x1 | 0x2);
        }
        let mut file = options.open(path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                file.read_to_string(&mut holder).ok();
                return Err(LockError::Held {
                    holder: holder.trim().to_owned(),
                });
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        file.set_len(0)
            .and_then(|()| file.rewind())
            .map_err(failed)?;
        // A full disk must not keep the orchestrator from starting: the name is for people only.
        writeln!(file, "{}", std::process::id()).ok();
        Ok(Self { file })
    }
}
