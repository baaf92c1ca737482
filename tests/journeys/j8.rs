//! J8: a task starts with the report of the one before it, or not at all; what it was given can be read.

use ampersand_testkit::{
    Desk,
    model_server::{ModelServer, Reply, Script},
};
use serde_json::{Value, json};

use crate::scripts::{agent, brief, controller, dispatches, reports};

fn then_refactor() -> Value {
    let mut refactor = brief(
        "refactor",
        "Refactor by the map",
        "worker",
        "REFACTOR BRIEF",
    );
    refactor["inputs"] = json!(["map"]);
    json!([
        brief("map", "Map the auth module", "explorer", "MAP BRIEF"),
        refactor
    ])
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_task_starts_with_the_first_ones_report() {
    let model = ModelServer::start(
        Script::new()
            .rule(
                controller("map it").after_results(0),
                dispatches(then_refactor()),
            )
            .rule(
                controller("map it").after_results(1),
                Reply::says("First the map."),
            )
            .rule(agent("REFACTOR BRIEF"), reports("Refactored by the map"))
            .rule(agent("MAP BRIEF"), reports("Sessions live in src/auth"))
            .rule(controller(""), Reply::says("")),
    )
    .await
    .unwrap();
    let desk = Desk::new();
    desk.connect_model(&model.base_url());
    let mut chat = desk.chat().await;
    chat.say("map it, then refactor by that map; my secret word is aubergine")
        .await;
    chat.wait_for_state("Refactor by the map", "done").await;
    assert_eq!(chat.end().await.0, 0);
    let given = desk.run(&["given", "Refactor by the map"]).await.lines[0]["text"].to_string();
    assert!(given.contains("Sessions live in src/auth"), "{given}");
    for request in model.requests() {
        let body = request.body.to_string();
        let is_agent = body.contains("REFACTOR BRIEF") && !body.contains("\"dispatch\"");
        assert!(
            !(is_agent && body.contains("aubergine")),
            "an agent saw the conversation"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn if_the_first_fails_the_second_does_not_start_and_says_so() {
    let mut tasks = then_refactor();
    tasks[0] = json!({ "key": "map", "title": "Map the auth module", "role": "worker",
        "kind": "command", "command": "exit 9", "reason": "asked", "after": [], "inputs": [] });
    let model = ModelServer::start(
        Script::new()
            .rule(controller("map it").after_results(0), dispatches(tasks))
            .rule(
                controller("map it").after_results(1),
                Reply::says("First the map."),
            )
            .rule(controller(""), Reply::says("")),
    )
    .await
    .unwrap();
    let desk = Desk::new();
    desk.connect_model(&model.base_url());
    let mut chat = desk.chat().await;
    chat.say("map it").await;
    chat.wait_for_state("Refactor by the map", "skipped").await;
    assert_eq!(chat.end().await.0, 0);
}
