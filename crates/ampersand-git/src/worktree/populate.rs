//! Writing a commit's files into a folder, by as many threads as help, and the index entries that call them unchanged.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use cap_std::fs::{Dir, Metadata};
use git2::IndexEntry;

use super::WorktreeError;
use super::donor::Donor;
use crate::attach::Repository;
use crate::failure::{Attempting, AttemptingAt, GitFailure};
use crate::names;
use crate::rooted::{self, Root};
use crate::tree::{GITLINK, Slot};

/// Files a thread takes at a time: enough to stay in a few folders, few enough to share the work.
const SHARE: usize = 64;
/// Fewer files than this are written before a second thread would have begun.
const WORTH_A_THREAD: usize = 512;
/// More threads than this wait for each other in the kernel.
const MAX_THREADS: usize = 8;

/// How files are written.
pub(super) struct Writing<'a> {
    pub(super) repository: &'a Repository,
    /// Where equal content can be cloned from.
    pub(super) donor: Option<&'a Donor>,
    pub(super) pace: Pace<'a>,
}

/// How much of the machine is used.
#[derive(Debug, Clone, Copy)]
pub enum Pace<'a> {
    /// Somebody waits: every processor.
    Now,
    /// Nobody waits: one thread, until the flag is set.
    Behind(&'a AtomicBool),
}

/// A file to write: its path and what it shall be.
pub(super) type Wanted<'a> = (&'a [u8], Slot);

/// Writes these files below `folder`, where none of them stands. The entries come in the order of the files.
pub(super) fn write_files(
    folder: &Path,
    files: &[Wanted<'_>],
    writing: &Writing<'_>,
) -> Result<Vec<IndexEntry>, WorktreeError> {
    let threads = match writing.pace {
        Pace::Now => thread::available_parallelism()
            .map_or(1, usize::from)
            .min(MAX_THREADS)
            .min(1 + files.len() / WORTH_A_THREAD),
        Pace::Behind(_) => 1,
    };
    let work = Work {
        folder,
        files,
        writing,
        next: AtomicUsize::new(0),
        failed: AtomicBool::new(false),
        done: Mutex::default(),
    };
    let first = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(|| work.run())).collect();
        let mut result = work.run();
        for other in others {
            let ended = other.join().unwrap_or_else(|_panicked| {
                let stopped = io::Error::other("a writer stopped");
                Err(stopped).attempting_at("write files below", folder)?
            });
            result = result.and(ended);
        }
        result
    });
    first?;
    let mut shares = work
        .done
        .into_inner()
        .unwrap_or_else(|held| held.into_inner());
    shares.sort_by_key(|(at, _)| *at);
    Ok(shares
        .into_iter()
        .flat_map(|(_, entries)| entries)
        .collect())
}

struct Work<'a> {
    folder: &'a Path,
    files: &'a [Wanted<'a>],
    writing: &'a Writing<'a>,
    next: AtomicUsize,
    failed: AtomicBool,
    done: Mutex<Vec<(usize, Vec<IndexEntry>)>>,
}

impl Work<'_> {
    /// What one thread does: one share after the other, until none is left or somebody failed.
    fn run(&self) -> Result<(), WorktreeError> {
        let ran = self.run_shares();
        if ran.is_err() {
            self.failed.store(true, Ordering::Relaxed);
        }
        ran
    }

    fn run_shares(&self) -> Result<(), WorktreeError> {
        let objects = self.writing.repository.open_objects()?;
        let root = Root::open(self.folder).attempting_at("open", self.folder)?;
        let mut open = OpenFolder::default();
        while !self.failed.load(Ordering::Relaxed) {
            if let Pace::Behind(stop) = self.writing.pace
                && stop.load(Ordering::Relaxed)
            {
                return Err(WorktreeError::Stopped);
            }
            let begin = self.next.fetch_add(SHARE, Ordering::Relaxed);
            let Some(rest) = self.files.get(begin..).filter(|rest| !rest.is_empty()) else {
                break;
            };
            let mut entries = Vec::with_capacity(SHARE);
            for (path, slot) in rest.iter().take(SHARE) {
                let found = self.write(&objects, &root, &mut open, path, *slot)?;
                entries.push(rooted::index_entry(path, *slot, Some(&found)));
            }
            let mut done = self.done.lock().unwrap_or_else(|held| held.into_inner());
            done.push((begin, entries));
        }
        Ok(())
    }

    fn write(
        &self,
        objects: &git2::Repository,
        root: &Root,
        open: &mut OpenFolder,
        path: &[u8],
        slot: Slot,
    ) -> Result<Metadata, WorktreeError> {
        let dir = open
            .enter(root, path)
            .map_err(|error| self.refusal(error, path))?;
        let name = last_name(path).attempting_at("write", self.folder)?;
        if slot.mode == GITLINK {
            let made = dir.create_dir(&name);
            return made
                .and_then(|()| dir.symlink_metadata(&name))
                .map_err(|error| self.refusal(error, path));
        }
        if let Some(donor) = self.writing.donor
            && let Some(cloned) = donor.give(path, slot, dir, &name)
        {
            return Ok(cloned);
        }
        let blob = objects
            .find_blob(slot.oid)
            .attempting("read a file of the commit")?;
        rooted::write_new(dir, &name, slot.mode, blob.content())
            .map_err(|error| self.refusal(error, path))
    }

    /// What stands in the way was written here too: two names are one on this disk.
    fn refusal(&self, error: io::Error, path: &[u8]) -> WorktreeError {
        if matches!(
            error.kind(),
            io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory
        ) {
            let path = names::show(path);
            return WorktreeError::Colliding { path };
        }
        WorktreeError::Git(GitFailure::Files {
            attempt: "write a file below",
            path: self.folder.to_owned(),
            source: error,
        })
    }
}

fn last_name(path: &[u8]) -> io::Result<OsString> {
    let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or(path);
    names::to_os(name).ok_or_else(|| io::ErrorKind::InvalidInput.into())
}

/// The folder of the file written last: paths come sorted, so most files need no walk at all.
#[derive(Default)]
struct OpenFolder(Option<(Vec<u8>, Dir)>);

impl OpenFolder {
    fn enter(&mut self, root: &Root, path: &[u8]) -> io::Result<&Dir> {
        let above = path
            .iter()
            .rposition(|byte| *byte == b'/')
            .map_or(&path[..0], |slash| &path[..slash]);
        let same = self.0.take().filter(|(open, _)| open == above);
        let dir = match same {
            Some((_, dir)) => dir,
            None => root.make_parent(path, |_| {})?.0,
        };
        Ok(&self.0.insert((above.to_vec(), dir)).1)
    }
}
