//! What the last commit, or the checkout before it, knew about each file: enough to skip reading most of them.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use cap_std::fs::Metadata;
use git2::{Index, IndexEntry, Oid};

use crate::rooted;
use crate::tree::{self, Slot};
use crate::worktree::Bookkeeping;

/// File times from the last time we read or wrote each file: what has not changed since needs no reading.
pub(crate) struct Known {
    entries: HashMap<Vec<u8>, IndexEntry>,
    written: Option<(i32, u32)>,
}

impl Known {
    pub(crate) fn load(books: &Bookkeeping) -> Self {
        let indexes = [books.private_index(), books.index()];
        match indexes.into_iter().find(|path| path.is_file()) {
            Some(path) => Self::from_index(&path),
            None => Self::nothing(),
        }
    }

    /// Nothing: every file is read.
    pub(crate) fn nothing() -> Self {
        Self {
            entries: HashMap::new(),
            written: None,
        }
    }

    /// What an index knows; nothing if it cannot be read.
    pub(crate) fn from_index(path: &Path) -> Self {
        let (Ok(index), Ok(found)) = (Index::open(path), fs::metadata(path)) else {
            return Self::nothing();
        };
        let stamp = rooted::index_entry(&[], no_slot(), Some(&Metadata::from_just_metadata(found)));
        Self {
            entries: index
                .iter()
                .map(|entry| (entry.path.clone(), entry))
                .collect(),
            written: Some((stamp.mtime.seconds(), stamp.mtime.nanoseconds())),
        }
    }

    /// The content of a file that cannot have changed since. A file touched in the very moment the index was
    /// written is read again: its time would not show a later change.
    pub(super) fn unchanged(&self, now: &IndexEntry) -> Option<Oid> {
        let then = self.entries.get(&now.path)?;
        let settled = self.written? > (now.mtime.seconds(), now.mtime.nanoseconds());
        let same = then.mtime == now.mtime
            && then.ctime == now.ctime
            && then.ino == now.ino
            && then.dev == now.dev
            && then.file_size == now.file_size
            && then.mode == now.mode;
        (settled && same && cfg!(unix)).then_some(then.id)
    }
}

/// A file of no content yet.
pub(super) const fn no_slot() -> Slot {
    Slot {
        oid: Oid::ZERO_SHA1,
        mode: tree::FILE,
    }
}
