//! One orchestrator to a home: a lock the operating system gives back however its holder ends.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read, Seek, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use ampersand_core::Failure;

/// How often, and how long apart, it is tried while another process holds it. What was killed holds it for a moment more: in
/// the copy of itself that was becoming a program it started.
const TRIES: u32 = 40;
const APART: Duration = Duration::from_millis(50);

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

    /// Takes it, or says who has it still after two seconds.
    pub(crate) async fn take(path: &Path) -> Result<Self, LockError> {
        for _ in 1..TRIES {
            match Self::try_take(path) {
                Err(LockError::Held { .. }) => tokio::time::sleep(APART).await,
                taken => return taken,
            }
        }
        Self::try_take(path)
    }

    fn try_take(path: &Path) -> Result<Self, LockError> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_holds_it_for_a_moment_more_is_waited_for_and_what_goes_on_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("orchestrator.lock");
        let first = Lock::take(&path).await.unwrap();
        let held = Failure::from(&Lock::take(&path).await.unwrap_err());
        assert_eq!(held.code, "orchestrator_running");
        let ours = std::process::id().to_string();
        assert!(held.message.contains(&ours), "{}", held.message);
        let ends = async {
            tokio::time::sleep(APART * 3).await;
            drop(first);
        };
        let (second, ()) = tokio::join!(Lock::take(&path), ends);
        second.unwrap();
    }
}
