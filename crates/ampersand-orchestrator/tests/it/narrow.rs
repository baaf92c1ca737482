//! What a person takes from a task is gone at once for whatever runs, for its checks, and for every attempt after that.
#![cfg(target_os = "linux")]

use std::time::Duration;

use ampersand_core::{
    Actor, Answer, Capability, CheckOutcome, EventBody, Narrowing, Role, TaskId, Verdict,
};
use ampersand_protocol::{Command, Reply as Answered};
use ampersand_testkit::Registry;
use ampersand_testkit::model_server::Reply;
use serde_json::json;

use crate::{
    builtin::{last, report, scripted},
    driver::{Driver, model_settings},
    hosts::asks,
};

/// A server of the person's, and the settings that open it to what commands do.
async fn opened() -> (Registry, String, String) {
    let server = Registry::start().await.unwrap();
    server.put("/", "a page\n");
    let (address, port) = (server.address(), server.address().port());
    let settings = format!("[network]\nhosts = [\"opened.test:{port}={address}\"]\n");
    (server, settings, format!("opened.test:{port}"))
}

/// Fetches for as long as there is a page, and prints what there was instead.
fn fetches(host: &str) -> String {
    let script = asks(host).replace('\'', "'\\''");
    format!(
        "echo \"way=[$http_proxy]\"; while page=$(bash -c '{script}' 2>&1); echo \"$page\" | grep -q 'a page'; \
         do sleep 0.05; done; echo \"$page\""
    )
}

/// Nobody tells when it was asked once more.
async fn asked_again(server: &Registry) {
    let before = server.asked().len();
    while server.asked().len() < before + 2 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn narrow(driver: &Driver, task: TaskId, what: Narrowing) {
    let (tasks, by) = (vec![task], Actor::Person);
    match driver.call(Command::Narrow { tasks, what, by }).await {
        Ok(Answered::Overridden { tasks, .. }) => assert_eq!(tasks, [task]),
        other => panic!("{other:?}"),
    }
}

async fn capabilities(driver: &Driver, task: TaskId) -> Vec<Capability> {
    let tasks = driver.snapshot().await.tasks;
    let task = tasks.into_iter().find(|other| other.id == task).unwrap();
    task.capabilities
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_command_is_cut_off_and_no_later_attempt_has_the_hosts_again() {
    let (server, settings, host) = opened().await;
    let mut driver = Driver::with(&settings).await;
    let task = driver
        .run("Fetch", &format!("{}; exit 1", fetches(&host)))
        .await;
    asked_again(&server).await;
    narrow(&driver, task, Narrowing::Network).await;
    let asked = server.asked().len();
    driver.wait_state(task, "failed").await;
    let told = driver.text(Command::ReadOutput { task }).await;
    assert!(told.contains("way=[http://127.0.0.1:"), "{told}");
    assert!(told.contains("host_not_allowed"), "{told}");
    // One may have been on its way.
    assert!(server.asked().len() <= asked + 1);
    let left = [
        Capability::Read,
        Capability::Search,
        Capability::Write,
        Capability::Execute,
    ];
    assert_eq!(capabilities(&driver, task).await, left);
    driver.crash().await;
    assert_eq!(capabilities(&driver, task).await, left);
    let asked = server.asked().len();
    driver.call(Command::Restart { task }).await.unwrap();
    driver.wait_state(task, "failed").await;
    let told = driver.text(Command::ReadOutput { task }).await;
    let way = told.rfind("way=[").unwrap();
    assert!(told[way..].starts_with("way=[]"), "{told}");
    assert_eq!(server.asked().len(), asked);
    let typed = ampersand_core::UnsafeConsent::WORDS.to_owned();
    let refused = driver.call(Command::RestartUnsafe { task, typed }).await;
    assert_eq!(refused.unwrap_err().code, "unsafe_was_narrowed");
}

#[tokio::test(flavor = "multi_thread")]
async fn checks_and_setup_reach_what_their_task_reaches_and_lose_it_with_it() {
    let (server, settings, host) = opened().await;
    let mut driver = Driver::with(&settings).await;
    let script = format!("{} | grep 'a page'\n", asks(&host));
    driver.repository.write("fetch.sh", &script);
    let declared =
        "[checks]\nfetch = \"bash fetch.sh\"\n[worktree]\nsetup = [\"bash fetch.sh > fetched\"]\n";
    driver.repository.write(".ampersand.toml", declared);
    driver.repository.commit("Declare");
    driver.trust().await;
    let task = driver.run("Change", "cat fetched >> README.md").await;
    driver.wait_state(task, "ready").await;
    let report = driver.report(task).await;
    assert_eq!(report.checks[0].outcome, CheckOutcome::Passed, "{report:?}");
    assert_eq!(server.asked().len(), 2);

    let line = format!("{}; echo more >> README.md", fetches(&host));
    let task = driver.run("Narrowed", &line).await;
    asked_again(&server).await;
    narrow(&driver, task, Narrowing::Network).await;
    driver.wait_state(task, "ready").await;
    let report = driver.report(task).await;
    assert_eq!(report.verdict(), Verdict::Red, "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_is_refused_what_was_taken_while_it_works() {
    let server = scripted([
        Reply::calls(
            "execute",
            json!({"line": "echo begun; sleep 1000; echo over"}),
        ),
        Reply::calls("execute", json!({"line": "touch ran"})),
        Reply::calls("web_fetch", json!({"url": "http://somewhere.test/"})),
        Reply::calls("web_search", json!({"query": "anything"})),
        Reply::calls("read", json!({"path": "README.md"})),
        report(),
    ])
    .await;
    let mut driver = Driver::with(&model_settings(&server)).await;
    let task = driver.brief(Role::Worker, "try").await;
    while !driver
        .text(Command::ReadOutput { task })
        .await
        .contains("begun")
    {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    narrow(&driver, task, Narrowing::Network).await;
    narrow(&driver, task, Narrowing::Execute).await;
    // Nothing of it is left to land: what would have been changed was refused.
    driver.wait_state(task, "done").await;
    for (nth, words) in [
        (1, "took running commands"),
        (2, "took running commands"),
        (3, "took the web"),
        (4, "took the web"),
    ] {
        let told = last(&server, nth);
        assert!(told.contains(words), "{nth}: {told}");
    }
    assert!(!last(&server, 5).contains("took"), "{}", last(&server, 5));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_asks_for_what_is_taken_is_answered_with_it() {
    let server = scripted([
        Reply::calls("web_fetch", json!({"url": "http://somewhere.test/"})),
        report(),
    ])
    .await;
    let mut driver = Driver::with(&model_settings(&server)).await;
    let task = driver.brief(Role::Explorer, "look").await;
    let asked = driver.question().await;
    narrow(&driver, task, Narrowing::WebSearch).await;
    let denied = |body: &EventBody| match body {
        EventBody::ApprovalAnswered {
            approval, answer, ..
        } => Some((*approval, *answer)),
        _ => None,
    };
    let answered = driver.wait("its answer", denied).await;
    assert_eq!(answered, (asked.id, Answer::Deny));
    driver.wait_state(task, "done").await;
    assert!(last(&server, 1).contains("took the web"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_kept_from_a_task_is_refused_in_words_and_changes_nothing() {
    let mut driver = Driver::start().await;
    let task = driver.run("Wait", "sleep 1000").await;
    driver.wait_state(task, "running").await;
    let (what, by) = (Narrowing::Execute, Actor::Person);
    let tasks = vec![task];
    let refused = driver.call(Command::Narrow { tasks, what, by }).await;
    assert_eq!(refused.unwrap_err().code, "cannot_narrow");
    let left = capabilities(&driver, task).await;
    assert!(left.contains(&Capability::Execute));
    let cancel = Command::Cancel {
        tasks: vec![task],
        now: true,
        by,
    };
    driver.call(cancel).await.unwrap();
    driver.wait_state(task, "cancelled").await;
}
