//! What a landing makes of a branch, written down before the branch moves: whoever asked for it may be gone when it has.
//!
//! One small file for each task, in the checkout's git folder, until whoever keeps the books has it.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use super::Landed;
use super::preview::holds;
use crate::attach::Repository;
use crate::commit::find_ref;
use crate::failure::{AttemptingAt, GitFailure};
use crate::object::CommitId;
use crate::rooted;

fn file(repository: &Repository, task: &str) -> PathBuf {
    repository.git_dir().join("ampersand-landed").join(task)
}

/// Writes it down. It holds once the branch holds the commit.
pub(super) fn keep(repository: &Repository, task: &str, landed: &Landed) -> Result<(), GitFailure> {
    let path = file(repository, task);
    let write = || -> io::Result<()> {
        let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
        fs::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(&serde_json::to_vec(landed)?)?;
        file.as_file().sync_all()?;
        file.persist(&path)?;
        rooted::sync_folder(folder)
    };
    write().attempting_at("write", &path)
}

/// Drops it unless it is about this commit.
pub(super) fn keep_only(
    repository: &Repository,
    task: &str,
    to: CommitId,
) -> Result<(), GitFailure> {
    match read(repository, task)? {
        Some(landed) if landed.to != to => repository.forget_landed(task),
        _ => Ok(()),
    }
}

fn read(repository: &Repository, task: &str) -> Result<Option<Landed>, GitFailure> {
    let path = file(repository, task);
    match fs::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        read => read
            .and_then(|bytes| Ok(serde_json::from_slice(&bytes)?))
            .map(Some)
            .attempting_at("read", &path),
    }
}

impl Repository {
    /// What the last landing of a task made, if the branch holds it and [`Repository::forget_landed`] was not called since.
    pub fn landed(&self, task: &str) -> Result<Option<Landed>, GitFailure> {
        let Some(landed) = read(self, task)? else {
            return Ok(None);
        };
        let git = self.open()?;
        let is_held = match find_ref(&git, &format!("refs/heads/{}", landed.branch))? {
            Some(tip) => holds(&git, tip, landed.to.oid())?,
            None => false,
        };
        Ok(is_held.then_some(landed))
    }

    /// Lets go of what [`Repository::landed`] knows: it is written down elsewhere, or was undone.
    pub fn forget_landed(&self, task: &str) -> Result<(), GitFailure> {
        let path = file(self, task);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(error).attempting_at("remove", &path)
            }
            _ => Ok(()),
        }
    }
}
