//! Whose turn it is to change a checkout: one at a time, of whatever process and home.
//!
//! Several of ours may serve one repository, each with a home of its own. What one of them sets aside looks, while it
//! is at it, as what a crash left does. So whoever sets something aside, or puts right what was left, holds this lock,
//! which the operating system gives back however its holder ends: where it can be had, what is left is nobody's any more.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::thread;
use std::time::Duration;

use super::LandRefusal;
use crate::attach::Repository;
use crate::failure::AttemptingAt;

/// The lock's file in the checkout's git folder. It stays, as removing it would let two hold one each.
const LOCK: &str = "ampersand-turn";

/// Who has it is waited for so often, and so long each time: in all it is two seconds.
const WAITS: u32 = 100;
const WAIT: Duration = Duration::from_millis(20);

/// Held for as long as it lives.
#[derive(Debug)]
pub(super) struct Turn(File);

impl Turn {
    /// Waits while somebody else has it, as a landing is soon over; then refuses, as a process may have been stopped.
    pub(super) fn take(repository: &Repository) -> Result<Self, LandRefusal> {
        let path = repository.git_dir().join(LOCK);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let file = options.open(&path).attempting_at("open", &path)?;
        let mut waits = 0;
        let locked = loop {
            match file.try_lock() {
                Err(TryLockError::WouldBlock) if waits < WAITS => {
                    waits += 1;
                    thread::sleep(WAIT);
                }
                locked => break locked,
            }
        };
        match locked {
            Err(TryLockError::WouldBlock) => return Err(LandRefusal::LandingUnderWay),
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                tracing::warn!(%error, "nothing keeps another home from landing here at the same time");
            }
            Err(TryLockError::Error(source)) => Err(source).attempting_at("lock", &path)?,
            Ok(()) => {}
        }
        Ok(Self(file))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        // Closing is not enough while a program that is being started has the file from us.
        if let Err(error) = self.0.unlock() {
            tracing::debug!(%error, "the turn ends with the file");
        }
    }
}
