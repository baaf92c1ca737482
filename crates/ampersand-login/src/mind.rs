//! The model behind a Codex login: its app server, one process for each turn of ours, in the sandbox with an empty folder to
//! look at and one way out. It is told what the model of any other API would be told, and its only tools are ours.

mod config;
mod fault;
mod step;
mod talk;
#[cfg(test)]
mod tests;
mod told;

use std::sync::Arc;

use ampersand_core::{AgentLoginSettings, AgentSettings};
use ampersand_model::{Mind, Talk};

use crate::Logins;

/// What is shown of a model that nobody named.
const SHOWN: &str = "codex";

/// Codex as a model.
#[derive(Debug)]
pub struct CodexMind {
    logins: Arc<Logins>,
    program: AgentSettings,
    set: AgentLoginSettings,
}

impl CodexMind {
    /// With the login of the settings. Nothing is started and nobody asked yet.
    pub fn new(logins: Arc<Logins>, program: AgentSettings, set: AgentLoginSettings) -> Self {
        Self {
            logins,
            program,
            set,
        }
    }
}

impl Mind for CodexMind {
    fn name(&self) -> &str {
        self.set.model.as_deref().unwrap_or(SHOWN)
    }

    fn talk(self: Arc<Self>) -> Box<dyn Talk> {
        Box::new(talk::CodexTalk::new(self))
    }
}
