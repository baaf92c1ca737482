//! Work and branch that do not join: what both sides want, as a card shows it and a model may read it, and what became of it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::TaskId;

/// A file in which a task's work and the branch changed the same places.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Conflict {
    /// Relative to the repository, made visible.
    pub path: String,
    /// Whether the branch has such a file.
    pub branch_has_it: bool,
    /// Whether the task's work has such a file.
    pub task_has_it: bool,
    /// The places, in order; none where the conflict is not about lines of text.
    pub places: Vec<ConflictPlace>,
    /// Whether places or lines were left out, as there are too many.
    pub cut: bool,
}

/// A place that both sides changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ConflictPlace {
    /// Where it begins in the branch's file, counted from one.
    pub line: u32,
    /// What the branch says there, line by line.
    pub branch: Vec<String>,
    /// What the task's work says there.
    pub task: Vec<String>,
}

/// One of two sides that do not join.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// What the branch says.
    Branch,
    /// What the task's work says.
    Task,
}

impl Side {
    /// Whose it is, in words.
    pub const fn shown(self) -> &'static str {
        match self {
            Self::Branch => "the branch's side",
            Self::Task => "the work's side",
        }
    }
}

/// The side that is kept where both changed the same places.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Kept {
    /// Which.
    pub side: Side,
    /// The commit the branch stood on when that was looked at: it holds for no other.
    pub on: String,
}

/// How a task's work and its branch stand, where they do not join.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Standoff {
    /// What its last landing was refused for; nothing if it was not refused for that.
    pub files: Vec<Conflict>,
    /// The task that brings both together.
    pub follow_up: Option<TaskId>,
    /// What is kept as it lands.
    pub keeps: Option<Kept>,
}
