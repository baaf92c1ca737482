//! A model that calls too often, wants too much, never ends or repeats itself: bounded, told in words, and the
//! conversation goes on.

use ampersand_testkit::{
    Desk,
    model_server::{ModelServer, Reply, Script, Step},
};
use serde_json::{Value, json};

use crate::scripts::controller;

/// A desk with a model that follows this script; `more` is added to its settings.
async fn desk(script: Script, more: &str) -> (Desk, ModelServer) {
    let model = ModelServer::start(script).await.unwrap();
    let desk = Desk::new();
    desk.settings(&format!(
        "[models.controller]\napi = \"chat-completions\"\nbase_url = \"{}\"\nmodel = \"scripted\"\n{more}\n",
        model.base_url()
    ));
    (desk, model)
}

/// What the tools answered in the newest request, in order.
fn tool_results(model: &ModelServer) -> Vec<String> {
    let request = model.requests().pop().unwrap();
    let messages = request.body["messages"].as_array().unwrap().clone();
    let results = messages.iter().filter(|message| message["role"] == "tool");
    results
        .map(|message| message["content"].as_str().unwrap_or_default().to_owned())
        .collect()
}

fn command(key: usize, title: &str, line: &str) -> Value {
    json!({ "key": format!("k{key}"), "title": title, "role": "worker", "kind": "command", "command": line,
        "reason": "asked", "after": [], "inputs": [] })
}

fn plan(tasks: Vec<Value>) -> Value {
    json!({ "reason": "all at once", "tasks": tasks })
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_calls_of_one_task_start_it_once_and_those_beyond_the_bound_are_not_done() {
    let wait = || plan(vec![command(0, "Wait", "sleep 600")]);
    let fifty = (0..50).fold(Reply::new(), |reply, _| reply.call("dispatch", wait()));
    let script = Script::new()
        .rule(controller("many").after_results(0), fifty)
        .rule(controller("many"), Reply::says("Enough."));
    let (desk, model) = desk(script, "").await;
    let mut chat = desk.chat().await;
    chat.say("many").await;
    let done = chat.wait_for_type("message.done").await;
    assert_eq!(done["text"], "Enough.");
    let results = tool_results(&model);
    let count = |said: &str| results.iter().filter(|text| text.contains(said)).count();
    assert_eq!(
        (
            results.len(),
            count("Started"),
            count("under way already"),
            count("may call 24 times")
        ),
        (50, 1, 23, 26),
        "{results:?}"
    );
    assert_eq!(desk.tasks().await.len(), 1);
    assert_eq!(desk.run(&["cancel", "--all", "--now"]).await.code, 0);
    assert_eq!(chat.end().await.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn thirty_tasks_are_refused_and_the_few_that_follow_keep_to_their_slots() {
    let many = (0..30).map(|n| command(n, &format!("Task {n}"), "true"));
    let few = (0..5).map(|n| command(n, &format!("Few {}", n.min(3)), "sleep 0.2"));
    let script = Script::new()
        .rule(
            controller("all of it").after_results(0),
            Reply::calls("dispatch", plan(many.collect())),
        )
        .rule(
            controller("all of it").after_results(1),
            Reply::calls("dispatch", plan(few.collect())),
        )
        .rule(controller("all of it"), Reply::says("Four it is."));
    let (desk, model) = desk(script, "[slots]\nlimit = 2").await;
    let mut chat = desk.chat().await;
    chat.say("all of it").await;
    let done = chat.wait_for_type("message.done").await;
    assert_eq!(done["text"], "Four it is.");
    let results = tool_results(&model);
    assert!(results[0].contains("16 is the most"), "{results:?}");
    assert!(results[1].contains("wanted twice"), "{results:?}");
    let (code, seen) = chat.end().await;
    assert_eq!(code, 0);
    let tasks = desk.tasks().await;
    assert_eq!(tasks.len(), 4, "{tasks:?}");
    let mut running = std::collections::BTreeSet::new();
    for line in seen.iter().filter(|line| line["type"] == "task") {
        let id = line["id"].as_str().unwrap().to_owned();
        if line["state"] == "running" {
            running.insert(id);
        } else {
            running.remove(&id);
        }
        assert!(running.len() <= 2, "{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_only_uses_its_tools_is_ended() {
    let script = Script::new()
        .rule(controller("fine"), Reply::says("Fine."))
        .rule(
            controller("loop"),
            Reply::new()
                .call("look", json!({ "what": "list" }))
                .call("fly", json!({ "to": "the moon" })),
        );
    let (desk, model) = desk(script, "").await;
    let mut chat = desk.chat().await;
    chat.say("loop").await;
    let done = chat.wait_for_type("message.done").await;
    assert_eq!(
        done["state"]["failure"]["code"], "model_in_circles",
        "{done}"
    );
    assert_eq!(model.requests().len(), 12);
    assert!(
        tool_results(&model)
            .iter()
            .any(|text| text.contains("there is no tool \"fly\""))
    );
    chat.say("fine").await;
    assert_eq!(chat.wait_for_type("message.done").await["text"], "Fine.");
    assert_eq!(chat.end().await.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_of_a_megabyte_is_whole_and_does_not_push_out_what_was_said_before_it() {
    let chunk = "word ".repeat(4_000);
    let long = (0..53).fold(Reply::new(), |reply, _| reply.text(&chunk));
    let script = Script::new()
        .rule(controller("at length"), long)
        .rule(controller("remember"), Reply::says("Noted."))
        .rule(controller("which"), Reply::says("It was blue."));
    let (desk, model) = desk(script, "").await;
    let mut chat = desk.chat().await;
    chat.say("remember: the colour is blue").await;
    chat.wait_for_type("message.done").await;
    chat.say("at length, please").await;
    let done = chat.wait_for_type("message.done").await;
    assert_eq!(done["state"]["name"], "done", "{}", done["state"]);
    assert_eq!(done["text"].as_str().unwrap().len(), 53 * chunk.len());
    chat.say("which colour was it?").await;
    let done = chat.wait_for_type("message.done").await;
    assert_eq!(done["left_out"], "1 long message shortened");
    let asked = model.requests().pop().unwrap().body.to_string();
    assert!(asked.contains("the colour is blue"));
    assert!(asked.len() < 128_000, "{}", asked.len());
    assert_eq!(chat.end().await.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_never_ends_is_ended_and_what_it_said_is_kept() {
    let chunk = "again ".repeat(32 * 1024);
    let endless = (0..30).fold(Reply::new(), |reply, _| reply.text(&chunk));
    let script = Script::new().rule(controller("go"), endless.step(Step::Stall));
    let (desk, _model) = desk(script, "").await;
    let mut chat = desk.chat().await;
    chat.say("go").await;
    let done = chat.wait_for_type("message.done").await;
    assert_eq!(
        done["state"]["failure"]["code"], "model_endless",
        "{}",
        done["state"]
    );
    let kept = done["text"].as_str().unwrap().len();
    assert!(kept > 3 << 20 && kept <= 4 << 20, "{kept}");
    assert_eq!(chat.end().await.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_long_conversation_leaves_out_is_shown_and_what_cannot_fit_is_said() {
    let script = Script::new().rule(controller(""), Reply::says(&"more ".repeat(700)));
    let (desk, model) = desk(script, "context_tokens = 6000").await;
    let mut chat = desk.chat().await;
    let mut left_out = None;
    for nth in 0..12 {
        chat.say(&format!("tell me more, {nth}")).await;
        let done = chat.wait_for_type("message.done").await;
        left_out = done["left_out"].as_str().map(str::to_owned);
    }
    let left_out = left_out.unwrap();
    assert!(left_out.contains("left out"), "{left_out}");
    let asked = model.requests().pop().unwrap().body.to_string();
    assert!(asked.contains(&left_out), "{asked}");
    chat.say(&"far too long ".repeat(3_000)).await;
    let done = chat.wait_for_type("message.done").await;
    assert_eq!(
        done["state"]["failure"]["code"], "message_beyond_model",
        "{done}"
    );
    assert_eq!(chat.end().await.0, 0);
}
