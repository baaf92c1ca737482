//! Limits, outages and crashes in the middle of the model loop: paused with a reason, gone on from the transcript.

use ampersand_core::{Actor, Pause, Role, TaskState};
use ampersand_protocol::Command;
use ampersand_testkit::model_server::{ModelServer, Reply, Script, Step, When};
use serde_json::json;

use crate::{
    builtin::{last, report, scripted},
    driver::Driver,
};

async fn paused(driver: &mut Driver, task: ampersand_core::TaskId) -> (String, bool) {
    match driver.wait_state(task, "paused").await {
        TaskState::Paused {
            why: Pause::Limit {
                failure,
                next_try_at,
            },
            ..
        } => (failure.code, next_try_at.is_some()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_limit_pauses_with_the_time_of_the_next_try_and_goes_on_from_there() {
    let script = Script::new()
        .rule(When::nth(0), Reply::calls("list", json!({})))
        .times(1, When::nth(1), Reply::rate_limited("3600"))
        .rule(When::anything(), report());
    let server = ModelServer::start(script).await.unwrap();
    let mut driver = Driver::with_model(&server).await;
    let task = driver.brief(Role::Explorer, "look").await;
    assert_eq!(
        paused(&mut driver, task).await,
        ("rate_limited".to_owned(), true)
    );
    let (tasks, by) = (vec![task], Actor::Person);
    driver.call(Command::Resume { tasks, by }).await.unwrap();
    driver.wait_state(task, "done").await;
    assert_eq!(server.requests().len(), 3);
    assert!(last(&server, 2).contains("README.md"), "gone on from there");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_key_pauses_until_the_person_resumes() {
    let server = scripted([Reply::status(401, json!({})), report()]).await;
    let mut driver = Driver::with_model(&server).await;
    let task = driver.brief(Role::Explorer, "look").await;
    assert_eq!(
        paused(&mut driver, task).await,
        ("unauthorized".to_owned(), false)
    );
    let (tasks, by) = (vec![task], Actor::Person);
    driver.call(Command::Resume { tasks, by }).await.unwrap();
    driver.wait_state(task, "done").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_breaks_off_pauses_and_is_never_taken_for_an_answer() {
    for breaks in [Step::Cut, Step::EndEarly] {
        let server = scripted([Reply::new().text("It is").step(breaks), report()]).await;
        let mut driver = Driver::with_model(&server).await;
        let task = driver.brief(Role::Explorer, "look").await;
        assert!(
            paused(&mut driver, task).await.1,
            "it tries again by itself"
        );
        let (tasks, by) = (vec![task], Actor::Person);
        driver.call(Command::Resume { tasks, by }).await.unwrap();
        driver.wait_state(task, "done").await;
        assert_eq!(driver.report(task).await.headline, "It is so");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_crash_nothing_that_was_answered_is_asked_again() {
    let server = scripted([
        Reply::calls("write", json!({"path": "a", "content": "a\n"})).usage(100, 10),
        Reply::new().gate("held").text("never"),
        report().usage(50, 5),
    ])
    .await;
    let mut driver = Driver::with_model(&server).await;
    let task = driver.brief(Role::Worker, "write").await;
    server.gate("held").reached().await;
    driver.crash().await;
    driver.wait_state(task, "ready").await;
    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    assert_eq!(requests[1].body["messages"], requests[2].body["messages"]);
    let usage = driver.report(task).await.usage;
    assert_eq!((usage.input_tokens, usage.output_tokens), (150, 15));
    assert_eq!(driver.worktrees(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_a_crash_cut_off_is_asked_again_once() {
    let write = Reply::calls("write", json!({"path": "a", "content": "a\n"}));
    let server = scripted([write.clone(), write, report()]).await;
    let mut driver = Driver::with_model(&server).await;
    let task = driver.brief(Role::Default, "write").await;
    driver.question().await;
    driver.crash().await;
    let asked = driver.question().await;
    let open = driver.snapshot().await.approvals;
    assert_eq!(
        open.iter().map(|open| open.id).collect::<Vec<_>>(),
        [asked.id]
    );
    driver.answer(&asked, ampersand_core::Answer::Allow).await;
    driver.wait_state(task, "ready").await;
}
