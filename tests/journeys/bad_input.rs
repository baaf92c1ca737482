//! Bad input of any kind gets a clear error with what to do, and loses nothing.

use ampersand_testkit::{
    Desk, TestRepository,
    model_server::{ModelServer, Reply, Script, Step},
};
use serde_json::{Value, json};

use crate::scripts::controller;

#[track_caller]
fn check_failure(failure: &Value, code: &str) {
    assert_eq!(failure["code"], code, "{failure}");
    for part in ["message", "hint"] {
        assert!(
            failure[part].as_str().is_some_and(|words| words.len() > 8),
            "{failure}"
        );
    }
}

/// What is said about a repository that cannot be worked on, once something is asked of it.
async fn refused(repository: TestRepository, code: &str) {
    let desk = Desk::with(repository);
    let mut chat = desk.chat().await;
    chat.say("scan").await;
    let error = chat
        .wait_for("a refusal", |line| {
            line["type"] == "error" || line["type"] == "notice"
        })
        .await;
    check_failure(&error, code);
    assert_eq!(chat.end().await.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_without_a_repository() {
    let repository = TestRepository::empty();
    std::fs::remove_dir_all(repository.root().join(".git")).unwrap();
    refused(repository, "repository_not_found").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_without_commits() {
    refused(TestRepository::empty(), "repository_no_commits").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_of_a_kind_that_is_not_supported() {
    let repository = TestRepository::empty();
    std::fs::remove_dir_all(repository.root().join(".git")).unwrap();
    repository.git(&[
        "init",
        "--quiet",
        "--object-format=sha256",
        "--initial-branch=main",
    ]);
    refused(repository, "repository_sha256").await;
}

/// A question whose answer is one fault; the reply ends broken, and the conversation goes on.
async fn broken(reply: Reply, code: &str, text: &str) {
    let model = ModelServer::start(
        Script::new()
            .rule(controller("fine"), Reply::says("Fine."))
            .rule(controller("fault"), reply),
    )
    .await
    .unwrap();
    let desk = Desk::new();
    desk.connect_model(&model.base_url());
    let mut chat = desk.chat().await;
    chat.say("fault").await;
    let done = chat.wait_for_type("message.done").await;
    assert_eq!(done["state"]["name"], "broken", "{done}");
    check_failure(&done["state"]["failure"], code);
    assert_eq!(done["text"], text);
    chat.say("fine").await;
    let done = chat.wait_for_type("message.done").await;
    assert_eq!(done["text"], "Fine.");
    assert_eq!(chat.end().await.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_says_401() {
    broken(
        Reply::status(401, json!({ "error": { "message": "bad key" } })),
        "unauthorized",
        "",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_says_500() {
    broken(
        Reply::status(500, json!({ "error": { "message": "boom" } })),
        "server_error",
        "",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_says_429() {
    broken(Reply::rate_limited("600"), "rate_limited", "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_is_cut_off_in_the_middle_of_a_word() {
    broken(Reply::says("Hel").step(Step::Cut), "cut", "Hel").await;
}

/// A question to a model that nobody answers for; the conversation goes on without it.
async fn away(base_url: &str, code: &str) {
    let desk = Desk::new();
    desk.connect_model(base_url);
    let mut chat = desk.chat().await;
    chat.say("hello").await;
    let done = chat.wait_for_type("message.done").await;
    assert_eq!(done["state"]["name"], "broken");
    check_failure(&done["state"]["failure"], code);
    chat.say("undo").await;
    let error = chat.wait_for_type("error").await;
    assert_eq!(error["code"], "nothing_to_undo");
    assert_eq!(chat.end().await.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_refuses_the_connection() {
    away(
        &ModelServer::refusing_base_url().await.unwrap(),
        "connection_refused",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_at_an_address_that_is_nowhere() {
    away("http://model.invalid/v1", "unreachable").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_settings_file_that_is_broken() {
    let desk = Desk::new();
    desk.settings("[slots]\ntier = \"gold\"\n");
    let mut chat = desk.chat().await;
    let notice = chat
        .wait_for("a notice", |line| {
            line["type"] == "notice" || line["type"] == "error"
        })
        .await;
    check_failure(&notice, "settings_invalid");
    assert!(
        notice["message"].as_str().unwrap().contains("line 2, tier"),
        "{notice}"
    );
    chat.say("find hello").await;
    chat.wait_for_type("result").await;
    assert_eq!(chat.end().await.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_controller() {
    let desk = Desk::new();
    let chat = desk.chat().await;
    let second = desk.run(&["chat"]).await;
    assert_eq!(second.code, 3, "{second:?}");
    check_failure(&second.lines[0], "conversation_open");
    assert_eq!(chat.end().await.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_from_a_newer_version() {
    let desk = Desk::new();
    let chat = desk.chat().await;
    assert_eq!(chat.end().await.0, 0);
    let path = desk.home().join("conversation.db");
    let mut bytes = std::fs::read(&path).unwrap();
    // The user version of an SQLite file: four bytes at offset 60.
    bytes[60..64].copy_from_slice(&999u32.to_be_bytes());
    std::fs::write(&path, bytes).unwrap();
    let ran = desk.run(&["chat"]).await;
    assert_eq!(ran.code, 1, "{ran:?}");
    check_failure(&ran.lines[0], "store_newer");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_orchestrator_that_cannot_start() {
    let desk = Desk::new();
    std::fs::create_dir(desk.home().join("journal.db")).unwrap();
    let ran = desk.run(&["tasks"]).await;
    assert_eq!(ran.code, 4, "{ran:?}");
    check_failure(&ran.lines[0], "orchestrator_cannot_start");
}

#[tokio::test(flavor = "multi_thread")]
async fn tool_arguments_that_are_no_json_and_a_cycle_go_back_to_the_model() {
    let cycle = json!({ "reason": "r", "tasks": [
        { "key": "a", "title": "A", "role": "explorer", "kind": "scan", "reason": "r", "after": ["b"], "inputs": [] },
        { "key": "b", "title": "B", "role": "explorer", "kind": "scan", "reason": "r", "after": ["a"], "inputs": [] } ] });
    let model = ModelServer::start(
        Script::new()
            .rule(
                controller("go").after_results(0),
                Reply::new()
                    .step(Step::Raw(NOT_JSON.to_owned()))
                    .step(Step::Finish("tool_calls".to_owned())),
            )
            .rule(
                controller("go").after_results(1),
                Reply::calls("dispatch", cycle),
            )
            .rule(
                controller("go").after_results(2),
                Reply::calls("steer", json!({ "task": "no such task", "text": "x" })),
            )
            .rule(
                controller("go").after_results(3),
                Reply::says("Nothing was started."),
            ),
    )
    .await
    .unwrap();
    let desk = Desk::new();
    desk.connect_model(&model.base_url());
    let mut chat = desk.chat().await;
    chat.say("go").await;
    let done = chat.wait_for_type("message.done").await;
    assert_eq!(done["text"], "Nothing was started.");
    assert_eq!(done["state"]["name"], "done");
    assert_eq!(chat.end().await.0, 0);
    assert!(desk.tasks().await.is_empty());
    let last = model.requests().last().unwrap().body.to_string();
    for told in ["wait for each other", "no such task", "JSON"] {
        assert!(last.contains(told), "{told}: {last}");
    }
}

/// A call whose arguments end in the middle.
const NOT_JSON: &str = "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"c1\",\
    \"type\":\"function\",\"function\":{\"name\":\"dispatch\",\"arguments\":\"{\\\"reason\\\": \"}}]}}]}\n\n";
