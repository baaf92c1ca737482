//! What a process notes for whoever looks for a fault: keys blotted out, nothing of what is said in the conversation, in
//! files that stay within bounds whatever is noted.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

use crate::Masked;

/// Lines not yet written; room for all of them is taken at the start. What comes beyond is left out.
const LINES_MAX: usize = 1024;

/// How large one file becomes, but for its last line.
const FILE_BYTES: u64 = 8 * 1024 * 1024;

/// How many files there are.
const FILES: u32 = 7;

/// A log that is written until this is dropped.
#[derive(Debug)]
pub struct Log(#[expect(dead_code, reason = "it writes what waits when it goes")] WorkerGuard);

/// Logs to `<name>.log` in `folder`, which is made private if it is not there, and to the files that come after it. A
/// log that cannot be written is no reason not to work: then nothing comes back. `AMPERSAND_LOG` says how much is noted.
pub fn start_log(folder: &Path, name: &'static str) -> Option<Log> {
    let mut making = DirBuilder::new();
    making.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut making, 0o700);
    making.create(folder).ok()?;
    let log = BoundedLog::open(folder.to_owned(), name, FILE_BYTES).ok()?;
    let (writer, guard) = NonBlockingBuilder::default()
        .buffered_lines_limit(LINES_MAX)
        .finish(log);
    let filter =
        EnvFilter::try_from_env("AMPERSAND_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .json()
        .with_env_filter(filter)
        .with_writer(move || Masked::new(writer.clone()))
        .try_init()
        .ok()?;
    Some(Log(guard))
}

/// `<name>.log`, and what was in it before as `<name>.1.log` and so on, the newest first.
#[derive(Debug)]
struct BoundedLog {
    folder: PathBuf,
    name: &'static str,
    file_bytes: u64,
    /// `None` where the last one could not be followed by another.
    file: Option<File>,
    written: u64,
}

impl BoundedLog {
    /// Goes on with the newest file. Errors if that cannot be opened.
    fn open(folder: PathBuf, name: &'static str, file_bytes: u64) -> io::Result<Self> {
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(path(&folder, name, 0))?;
        Ok(Self {
            written: file.metadata()?.len(),
            file: Some(file),
            file_bytes,
            folder,
            name,
        })
    }

    fn begin_another(&mut self) -> io::Result<()> {
        // An open file keeps its name on some systems. Where there is none, they were moved before.
        if self.file.take().is_some() {
            for nth in (1..FILES).rev() {
                // One that is not there, or does not give way, is replaced or written over: the bound holds either way.
                fs::rename(self.path(nth - 1), self.path(nth)).ok();
            }
        }
        self.file = Some(File::create(self.path(0))?);
        self.written = 0;
        Ok(())
    }

    fn path(&self, nth: u32) -> PathBuf {
        path(&self.folder, self.name, nth)
    }
}

impl Write for BoundedLog {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.file.is_none() || (self.written > 0 && self.written >= self.file_bytes) {
            self.begin_another()?;
        }
        let Some(file) = &mut self.file else {
            return Err(io::ErrorKind::NotFound.into());
        };
        let written = file.write(bytes)?;
        self.written += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), File::flush)
    }
}

fn path(folder: &Path, name: &str, nth: u32) -> PathBuf {
    folder.join(match nth {
        0 => format!("{name}.log"),
        nth => format!("{name}.{nth}.log"),
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;

    use super::{BoundedLog, FILES, path};

    #[test]
    fn whatever_is_noted_the_files_stay_within_bounds_and_the_newest_lines_stay() {
        let home = tempfile::tempdir().unwrap();
        for nth in 0..1000 {
            for name in ["orchestrator", "window"] {
                let mut log = BoundedLog::open(home.path().to_owned(), name, 100).unwrap();
                let line = format!("line {nth:04}\n");
                log.write_all(line.as_bytes()).unwrap();
            }
        }
        let files: Vec<_> = fs::read_dir(home.path()).unwrap().flatten().collect();
        assert_eq!(files.len(), 2 * FILES as usize);
        for file in &files {
            assert!(file.metadata().unwrap().len() <= 110, "{file:?}");
        }
        for name in ["orchestrator", "window"] {
            let read = |nth| fs::read_to_string(path(home.path(), name, nth)).unwrap();
            assert!(read(0).contains("line 0999"));
            assert!(read(1) < read(0) && read(2) < read(1));
        }
    }
}
