//! Budgets: slots, and what was used.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What a model reported as used. Zero where it reported nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Usage {
    /// Tokens sent.
    pub input_tokens: u64,
    /// Tokens of those that the provider had cached.
    pub cached_tokens: u64,
    /// Tokens received.
    pub output_tokens: u64,
    /// Requests made.
    pub requests: u32,
    /// What it cost, in millionths of a US dollar, as an agent that tells it counts it by its own list of prices; zero
    /// where none was told.
    #[serde(default)]
    pub cost_microdollars: u64,
}

impl Usage {
    /// This and `other` together; saturating, since a hostile provider may report anything.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            input_tokens: self.input_tokens.saturating_add(other.input_tokens),
            cached_tokens: self.cached_tokens.saturating_add(other.cached_tokens),
            output_tokens: self.output_tokens.saturating_add(other.output_tokens),
            requests: self.requests.saturating_add(other.requests),
            cost_microdollars: self
                .cost_microdollars
                .saturating_add(other.cost_microdollars),
        }
    }
}

/// A preset for how many tasks run at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SlotsTier {
    /// One.
    Free,
    /// Six.
    #[default]
    Plus,
    /// Twelve.
    Pro,
}

/// How many tasks may run at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Slots(u32);

impl Slots {
    /// At least one; nothing would ever run with none.
    pub const fn new(limit: u32) -> Self {
        Self(if limit == 0 { 1 } else { limit })
    }

    /// The number.
    pub const fn count(self) -> u32 {
        self.0
    }
}

impl From<SlotsTier> for Slots {
    fn from(tier: SlotsTier) -> Self {
        Self(match tier {
            SlotsTier::Free => 1,
            SlotsTier::Plus => 6,
            SlotsTier::Pro => 12,
        })
    }
}

impl Default for Slots {
    fn default() -> Self {
        SlotsTier::default().into()
    }
}
