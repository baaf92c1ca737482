//! What agents print: one plain file for each task, bounded, and never synced. A power failure may cost the
//! end of it; a killed process costs nothing.

use std::{
    fs::{self, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use ampersand_core::{Failure, TaskId};

use crate::cause::{Cause, sentence};

/// Why output was not kept, or could not be shown.
#[derive(Debug, Clone, thiserror::Error)]
pub enum OutputError {
    /// It was not added, or not all of it.
    #[error("could not write {}", path.display())]
    NotWritten {
        /// The file.
        path: PathBuf,
        /// What was said.
        #[source]
        source: Arc<io::Error>,
    },
    /// It could not be read.
    #[error("could not read {}", path.display())]
    NotRead {
        /// The file.
        path: PathBuf,
        /// What was said.
        #[source]
        source: Arc<io::Error>,
    },
}

impl From<OutputError> for Failure {
    fn from(error: OutputError) -> Self {
        let (OutputError::NotWritten { source, .. } | OutputError::NotRead { source, .. }) = &error;
        let (code, hint) = match Cause::of_io(source) {
            Cause::NoSpace => (
                "store_no_space",
                "Free some disk space; the agent goes on meanwhile.",
            ),
            Cause::Denied => (
                "store_denied",
                "Make the file and its folder writable for your user.",
            ),
            _ => ("store_io", "Check that the disk is there and writable."),
        };
        Self::new(code, sentence(&error), hint)
    }
}

/// A folder of output files, named after their tasks. Each file has one writer at a time.
#[derive(Debug, Clone)]
pub struct OutputLog {
    folder: PathBuf,
    bound: u64,
}

impl OutputLog {
    /// How large a file becomes before its older half is dropped, in bytes.
    pub const BOUND: u64 = 8 << 20;

    /// Keeps output in `folder`, which is created when there is something to keep.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self::bounded(folder, Self::BOUND)
    }

    /// Like [`Self::new`], with a bound of one's own in bytes.
    pub fn bounded(folder: impl Into<PathBuf>, bound: u64) -> Self {
        let folder = folder.into();
        Self { folder, bound }
    }

    /// The file of a task, whether it is there or not.
    pub fn path(&self, task: TaskId) -> PathBuf {
        self.folder.join(format!("{task}.log"))
    }

    /// Adds to the end. Past the bound the older half gives way to a line that says so.
    pub async fn append(&self, task: TaskId, bytes: Vec<u8>) -> Result<(), OutputError> {
        let (path, bound) = (self.path(task), self.bound);
        let written = blocking(move || append(&path, &bytes, bound)).await;
        written.map_err(|source| OutputError::NotWritten {
            path: self.path(task),
            source: source.into(),
        })
    }

    /// The last `bytes` of a task's output, from the start of a line where that fits; empty if there is none.
    /// What is not UTF-8 is replaced.
    pub async fn tail(&self, task: TaskId, bytes: u64) -> Result<String, OutputError> {
        let path = self.path(task);
        let read = blocking(move || tail(&path, bytes)).await;
        read.map_err(|source| OutputError::NotRead {
            path: self.path(task),
            source: source.into(),
        })
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(io::Error::other).flatten()
}

fn append(path: &Path, bytes: &[u8], bound: u64) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            path.parent().map_or(Ok(()), fs::create_dir_all)?;
            options.open(path)?
        }
        opened => opened?,
    };
    file.write_all(bytes)?;
    if file.metadata()?.len() <= bound {
        return Ok(());
    }
    drop(file);
    let rest = newest(path, bound / 2)?;
    let shorter = path.with_extension("log.new");
    // One left behind by a killed process would be added to.
    match fs::remove_file(&shorter) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = options.open(&shorter)?;
    file.write_all(b"[older output was dropped]\n")?;
    file.write_all(&rest)?;
    drop(file);
    fs::rename(shorter, path)
}

fn tail(path: &Path, bytes: u64) -> io::Result<String> {
    match newest(path, bytes) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(error),
    }
}

/// The last bytes of a file; if there are more before them, from the first line that begins among them.
fn newest(path: &Path, bytes: u64) -> io::Result<Vec<u8>> {
    let mut file = fs::File::open(path)?;
    let skipped = file.metadata()?.len().saturating_sub(bytes);
    file.seek(SeekFrom::Start(skipped))?;
    let mut read = Vec::new();
    file.take(bytes).read_to_end(&mut read)?;
    if skipped > 0
        && let Some(end) = read.iter().position(|byte| *byte == b'\n')
        && end + 1 < read.len()
    {
        read.drain(..=end);
    }
    Ok(read)
}
