//! The terminal's promises: every line of every verb, wrong names, ended tasks, repeated verbs, odd input, signals
//! and exit codes.

use ampersand_testkit::{Desk, Ran};
use serde_json::Value;

/// What every line promises.
#[track_caller]
fn check_lines(lines: &[Value]) {
    for line in lines {
        assert!(line["type"].is_string(), "no type: {line}");
        let at = line["at"].as_str().unwrap_or_default();
        assert!(at.ends_with('Z') && at.contains('T'), "no time: {line}");
    }
}

#[track_caller]
fn check(ran: &Ran, code: i32, kinds: &[&str]) {
    check_lines(&ran.lines);
    assert_eq!(ran.code, code, "{ran:?}");
    let found: Vec<&str> = ran
        .lines
        .iter()
        .map(|line| line["type"].as_str().unwrap())
        .collect();
    assert_eq!(found, kinds, "{ran:?}");
}

#[track_caller]
fn check_refused(ran: &Ran, code: &str) {
    check(ran, 1, &["error"]);
    let error = &ran.lines[0];
    assert_eq!(error["code"], code, "{error}");
    for part in ["message", "hint"] {
        assert!(
            error[part].as_str().is_some_and(|words| words.len() > 8),
            "{error}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_nobodys_is_refused_by_every_verb() {
    let desk = Desk::new();
    for verb in [
        "pause", "resume", "cancel", "report", "diff", "given", "output", "land", "discard",
        "restart",
    ] {
        check_refused(&desk.run(&[verb, "nobody"]).await, "unknown_task");
    }
    check_refused(
        &desk.run(&["steer", "nobody", "on", "you", "go"]).await,
        "unknown_task",
    );
    for verb in ["approve", "deny"] {
        check_refused(&desk.run(&[verb, "nothing"]).await, "unknown_approval");
    }
    check_refused(&desk.run(&["undo"]).await, "nothing_to_undo");
    for verb in ["pause", "resume", "cancel"] {
        check(&desk.run(&[verb, "--all"]).await, 0, &["overridden"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn arguments_that_are_not_understood_are_an_error_of_their_own() {
    let desk = Desk::new();
    for args in [
        &["fly"][..],
        &["pause"],
        &["pause", "x", "--all"],
        &["events", "--from", "x"],
        &["steer", "x"],
    ] {
        let ran = desk.run(args).await;
        check(&ran, 2, &["error"]);
        assert_eq!(ran.lines[0]["code"], "arguments");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_has_ended_is_read_landed_once_and_nothing_else() {
    let desk = Desk::new();
    let mut chat = desk.chat().await;
    chat.say("run echo more >> README.md").await;
    let ready = chat
        .wait_for("ready to land", |line| {
            line["type"] == "task" && line["state"] == "ready"
        })
        .await;
    let (code, seen) = chat.end().await;
    assert_eq!(code, 0);
    check_lines(&seen);
    let id = ready["id"].as_str().unwrap();
    for (verb, kind) in [
        ("report", "report"),
        ("diff", "diff"),
        ("given", "text"),
        ("output", "text"),
    ] {
        let ran = desk.run(&[verb, id]).await;
        check(&ran, 0, &[kind]);
        check(&desk.run(&[verb, id]).await, 0, &[kind]);
    }
    for verb in ["pause", "resume", "cancel"] {
        check_refused(&desk.run(&[verb, id]).await, "not_possible_now");
    }
    let steered = desk.run(&["steer", id, "faster"]).await;
    check(&steered, 1, &["error"]);
    check(&desk.run(&["land", id]).await, 0, &["landing"]);
    check(&desk.run(&["land", id]).await, 1, &["error"]);
    check(&desk.run(&["discard", id]).await, 1, &["error"]);
    check(&desk.run(&["restart", id]).await, 1, &["error"]);
    let events = desk.run(&["events", "--from", "0"]).await;
    assert_eq!(events.code, 0);
    check_lines(&events.lines);
    let numbers: Vec<u64> = events
        .lines
        .iter()
        .map(|line| line["seq"].as_u64().unwrap())
        .collect();
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
    let from = (numbers.len() - 2).to_string();
    let later = desk.run(&["events", "--from", &from]).await;
    assert_eq!(later.lines, events.lines[numbers.len() - 2..]);
    check(&desk.run(&["events", "--from", "999999"]).await, 0, &[]);
    check_lines(&desk.run(&["tasks"]).await.lines);
    check(&desk.run(&["trust"]).await, 0, &["done"]);
    check(&desk.run(&["trust"]).await, 0, &["done"]);
    check(
        &desk.run(&["doctor"]).await,
        0,
        // Four of our own, and one for each known agent.
        &["finding"; 8],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn verbs_that_are_said_twice_hold_once() {
    let desk = Desk::new();
    let mut chat = desk.chat().await;
    chat.say("run sleep 600").await;
    let task = chat
        .wait_for("running", |line| {
            line["type"] == "task" && line["isolation"] == "sandboxed"
        })
        .await;
    let id = task["id"].as_str().unwrap();
    check(&desk.run(&["pause", id]).await, 0, &["overridden"]);
    check_refused(&desk.run(&["pause", id]).await, "not_possible_now");
    check(&desk.run(&["resume", id]).await, 0, &["overridden"]);
    check_refused(&desk.run(&["resume", id]).await, "not_possible_now");
    let told = desk.run_text(&["pause", id], b"").await;
    assert!(told.contains("pause: 1 task · "), "{told}");
    let told = desk.run_text(&["resume", id], b"").await;
    assert!(!told.contains("0 process"), "{told}");
    check(&desk.run(&["cancel", id]).await, 0, &["overridden"]);
    check(&desk.run(&["undo"]).await, 0, &["overridden"]);
    check_refused(&desk.run(&["undo"]).await, "nothing_to_undo");
    check(
        &desk.run(&["cancel", id, "--now"]).await,
        0,
        &["overridden"],
    );
    check_refused(&desk.run(&["cancel", id]).await, "not_possible_now");
    assert_eq!(chat.end().await.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_comes_in_one_line_goes_out_for_each() {
    let desk = Desk::new();
    let tasks = desk.home().join("tasks.json");
    std::fs::write(
        &tasks,
        r#"[{"id":"1","title":"Scan the repository","role":"explorer","agent":"scan"}]"#,
    )
    .unwrap();
    let mut input = b"\n\r\n\"pause the scan\"\npause \xff\xfe\n".to_vec();
    input.extend(b"pause ".repeat(200_000));
    input.extend(
        "\n暂停扫描\n\u{0}\ndon't pause the scan\nwhat does pause do?\npause the scan".as_bytes(),
    );
    let out = desk
        .run_text(&["recognise", "--tasks", tasks.to_str().unwrap()], &input)
        .await;
    let verbs: Vec<String> = out
        .lines()
        .map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            line["verb"].as_str().unwrap().to_owned()
        })
        .collect();
    let expected = [
        "none", "none", "none", "none", "none", "pause", "none", "none", "none", "pause",
    ];
    assert_eq!(verbs, expected, "{out}");
    let ran = desk.run(&["recognise", "--tasks", "/nowhere"]).await;
    check_refused(&ran, "tasks_unreadable");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_is_handed_on_before_leaving_without_waiting() {
    let desk = Desk::new();
    let ran = desk
        .run_with(&["chat", "--no-wait"], "run sleep 600\n")
        .await;
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(desk.tasks().await.len(), 1);
    let ran = desk
        .run_with(&["chat", "--no-wait"], "cancel everything\n")
        .await;
    assert_eq!(ran.code, 0, "{ran:?}");
    let mut chat = desk.chat().await;
    chat.wait_for("cancelled", |line| {
        line["type"] == "task" && line["state"] == "cancelled"
    })
    .await;
    assert_eq!(chat.end().await.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_too_long_is_refused_and_the_next_one_is_heard() {
    let desk = Desk::new();
    let mut chat = desk.chat().await;
    chat.say(&"word ".repeat(20_000)).await;
    let error = chat.wait_for_type("error").await;
    assert_eq!(error["code"], "message_too_long");
    chat.say(&format!("please look at {}", "all of this ".repeat(1_000)))
        .await;
    let kept = chat
        .wait_for("kept", |line| line["message"]["body"]["kind"] == "kept")
        .await;
    let closest = &kept["message"]["body"]["closest"];
    assert!(
        closest.as_str().is_none_or(|closest| closest.len() <= 480),
        "{closest}"
    );
    chat.say("find hello").await;
    chat.wait_for_type("result").await;
    assert_eq!(chat.end().await.0, 0);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_signal_closes_the_conversation_and_tasks_go_on() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let desk = Desk::new();
        let mut chat = desk.chat().await;
        chat.say("run sleep 600").await;
        chat.wait_for("running", |line| {
            line["type"] == "task" && line["isolation"] == "sandboxed"
        })
        .await;
        chat.signal(signal);
        assert_eq!(chat.left().await.0, code, "{signal}");
        let tasks = desk.tasks().await;
        assert_eq!(tasks[0]["state"], "running", "{signal}: {tasks:?}");
        assert!(
            !desk.home().join("conversation.db-wal").exists(),
            "{signal}: not closed in order"
        );
        let chat = desk.chat().await;
        assert_eq!(desk.run(&["cancel", "--all", "--now"]).await.code, 0);
        assert_eq!(chat.end().await.0, 0);
    }
}
