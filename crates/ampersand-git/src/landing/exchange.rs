//! Exchanging the files of a checkout one by one, each old one kept aside, and putting them back.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io;
use std::path::PathBuf;

use cap_fs_ext::DirExt;
use cap_std::fs::Metadata;

use super::check::{MAX_FILE_BYTES, Step};
use super::staging::Staging;
use super::{LandRefusal, Obstacle, ObstacleReason};
use crate::attach::Repository;
use crate::failure::GitFailure;
use crate::names;
use crate::rooted::{self, Root, Standing};
use crate::tree;

/// Why exchanging files stopped.
pub(super) enum Stopped {
    /// A file changed after it was looked at.
    Changed(Vec<u8>),
    /// The file system refused.
    Files(Vec<u8>, io::Error),
}

impl Stopped {
    pub(super) fn into_refusal(self, repository: &Repository) -> LandRefusal {
        match self {
            Self::Changed(path) => LandRefusal::InTheWay {
                obstacles: vec![Obstacle {
                    path: names::show(&path),
                    reason: ObstacleReason::Modified,
                }],
                count: 1,
            },
            Self::Files(path, source) => {
                let path: PathBuf = repository.root().join(names::show(&path));
                LandRefusal::Git(GitFailure::Files {
                    attempt: "exchange",
                    path,
                    source,
                })
            }
        }
    }
}

/// One thing done to the checkout, to be undone in reverse order.
enum Done {
    Captured(usize),
    Placed(usize),
    MadeFolder(Vec<u8>),
}

/// The new files that were put in their places, by step, as they were then.
pub(super) type Placed = BTreeMap<usize, Metadata>;

pub(super) struct Exchange<'a> {
    root: &'a Root,
    staging: &'a Staging,
    done: Vec<Done>,
    placed: Placed,
}

impl<'a> Exchange<'a> {
    pub(super) const fn new(root: &'a Root, staging: &'a Staging) -> Self {
        Self {
            root,
            staging,
            done: Vec::new(),
            placed: Placed::new(),
        }
    }

    pub(super) const fn placed(&self) -> &Placed {
        &self.placed
    }

    /// Removals first, deepest first: they make room for a file where a folder was, and the reverse.
    pub(super) fn run(&mut self, steps: &[Step]) -> Result<(), Stopped> {
        let at_path = |step: &Step| step.change.path.clone();
        for (at, step) in steps.iter().enumerate().rev() {
            if step.change.new.is_none() && step.seen.is_some() && !step.stays {
                self.capture(at, step)?;
                self.root.remove_empty_above(&step.change.path);
            }
        }
        for (at, step) in steps.iter().enumerate() {
            if step.change.new.is_none() || step.is_done() {
                continue;
            }
            if step.seen.is_some() {
                self.capture(at, step)?;
            }
            self.place(at, step)
                .map_err(|error| Stopped::Files(at_path(step), error))?;
        }
        let synced = self.sync_folders(steps);
        synced.map_err(|(path, error)| Stopped::Files(path, error))
    }

    /// Brings to the disk which file is where, here and in what is set aside.
    fn sync_folders(&self, steps: &[Step]) -> Result<(), (Vec<u8>, io::Error)> {
        let mut synced = BTreeSet::new();
        for step in steps.iter().filter(|step| !step.is_done()) {
            let mut path = step.change.path.as_slice();
            // A folder may have gone with what was in it, and a file may stand in its place.
            let folder = loop {
                let above = path.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
                match self.root.parent(path) {
                    Ok((folder, _)) if synced.insert(&path[..above]) => break Some(folder),
                    Err(_) if above > 0 => path = &path[..above],
                    _ => break None,
                }
            };
            if let Some(folder) = folder {
                rooted::sync_dir(&folder).map_err(|error| (path.to_vec(), error))?;
            }
        }
        rooted::sync_folder(self.staging.path()).map_err(|error| (Vec::new(), error))
    }

    fn capture(&mut self, at: usize, step: &Step) -> Result<(), Stopped> {
        let path = &step.change.path;
        match self.staging.capture(self.root, path, at) {
            Ok(()) => self.done.push(Done::Captured(at)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(Stopped::Changed(path.clone()));
            }
            Err(error) => return Err(Stopped::Files(path.clone(), error)),
        }
        match self.staging.captured(at) {
            Ok(Standing::Content(found)) if Some(found) == step.seen => Ok(()),
            Ok(_) => Err(Stopped::Changed(path.clone())),
            Err(error) => Err(Stopped::Files(path.clone(), error)),
        }
    }

    fn place(&mut self, at: usize, step: &Step) -> io::Result<()> {
        let path = &step.change.path;
        remove_empty_folder(self.root, path);
        let mut made = Vec::new();
        let opened = self
            .root
            .make_parent(path, |folder| made.push(folder.to_vec()));
        self.done.extend(made.into_iter().map(Done::MadeFolder));
        let (parent, name) = opened?;
        let put = self.staging.place(&parent, &name, at)?;
        self.done.push(Done::Placed(at));
        self.placed.insert(at, put);
        Ok(())
    }

    /// Puts everything back as it was; `cause` becomes what the person hears, unless something is left.
    pub(super) fn take_back(&mut self, steps: &[Step], cause: LandRefusal) -> LandRefusal {
        let mut left = Vec::new();
        while let Some(done) = self.done.pop() {
            let undone = match &done {
                Done::Captured(at) => put_back(self.root, self.staging, *at, &steps[*at]),
                Done::Placed(at) => take_away(self.root, self.staging, *at, &steps[*at]),
                Done::MadeFolder(folder) => {
                    // Somebody may have put a file into it meanwhile: then it stays.
                    drop(
                        self.root
                            .parent(folder)
                            .and_then(|(dir, name)| dir.remove_dir(name)),
                    );
                    Ok(())
                }
            };
            if let (Err(error), Done::Captured(at) | Done::Placed(at)) = (undone, done) {
                tracing::warn!(%error, "a file of an interrupted landing was not put back");
                left.push(names::show(&steps[at].change.path));
            }
        }
        if left.is_empty() {
            return cause;
        }
        left.dedup();
        LandRefusal::NotUndone {
            paths: left,
            kept_in: self.staging.path().to_owned(),
        }
    }
}

/// Puts a captured file back; what somebody put in its place meanwhile stays, and the file stays set aside.
pub(super) fn put_back(root: &Root, staging: &Staging, at: usize, step: &Step) -> io::Result<()> {
    let path = &step.change.path;
    let slashes = path.iter().enumerate().filter(|(_, byte)| **byte == b'/');
    for folder in slashes.map(|(at, _)| &path[..at]) {
        // One that was made for what was placed may be what the disk takes for one that went.
        if !root.is_spelled(folder)? {
            remove_empty_folder(root, folder);
        }
    }
    remove_empty_folder(root, path);
    let (parent, name) = root.make_parent(path, |_| {})?;
    staging.put_back(&parent, &name, at)
}

/// Takes a placed file away, if it is still the one that was placed.
pub(super) fn take_away(root: &Root, staging: &Staging, at: usize, step: &Step) -> io::Result<()> {
    let (parent, name) = root.parent(&step.change.path)?;
    match (
        rooted::standing(&parent, &name, MAX_FILE_BYTES)?,
        step.change.new,
    ) {
        (Standing::Absent, _) => Ok(()),
        (Standing::Content(found), Some(new)) if staging.is(found, new) => {
            staging.take_away(&parent, &name, at, new)
        }
        _ => Err(io::Error::other("it changed meanwhile")),
    }
}

/// A folder of empty folders where something else shall be. What is not empty stays, and placing a file there then fails and
/// is taken back.
fn remove_empty_folder(root: &Root, path: &[u8]) {
    let Ok((parent, name)) = root.parent(path) else {
        return;
    };
    let found = parent.symlink_metadata(&name);
    if found.is_ok_and(|found| found.is_dir()) {
        drop(remove_empty(&parent, &name, 0));
    }
}

fn remove_empty(parent: &cap_std::fs::Dir, name: &OsString, depth: usize) -> io::Result<()> {
    if depth > tree::MAX_DEPTH {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let dir = parent.open_dir_nofollow(name)?;
    for entry in dir.entries()? {
        let entry = entry?;
        if !entry.file_type()?.is_dir() {
            return Err(io::ErrorKind::DirectoryNotEmpty.into());
        }
        remove_empty(&dir, &entry.file_name(), depth + 1)?;
    }
    drop(dir);
    parent.remove_dir(name)
}
