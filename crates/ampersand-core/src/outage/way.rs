//! An attempt's way to its model, as whoever carries the requests sees it: whether it is worth going on, and what an end
//! that the agent explains in its own way really was.

use std::time::Duration;

use jiff::Timestamp;

use super::{Obstacle, Outage};

/// The longest pause that an agent may sit out by itself; beyond it the person is told and the task pauses.
const SITS_OUT: Duration = Duration::from_secs(20);
/// An agent may ask so often in vain before its failing counts as lasting.
const IN_VAIN: u32 = 3;

/// What came of one request to the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// A whole answer.
    Answered,
    /// None, or not a whole one.
    Failed {
        /// Why.
        outage: Outage,
        /// Whether an answer had begun, so that asking again may be paid for twice.
        begun: bool,
    },
}

/// What was seen so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Way {
    answers: u32,
    failing: Option<Failing>,
}

/// Requests that failed since the last whole answer.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Failing {
    since: Timestamp,
    times: u32,
    newest: Outage,
}

impl Way {
    /// Takes in what came of a request. A reason comes back if the agent is to be stopped: going on would be paid for
    /// twice, or is in vain for longer than a person should not know of it.
    pub fn see(&mut self, seen: Seen, now: Timestamp) -> Option<Outage> {
        let (outage, begun) = match seen {
            Seen::Answered => {
                self.answers = self.answers.saturating_add(1);
                self.failing = None;
                return None;
            }
            Seen::Failed { outage, begun } => (outage, begun),
        };
        let failing = match self.failing.take() {
            Some(before) => Failing {
                times: before.times.saturating_add(1),
                newest: outage,
                ..before
            },
            None => Failing {
                since: now,
                times: 1,
                newest: outage,
            },
        };
        let stops = begun || failing.is_in_vain(now);
        let newest = stops.then(|| failing.newest.clone());
        self.failing = Some(failing);
        newest
    }

    /// Whether the model answered at all.
    pub const fn has_answered(&self) -> bool {
        self.answers > 0
    }

    /// What an attempt came to whose agent says that it ended with `said`, or, for `None`, in any other way. While the
    /// model does not answer, that is the reason, whatever an agent makes of it; an account's own limits it knows better, and
    /// that its login is not accepted where that was not seen here.
    pub fn judge(self, said: Option<Outage>) -> Option<Outage> {
        let knows_better = |said: &Outage, failing: &Option<Failing>| match said.obstacle {
            Obstacle::Quota => true,
            Obstacle::Login => failing
                .as_ref()
                .is_none_or(|failing| failing.newest.obstacle != Obstacle::Login),
            _ => false,
        };
        match (said, self.failing) {
            (Some(said), failing) if knows_better(&said, &failing) => Some(said),
            (_, Some(failing)) => Some(failing.newest),
            (said, None) => said,
        }
    }
}

impl Failing {
    fn is_in_vain(&self, now: Timestamp) -> bool {
        let longer = |from: Timestamp, to: Timestamp| {
            Duration::try_from(to.duration_since(from)).is_ok_and(|time| time > SITS_OUT)
        };
        match self.newest.obstacle {
            Obstacle::Quota | Obstacle::Login | Obstacle::Setup => true,
            Obstacle::RateLimit
            | Obstacle::Provider
            | Obstacle::Network
            | Obstacle::Silence
            | Obstacle::Death
            | Obstacle::Unknown => {
                self.newest.until.is_some_and(|until| longer(now, until))
                    || (self.times >= IN_VAIN && longer(self.since, now))
            }
        }
    }
}
