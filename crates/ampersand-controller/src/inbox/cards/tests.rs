//! Lines of the journal and the cards they come to, on paper.

use ampersand_core::{ApprovalId, AttemptId, NewTask, Question, Report, Role, Verdict, Work};
use uuid::Uuid;

use super::*;

fn task(n: u128, title: &str) -> Task {
    let work = Work::Brief { text: "x".into() };
    let new = NewTask::new(TaskId::new(Uuid::from_u128(n)), title, Role::Worker, work);
    let plan = PlanId::new(Uuid::from_u128(100));
    Task {
        capabilities: vec![],
        ..Task::planned(new, plan, "/r", Timestamp::UNIX_EPOCH)
    }
}

fn moved(n: u128, state: TaskState) -> EventBody {
    EventBody::TaskMoved {
        task: TaskId::new(Uuid::from_u128(n)),
        state,
        by: ampersand_core::Actor::Orchestrator,
    }
}

fn running() -> TaskState {
    let attempt = AttemptId::new(Uuid::from_u128(7));
    TaskState::Running { attempt }
}

fn checking() -> TaskState {
    let attempt = AttemptId::new(Uuid::from_u128(7));
    TaskState::Checking { attempt }
}

fn ready(verdict: Verdict) -> TaskState {
    TaskState::Ready { verdict }
}

fn reported(n: u128, headline: &str) -> EventBody {
    let report = Report {
        headline: headline.to_owned(),
        ..Report::default()
    };
    EventBody::TaskReported {
        task: TaskId::new(Uuid::from_u128(n)),
        report,
    }
}

/// Takes in lines, each at its second, and says what each wrote: cards by number, results by headline.
fn run(lines: Vec<(i64, EventBody)>) -> String {
    let mut board = Board::default();
    let mut cards = Cards::default();
    let places = std::cell::Cell::new(0);
    let mut ids = 1000;
    let mut out = Vec::new();
    for (at, body) in lines {
        let event = Event {
            seq: out.len() as u64 + 1,
            at: Timestamp::from_second(at).unwrap(),
            body,
        };
        let mut fresh = Fresh {
            place: &mut || {
                places.set(places.get() + 1);
                places.get()
            },
            newest: &|| places.get(),
            id: &mut || {
                ids += 1;
                MessageId::new(Uuid::from_u128(ids))
            },
            plans: HashMap::new(),
            overrides: Vec::new(),
            explains: true,
        };
        let mut taken = Taken::default();
        cards.take(&event, &mut board, &mut fresh, &mut taken);
        let written: Vec<String> = taken.cards.iter().map(card).collect();
        let results = taken.updates.iter();
        let results = results.filter(|(_, body)| matches!(body, UpdateBody::Result { .. }));
        let results = results.count();
        let line = format!("{at:>3} {}: [{}]", word(&event.body), written.join(", "));
        out.push(match results {
            0 => line,
            n => format!("{line} results {n}"),
        });
    }
    out.join("\n")
}

fn word(body: &EventBody) -> String {
    match body {
        EventBody::TaskMoved { state, .. } => state.word().to_owned(),
        other => serde_json::to_value(other).unwrap()["event"]
            .as_str()
            .unwrap()
            .to_owned(),
    }
}

fn card(message: &Message) -> String {
    let said = match &message.body {
        MessageBody::Result { results, .. } => results
            .iter()
            .map(|result| format!("{} {}", result.title, result.report.headline))
            .collect::<Vec<_>>()
            .join(" + "),
        MessageBody::NeedsYou { answered, .. } => format!("asks, {answered:?}"),
        MessageBody::Plan { tasks, .. } => format!("plan of {}", tasks.len()),
        other => serde_json::to_value(other).unwrap()["kind"].to_string(),
    };
    format!("#{} {said}", message.position)
}

fn plan() -> EventBody {
    EventBody::PlanAccepted {
        plan: PlanId::new(Uuid::from_u128(100)),
        reason: "r".into(),
        tasks: vec![task(1, "A"), task(2, "B"), task(3, "C")],
    }
}

#[test]
fn results_within_half_a_minute_share_a_card() {
    insta::assert_snapshot!(
        run(vec![
            (0, plan()),
            (1, moved(1, running())),
            (2, reported(1, "one")),
            (3, moved(1, TaskState::Done)),
            (33, moved(2, TaskState::Skipped { dependency: TaskId::new(Uuid::from_u128(1)) })),
            (34, moved(3, TaskState::Cancelled { processes: 14, files_kept: 2 })),
        ]),
        @r#"
      0 plan_accepted: [#1 plan of 3]
      1 running: []
      2 task_reported: []
      3 done: [#2 A one] results 1
     33 skipped: [#2 A one + B Not started: "A" did not end well] results 1
     34 cancelled: [#3 C Cancelled, 14 processes gone, 2 changed files kept] results 1
    "#
    );
}

#[test]
fn checks_that_run_later_amend_a_result_and_only_another_attempt_makes_another() {
    insta::assert_snapshot!(
        run(vec![
            (0, plan()),
            (1, moved(1, running())),
            (2, reported(1, "unchecked")),
            (3, moved(1, ready(Verdict::Untrusted))),
            (50, moved(1, checking())),
            (51, reported(1, "checked")),
            (52, moved(1, ready(Verdict::Green))),
            (60, moved(1, TaskState::Landing { verdict: Verdict::Green })),
            (61, moved(1, ready(Verdict::Green))),
            (70, moved(1, TaskState::Discarded)),
            (99, moved(1, TaskState::Queued)),
            (100, reported(1, "again")),
            (101, moved(1, TaskState::Done)),
        ]),
        @"
      0 plan_accepted: [#1 plan of 3]
      1 running: []
      2 task_reported: []
      3 ready: [#2 A unchecked] results 1
     50 checking: []
     51 task_reported: []
     52 ready: [#2 A checked]
     60 landing: []
     61 ready: []
     70 discarded: []
     99 queued: []
    100 task_reported: []
    101 done: [#3 A again] results 1
    "
    );
}

#[test]
fn a_question_keeps_its_card_when_it_is_answered() {
    let approval = Approval {
        id: ApprovalId::new(Uuid::from_u128(5)),
        task: TaskId::new(Uuid::from_u128(1)),
        question: Question::Discard { why: "w".into() },
        asked_at: Timestamp::UNIX_EPOCH,
    };
    let (id, task) = (approval.id, approval.task);
    insta::assert_snapshot!(
        run(vec![
            (0, plan()),
            (1, EventBody::ApprovalAsked { approval }),
            (2, EventBody::ApprovalAnswered { approval: id, task, answer: Answer::Deny }),
            (3, EventBody::ApprovalWithdrawn { approval: id, task }),
        ]),
        @r#"
    0 plan_accepted: [#1 plan of 3]
    1 approval_asked: [#2 asks, None]
    2 approval_answered: [#2 asks, Some("Denied")]
    3 approval_withdrawn: []
    "#
    );
}

#[test]
fn a_clash_stands_on_its_task_until_it_is_gone() {
    let mut board = Board::new(vec![task(1, "One"), task(2, "Two")]);
    let id = TaskId::new(Uuid::from_u128(1));
    let with = ampersand_core::ClashWith::Task {
        task: TaskId::new(Uuid::from_u128(2)),
        title: "Two".to_owned(),
    };
    let clash = ampersand_core::Clash::new(with, &["src/auth.rs".to_owned()]);
    for clashes in [vec![clash], Vec::new()] {
        let event = Event {
            seq: 1,
            at: Timestamp::UNIX_EPOCH,
            body: EventBody::ClashesFound {
                task: id,
                clashes: clashes.clone(),
            },
        };
        let mut fresh = Fresh {
            place: &mut || 1,
            newest: &|| 1,
            id: &mut || MessageId::new(Uuid::from_u128(1)),
            plans: HashMap::new(),
            overrides: Vec::new(),
            explains: true,
        };
        let mut taken = Taken::default();
        Cards::default().take(&event, &mut board, &mut fresh, &mut taken);
        let shown = taken.updates.iter().find_map(|(_, body)| match body {
            UpdateBody::Task { task } => Some(task.clashes.clone()),
            _ => None,
        });
        assert_eq!(shown.as_ref(), Some(&clashes));
        assert!(taken.cards.is_empty() && taken.touched.contains(&id));
        let told = crate::turn::prompt::standing(&board);
        let said = "will collide with t2 in > src/auth.rs";
        assert_eq!(told.contains(said), !clashes.is_empty(), "{told}");
    }
}

#[test]
fn only_what_can_land_by_itself_is_counted_as_ready() {
    let count = |follows: TaskState| {
        let mut board = Board::default();
        let follow_up = TaskId::new(Uuid::from_u128(4));
        let states = [
            ready(Verdict::Green),
            ready(Verdict::Red),
            ready(Verdict::Untrusted),
            follows,
        ];
        for (n, state) in (1..).zip(states) {
            let mut task = task(n, "A");
            task.state = state;
            board.put(task);
        }
        board.amend(TaskId::new(Uuid::from_u128(3)), |task| {
            task.standoff.follow_up = Some(follow_up);
        });
        board.counts().ready
    };
    assert_eq!(count(running()), 1);
    assert_eq!(count(ready(Verdict::Green)), 2);
    assert_eq!(count(TaskState::Discarded), 2);
}

#[test]
fn what_the_person_does_by_hand_shares_no_card_above() {
    let by_hand = Task {
        work: Work::ByHand,
        ..task(2, "By hand")
    };
    let accepted = EventBody::PlanAccepted {
        plan: PlanId::new(Uuid::from_u128(100)),
        reason: String::new(),
        tasks: vec![task(1, "A"), by_hand],
    };
    let told = run(vec![
        (0, accepted),
        (1, reported(1, "one")),
        (2, moved(1, running())),
        (2, moved(1, TaskState::Done)),
        (3, reported(2, "two")),
        (4, moved(2, running())),
        (5, moved(2, ready(Verdict::Unchecked))),
    ]);
    assert!(told.ends_with("[#3 By hand two] results 1"), "{told}");
}
