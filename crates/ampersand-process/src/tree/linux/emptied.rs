//! Whether anybody is left in a group. The kernel tells when that changes: whoever asks again and again takes the processors
//! from those that are on their way out, and with many trees ending at once that is most of what is left of them.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// What the kernel says of a group fits into this.
const TOLD_BYTES: usize = 256;

/// What the kernel says of one group. Polled, it wakes whoever looked before with what changed since, as urgent data.
#[derive(Debug)]
pub(super) struct Events {
    group: PathBuf,
    file: File,
}

impl Events {
    /// The open file of the group at this path.
    pub(super) fn new(file: File, group: &Path) -> Self {
        let group = group.to_owned();
        Self { group, file }
    }

    /// Whether nobody is left; a group that stands and cannot be read counts as populated.
    pub(super) fn is_empty(&self) -> bool {
        let mut told = [0; TOLD_BYTES];
        match self.file.read_at(&mut told, 0) {
            Ok(length) => {
                let told = String::from_utf8_lossy(&told[..length]);
                told.lines().any(|line| line == "populated 0")
            }
            Err(error) => is_removed(&error) || !self.group.exists(),
        }
    }
}

impl AsFd for Events {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

/// The answer of an open file whose group is gone.
fn is_removed(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::ENODEV)
}
