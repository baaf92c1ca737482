//! J12: what an agent may not decide is asked inline, blocks its own task only, and survives restarts.

use ampersand_testkit::{
    Desk,
    model_server::{Canned, ModelServer, Reply, Script, WebServer},
};
use serde_json::json;

use crate::scripts::{agent, brief, controller, dispatches, reports};

#[tokio::test(flavor = "multi_thread")]
async fn a_new_host_is_asked_for_and_a_no_reaches_the_agent() {
    let model = ModelServer::start(
        Script::new()
            .rule(
                controller("look").after_results(0),
                dispatches(json!([brief("r", "Research", "explorer", "WEB BRIEF")])),
            )
            .rule(controller("look").after_results(1), Reply::says("Looking."))
            .rule(
                controller("meanwhile").after_results(0),
                dispatches(
                    json!([{ "key": "o", "title": "Other", "role": "worker", "kind": "command",
                    "command": "true", "reason": "asked", "after": [], "inputs": [] }]),
                ),
            )
            .rule(
                controller("meanwhile").after_results(1),
                Reply::says("Started."),
            )
            .rule(
                agent("WEB BRIEF").after_results(0),
                Reply::calls(
                    "web_fetch",
                    json!({ "url": "https://api.example.com/pulls" }),
                ),
            )
            .rule(
                agent("WEB BRIEF").after_results(1),
                reports("It was not allowed"),
            )
            .rule(controller(""), Reply::says("")),
    )
    .await
    .unwrap();
    let desk = Desk::new();
    desk.connect_model(&model.base_url());
    let mut chat = desk.chat().await;
    chat.say("look").await;
    let asked = chat.wait_for_type("approval").await;
    assert_eq!(asked["approval"]["question"]["kind"], "host");
    assert_eq!(asked["approval"]["question"]["host"], "api.example.com");
    chat.wait_for_state("Research", "needs_you").await;
    chat.say("meanwhile").await;
    chat.wait_for_state("Other", "done").await;
    let ran = desk.run(&["deny", asked["id"].as_str().unwrap()]).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    let result = chat
        .wait_for("the report", |line| {
            line["type"] == "result" && line["title"] == "Research"
        })
        .await;
    assert_eq!(result["report"]["headline"], "It was not allowed");
    assert_eq!(chat.end().await.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proposal_to_land_is_a_question_and_never_an_act() {
    let web = WebServer::start([("/", Canned::html("unused"))])
        .await
        .unwrap();
    drop(web);
    let model = ModelServer::start(
        Script::new()
            .rule(
                controller("land it").after_results(0),
                Reply::calls(
                    "propose_landing",
                    json!({ "task": "run echo more >> README.md", "why": "it is good" }),
                ),
            )
            .rule(
                controller("land it").after_results(1),
                Reply::says("Your word."),
            )
            .rule(
                controller("change it").after_results(0),
                dispatches(
                    json!([{ "key": "c", "title": "run echo more >> README.md", "role": "worker",
                    "kind": "command", "command": "echo more >> README.md", "reason": "asked",
                    "after": [], "inputs": [] }]),
                ),
            )
            .rule(controller("").after_results(0), Reply::says(""))
            .rule(controller("").after_results(1), Reply::says("Changed.")),
    )
    .await
    .unwrap();
    let desk = Desk::new();
    desk.connect_model(&model.base_url());
    let mut chat = desk.chat().await;
    let head = desk.repository.head();
    chat.say("change it").await;
    chat.wait_for_state("run echo more >> README.md", "ready")
        .await;
    chat.say("land it").await;
    let asked = chat.wait_for_type("approval").await;
    assert_eq!(asked["approval"]["question"]["kind"], "land");
    assert_eq!(desk.repository.head(), head);
    let ran = desk.run(&["approve", asked["id"].as_str().unwrap()]).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    chat.wait_for_type("landing").await;
    assert_ne!(desk.repository.head(), head);
    assert_eq!(chat.end().await.0, 0);
}
