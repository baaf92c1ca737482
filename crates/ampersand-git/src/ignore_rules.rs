//! What a commit leaves out: the base's ignore rules, the worktree's, and the person's own.
//!
//! Either the base's or the worktree's rules suffice to leave a file out. An agent that deletes the line for
//! `.env` must not thereby put it into a commit.

use std::path::{Path, PathBuf};

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// More text than this in one ignore file is not read.
pub(crate) const MAX_IGNORE_BYTES: u64 = 512 << 10;
/// More rules than this in one ignore file are not compiled.
const MAX_RULES: usize = 10_000;

/// What a path is: a rule may speak about folders alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A file or a link.
    File,
    /// A folder.
    Folder,
}

/// The rules of one source, innermost folder last.
#[derive(Debug, Clone, Default)]
pub(crate) struct IgnoreRules {
    levels: Vec<Level>,
}

#[derive(Debug, Clone)]
struct Level {
    folder: PathBuf,
    rules: Gitignore,
}

impl IgnoreRules {
    /// Adds the rules of one ignore file; they hold below `folder`. A line that is no pattern is skipped.
    pub(crate) fn push(&mut self, folder: &Path, text: &[u8]) {
        let mut builder = GitignoreBuilder::new("");
        for line in String::from_utf8_lossy(text).lines().take(MAX_RULES) {
            // Git skips what it cannot read as a pattern, and so do we.
            drop(builder.add_line(None, line));
        }
        let rules = builder
            .build()
            .unwrap_or_else(|_too_large| Gitignore::empty());
        self.levels.push(Level {
            folder: folder.to_owned(),
            rules,
        });
    }

    /// How many levels stand, to go back to with [`IgnoreRules::truncate`].
    pub(crate) const fn depth(&self) -> usize {
        self.levels.len()
    }

    /// Forgets the levels pushed since.
    pub(crate) fn truncate(&mut self, depth: usize) {
        self.levels.truncate(depth);
    }

    /// Whether the innermost rule that speaks about the path says to ignore it.
    pub(crate) fn is_ignored(&self, path: &Path, kind: Kind) -> bool {
        for level in self.levels.iter().rev() {
            let Ok(below) = path.strip_prefix(&level.folder) else {
                continue;
            };
            match level.rules.matched(below, kind == Kind::Folder) {
                Match::Ignore(_) => return true,
                Match::Whitelist(_) => return false,
                Match::None => {}
            }
        }
        false
    }
}
