//! J6: a result stands in the conversation exactly once, whoever was awake when it came.

use ampersand_testkit::{
    Desk, HELD,
    model_server::{ModelServer, Reply, Script},
};
use serde_json::json;

use crate::scripts::controller;

#[tokio::test(flavor = "multi_thread")]
async fn a_result_that_came_while_nobody_watched_stands_there_on_reopening_once() {
    let desk = Desk::new();
    let mut chat = desk.chat_with(&["chat", "--no-wait"]).await;
    chat.say(&format!("run {HELD}")).await;
    chat.wait_for_type("plan").await;
    chat.kill().await;
    desk.release().await;
    let id = loop {
        let tasks = desk.tasks().await;
        if tasks[0]["state"] == "done" {
            break tasks[0]["id"].clone();
        }
    };
    let mut chat = desk.chat().await;
    let result = chat.wait_for_type("result").await;
    assert_eq!(result["task"], id);
    assert_eq!(chat.end().await.0, 0);
    let (_, seen) = desk.chat().await.end().await;
    assert!(
        !seen.iter().any(|line| line["type"] == "result"),
        "once: {seen:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_controller_explains_a_result_once_the_person_is_quiet() {
    let model = ModelServer::start(
        Script::new()
            .rule(
                controller("look it over").after_results(0),
                Reply::calls(
                    "dispatch",
                    json!({ "reason": "one", "tasks": [
                        { "key": "s", "title": "Scan", "role": "explorer", "kind": "scan",
                          "reason": "asked", "after": [], "inputs": [] } ] }),
                ),
            )
            .rule(
                controller("look it over").after_results(1),
                Reply::says("Looking."),
            )
            .rule(
                ampersand_testkit::model_server::When::any("TODO"),
                Reply::says("Two TODOs matter."),
            ),
    )
    .await
    .unwrap();
    let desk = Desk::new();
    desk.connect_model(&model.base_url());
    let mut chat = desk.chat().await;
    chat.say("look it over").await;
    let result = chat.wait_for_type("result").await;
    let explanation = chat.wait_for_type("explanation").await;
    assert_eq!(explanation["message"], result["message"]);
    assert_eq!(explanation["text"], "Two TODOs matter.");
    assert_eq!(chat.end().await.0, 0);
}
