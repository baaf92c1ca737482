//! A file of JSON lines, one entry each, written before it is acted on. What a crash leaves half written is cut off.

use std::io;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use ampersand_core::Failure;
use serde::{Serialize, de::DeserializeOwned};
use tokio::fs::File;
use tokio::io::AsyncWriteExt;

/// Why a ledger cannot be kept.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} the transcript {}", path.display())]
pub(crate) struct LedgerError {
    action: &'static str,
    path: PathBuf,
    #[source]
    source: io::Error,
}

impl LedgerError {
    pub(crate) fn failure(&self) -> Failure {
        Failure::new(
            "transcript_unusable",
            format!("{self}: {}", self.source),
            "Check that the disk is not full and that Ampersand's folder is writable, then start the task again.",
        )
    }
}

/// Entries of one kind, added at the end.
#[derive(Debug)]
pub(crate) struct Ledger<E> {
    path: PathBuf,
    file: File,
    entries: PhantomData<fn(E)>,
}

impl<E: Serialize + DeserializeOwned> Ledger<E> {
    /// Opens it, or begins one, and returns what it holds.
    pub(crate) async fn open(path: &Path) -> Result<(Self, Vec<E>), LedgerError> {
        let failed = |action| {
            move |source| LedgerError {
                action,
                path: path.to_owned(),
                source,
            }
        };
        if let Some(folder) = path.parent() {
            tokio::fs::create_dir_all(folder)
                .await
                .map_err(failed("make a folder for"))?;
        }
        let bytes = match tokio::fs::read(path).await {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(source) => return Err(failed("read")(source)),
        };
        let mut options = File::options();
        // It quotes whatever the agent read.
        #[cfg(unix)]
        options.mode(0o600);
        let file = options
            .create(true)
            .append(true)
            .open(path)
            .await
            .map_err(failed("open"))?;
        let (entries, whole) = entries(&bytes);
        if whole < bytes.len() {
            file.set_len(whole as u64).await.map_err(failed("mend"))?;
        }
        let ledger = Self {
            path: path.to_owned(),
            file,
            entries: PhantomData,
        };
        Ok((ledger, entries))
    }

    /// Writes an entry down. It survives the end of this process.
    pub(crate) async fn add(&mut self, entry: &E) -> Result<(), LedgerError> {
        let failed = |source| LedgerError {
            action: "write to",
            path: self.path.clone(),
            source,
        };
        let mut line = serde_json::to_vec(entry).map_err(|error| failed(error.into()))?;
        line.push(b'\n');
        self.file.write_all(&line).await.map_err(failed)?;
        self.file.flush().await.map_err(failed)
    }

    /// Makes what was added survive a power failure too.
    pub(crate) async fn sync(&mut self) -> Result<(), LedgerError> {
        self.file.sync_data().await.map_err(|source| LedgerError {
            action: "write to",
            path: self.path.clone(),
            source,
        })
    }
}

/// The entries up to the first line that is none, and how many bytes they take.
fn entries<E: DeserializeOwned>(bytes: &[u8]) -> (Vec<E>, usize) {
    let mut entries = Vec::new();
    let mut whole = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        match serde_json::from_slice(line) {
            Ok(entry) if line.ends_with(b"\n") => entries.push(entry),
            _ => break,
        }
        whole += line.len();
    }
    (entries, whole)
}
