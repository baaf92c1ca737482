//! Where the system tells nothing: every worktree is looked at from time to time.

use std::collections::HashMap;
use std::io;

use cap_std::fs::Dir;

use crate::radar::Dirty;

/// Watches nothing.
#[derive(Debug, Default)]
pub struct Watches;

/// Hears nothing.
#[derive(Debug)]
pub struct Ear;

impl Watches {
    /// Watches nothing.
    pub const fn new() -> Self {
        Self
    }

    /// What wakes up when there is something to take.
    pub const fn ear(&self) -> io::Result<Ear> {
        Ok(Ear)
    }

    /// What may have changed since it was last asked, by task.
    pub fn take(&mut self) -> HashMap<String, Dirty> {
        HashMap::new()
    }

    /// Forgets a task's folders.
    pub const fn forget(&mut self, _task: &str) {}

    pub(crate) const fn forget_below(&mut self, _task: &str, _path: &[u8]) {}

    pub(crate) const fn enter(&mut self, _task: &str, _folder: &Dir, _path: &[u8]) -> bool {
        false
    }
}

impl Ear {
    /// Waits until there is something to take.
    pub async fn hear(&self) {
        std::future::pending::<()>().await;
    }
}
