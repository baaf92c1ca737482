//! What comes over the socket is not believed, and nobody who comes over it can harm the others.

use std::time::Duration;

use ampersand_core::{Actor, CommandId, EventBody, Role, Work};
use ampersand_link::connect;
use ampersand_protocol::{Command, Hello, PROTOCOL_VERSION, ToOrchestrator};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use uuid::Uuid;

use crate::driver::Driver;

/// What a controller says first, in the version `protocol`.
fn hello(protocol: u32) -> String {
    let hello = Hello {
        protocol,
        build: "x".into(),
        pid: 1,
    };
    let frame = serde_json::to_string(&ToOrchestrator::Hello { hello }).unwrap();
    format!("{frame}\n")
}

/// Says something and returns once the orchestrator has hung up.
async fn turned_away(driver: &Driver, said: &[u8]) -> bool {
    let mut stream = connect(&driver.home).await.unwrap();
    // It may hang up before all was said.
    stream.write_all(said).await.ok();
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    tokio::time::timeout(Duration::from_secs(5), read)
        .await
        .is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_is_turned_away_and_nobody_else_notices() {
    let driver = Driver::start().await;
    let huge = vec![b'x'; 40 << 20];
    let (known, newer) = (hello(PROTOCOL_VERSION), hello(999));
    for said in [
        &b"\0\xff\xfe garbage\n"[..],
        b"{}\n",
        b"GET / HTTP/1.1\r\n\r\n",
        newer.as_bytes(),
        &[known.as_bytes(), b"{\"frame\":\"request\"}\n"].concat(),
        &huge,
        &[known.as_bytes(), &huge].concat(),
    ] {
        let shown = String::from_utf8_lossy(&said[..said.len().min(80)]).into_owned();
        assert!(turned_away(&driver, said).await, "{shown}");
    }
    assert!(driver.snapshot().await.tasks.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_sessions_come_and_go_and_one_that_never_reads_holds_up_nobody() {
    let mut driver = Driver::start().await;
    let mut silent = connect(&driver.home).await.unwrap();
    let greeting = hello(PROTOCOL_VERSION);
    silent.write_all(greeting.as_bytes()).await.unwrap();
    silent
        .write_all(b"{\"frame\":\"subscribe\",\"after\":0}\n")
        .await
        .unwrap();
    let mut held = Vec::new();
    for nth in 0..1000 {
        let stream = connect(&driver.home).await.unwrap();
        if nth % 20 == 0 {
            held.push(stream);
        }
    }
    drop(held);
    let task = driver.run("Print", "seq 1 200000; echo end").await;
    driver.wait_state(task, "done").await;
    assert!(driver.report(task).await.summary.contains("end"));
    drop(silent);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_comes_twice_is_carried_out_once_even_across_a_crash() {
    let mut driver = Driver::start().await;
    let id = CommandId::new(Uuid::now_v7());
    let plan = driver.planned("Scan", Role::Explorer, Work::Scan, &[]);
    let task = plan.tasks[0].id;
    let by = Actor::Person;
    let submit = Command::SubmitPlan { plan, by };
    let (first, second) = tokio::join!(
        driver.call_as(id, submit.clone()),
        driver.call_as(id, submit.clone())
    );
    assert_eq!(first.unwrap(), second.unwrap());
    driver.wait_state(task, "done").await;
    driver.crash().await;
    driver.call_as(id, submit).await.unwrap();

    let sleeps = driver.run("Sleep", "sleep 1000").await;
    driver.wait_state(sleeps, "running").await;
    let id = CommandId::new(Uuid::now_v7());
    let tasks = vec![sleeps];
    let pause = Command::Pause { tasks, by };
    driver.call_as(id, pause.clone()).await.unwrap();
    driver.call_as(id, pause.clone()).await.unwrap();
    driver.crash().await;
    driver.call_as(id, pause).await.unwrap();
    let planned = |body: &EventBody| matches!(body, EventBody::PlanAccepted { .. });
    assert_eq!(driver.count(planned), 2);
    let words: Vec<_> = driver
        .snapshot()
        .await
        .tasks
        .iter()
        .map(|task| task.state.word())
        .collect();
    assert_eq!(words, ["done", "paused"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistake_in_the_settings_is_told_once_and_the_old_values_stay() {
    let mut driver = Driver::with("[slots]\nlimit = 1\n").await;
    std::fs::write(driver.home.settings(), "[slots]\nlimit = \"many\"\n").unwrap();
    let failure = driver
        .wait("noticed", |body| match body {
            EventBody::Noticed { failure, .. } => Some(failure.clone()),
            _ => None,
        })
        .await;
    assert_eq!(failure.code, "settings_invalid");
    assert!(failure.message.contains("line 2"), "{failure:?}");
    let first = driver.run("First", "sleep 1000").await;
    driver.wait_state(first, "running").await;
    let second = driver.run("Second", "true").await;
    assert_eq!(
        driver.snapshot().await.tasks[1].state.word(),
        "queued",
        "one slot still"
    );
    std::fs::write(driver.home.settings(), "[slots]\nlimit = 2\n").unwrap();
    driver.wait_state(second, "done").await;
    let noticed = |body: &EventBody| matches!(body, EventBody::Noticed { .. });
    assert_eq!(driver.count(noticed), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistake_that_was_there_from_the_start_is_told_too() {
    let mut driver = Driver::with("[slots]\nlimit = \"many\"\n").await;
    let code = driver
        .wait("noticed", |body| match body {
            EventBody::Noticed { failure, .. } => Some(failure.code.clone()),
            _ => None,
        })
        .await;
    assert_eq!(code, "settings_invalid");
}

async fn is_trusted(driver: &Driver) -> bool {
    let repository = driver.repository.root().display().to_string();
    match driver.call(Command::Attach { repository }).await.unwrap() {
        ampersand_protocol::Reply::Repository { repository } => repository.trusted,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn trust_does_not_outlive_a_change_of_what_was_trusted() {
    let mut driver = Driver::start().await;
    let repository = driver.repository.root().display().to_string();
    let (shown, changed) = (
        "[checks]\ntest = \"true\"\n",
        "[checks]\ntest = \"touch ran\"\n",
    );
    driver.repository.write(".ampersand.toml", shown);
    driver.trust().await;
    assert!(is_trusted(&driver).await);
    driver.repository.write(".ampersand.toml", changed);
    assert!(!is_trusted(&driver).await);

    let digest = ampersand_core::Project::digest(shown);
    let trust = Command::Trust { repository, digest };
    let failure = driver.call(trust).await.unwrap_err();
    assert_eq!(failure.code, "declaration_changed");
    assert!(!is_trusted(&driver).await, "only what was shown is trusted");
    let task = driver.run("Change", "echo more >> README.md").await;
    driver.wait_state(task, "ready").await;
    assert!(driver.report(task).await.checks.is_empty(), "did not run");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_of_many_megabytes_is_refused_before_it_reaches_the_journal() {
    let driver = Driver::start().await;
    let text = "x".repeat(12 << 20);
    let plan = driver.planned("Large", Role::Worker, Work::Brief { text }, &[]);
    let by = Actor::Person;
    let failure = driver.call(Command::SubmitPlan { plan, by }).await;
    assert_eq!(failure.unwrap_err().code, "command_too_large");
    assert_eq!(driver.snapshot().await.seq, 0);
}
