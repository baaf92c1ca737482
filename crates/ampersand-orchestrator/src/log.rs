//! What this process notes for whoever looks for a fault, in files that stay within bounds whatever is noted.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::PathBuf,
};

use ampersand_keys::Masked;
use ampersand_protocol::Home;
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

/// Lines not yet written; room for all of them is taken at the start. What comes beyond is left out.
const LINES_MAX: usize = 1024;

/// How large one file becomes, but for its last line.
const FILE_BYTES: u64 = 8 * 1024 * 1024;

/// How many files there are.
const FILES: u32 = 7;

/// Logs until what it returns is dropped. A log that cannot be written is no reason not to work.
pub(crate) fn start(home: &Home) -> Option<WorkerGuard> {
    fs::create_dir_all(home.logs()).ok()?;
    let log = BoundedLog::open(home.logs(), FILE_BYTES).ok()?;
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
    Some(guard)
}

/// `orchestrator.log`, and what was in it before as `orchestrator.1.log` and so on, the newest first.
#[derive(Debug)]
struct BoundedLog {
    folder: PathBuf,
    file_bytes: u64,
    /// `None` where the last one could not be followed by another.
    file: Option<File>,
    written: u64,
}

impl BoundedLog {
    /// Goes on with the newest file. Errors if that cannot be opened.
    fn open(folder: PathBuf, file_bytes: u64) -> io::Result<Self> {
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(folder.join(name(0)))?;
        Ok(Self {
            written: file.metadata()?.len(),
            file: Some(file),
            file_bytes,
            folder,
        })
    }

    fn begin_another(&mut self) -> io::Result<()> {
        // An open file keeps its name on some systems. Where there is none, they were moved before.
        if self.file.take().is_some() {
            for nth in (1..FILES).rev() {
                // One that is not there, or does not give way, is replaced or written over: the bound holds either way.
                fs::rename(self.folder.join(name(nth - 1)), self.folder.join(name(nth))).ok();
            }
        }
        self.file = Some(File::create(self.folder.join(name(0)))?);
        self.written = 0;
        Ok(())
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

fn name(nth: u32) -> String {
    match nth {
        0 => "orchestrator.log".to_owned(),
        nth => format!("orchestrator.{nth}.log"),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;

    use super::{BoundedLog, FILES, name};

    #[test]
    fn whatever_is_noted_the_files_stay_within_bounds_and_the_newest_lines_stay() {
        let home = tempfile::tempdir().unwrap();
        for nth in 0..1000 {
            let mut log = BoundedLog::open(home.path().to_owned(), 100).unwrap();
            let line = format!("line {nth:04}\n");
            log.write_all(line.as_bytes()).unwrap();
        }
        let files: Vec<_> = fs::read_dir(home.path()).unwrap().flatten().collect();
        assert_eq!(files.len(), FILES as usize);
        for file in &files {
            assert!(file.metadata().unwrap().len() <= 110, "{file:?}");
        }
        let read = |nth| fs::read_to_string(home.path().join(name(nth))).unwrap();
        assert!(read(0).contains("line 0999"));
        assert!(read(1) < read(0) && read(2) < read(1));
    }
}
