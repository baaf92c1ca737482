//! Where a canary sings, the same on every system.

use std::fs;
use std::path::PathBuf;

/// A folder that goes with the canary.
pub(crate) struct Nest(pub(crate) PathBuf);

impl Drop for Nest {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::warn!(%error, "a canary's nest is left behind");
        }
    }
}
