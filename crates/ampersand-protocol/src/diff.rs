//! A bounded diff as it is shown, and the pictures among its files.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// One side of a changed picture. Made by an agent: it is shown when a person asks for it, and never before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum Picture {
    /// No file.
    Absent,
    /// A picture of at most four megabytes and sixteen million points.
    Shown {
        /// `png`, `jpeg`, `gif` or `webp`.
        kind: String,
        /// In points.
        width: u32,
        /// In points.
        height: u32,
        /// The file in base64.
        data: String,
    },
    /// No picture, or one too large to be shown.
    NotShown {
        /// Why, as a clause.
        why: String,
    },
}

/// A bounded diff.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Diff {
    /// The files, sorted by path.
    pub files: Vec<DiffFile>,
    /// Files that were left out because there are too many.
    pub files_left_out: u32,
}

/// One file of a diff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DiffFile {
    /// Relative to the repository, invisible characters made visible.
    pub path: String,
    /// Its name before, if it was renamed.
    pub old_path: Option<String>,
    /// What happened to it.
    pub kind: FileKind,
    /// Lines added.
    pub added: u32,
    /// Lines removed.
    pub removed: u32,
    /// Whether it is not text, so that there are no hunks.
    pub binary: bool,
    /// Whether hunks were cut because there is too much.
    pub cut: bool,
    /// The hunks.
    pub hunks: Vec<DiffHunk>,
}

/// What happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// It is new.
    Added,
    /// Its content changed.
    Modified,
    /// It is gone.
    Deleted,
    /// It has another name.
    Renamed,
    /// It is another kind of thing, or executable where it was not.
    ModeChanged,
}

/// Lines that belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DiffHunk {
    /// The line with the two at signs.
    pub header: String,
    /// The lines.
    pub lines: Vec<DiffLine>,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DiffLine {
    /// What happened to it.
    pub kind: DiffLineKind,
    /// Its number before, counted from one.
    pub old: Option<u32>,
    /// Its number after, counted from one.
    pub new: Option<u32>,
    /// Its text without the line end, invisible characters made visible.
    pub text: String,
}

/// What happened to a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DiffLineKind {
    /// It stands for context.
    Context,
    /// It is new.
    Added,
    /// It is gone.
    Removed,
}
