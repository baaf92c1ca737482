//! What was changed outside of ours for an attempt, written down before it is changed: whoever comes after a crash puts it
//! back. An entry is held by a lock for as long as somebody looks after it, so that nobody puts back what is in use.

use std::ffi::OsStr;
use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::sid::Sid;

/// What is to be put back: the identity, and where it was named. Without it nothing is left of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Record {
    /// The profile the identity belongs to, where it is an attempt's.
    pub(crate) profile: Option<String>,
    /// A folder of the attempt's own, which goes with all that is in it.
    #[serde(default)]
    pub(crate) folder: Option<PathBuf>,
    pub(crate) identity: Sid,
    /// In the order in which rights were given; each with all that is in it.
    pub(crate) paths: Vec<PathBuf>,
}

/// A record on the disk that somebody looks after. Dropped, it is left for whoever comes later.
#[derive(Debug)]
pub(crate) struct Entry {
    path: PathBuf,
    file: File,
    pub(crate) record: Record,
}

/// Longer than any record is.
const RECORD_MAX: u64 = 1 << 20;

impl Entry {
    /// Writes `record` down under `name`, in place of what there was. It is on the disk when this returns.
    pub(crate) fn write(folder: &Path, name: &str, record: Record) -> io::Result<Self> {
        let mut options = File::options();
        options.create(true).truncate(false);
        Self::begin(&mut options, folder, name, record)
    }

    /// The same where nothing is written down under `name`: what is to be put back there may be in use, or could not be put
    /// back, and then it is nobody's.
    pub(crate) fn claim(folder: &Path, name: &str, record: Record) -> io::Result<Self> {
        Self::begin(File::options().create_new(true), folder, name, record)
    }

    fn begin(
        options: &mut fs::OpenOptions,
        folder: &Path,
        name: &str,
        record: Record,
    ) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let path = folder.join(format!("{name}.json"));
        let mut file = options.read(true).write(true).open(&path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(io::ErrorKind::ResourceBusy.into()),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        file.set_len(0)?;
        file.write_all(&serde_json::to_vec(&record)?)?;
        file.sync_all()?;
        Ok(Self { path, file, record })
    }

    /// Those in `folder` that nobody looks after, oldest names first. What cannot be read was cut off while it was written,
    /// before anything was changed, and goes.
    pub(crate) fn left(folder: &Path) -> Vec<Self> {
        let listed = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut paths: Vec<_> = listed.map(|listed| listed.path()).collect();
        paths.retain(|path| path.extension() == Some(OsStr::new("json")));
        paths.sort();
        let taken = paths.into_iter().filter_map(Self::take);
        taken.collect()
    }

    /// How many there are in `folder`, looked after or not.
    pub(crate) fn count(folder: &Path) -> usize {
        let listed = fs::read_dir(folder).into_iter().flatten().flatten();
        let is_record = |path: &PathBuf| path.extension() == Some(OsStr::new("json"));
        listed.map(|listed| listed.path()).filter(is_record).count()
    }

    /// Whom it names is no more, so that there is nothing to be put back.
    pub(crate) fn forget(self) -> io::Result<()> {
        drop(self.file);
        fs::remove_file(self.path)
    }

    fn take(path: PathBuf) -> Option<Self> {
        let file = File::options().read(true).write(true).open(&path).ok()?;
        file.try_lock().ok()?;
        let mut text = String::new();
        let read = (&file).take(RECORD_MAX).read_to_string(&mut text);
        match read.map(|_| serde_json::from_str(&text)) {
            Ok(Ok(record)) => Some(Self { path, file, record }),
            Ok(Err(error)) => {
                tracing::warn!(%error, path = %path.display(), "a record was cut off");
                drop(file);
                drop(fs::remove_file(path));
                None
            }
            Err(error) => {
                tracing::warn!(%error, path = %path.display(), "a record cannot be read");
                None
            }
        }
    }

    /// Puts everything back, the last first, and forgets it. What fails stays on the record for the next one who looks; all
    /// else is done nevertheless.
    pub(crate) fn undo(
        mut self,
        take_back: impl Fn(&Path, &Sid) -> io::Result<()>,
        remove_profile: impl Fn(&str) -> io::Result<()>,
        remove_folder: impl Fn(&Path) -> io::Result<()>,
    ) -> io::Result<()> {
        let Record {
            profile,
            folder,
            identity,
            paths,
        } = self.record.clone();
        let mut failed = None;
        let mut left = Vec::new();
        for path in paths.into_iter().rev() {
            if let Err(error) = take_back(&path, &identity) {
                left.insert(0, path);
                failed = Some(error);
            }
        }
        let mut kept = None;
        if let Some(profile) = profile
            && let Err(error) = remove_profile(&profile)
        {
            kept = Some(profile);
            failed = Some(error);
        }
        let mut stays = None;
        if let Some(folder) = folder
            && let Err(error) = remove_folder(&folder)
        {
            stays = Some(folder);
            failed = Some(error);
        }
        let Some(failed) = failed else {
            drop(self.file);
            return fs::remove_file(&self.path);
        };
        self.record = Record {
            profile: kept,
            folder: stays,
            identity,
            paths: left,
        };
        let text = serde_json::to_vec(&self.record)?;
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.file.write_all(&text)?;
        Err(failed)
    }
}

#[cfg(test)]
mod tests;
