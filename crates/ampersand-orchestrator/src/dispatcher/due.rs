//! What happens by itself when its time has come: kills after the time to undo, next tries after a limit, and the end of
//! processes that stood still for long.

use std::time::{Duration, Instant};

use ampersand_core::{Actor, TaskEvent, TaskId, TaskState};
use jiff::Timestamp;

use super::Dispatcher;

/// The longest sleep: a clock that was set, or a machine that slept, is noticed after it.
const LOOKS_EVERY: Duration = Duration::from_secs(30);

impl Dispatcher {
    /// The next moment at which something happens by itself.
    pub(super) fn next_due(&self) -> Option<Instant> {
        let now = Timestamp::now();
        let from_now = |at: Timestamp| Instant::now() + sleep_for(at, now);
        self.state
            .open()
            .filter(|task| !self.killing.contains(&task.id))
            .filter_map(|task| due_at(&task.state))
            .min()
            .map(from_now)
            .into_iter()
            .chain(self.write_again_at)
            .chain(self.standing.next_due(self.settings.agents.stands_for))
            .min()
    }

    pub(super) fn take_time(&mut self) {
        let patience = self.settings.agents.stands_for;
        for id in self.standing.take_due(patience, Instant::now()) {
            let by = Actor::Orchestrator;
            self.state
                .apply(id, TaskEvent::StoodLong, by, &mut self.unwritten);
        }
        let now = Timestamp::now();
        let due: Vec<(TaskId, TaskEvent)> = self
            .state
            .open()
            .filter(|task| !self.killing.contains(&task.id))
            .filter(|task| due_at(&task.state).is_some_and(|at| at <= now))
            .map(|task| {
                let event = match task.state {
                    TaskState::Stopping { .. } => TaskEvent::KillDue,
                    _ => TaskEvent::ResumeAsked,
                };
                (task.id, event)
            })
            .collect();
        for (id, event) in due {
            if event == TaskEvent::KillDue {
                self.killing.insert(id);
            }
            self.state
                .apply(id, event, Actor::Orchestrator, &mut self.unwritten);
        }
    }
}

/// How long to sleep until a moment, or until it is time to look at the clock again.
fn sleep_for(at: Timestamp, now: Timestamp) -> Duration {
    let wait = Duration::try_from(at.duration_since(now)).unwrap_or(Duration::ZERO);
    wait.min(LOOKS_EVERY)
}

/// When something happens to a task in this state by itself.
fn due_at(state: &TaskState) -> Option<Timestamp> {
    match state {
        TaskState::Stopping { kills_at, .. } => Some(*kills_at),
        TaskState::Paused {
            why: ampersand_core::Pause::Limit { next_try_at, .. },
            ..
        } => *next_try_at,
        _ => None,
    }
}

pub(super) async fn sleep_until(due: Option<Instant>) {
    match due {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_jumped_is_noticed_soon_whichever_way_it_went() {
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        for (due, now, seconds) in [(100, 90, 10), (100, 200, 0), (3_600, 0, 30), (100, 100, 0)] {
            assert_eq!(
                sleep_for(at(due), at(now)).as_secs(),
                seconds,
                "{due} at {now}"
            );
        }
    }
}
