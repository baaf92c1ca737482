//! Walking a hostile tree: iterative, bounded in depth and width, following no link, honouring `.gitignore`.

use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ampersand_core::counted;
use cap_std::fs::{File, FileType, Metadata};
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use serde::{Deserialize, Serialize};

use crate::folder::Folder;
use crate::tool_error::ToolError;
use crate::worktree::{Worktree, open_entry, refused, relative};

/// Folders below one another that are entered. Each open level holds one file descriptor.
const MAX_DEPTH: usize = 64;
/// Entries of one folder that are looked at.
const MAX_WIDTH: usize = 20_000;
/// What is read of one `.gitignore`: a repository could otherwise make us compile forever.
const MAX_RULES_BYTES: u64 = 64 * 1024;

/// What a walk left out, so that nobody takes a bounded look for a whole one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// Folders not entered because they are too deep.
    pub deep: u64,
    /// Folders with more entries than are looked at.
    pub crowded: u64,
    /// Files or folders that could not be opened.
    pub unreadable: u64,
    /// Files too large to be searched.
    pub large: u64,
}

impl Skipped {
    /// In words; empty if nothing was left out.
    pub fn shown(self) -> String {
        let counts = [
            (self.deep, "too deep folder", ""),
            (self.crowded, "overfull folder", " in part"),
            (self.unreadable, "unreadable entry", ""),
            (self.large, "too large file", ""),
        ];
        let said = counts.iter().filter(|(count, ..)| *count > 0);
        said.map(|(count, what, how)| format!("{}{how}", counted(*count, what)))
            .collect::<Vec<_>>()
            .join(", ")
    }
}

/// One thing met on a walk.
#[derive(Debug)]
pub(crate) struct Met {
    /// Relative to the worktree.
    pub(crate) path: PathBuf,
    /// What it is; links are not followed.
    pub(crate) kind: FileType,
    /// One for what lies directly in the folder the walk started from.
    pub(crate) depth: usize,
    name: OsString,
    parent: Arc<Folder>,
}

impl Met {
    pub(crate) fn open(&self) -> Result<(File, Metadata), ToolError> {
        open_entry(&self.parent, &self.name)
    }

    pub(crate) fn metadata(&self) -> Option<Metadata> {
        self.parent.symlink_metadata(Path::new(&self.name)).ok()
    }

    pub(crate) fn link_target(&self) -> Option<PathBuf> {
        self.parent.read_link(&self.name).ok()
    }
}

/// Everything below a folder in the order of names, what git ignores and `.git` left out.
#[derive(Debug)]
pub(crate) struct Walk {
    levels: Vec<Level>,
    /// One for each folder from the worktree's root to the level on top.
    rules: Vec<Gitignore>,
    depth: usize,
    skipped: Skipped,
}

#[derive(Debug)]
struct Level {
    directory: Arc<Folder>,
    path: PathBuf,
    entries: std::vec::IntoIter<(OsString, FileType)>,
}

impl Walk {
    /// Starts below `start`. `depth` counts the levels that are shown, at most [`MAX_DEPTH`].
    pub(crate) fn below(
        worktree: &Worktree,
        start: &Path,
        depth: usize,
    ) -> Result<Self, ToolError> {
        let start = relative(start)?;
        let opened = |path: &Path, directory: std::io::Result<Folder>| {
            directory.map_err(|source| refused("open folder", path.as_os_str(), source))
        };
        let mut walk = Self {
            levels: Vec::new(),
            rules: Vec::new(),
            depth: depth.clamp(1, MAX_DEPTH),
            skipped: Skipped::default(),
        };
        let mut directory = opened(&start, worktree.root().try_clone())?;
        let mut path = PathBuf::new();
        for name in start
            .components()
            .filter(|part| *part != std::path::Component::CurDir)
        {
            walk.rules.push(rules_of(&directory, &path));
            directory = opened(&start, directory.open_dir(name.as_os_str()))?;
            path.push(name);
        }
        walk.enter(directory, path);
        Ok(walk)
    }

    pub(crate) const fn skipped(&self) -> Skipped {
        self.skipped
    }

    pub(crate) const fn skip_large(&mut self) {
        self.skipped.large += 1;
    }

    pub(crate) const fn skip_unreadable(&mut self) {
        self.skipped.unreadable += 1;
    }

    fn enter(&mut self, directory: Folder, path: PathBuf) {
        let Ok((listing, more)) = directory.entries(MAX_WIDTH) else {
            self.skipped.unreadable += 1;
            return;
        };
        if more {
            self.skipped.crowded += 1;
        }
        let listed = listing.len();
        let mut entries: Vec<_> = listing.into_iter().flatten().collect();
        self.skipped.unreadable += (listed - entries.len()) as u64;
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        self.rules.push(rules_of(&directory, &path));
        let entries = entries.into_iter();
        self.levels.push(Level {
            directory: Arc::new(directory),
            path,
            entries,
        });
    }

    /// The deepest `.gitignore` with an opinion decides.
    fn ignored(&self, path: &Path, kind: FileType) -> bool {
        let mut opinions =
            (self.rules.iter().rev()).map(|rules| rules.matched(path, kind.is_dir()));
        opinions
            .find(|opinion| !opinion.is_none())
            .is_some_and(|found| found.is_ignore())
    }
}

impl Iterator for Walk {
    type Item = Met;

    fn next(&mut self) -> Option<Met> {
        loop {
            let depth = self.levels.len();
            let level = self.levels.last_mut()?;
            let Some((name, kind)) = level.entries.next() else {
                self.levels.pop();
                self.rules.pop();
                continue;
            };
            let path = level.path.join(&name);
            let parent = Arc::clone(&level.directory);
            if name.eq_ignore_ascii_case(".git") || self.ignored(&path, kind) {
                continue;
            }
            if kind.is_dir() {
                if depth < self.depth {
                    match parent.open_dir(&name) {
                        Ok(directory) => self.enter(directory, path.clone()),
                        Err(_) => self.skipped.unreadable += 1,
                    }
                } else if depth == MAX_DEPTH {
                    self.skipped.deep += 1;
                }
            }
            return Some(Met {
                path,
                kind,
                depth,
                name,
                parent,
            });
        }
    }
}

fn rules_of(directory: &Folder, path: &Path) -> Gitignore {
    let Ok((file, _)) = open_entry(directory, ".gitignore".as_ref()) else {
        return Gitignore::empty();
    };
    let mut text = Vec::new();
    if file.take(MAX_RULES_BYTES).read_to_end(&mut text).is_err() {
        return Gitignore::empty();
    }
    if text.len() as u64 == MAX_RULES_BYTES {
        // Half a rule is another rule, and may ignore everything.
        text.truncate(text.iter().rposition(|byte| *byte == b'\n').unwrap_or(0));
    }
    let root = if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    };
    let mut builder = GitignoreBuilder::new(root);
    for line in String::from_utf8_lossy(&text).lines() {
        // A rule that cannot be read is one git would not apply either.
        drop(builder.add_line(None, line));
    }
    builder.build().unwrap_or_else(|_| Gitignore::empty())
}
