//! The person's index: held from the first look, replaced as a whole at the end, only for the paths that landed.
//!
//! An entry that carries a file's times says that git need not read the file. So it carries them for a file that is
//! known to hold what the entry names, and nothing otherwise: git then reads it.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cap_std::fs::Metadata;
use git2::Index;

use super::LandRefusal;
use super::check::Step;
use super::exchange::Placed;
use crate::attach::Repository;
use crate::failure::{Attempting, AttemptingAt, GitFailure};
use crate::names;
use crate::rooted::{self, Root};

/// What the lock holds until the new index does; recovery removes no other lock.
const MARK: &[u8] = b"held while a task's work lands\n";

/// `index.lock`, as git itself takes it. Dropping it lets go without a change.
#[derive(Debug)]
pub(super) struct IndexLock {
    lock: PathBuf,
    index: PathBuf,
}

impl IndexLock {
    pub(super) fn take(repository: &Repository) -> Result<Self, LandRefusal> {
        let lock = repository.git_dir().join("index.lock");
        let write = || -> io::Result<()> {
            let mut file = tempfile::NamedTempFile::new_in(repository.git_dir())?;
            file.write_all(MARK)?;
            file.persist_noclobber(&lock)
                .map_err(|refused| refused.error)?;
            Ok(())
        };
        match write() {
            Ok(()) => Ok(Self {
                lock,
                index: repository.git_dir().join("index"),
            }),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(LandRefusal::IndexLocked)
            }
            Err(error) => Err(error).attempting_at("make", &lock)?,
        }
    }

    /// The lock an interrupted landing of ours left, if it did.
    pub(super) fn adopt(repository: &Repository) -> Option<Self> {
        let lock = repository.git_dir().join("index.lock");
        let ours = fs::read(&lock).is_ok_and(|held| held == MARK);
        ours.then(|| Self {
            lock,
            index: repository.git_dir().join("index"),
        })
    }

    /// Writes the index with the landed paths beside the old one. The old one stands until [`NewIndex::commit`].
    ///
    /// `placed` are the files that landing itself put there; any other file may hold something else by now.
    pub(super) fn prepare(
        self,
        work: &Path,
        root: &Root,
        steps: &[Step],
        placed: &Placed,
    ) -> Result<NewIndex, GitFailure> {
        let copy = work.join("index");
        let replaced = fs::metadata(&self.index).attempting_at("look at", &self.index)?;
        fs::copy(&self.index, &copy).attempting_at("copy", &self.index)?;
        let mut index = Index::open(&copy).attempting("open a copy of the index")?;
        distrust_racy(&mut index, &replaced)?;
        let began = SystemTime::now();
        for (at, step) in steps.iter().enumerate() {
            let path = &step.change.path;
            let Some(new) = step.change.new else {
                remove(&mut index, path)?;
                continue;
            };
            let found = placed.get(&at).and_then(|put| unchanged(root, path, put));
            index
                .add(&rooted::index_entry(path, new, found.as_ref()))
                .attempting("add to the index")?;
        }
        index.write().attempting("write the index")?;
        let mut file = fs::File::open(&copy).attempting_at("open", &copy)?;
        let mut next =
            tempfile::NamedTempFile::new_in(work).attempting_at("make a file in", work)?;
        io::copy(&mut file, &mut next)
            .and_then(|_| next.as_file().set_modified(began - TICK))
            .and_then(|()| next.as_file().sync_all())
            .attempting_at("write", next.path())?;
        Ok(NewIndex { lock: self, next })
    }
}

/// Git may compare whole seconds: a file that is written to again in the second in which it was looked at looks the
/// same. It reads those that are no older than its index, which therefore counts as written this long before the look.
const TICK: Duration = Duration::from_secs(1);

/// Lets git read the files that it would read because they are no older than the index that is replaced: beside the next
/// one they look old.
fn distrust_racy(index: &mut Index, replaced: &fs::Metadata) -> Result<(), GitFailure> {
    let written = replaced.modified().ok();
    let written = written.and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    let written = written.unwrap_or_default().as_secs();
    let racy = index.iter().filter(|entry| {
        let is_merged = entry.flags & STAGES == 0;
        is_merged && u64::try_from(entry.mtime.seconds()).is_ok_and(|second| second >= written)
    });
    let racy: Vec<_> = racy.collect();
    for mut entry in racy {
        entry.file_size = 0;
        let kept = index.add(&entry);
        kept.attempting("keep an entry of the index")?;
    }
    Ok(())
}

/// The bits of an entry's flags that are set for a side of a conflict.
const STAGES: u16 = 0x3000;

/// The file as it stands there, if it is the one that was put there, and not written to since.
fn unchanged(root: &Root, path: &[u8], put: &Metadata) -> Option<Metadata> {
    let (dir, name) = root.parent(path).ok()?;
    let found = dir.symlink_metadata(name).ok()?;
    rooted::is_untouched(put, &found).then_some(found)
}

fn remove(index: &mut Index, path: &[u8]) -> Result<(), GitFailure> {
    let Some(os) = names::to_os(path) else {
        return Ok(());
    };
    match index.remove(Path::new(&os), 0) {
        Err(error) if error.code() != git2::ErrorCode::NotFound => {
            Err(error).attempting("remove from the index")
        }
        _ => Ok(()),
    }
}

impl Drop for IndexLock {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.lock)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%error, lock = %self.lock.display(), "the index stays locked");
        }
    }
}

/// The next index, ready to take the old one's place.
#[derive(Debug)]
pub(super) struct NewIndex {
    lock: IndexLock,
    next: tempfile::NamedTempFile,
}

impl NewIndex {
    /// Replaces the index in one rename, then lets go of the lock.
    pub(super) fn commit(self) -> Result<(), GitFailure> {
        let Self { lock, next } = self;
        #[cfg(unix)]
        if let Ok(found) = fs::metadata(&lock.index) {
            // A temporary file is private; the index keeps the permissions the person gave it.
            next.as_file()
                .set_permissions(found.permissions())
                .attempting_at("open up", next.path())?;
        }
        next.persist(&lock.index)
            .map_err(|refused| refused.error)
            .attempting_at("replace", &lock.index)?;
        Ok(())
    }
}
