//! What an agent is told to do, and with what.

use std::path::PathBuf;

use ampersand_core::{Capability, Role, Work};
use ampersand_model::Model;

/// One task as an attempt at it needs it.
#[derive(Debug, Clone)]
pub struct Assignment {
    /// What is to be done.
    pub work: Work,
    /// The brief and the named inputs, word for word as a person can see them.
    pub given: String,
    /// What it may do.
    pub role: Role,
    /// What it is granted; never more than the role's.
    pub capabilities: Vec<Capability>,
    /// The checkout it works in, absolute and free of symbolic links.
    pub worktree: PathBuf,
    /// The model, for runtimes that need one.
    pub model: Option<Model>,
    /// How many tokens one request to the model may hold.
    pub context_tokens: u32,
    /// The tool process; see [`crate::find_toolhost`].
    pub toolhost: PathBuf,
    /// Where the exchange with the model is kept, outside the worktree. Present from an earlier attempt, it is gone on
    /// with, also after a report.
    pub transcript: PathBuf,
}
