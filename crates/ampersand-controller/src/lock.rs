//! One controller to a conversation: a lock the operating system gives back however its holder ends.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read, Seek, Write},
    path::{Path, PathBuf},
};

use ampersand_core::Failure;

/// Held for as long as it lives.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

/// The lock cannot be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LockError {
    /// Another process holds it.
    #[error("the conversation is open in another program (process {holder})")]
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

impl From<LockError> for Failure {
    fn from(error: LockError) -> Self {
        match &error {
            LockError::Held { holder } => Self::new(
                "conversation_open",
                format!("The conversation is open in another program, process {holder}."),
                "Talk there. Verbs for tasks (tasks, pause, cancel, land and so on) work from here all the same.",
            ),
            LockError::File { source, .. } => Self::new(
                "home_unusable",
                format!("{error}: {source}."),
                "Make sure that the home folder can be written.",
            ),
        }
    }
}

impl Lock {
    /// Takes the lock or says who holds it.
    pub(crate) fn take(path: &Path) -> Result<Self, LockError> {
        let failed = |source| LockError::File {
            path: path.to_owned(),
            source,
        };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // Where a lock also keeps readers out, its holder stays unnamed.
                file.read_to_string(&mut holder).ok();
                let holder = match holder.trim() {
                    "" => "unknown".to_owned(),
                    pid => pid.to_owned(),
                };
                return Err(LockError::Held { holder });
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        file.set_len(0)
            .and_then(|()| file.rewind())
            .map_err(failed)?;
        // A full disk must not keep the conversation from opening: the name is for people only.
        writeln!(file, "{}", std::process::id()).ok();
        Ok(Self { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_one_is_told_who_holds_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("conversation.lock");
        let first = Lock::take(&path).unwrap();
        let failure = Failure::from(Lock::take(&path).unwrap_err());
        assert_eq!(failure.code, "conversation_open");
        assert!(failure.message.contains(&std::process::id().to_string()));
        drop(first);
        Lock::take(&path).unwrap();
    }
}
