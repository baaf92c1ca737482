//! How an attempt ended.

use ampersand_core::{Failure, Report};
use jiff::Timestamp;

/// How an attempt ended. Nothing of it runs any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It did what it was asked.
    Done {
        /// What it hands back.
        report: Report,
    },
    /// It did not.
    Failed {
        /// Why, and what to do.
        failure: Failure,
        /// What it can hand back all the same.
        report: Option<Report>,
    },
    /// A limit or an outage stopped it; another attempt goes on from there.
    Limit {
        /// What the provider or the network said.
        failure: Failure,
        /// When to try again; absent if only a person can go on.
        next_try_at: Option<Timestamp>,
    },
}

impl Outcome {
    pub(crate) const fn failed(failure: Failure) -> Self {
        Self::Failed {
            failure,
            report: None,
        }
    }
}
