//! Agents of others as they were found on this machine.

use ampersand_core::{AgentFacts, Failure, LoginUse, QuotaWindow};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// An agent of others, installed or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AgentFound {
    /// Its name in the settings and on cards.
    pub name: String,
    /// What its program says of its version, in one line; absent if it is not installed.
    pub version: Option<String>,
    /// Whether its own program keeps a login here; absent where that cannot be told.
    pub logged_in: Option<bool>,
    /// Whether that login is used.
    pub login: LoginUse,
    /// What keeps it from being given tasks, and what would change that; absent if nothing does.
    pub missing: Option<Failure>,
    /// How much of its account's windows is used, as it told last; empty while nothing is known.
    pub quota: Vec<QuotaWindow>,
    /// Of every window so much is kept for the person, of a hundred.
    pub keep_percent: u8,
    /// What is true of it.
    pub facts: AgentFacts,
}

/// A conversation that the program of an agent keeps on this machine, and that a task can go on with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SessionFound {
    /// The agent, by its name in the settings.
    pub agent: String,
    /// The program's own name for it.
    pub id: String,
    /// How it began, on one line.
    pub title: String,
    /// When it was last written to.
    #[ts(type = "string")]
    pub at: Timestamp,
    /// The folder it was held in.
    pub folder: String,
}
