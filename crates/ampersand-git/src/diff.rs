//! What lies between two commits, bounded, for a card, a window or a terminal.

mod picture;
mod read;
mod render;

pub use picture::{PICTURE_BYTES_MAX, Picture};
pub(crate) use read::diff as between;
use serde::{Deserialize, Serialize};

use crate::attach::Repository;
use crate::failure::GitFailure;
use crate::object::CommitId;

/// Why two commits could not be compared.
pub type DiffError = GitFailure;

/// How much of a difference is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiffLimits {
    /// Files with lines; the rest are counted.
    pub max_files: usize,
    /// Lines of one file.
    pub max_file_lines: usize,
    /// Lines of all files together.
    pub max_lines: usize,
    /// Bytes of one line; longer lines are cut.
    pub max_line_bytes: usize,
}

impl Default for DiffLimits {
    fn default() -> Self {
        Self {
            max_files: 300,
            max_file_lines: 3_000,
            max_lines: 20_000,
            max_line_bytes: 2_000,
        }
    }
}

/// How much changed between two commits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diffstat {
    /// The files, sorted by path, at most 200 of them.
    pub files: Vec<ChangedFile>,
    /// How many files changed in all.
    pub count: u32,
    /// Lines added.
    pub added: u32,
    /// Lines removed.
    pub removed: u32,
}

/// One file that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedFile {
    /// Relative to the repository, made visible.
    pub path: String,
    /// What happened to it.
    pub kind: FileKind,
    /// Lines added.
    pub added: u32,
    /// Lines removed.
    pub removed: u32,
}

/// What happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// Its content or its executable bit changed.
    Modified,
    /// It has another path, and perhaps other content.
    Renamed,
    /// A file became a link or a link a file.
    Retyped,
}

/// A bounded difference.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diff {
    /// The files that fit, sorted by path.
    pub files: Vec<FileDiff>,
    /// How many files changed in all.
    pub count: u32,
    /// Whether files, or lines of one, were left away.
    pub truncated: bool,
}

/// The difference in one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileDiff {
    /// Relative to the repository, made visible.
    pub path: String,
    /// The path it had, if it was renamed.
    pub old_path: Option<String>,
    /// What happened to it.
    pub kind: FileKind,
    /// The octal mode it had, if it was there: `100644`, `100755` or `120000`.
    pub old_mode: Option<String>,
    /// The octal mode it has, if it is there.
    pub new_mode: Option<String>,
    /// Whether it is not text, or too large to compare: then it has no hunks.
    pub binary: bool,
    /// Lines added, counted in full.
    pub added: u32,
    /// Lines removed, counted in full.
    pub removed: u32,
    /// The places that differ.
    pub hunks: Vec<Hunk>,
    /// Whether lines were left away.
    pub truncated: bool,
}

/// One place that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hunk {
    /// `@@ -1,4 +1,6 @@` and what git says about the place, made visible.
    pub header: String,
    /// The lines.
    pub lines: Vec<Line>,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// On which side it is.
    pub kind: LineKind,
    /// Its number before, from one.
    pub old_no: Option<u32>,
    /// Its number after, from one.
    pub new_no: Option<u32>,
    /// Its text without the line feed; bytes that are not UTF-8 replaced. Not yet safe to print.
    pub text: String,
}

/// On which side a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// On both.
    Context,
    /// Only after.
    Added,
    /// Only before.
    Removed,
}

impl Repository {
    /// How much changed from `base` to `head`.
    pub fn diffstat(&self, base: CommitId, head: CommitId) -> Result<Diffstat, DiffError> {
        read::diffstat(&self.open_objects()?, base.oid(), head.oid())
    }

    /// What changed from `base` to `head`, as far as the limits go. Renames are found.
    pub fn diff(
        &self,
        base: CommitId,
        head: CommitId,
        limits: DiffLimits,
    ) -> Result<Diff, DiffError> {
        read::diff(&self.open_objects()?, base.oid(), head.oid(), limits)
    }
}
