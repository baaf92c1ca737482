//! Attempts that stand still, and since when. Frozen processes go on at once but keep their memory; after a while they end,
//! and the agent goes on with its conversation in new ones.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use ampersand_core::{AttemptId, Task, TaskId, Work};

/// Since the orchestrator is there: nothing stands still over its end.
#[derive(Default)]
pub(super) struct Standing {
    since: HashMap<AttemptId, Still>,
}

struct Still {
    task: TaskId,
    since: Instant,
    /// Its processes are being ended.
    parking: bool,
}

impl Standing {
    /// Takes in how things stand now.
    pub(super) fn look<'a>(&mut self, open: impl Iterator<Item = &'a Task>, now: Instant) {
        let standing: HashMap<AttemptId, TaskId> = open
            .filter(|task| can_go_on_anew(task))
            .filter_map(|task| Some((task.state.standing()?, task.id)))
            .collect();
        self.since
            .retain(|attempt, still| still.parking || standing.contains_key(attempt));
        for (attempt, task) in standing {
            self.since.entry(attempt).or_insert(Still {
                task,
                since: now,
                parking: false,
            });
        }
    }

    /// When the next of them has stood for so long.
    pub(super) fn next_due(&self, patience: Duration) -> Option<Instant> {
        let waiting = self.since.values().filter(|still| !still.parking);
        waiting
            .filter_map(|still| still.since.checked_add(patience))
            .min()
    }

    /// Those that have, each once.
    pub(super) fn take_due(&mut self, patience: Duration, now: Instant) -> Vec<TaskId> {
        let is_due = |still: &&mut Still| {
            let due = still.since.checked_add(patience);
            !still.parking && due.is_some_and(|due| due <= now)
        };
        let due = self.since.values_mut().filter(is_due);
        let taken = due.map(|still| {
            still.parking = true;
            still.task
        });
        taken.collect()
    }

    /// Its processes were ended, or could not be: then it is tried again after as long.
    pub(super) fn parked(&mut self, attempt: AttemptId) {
        self.since.remove(&attempt);
    }
}

/// A command would do from its beginning what it did before.
const fn can_go_on_anew(task: &Task) -> bool {
    matches!(task.work, Work::Brief { .. })
}

#[cfg(test)]
mod tests {
    use ampersand_core::{AgentKind, Doing, Held, NewTask, Pause, PlanId, Role, TaskState};
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(60);

    fn attempt() -> AttemptId {
        AttemptId::new(Uuid::from_u128(7))
    }

    fn paused(processes: Option<u32>) -> Task {
        let held = Held::Frozen {
            attempt: attempt(),
            doing: Doing::Working,
            processes,
        };
        let work = Work::Brief { text: "b".into() };
        let id = TaskId::new(Uuid::from_u128(1));
        let new = NewTask {
            agent: Some(AgentKind::Codex),
            ..NewTask::new(id, "", Role::Worker, work)
        };
        Task {
            state: TaskState::Paused {
                why: Pause::Asked,
                held,
            },
            ..Task::planned(new, PlanId::new(Uuid::nil()), "", Timestamp::UNIX_EPOCH)
        }
    }

    #[test]
    fn what_stands_long_enough_is_taken_once_and_again_only_if_it_could_not_be_ended() {
        let (mut standing, task, now) = (Standing::default(), paused(Some(3)), Instant::now());
        standing.look([&task].into_iter(), now);
        standing.look([&task].into_iter(), now + PATIENCE / 2);
        assert_eq!(standing.next_due(PATIENCE), Some(now + PATIENCE));
        assert_eq!(standing.take_due(PATIENCE, now + PATIENCE / 2), []);
        assert_eq!(standing.take_due(PATIENCE, now + PATIENCE), [task.id]);
        standing.look([&task].into_iter(), now + PATIENCE);
        assert_eq!(standing.next_due(PATIENCE), None);
        assert_eq!(standing.take_due(PATIENCE, now + PATIENCE * 2), []);
        standing.parked(attempt());
        let later = now + PATIENCE * 2;
        standing.look([&task].into_iter(), later);
        assert_eq!(standing.next_due(PATIENCE), Some(later + PATIENCE));
    }

    #[test]
    fn what_goes_on_is_not_stopped_and_begins_anew_when_it_stands_again() {
        let (mut standing, mut task, now) = (Standing::default(), paused(Some(3)), Instant::now());
        standing.look([&task].into_iter(), now);
        let state = task.state.clone();
        task.state = TaskState::Running { attempt: attempt() };
        standing.look([&task].into_iter(), now);
        assert_eq!(standing.next_due(PATIENCE), None);
        task.state = state;
        standing.look([&task].into_iter(), now + PATIENCE);
        assert_eq!(standing.next_due(PATIENCE), Some(now + PATIENCE * 2));
    }

    #[test]
    fn what_was_not_seen_to_stand_and_what_cannot_go_on_anew_are_left_alone() {
        let mut command = paused(Some(3));
        command.work = Work::Command { line: "l".into() };
        let mut standing = Standing::default();
        standing.look([&command, &paused(None)].into_iter(), Instant::now());
        assert_eq!(standing.next_due(Duration::ZERO), None);
    }
}
