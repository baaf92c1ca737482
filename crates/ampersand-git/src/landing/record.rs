//! What a landing makes of a branch, written down before the branch moves: whoever asked for it may be gone when it has.
//!
//! One small file for each task, in the checkout's git folder, until whoever keeps the books has it.

use std::path::PathBuf;

use super::Landed;
use super::preview::holds;
use crate::attach::Repository;
use crate::commit::find_ref;
use crate::durable;
use crate::failure::GitFailure;
use crate::object::CommitId;

fn file(repository: &Repository, task: &str) -> PathBuf {
    repository.git_dir().join("ampersand-landed").join(task)
}

/// Writes it down. It holds once the branch holds the commit.
pub(super) fn keep(repository: &Repository, task: &str, landed: &Landed) -> Result<(), GitFailure> {
    durable::note(&file(repository, task), landed)
}

/// Drops it unless it is about this commit.
pub(super) fn keep_only(
    repository: &Repository,
    task: &str,
    to: CommitId,
) -> Result<(), GitFailure> {
    match noted(repository, task)? {
        Some(landed) if landed.to != to => repository.forget_landed(task),
        _ => Ok(()),
    }
}

fn noted(repository: &Repository, task: &str) -> Result<Option<Landed>, GitFailure> {
    durable::noted(&file(repository, task))
}

impl Repository {
    /// What the last landing of a task made, if the branch holds it and [`Repository::forget_landed`] was not called since.
    pub fn landed(&self, task: &str) -> Result<Option<Landed>, GitFailure> {
        let Some(landed) = noted(self, task)? else {
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
        durable::forget(&file(self, task))
    }
}
