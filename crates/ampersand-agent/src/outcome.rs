//! How an attempt ended.

use ampersand_core::{Failure, Obstacle, Outage, Report};

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
        /// What stands in the way.
        outage: Outage,
    },
}

impl Outcome {
    /// Stopped by something of which nobody said when it passes.
    pub(crate) const fn limit(obstacle: Obstacle, failure: Failure) -> Self {
        let until = None;
        Self::Limit {
            outage: Outage {
                obstacle,
                failure,
                until,
            },
        }
    }

    pub(crate) const fn failed(failure: Failure) -> Self {
        Self::Failed {
            failure,
            report: None,
        }
    }
}
