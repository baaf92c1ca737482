//! `[pull_requests]`: where work goes out to, and how often its agent is sent back by itself.

use std::time::Duration;

use serde::Deserialize;

use crate::{Forge, Rounds};

/// How work goes out.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PullRequestSettings {
    /// The remote that is pushed to, where there are several.
    pub remote: String,
    /// Whose program opens them, where the remote's host does not say.
    pub forge: Option<Forge>,
    /// How often the agent of one is sent back by itself, for checks that failed and for review comments.
    pub rounds: u32,
    /// Tokens that these rounds may take; absent for no limit.
    pub tokens: Option<u64>,
    /// How often one is looked at while something happens to it.
    pub every_seconds: u32,
}

impl Default for PullRequestSettings {
    fn default() -> Self {
        Self {
            remote: "origin".to_owned(),
            forge: None,
            rounds: 3,
            tokens: None,
            every_seconds: 60,
        }
    }
}

impl PullRequestSettings {
    /// What a new pull request may take.
    pub const fn budget(&self) -> Rounds {
        Rounds {
            done: 0,
            most: self.rounds,
            tokens: 0,
            tokens_most: self.tokens,
        }
    }

    /// The pace at which one is looked at.
    pub const fn every(&self) -> Duration {
        Duration::from_secs(self.every_seconds as u64)
    }
}
