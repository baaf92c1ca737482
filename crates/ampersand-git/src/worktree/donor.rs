//! Taking files from a worktree nobody has worked in, where the disk can share content between two files.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use cap_std::fs::{Dir, Metadata};
use git2::{Index, IndexEntry};

use crate::rooted::{self, Root};
use crate::tree::{LINK, Slot};

/// A warm worktree to clone from.
pub(super) struct Donor {
    root: Root,
    entries: HashMap<Vec<u8>, IndexEntry>,
    /// Set at the first refusal: a disk that cannot share content will not learn it.
    is_unable: AtomicBool,
}

impl Donor {
    /// The worktree at `files`, of which `index` tells what it holds; `None` if it cannot be read.
    pub(super) fn open(files: &Path, index: &Path) -> Option<Self> {
        let index = Index::open(index).ok()?;
        Some(Self {
            root: Root::open(files).ok()?,
            entries: index
                .iter()
                .map(|entry| (entry.path.clone(), entry))
                .collect(),
            is_unable: AtomicBool::new(false),
        })
    }

    /// Clones the file at `path` into `dir`, if it is there, is what is wanted, and the disk can.
    pub(super) fn give(
        &self,
        path: &[u8],
        slot: Slot,
        dir: &Dir,
        name: &OsString,
    ) -> Option<Metadata> {
        if self.is_unable.load(Ordering::Relaxed) || slot.mode == LINK {
            return None;
        }
        let entry = self.entries.get(path)?;
        if (entry.id, entry.mode) != (slot.oid, slot.mode) {
            return None;
        }
        let (from, own) = self.root.parent(path).ok()?;
        let is_unchanged = || {
            let found = from.symlink_metadata(&own).ok()?;
            let now = rooted::index_entry(path, slot, Some(&found));
            let is_same = (now.mtime, now.ctime, now.ino, now.file_size)
                == (entry.mtime, entry.ctime, entry.ino, entry.file_size);
            is_same.then_some(())
        };
        is_unchanged()?;
        match rooted::clone_new(&from, &own, dir, name, slot.mode) {
            // A task may have claimed the worktree between looking and cloning, and written to the file.
            Ok(cloned) => match is_unchanged() {
                Some(()) => Some(cloned),
                None => {
                    dir.remove_file(name).ok()?;
                    None
                }
            },
            Err(_refused) => {
                self.is_unable.store(true, Ordering::Relaxed);
                None
            }
        }
    }
}
