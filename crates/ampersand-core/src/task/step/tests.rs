//! The state x event table, written out: a change in behaviour is a change in this snapshot.

use std::fmt::Write as _;

use uuid::Uuid;

use super::*;
use crate::{Doing, Held, LandedBy, Limit, Narrowing, Pause, Resource, Restorable, WayBack};

fn task(n: u128) -> TaskId {
    TaskId::new(Uuid::from_u128(n))
}

fn attempt() -> AttemptId {
    AttemptId::new(Uuid::from_u128(0xa))
}

fn approval() -> ApprovalId {
    ApprovalId::new(Uuid::from_u128(0xb))
}

fn failure() -> Failure {
    Failure::new("x", "x", "x")
}

fn limit() -> Limit {
    Limit {
        which: Resource::Memory,
        most: 1,
    }
}

fn back() -> WayBack {
    WayBack {
        branch: "main".into(),
        from: "b".into(),
        verdict: Verdict::Green,
        at: Timestamp::UNIX_EPOCH,
    }
}

fn landed() -> Vec<TaskState> {
    vec![
        TaskState::Landed {
            commit: "c".into(),
            back: None,
            by: None,
        },
        TaskState::Landed {
            commit: "c".into(),
            back: Some(back()),
            by: None,
        },
        TaskState::Landed {
            commit: "c".into(),
            back: None,
            by: Some(LandedBy {
                task: task(2),
                verdict: Verdict::Green,
            }),
        },
        TaskState::Undoing {
            commit: "c".into(),
            back: back(),
        },
    ]
}

fn stopping() -> Vec<TaskState> {
    let stopping = |was| TaskState::Stopping {
        was,
        processes: None,
        kills_at: Timestamp::UNIX_EPOCH,
    };
    let held = Held::Frozen {
        attempt: attempt(),
        doing: Doing::Checking,
        processes: Some(3),
    };
    vec![
        stopping(Restorable::NotStarted { on: vec![task(1)] }),
        stopping(Restorable::Active {
            attempt: attempt(),
            doing: Doing::Working,
        }),
        stopping(Restorable::Paused {
            why: Pause::Asked,
            held,
        }),
        stopping(Restorable::Interrupted { reason: "r".into() }),
    ]
}

fn merging() -> Vec<TaskState> {
    let (attempt, verdict) = (attempt(), Verdict::Green);
    let doing = Doing::Merging { verdict };
    let held = Held::Frozen {
        attempt,
        doing,
        processes: Some(3),
    };
    vec![
        TaskState::Merging { attempt, verdict },
        TaskState::Paused {
            why: Pause::Asked,
            held,
        },
        TaskState::Stopping {
            was: Restorable::Active { attempt, doing },
            processes: None,
            kills_at: Timestamp::UNIX_EPOCH,
        },
    ]
}

fn states() -> Vec<TaskState> {
    let held = |doing| Held::Frozen {
        attempt: attempt(),
        doing,
        processes: Some(3),
    };
    let asked = |held| TaskState::Paused {
        why: Pause::Asked,
        held,
    };
    let mut states = vec![
        TaskState::Waiting { on: vec![task(1)] },
        TaskState::Queued,
        TaskState::Running { attempt: attempt() },
        TaskState::NeedsYou {
            attempt: attempt(),
            approval: approval(),
        },
        TaskState::Checking { attempt: attempt() },
        asked(Held::NotStarted { on: vec![task(1)] }),
        asked(held(Doing::Working)),
        asked(held(Doing::Asking {
            approval: approval(),
        })),
        TaskState::Paused {
            why: Pause::Limit {
                failure: failure(),
                next_try_at: None,
            },
            held: Held::Worktree,
        },
        TaskState::Paused {
            why: Pause::Reached { limit: limit() },
            held: held(Doing::Working),
        },
        TaskState::Interrupted { reason: "r".into() },
        TaskState::Ready {
            verdict: Verdict::Green,
        },
        TaskState::Ready {
            verdict: Verdict::Red,
        },
        TaskState::Ready {
            verdict: Verdict::Untrusted,
        },
        TaskState::Landing {
            verdict: Verdict::Green,
        },
        TaskState::Done,
        TaskState::Failed { failure: failure() },
        TaskState::Cancelled {
            processes: 1,
            files_kept: 2,
        },
        TaskState::Skipped {
            dependency: task(1),
        },
        TaskState::Discarded,
    ];
    states.extend(landed());
    states.extend(stopping());
    states.extend(merging());
    states
}

fn events() -> Vec<TaskEvent> {
    vec![
        TaskEvent::DependencyDone { task: task(1) },
        TaskEvent::DependencyLost { task: task(1) },
        TaskEvent::SlotGranted { attempt: attempt() },
        TaskEvent::Asked {
            approval: approval(),
        },
        TaskEvent::Answered {
            approval: approval(),
        },
        TaskEvent::WorkDone,
        TaskEvent::Finished,
        TaskEvent::Committed {
            verdict: Verdict::Green,
        },
        TaskEvent::SentBack,
        TaskEvent::GaveUp { failure: failure() },
        TaskEvent::HitLimit {
            failure: failure(),
            next_try_at: None,
        },
        TaskEvent::ReachedLimit { limit: limit() },
        TaskEvent::EndedAtLimit { limit: limit() },
        TaskEvent::PauseAsked,
        TaskEvent::Frozen { processes: 4 },
        TaskEvent::ResumeAsked,
        TaskEvent::StoodLong,
        TaskEvent::Parked { attempt: attempt() },
        TaskEvent::Narrowed {
            what: Narrowing::Network,
        },
        TaskEvent::CancelAsked {
            kills_at: Timestamp::UNIX_EPOCH,
        },
        TaskEvent::Undone,
        TaskEvent::KillDue,
        TaskEvent::Gone {
            processes: 4,
            files_kept: 1,
        },
        TaskEvent::Lost { reason: "r".into() },
        TaskEvent::LandAsked,
        TaskEvent::Landed {
            commit: "c".into(),
            branch: "main".into(),
            from: "b".into(),
            at: Timestamp::UNIX_EPOCH,
        },
        TaskEvent::UndoLandingAsked,
        TaskEvent::LandingUndone,
        TaskEvent::LandingStands,
        TaskEvent::Unmerged { attempt: attempt() },
        TaskEvent::LandingRefused,
        TaskEvent::LandedBy {
            task: task(2),
            commit: "c".into(),
        },
        TaskEvent::FollowUpUndone,
        TaskEvent::MergedElsewhere { commit: "c".into() },
        TaskEvent::ChecksAllowed { attempt: attempt() },
        TaskEvent::DiscardAsked,
        TaskEvent::RestartAsked,
    ]
}

/// A state in a few words, enough to tell all of `states` apart.
fn shown(state: &TaskState) -> String {
    let detail = match state {
        TaskState::Paused { why, held } => format!("({}{})", why_shown(why), held_shown(held)),
        TaskState::Stopping { was, processes, .. } => {
            let was = match was {
                Restorable::NotStarted { .. } => "not started".to_owned(),
                Restorable::Active { doing, .. } => format!("{doing:?}"),
                Restorable::Paused { held, .. } => format!("paused {}", held_shown(held)),
                Restorable::Interrupted { .. } => "interrupted".to_owned(),
            };
            format!("({was}, {processes:?})")
        }
        TaskState::Ready { verdict } => format!("({verdict:?})"),
        TaskState::Landed { back: Some(_), .. } => "(can be undone)".to_owned(),
        TaskState::Landed { by: Some(_), .. } => "(by another)".to_owned(),
        _ => String::new(),
    };
    format!("{}{detail}", state.word())
}

fn why_shown(why: &Pause) -> &'static str {
    match why {
        Pause::Asked => "",
        Pause::Limit { .. } => "provider, ",
        Pause::Reached { .. } => "limit, ",
    }
}

fn held_shown(held: &Held) -> String {
    match held {
        Held::NotStarted { on } => format!("not started, waits for {}", on.len()),
        Held::Frozen {
            doing, processes, ..
        } => format!("frozen {doing:?}, {processes:?}"),
        Held::Worktree => "worktree".to_owned(),
    }
}

fn name(value: &impl serde::Serialize, tag: &str) -> String {
    serde_json::to_value(value).unwrap()[tag]
        .as_str()
        .unwrap()
        .to_owned()
}

#[test]
fn the_table_of_states_and_events_is_as_written() {
    let mut table = String::new();
    for state in states() {
        writeln!(table, "{}", shown(&state)).unwrap();
        for event in events() {
            let Step {
                state: after,
                effects,
            } = step(state.clone(), event.clone());
            if after == state && effects.is_empty() {
                continue;
            }
            let effects: Vec<String> = effects.iter().map(|e| name(e, "effect")).collect();
            let effects = if effects.is_empty() {
                String::new()
            } else {
                format!(" [{}]", effects.join(" "))
            };
            writeln!(
                table,
                "  {} -> {}{effects}",
                name(&event, "event"),
                shown(&after)
            )
            .unwrap();
        }
    }
    insta::assert_snapshot!(table);
}

#[test]
fn undoing_a_cancel_returns_to_what_it_was() {
    for state in states() {
        let stopping = step(
            state.clone(),
            TaskEvent::CancelAsked {
                kills_at: Timestamp::UNIX_EPOCH,
            },
        );
        if !matches!(state, TaskState::Stopping { .. })
            && matches!(stopping.state, TaskState::Stopping { .. })
        {
            assert_eq!(step(stopping.state, TaskEvent::Undone).state, state);
        }
    }
}

#[test]
fn undoing_a_cancel_never_returns_to_an_attempt_that_ended_meanwhile() {
    let ends = |state: &TaskState, event: &TaskEvent| match event {
        TaskEvent::Lost { .. } => true,
        TaskEvent::Parked { .. } => !state.is_checking() && state.merging().is_none(),
        TaskEvent::Landed { .. } | TaskEvent::LandingRefused => state.merging().is_some(),
        TaskEvent::Finished
        | TaskEvent::Committed { .. }
        | TaskEvent::SentBack
        | TaskEvent::GaveUp { .. }
        | TaskEvent::HitLimit { .. }
        | TaskEvent::EndedAtLimit { .. } => state.merging().is_none(),
        _ => false,
    };
    for state in states() {
        for event in events().into_iter().filter(|event| ends(&state, event)) {
            let kills_at = Timestamp::UNIX_EPOCH;
            let stopping = step(state.clone(), TaskEvent::CancelAsked { kills_at }).state;
            let undone = step(step(stopping, event).state, TaskEvent::Undone).state;
            assert_eq!(undone.attempt(), None, "{state:?}");
        }
    }
}

#[test]
fn a_cancelled_task_never_comes_back_by_itself() {
    let person =
        |event: &TaskEvent| matches!(event, TaskEvent::RestartAsked | TaskEvent::DiscardAsked);
    for event in events().into_iter().filter(|event| !person(event)) {
        let state = TaskState::Cancelled {
            processes: 1,
            files_kept: 2,
        };
        assert_eq!(step(state.clone(), event), Step::to(state));
    }
}
