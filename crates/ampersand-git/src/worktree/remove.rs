//! Removing a worktree, whose content an agent chose.

use ampersand_process::remove_folder;

use super::bookkeeping::{Bookkeeping, Lock, Owner, Phase};
use super::{Worktree, WorktreeError, check_task, create};
use crate::attach::Repository;
use crate::failure::AttemptingAt;

impl Repository {
    /// Removes the task's folder and git's bookkeeping about it. What was committed stays under
    /// `refs/ampersand/<task>/`; what was not is gone. Removing what is not there is no error.
    pub fn remove_worktree(&self, worktree: &Worktree) -> Result<(), WorktreeError> {
        self.begin_removing(worktree)?;
        remove_folder(&worktree.path).attempting_at("remove", &worktree.path)?;
        Bookkeeping::of(self, &worktree.task).erase()?;
        Ok(())
    }

    /// From here on recovery completes it.
    pub(super) fn begin_removing(&self, worktree: &Worktree) -> Result<(), WorktreeError> {
        check_task(&worktree.task)?;
        let books = Bookkeeping::of(self, &worktree.task);
        if books.dir().is_dir() {
            let owner = Owner::of(&create::place(&worktree.path)?)?;
            let phase = Phase::Removing;
            books.set_lock(&Lock { phase, owner })?;
        }
        Ok(())
    }
}
