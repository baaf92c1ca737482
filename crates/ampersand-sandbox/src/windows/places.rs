//! Where it is written down what was given outside of our folders, and how it is put back: by whoever gave it, by whoever
//! starts next, or when a person asks.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::access;
use super::prepare::{blocking, is_straight, tell};
use super::unfenced::temporary;
use super::{profile, system};
use crate::container::grants::{Grant, Right};
use crate::container::journal::{Entry, Record};
use crate::container::sid::Sid;

/// Where it is written down what has to be put back.
#[derive(Debug, Clone)]
pub(super) struct Places {
    pub(super) folder: PathBuf,
}

impl Places {
    pub(super) fn of(state_dir: &Path) -> Self {
        Self {
            folder: state_dir.join("sandbox"),
        }
    }

    /// Records of attempts.
    pub(super) fn attempts(&self) -> PathBuf {
        self.folder.join("attempts")
    }

    /// The record of what stays from attempt to attempt.
    fn tools(&self) -> PathBuf {
        self.folder.join("tools")
    }

    /// Rights are read, changed and written: one at a time, whichever process does it.
    pub(super) fn alone(&self) -> io::Result<File> {
        fs::create_dir_all(&self.folder)?;
        let mut options = File::options();
        let path = self.folder.join("rights.lock");
        let lock = options
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        lock.lock()?;
        Ok(lock)
    }

    pub(super) fn put_back(&self, entry: Entry) -> io::Result<()> {
        let _alone = self.alone()?;
        entry.undo(access::revoke, profile::remove, remove)
    }

    /// Of all attempts that nobody looks after.
    pub(super) fn put_back_all(&self) {
        for entry in Entry::left(&self.attempts()) {
            tell(self.put_back(entry));
        }
    }
}

/// A folder of an attempt's own, with all that is in it and nothing that is only linked to from there.
fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Lets all attempts of this installation read the toolchains that none could read yet. That takes long once for each, and
/// stays, under `name`. What fails is not seen inside, and nothing else.
pub(super) fn show_tools(places: &Places, name: &str, tools: &Sid, paths: &[PathBuf]) {
    let show = || -> io::Result<()> {
        let _alone = places.alone()?;
        let straight = paths.iter().filter(|path| is_straight(path).is_ok());
        let straight: Vec<PathBuf> = straight.cloned().collect();
        let is_new = |path: &&PathBuf| !access::names(path, tools).unwrap_or(false);
        let new: Vec<_> = straight.iter().filter(is_new).collect();
        if new.is_empty() {
            return Ok(());
        }
        let mut record = Record {
            profile: None,
            folder: None,
            identity: tools.clone(),
            paths: straight.clone(),
        };
        for left in Entry::left(&places.tools()) {
            if left.record.identity != *tools {
                continue;
            }
            // Where a toolchain was before it may still be.
            let other = left.record.paths.iter();
            record
                .paths
                .extend(other.filter(|path| !straight.contains(path)).cloned());
        }
        let _kept = Entry::write(&places.tools(), name, record)?;
        for path in new {
            let grant = Grant {
                path: path.clone(),
                right: Right::Read,
            };
            tell(access::grant(&grant, tools));
        }
        Ok(())
    };
    tell(show());
}

/// Puts back what launchers that are no more have left.
pub(super) async fn sweep(state_dir: &Path) {
    let (places, temporary) = (Places::of(state_dir), temporary(state_dir));
    blocking(move || {
        places.put_back_all();
        for folder in fs::read_dir(temporary).into_iter().flatten().flatten() {
            let name = folder.file_name();
            let owner = name.to_str().and_then(|name| name.split('-').next());
            let owner = owner.and_then(|pid| pid.parse().ok());
            if !owner.is_some_and(system::is_there) {
                tell(fs::remove_dir_all(folder.path()));
            }
        }
    })
    .await;
}

/// Takes back what stays from attempt to attempt: reading the toolchains.
pub(crate) fn take_back(state_dir: &Path) -> io::Result<usize> {
    let places = Places::of(state_dir);
    let mut count = 0;
    for entry in Entry::left(&places.attempts())
        .into_iter()
        .chain(Entry::left(&places.tools()))
    {
        count += entry.record.paths.len();
        places.put_back(entry)?;
    }
    Ok(count)
}
