//! The sandbox tier an attempt really ran in, and the words for it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How far an attempt is kept apart from the rest of the machine. Never lowered silently or midway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "tier", rename_all = "snake_case")]
pub enum Isolation {
    /// Everything the platform's design asks for is in force.
    Full,
    /// Some of it is not.
    Reduced {
        /// What is missing, one phrase each.
        missing: Vec<String>,
    },
    /// Nothing could be had; only reading and searching by our own code goes on.
    None {
        /// The probe that failed, and its own words.
        why: String,
    },
    /// Switched off by typed consent for one task.
    Unsafe,
}

impl Isolation {
    /// The words on a card.
    pub fn shown(&self) -> String {
        match self {
            Self::Full => "sandboxed".to_owned(),
            Self::Reduced { missing } => format!("partly sandboxed: {}", missing.join(", ")),
            Self::None { .. } | Self::Unsafe => "not sandboxed".to_owned(),
        }
    }
}
