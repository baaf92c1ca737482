//! A task that uses up what it may is paused, says which limit it reached wherever tasks are shown, and goes on when a
//! person says so.

use ampersand_testkit::{
    Desk,
    model_server::{ModelServer, Reply, Script},
};
use serde_json::json;

use crate::scripts::{controller, dispatches};

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_is_said_in_the_conversation_in_the_list_and_to_the_model() {
    let print = json!([{
        "key": "p", "title": "Print", "role": "worker", "kind": "command", "command": "yes",
        "reason": "asked", "after": [], "inputs": []
    }]);
    let script = Script::new()
        .rule(controller("print").after_results(0), dispatches(print))
        .rule(
            controller("print").after_results(1),
            Reply::says("Started."),
        )
        .rule(controller(""), Reply::says("It stands still."));
    let model = ModelServer::start(script).await.unwrap();
    let desk = Desk::new();
    desk.settings(&format!(
        "[models.controller]\napi = \"chat-completions\"\nbase_url = \"{}\"\nmodel = \"scripted\"\n\
         [limits]\noutput_mib = 1\n",
        model.base_url()
    ));
    let mut chat = desk.chat().await;
    chat.say("print").await;
    let notice = chat.wait_for_type("notice").await;
    assert_eq!(notice["code"], "limit_reached");
    let said = "it reached its output limit of 1 MiB";
    let message = notice["message"].as_str().unwrap();
    assert!(message.contains(said), "{message}");
    let hint = notice["hint"].as_str().unwrap();
    assert!(
        hint.contains("resume") && hint.contains("output_mib"),
        "{hint}"
    );
    let list = desk.run_text(&["tasks"], b"").await;
    assert!(list.contains(&format!("paused: {said}")), "{list}");

    chat.say("How is it going?").await;
    chat.wait_for("the answer", |line| {
        line["type"] == "message.done" && line["text"] == "It stands still."
    })
    .await;
    let asked = model.requests();
    let told = asked.last().unwrap().body.to_string();
    assert!(told.contains(said), "{told}");

    chat.say("resume").await;
    let again = chat.wait_for_type("notice").await;
    let message = again["message"].as_str().unwrap();
    assert!(
        message.contains("it reached its output limit of"),
        "{message}"
    );
    assert_eq!(desk.run(&["cancel", "--all", "--now"]).await.code, 0);
    assert_eq!(chat.end().await.0, 0);
}
