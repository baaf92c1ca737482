//! What the page gets of what was put in.

use ampersand_core::{Message, MessageBody, TaskState};
use ampersand_protocol::{Activity, Counts, TaskView};
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::*;

fn update(body: UpdateBody) -> Update {
    Update {
        at: Timestamp::UNIX_EPOCH,
        seq: None,
        body,
    }
}

fn message(n: u128) -> MessageId {
    Uuid::from_u128(n).into()
}

fn delta(n: u128, text: &str) -> Update {
    update(UpdateBody::MessageDelta {
        message: message(n),
        text: text.into(),
    })
}

fn said(n: u128) -> Update {
    let body = MessageBody::Said {
        text: "hello".into(),
        understood: None,
    };
    let message = Message {
        id: message(n),
        position: 1,
        at: Timestamp::UNIX_EPOCH,
        body,
    };
    update(UpdateBody::Message { message })
}

fn activity(n: u128, line: &str) -> Update {
    let activity = Activity {
        task: Some(Uuid::from_u128(n).into()),
        line: line.into(),
        steps_done: 0,
        steps: 0,
        files: 0,
        tokens: 0,
        quota: Vec::new(),
    };
    update(UpdateBody::Activity { activity })
}

fn task(n: u128) -> Update {
    let task = TaskView {
        id: Uuid::from_u128(n).into(),
        plan: Uuid::nil().into(),
        title: String::new(),
        role: String::new(),
        agent: String::new(),
        before: None,
        state: TaskState::Queued.word().to_owned(),
        detail: TaskState::Queued,
        reads_login: false,
        not_loaded: Vec::new(),
        isolation: None,
        reason: String::new(),
        from: None,
        after: Vec::new(),
        capabilities: Vec::new(),
        verbs: Vec::new(),
        created_at: Timestamp::UNIX_EPOCH,
        clashes: Vec::new(),
        taken: Vec::new(),
        resolves: None,
        follow_up: None,
        pull_request: None,
        by_hand: false,
        address: None,
        reaches_a_model: false,
        activity: None,
    };
    update(UpdateBody::Task {
        task: Box::new(task),
    })
}

fn counts(running: u32) -> Update {
    let counts = Counts {
        running,
        ..Counts::default()
    };
    update(UpdateBody::Counts { counts })
}

/// What the page gets, each update as its type and the words or number that tell it from others.
fn taken(batch: &mut Batch) -> Vec<String> {
    let json = batch.take().unwrap_or_else(|| "[]".into());
    let updates: Vec<Value> = serde_json::from_str(&json).unwrap();
    let shown = |update: &Value| {
        let says = ["text", "line", "running"]
            .iter()
            .find_map(|key| update.get(key));
        format!(
            "{} {}",
            update["type"].as_str().unwrap(),
            says.unwrap_or(&Value::Null)
        )
    };
    updates.iter().map(shown).collect()
}

#[track_caller]
fn check(updates: impl IntoIterator<Item = Update>, expected: &[&str]) {
    let mut batch = Batch::default();
    updates.into_iter().for_each(|update| batch.push(update));
    assert_eq!(taken(&mut batch), expected);
    assert!(!batch.is_due());
}

#[test]
fn pieces_of_one_reply_are_joined_across_other_news() {
    check(
        [delta(1, "Hel"), counts(1), delta(2, "x"), delta(1, "lo")],
        &["message.delta \"Hello\"", "counts 1", "message.delta \"x\""],
    );
}

#[test]
fn a_piece_is_never_joined_to_one_before_the_whole_entry() {
    check(
        [delta(1, "a"), said(1), delta(1, "b")],
        &["message.delta \"a\"", "message null", "message.delta \"b\""],
    );
}

#[test]
fn what_tasks_do_waits_until_it_is_let_go_and_is_the_newest_then() {
    let mut batch = Batch::default();
    [
        activity(1, "a"),
        activity(2, "x"),
        counts(1),
        activity(1, "b"),
    ]
    .into_iter()
    .for_each(|update| batch.push(update));
    assert_eq!(taken(&mut batch), ["counts 1"]);
    assert!(!batch.is_due() && batch.holds());
    assert_eq!(batch.take(), None);
    batch.let_go();
    batch.push(counts(2));
    assert_eq!(
        taken(&mut batch),
        ["counts 2", "activity \"b\"", "activity \"x\""]
    );
    assert!(!batch.is_due() && !batch.holds());
}

#[test]
fn what_a_task_did_is_not_said_after_the_task_itself() {
    let mut batch = Batch::default();
    batch.push(activity(1, "going"));
    batch.let_go();
    batch.push(activity(1, "held"));
    batch.push(activity(2, "other"));
    batch.push(task(1));
    batch.let_go();
    assert_eq!(taken(&mut batch), ["task null", "activity \"other\""]);
}

#[test]
fn a_piece_of_a_reply_does_not_wait_behind_what_tasks_do() {
    let mut batch = Batch::default();
    let line = "x".repeat(1000);
    (0..20).for_each(|n| batch.push(activity(n, &line)));
    batch.let_go();
    batch.take();
    batch.push(delta(1, "now"));
    assert_eq!(taken(&mut batch)[0], "message.delta \"now\"");
    let mut rest = 0;
    while batch.is_due() {
        rest += taken(&mut batch).len();
    }
    assert!((1..20).contains(&rest), "{rest}");
}

#[test]
fn states_are_all_kept() {
    check(
        [counts(1), counts(2), counts(1)],
        &["counts 1", "counts 2", "counts 1"],
    );
}

#[test]
fn what_does_not_fit_comes_with_the_next_batch_and_nothing_is_lost() {
    let mut batch = Batch::default();
    let piece = "x".repeat(DELTA_BYTES_MAX);
    (0..9).for_each(|n| batch.push(delta(n, &piece)));
    let mut sizes = Vec::new();
    let mut seen = 0;
    while let Some(json) = batch.take() {
        sizes.push(json.len());
        seen += serde_json::from_str::<Vec<Value>>(&json).unwrap().len();
    }
    assert_eq!(seen, 9);
    assert!(
        sizes.len() > 2 && sizes.iter().all(|size| *size < 8192),
        "{sizes:?}"
    );
}

#[test]
fn a_piece_taken_already_is_not_joined_to() {
    let mut batch = Batch::default();
    batch.push(delta(1, "a"));
    batch.take();
    batch.push(delta(1, "b"));
    assert_eq!(taken(&mut batch), ["message.delta \"b\""]);
}

#[test]
fn an_update_larger_than_a_batch_goes_alone() {
    let large = "x".repeat(2 * BYTES_MAX);
    let mut batch = Batch::default();
    [counts(1), delta(1, &large), counts(2)]
        .into_iter()
        .for_each(|update| batch.push(update));
    assert_eq!(taken(&mut batch), ["counts 1"]);
    assert_eq!(taken(&mut batch).len(), 1);
    assert_eq!(taken(&mut batch), ["counts 2"]);
}
