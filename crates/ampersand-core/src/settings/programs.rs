//! `[programs]`: what of the person's own opens a task's worktree.

use serde::Deserialize;

/// Programs of the person's own, each with its arguments; `{dir}` stands for the folder, which comes last if it is nowhere.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProgramSettings {
    /// The editor; empty means the first that is found of those that are known.
    pub editor: Vec<String>,
    /// The terminal.
    pub terminal: Vec<String>,
}
