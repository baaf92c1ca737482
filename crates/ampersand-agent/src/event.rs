//! What an agent tells while it works.

use ampersand_core::{QuotaWindow, Usage};

/// One thing told. The channel is bounded: an agent that talks faster than it is listened to waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AgentEvent {
    /// What it is at.
    Activity(Activity),
    /// More of its own words, as they come.
    Said {
        /// The piece.
        text: String,
    },
    /// More of what a program printed.
    Output {
        /// The piece, invalid UTF-8 replaced.
        text: String,
    },
    /// What was used so far, earlier attempts with the same transcript included.
    Usage(Usage),
    /// How much of its account's windows is used by now, by whomever.
    Quota {
        /// All that are known of.
        windows: Vec<QuotaWindow>,
    },
    /// It took in what it was told.
    SteeringDelivered {
        /// The words.
        text: String,
    },
}

/// What an agent is at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Activity {
    /// One line, hidden characters made visible.
    pub line: String,
    /// Steps of its own plan that are done.
    pub steps_done: u32,
    /// All of its steps; zero if it has said none.
    pub steps: u32,
    /// Files touched so far, or looked at by a scan.
    pub files: u32,
    /// Tokens used so far, both directions.
    pub tokens: u64,
}
