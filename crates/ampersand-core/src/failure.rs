//! The one shape in which an error reaches a person: what happened, and what can be done.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// An error as it crosses a process boundary. `code` is for branching, the rest for reading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// Stable, snake_case; documented beside the commands that return it.
    pub code: String,
    /// What happened, as a sentence.
    pub message: String,
    /// What to do next, as a sentence. Never empty.
    pub hint: String,
}

impl Failure {
    /// A failure from its three parts.
    pub fn new(
        code: impl Into<String>,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            hint: hint.into(),
        }
    }
}
