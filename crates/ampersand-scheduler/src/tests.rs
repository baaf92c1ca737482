//! Stories of a few tasks, and the promises that hold for any story.

use ampersand_core::{AttemptId, NewTask, PlanId, Role, Verdict, Work};
use jiff::Timestamp;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn id(n: u8) -> TaskId {
    TaskId::new(Uuid::from_u128(n.into()))
}

fn task(n: u8, after: &[u8], state: TaskState) -> Task {
    let new = NewTask {
        after: after.iter().copied().map(id).collect(),
        ..NewTask::new(id(n), "", Role::Explorer, Work::Scan)
    };
    Task {
        state,
        ..Task::planned(new, PlanId::new(Uuid::nil()), "", Timestamp::UNIX_EPOCH)
    }
}

fn running() -> TaskState {
    TaskState::Running {
        attempt: AttemptId::new(Uuid::nil()),
    }
}

#[test]
fn the_oldest_gets_the_next_free_slot() {
    let mut scheduler = Scheduler::new(Slots::new(2));
    assert_eq!(
        scheduler.observe(&task(1, &[], TaskState::Queued)),
        [Decision::Start(id(1))]
    );
    assert_eq!(
        scheduler.observe(&task(2, &[], TaskState::Queued)),
        [Decision::Start(id(2))]
    );
    assert_eq!(scheduler.observe(&task(3, &[], TaskState::Queued)), []);
    assert_eq!(scheduler.observe(&task(4, &[], TaskState::Queued)), []);
    assert_eq!(scheduler.observe(&task(1, &[], running())), []);
    assert_eq!(
        scheduler.observe(&task(1, &[], TaskState::Done)),
        [Decision::Start(id(3))]
    );
    assert_eq!(scheduler.set_slots(Slots::new(3)), [Decision::Start(id(4))]);
}

#[test]
fn a_task_that_ends_is_told_to_those_that_wait_for_it() {
    let mut scheduler = Scheduler::new(Slots::new(1));
    scheduler.observe(&task(1, &[], TaskState::Queued));
    scheduler.observe(&task(2, &[1], TaskState::Waiting { on: vec![id(1)] }));
    scheduler.observe(&task(3, &[1], TaskState::Waiting { on: vec![id(1)] }));
    let done = TaskState::Ready {
        verdict: Verdict::Green,
    };
    let told = |task| Decision::DependencyDone {
        task: id(task),
        dependency: id(1),
    };
    assert_eq!(scheduler.observe(&task(1, &[], done)), [told(2), told(3)]);
    assert_eq!(
        scheduler.observe(&task(
            1,
            &[],
            TaskState::Landed {
                commit: "c".into(),
                back: None,
                by: None
            }
        )),
        []
    );
}

#[test]
fn a_task_that_fails_is_told_as_lost() {
    let mut scheduler = Scheduler::new(Slots::new(1));
    scheduler.observe(&task(1, &[], running()));
    scheduler.observe(&task(2, &[1], TaskState::Waiting { on: vec![id(1)] }));
    let lost = Decision::DependencyLost {
        task: id(2),
        dependency: id(1),
    };
    let cancelled = TaskState::Cancelled {
        processes: 0,
        files_kept: 0,
    };
    assert_eq!(scheduler.observe(&task(1, &[], cancelled)), [lost]);
}

proptest! {
    /// Whatever tasks do, no more hold slots than there are, and none waits while one is free.
    #[test]
    fn slots_are_neither_exceeded_nor_left_empty(
        slots in 1u32..5,
        moves in prop::collection::vec((0u8..12, 0u8..4), 0..200),
    ) {
        let mut scheduler = Scheduler::new(Slots::new(slots));
        let mut states: HashMap<u8, TaskState> = HashMap::new();
        for (n, kind) in moves {
            let holds = states.get(&n).is_some_and(TaskState::holds_slot);
            let state = match kind {
                0 => TaskState::Queued,
                1 if holds => TaskState::Done,
                2 => TaskState::Cancelled { processes: 0, files_kept: 0 },
                _ => continue,
            };
            states.insert(n, state.clone());
            let mut pending = scheduler.observe(&task(n, &[], state));
            while let Some(decision) = pending.pop() {
                let Decision::Start(started) = decision else { continue };
                let n = (0..12).find(|n| id(*n) == started).unwrap();
                prop_assert_eq!(states.insert(n, running()), Some(TaskState::Queued));
                pending.extend(scheduler.observe(&task(n, &[], running())));
            }
            let holding = states.values().filter(|state| state.holds_slot()).count();
            let queued = states.values().filter(|state| **state == TaskState::Queued).count();
            prop_assert_eq!(holding, scheduler.held());
            prop_assert!(holding <= slots as usize);
            prop_assert!(queued == 0 || holding == slots as usize);
        }
    }
}
