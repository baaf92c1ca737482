//! One controller to a conversation: a lock the operating system gives back however its holder ends.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read, Seek, Write},
    path::{Path, PathBuf},
    thread::sleep,
    time::{Duration, Instant},
};

use ampersand_core::Failure;

/// How long a holder may take to write its name after it took the lock.
const NAMED_WITHIN: Duration = Duration::from_millis(500);

/// Held for as long as it lives.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

/// The lock cannot be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LockError {
    /// Another process holds it.
    #[error("the conversation is open in another program")]
    Held {
        /// Its process, as far as the file tells.
        holder: Option<u32>,
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
            LockError::Held { holder } => {
                let holder = holder.map(|pid| format!(", process {pid}"));
                Self::new(
                    "conversation_open",
                    format!(
                        "The conversation is open in another program{}.",
                        holder.unwrap_or_default()
                    ),
                    "Talk there. Verbs for tasks (tasks, pause, cancel, land and so on) work from here all the same.",
                )
            }
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
                return Err(LockError::Held {
                    holder: holder(&mut file),
                });
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

/// The process that holds it. One that took it a moment ago writes its name in a moment; where a lock also keeps
/// readers out, or the disk was full, the holder stays unnamed.
fn holder(file: &mut File) -> Option<u32> {
    let end = Instant::now() + NAMED_WITHIN;
    loop {
        let mut line = String::new();
        file.rewind().ok()?;
        file.read_to_string(&mut line).ok()?;
        match line.strip_suffix('\n') {
            Some(pid) => return pid.parse().ok(),
            None if Instant::now() < end => sleep(Duration::from_millis(5)),
            None => return None,
        }
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

    #[test]
    fn a_holder_that_has_not_written_its_name_yet_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("conversation.lock");
        let mut first = File::create(&path).unwrap();
        first.lock().unwrap();
        let second = std::thread::spawn(move || Failure::from(Lock::take(&path).unwrap_err()));
        // Half a name is none.
        write!(first, "47").unwrap();
        writeln!(first, "11").unwrap();
        let failure = second.join().unwrap();
        assert!(failure.message.contains("process 4711."), "{failure:?}");
    }
}
