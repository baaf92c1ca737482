//! Short words and what they are about: "allow" with no, one and two questions open; names that fit two tasks; and
//! words that find nothing to act on.

use ampersand_testkit::{
    Chat, Desk,
    model_server::{ModelServer, Reply, Script},
};
use serde_json::{Value, json};

use crate::scripts::{agent, brief, controller, dispatches, reports};

async fn connected(script: Script) -> (Desk, ModelServer) {
    let model = ModelServer::start(script).await.unwrap();
    let desk = Desk::new();
    desk.connect_model(&model.base_url());
    (desk, model)
}

async fn notice(chat: &mut Chat) -> String {
    let notice = chat.wait_for_type("notice").await;
    assert!(
        notice["hint"].as_str().is_some_and(|hint| hint.len() > 8),
        "{notice}"
    );
    notice["code"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn words_that_find_nothing_to_act_on_are_answered_plainly_without_a_model() {
    let desk = Desk::new();
    let mut chat = desk.chat().await;
    for (words, code) in [
        ("pause", "nothing_runs"),
        ("Stop!", "nothing_runs"),
        ("resume", "nothing_runs"),
        ("pause the scan", "nothing_runs"),
        ("kill it", "nothing_runs"),
        ("暂停", "nothing_runs"),
        ("allow", "no_open_question"),
        ("No, deny it.", "no_open_question"),
    ] {
        chat.say(words).await;
        assert_eq!(notice(&mut chat).await, code, "{words}");
    }
    chat.say("undo").await;
    let error = chat.wait_for_type("error").await;
    assert_eq!(error["code"], "nothing_to_undo");
    let (code, seen) = chat.end().await;
    assert_eq!(code, 0);
    let kept = |line: &Value| line["message"]["body"]["kind"] == "kept";
    assert!(!seen.iter().any(kept), "{seen:?}");
}

/// Agents of two tasks ask for one host each.
fn two_questions() -> Script {
    let ask = |brief: &str, url: &str| {
        (
            agent(brief).after_results(0),
            Reply::calls("web_fetch", json!({ "url": url })),
        )
    };
    let (one, ask_one) = ask("BRIEF ONE", "https://one.example.com/");
    let (two, ask_two) = ask("BRIEF TWO", "https://two.example.com/");
    Script::new()
        .rule(
            controller("look").after_results(0),
            dispatches(json!([
                brief("a", "Ask one", "explorer", "BRIEF ONE"),
                brief("b", "Ask two", "explorer", "BRIEF TWO"),
            ])),
        )
        .rule(controller("look"), Reply::says("Looking."))
        .rule(one, ask_one)
        .rule(two, ask_two)
        .rule(agent("BRIEF"), reports("Not allowed"))
        .rule(controller("which"), Reply::says("Shall I go on?"))
        .rule(
            controller("deny"),
            Reply::says("I am asking about something else."),
        )
        .rule(controller(""), Reply::says("NOTHING TO ADD"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_typed_answer_counts_only_for_the_one_question_there_is() {
    let (desk, model) = connected(two_questions()).await;
    let mut chat = desk.chat().await;
    chat.say("look").await;
    let first = chat.wait_for_type("approval").await;
    let second = chat.wait_for_type("approval").await;
    assert_ne!(first["id"], second["id"]);
    // While a reply is written a bare word may be meant for it.
    if !chat.seen.iter().any(|line| line["type"] == "message.done") {
        chat.wait_for_type("message.done").await;
    }
    let before = model.requests().len();
    chat.say("deny").await;
    assert_eq!(notice(&mut chat).await, "several_open_questions");
    assert_eq!(model.requests().len(), before, "a model was asked");
    let ran = desk.run(&["deny", first["id"].as_str().unwrap()]).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    chat.wait_for("the first is answered", |line| {
        line["type"] == "approval" && line["id"] == first["id"] && line["answered"].is_string()
    })
    .await;
    // The model asked something, so a bare word may be meant for it.
    chat.say("which one?").await;
    let asks = |line: &Value| line["type"] == "message.done" && line["text"] == "Shall I go on?";
    chat.wait_for("a question of the model's", asks).await;
    chat.say("deny").await;
    chat.wait_for("the model's answer", |line| {
        line["type"] == "message.done" && line["text"] == "I am asking about something else."
    })
    .await;
    let open = desk.run(&["tasks"]).await.lines;
    let open = open.iter().filter(|line| line["type"] == "approval");
    assert_eq!(open.count(), 1);
    chat.say("deny").await;
    chat.wait_for("the second is answered", |line| {
        line["type"] == "approval" && line["id"] == second["id"] && line["answered"] == "Denied"
    })
    .await;
    assert_eq!(chat.end().await.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_fits_two_tasks_is_asked_about_and_nothing_is_done() {
    let desk = Desk::new();
    let mut chat = desk.chat().await;
    for line in [
        "run sleep 600 # scan of the parser",
        "run sleep 600 # scan of the lexer",
    ] {
        chat.say(line).await;
        chat.wait_for_type("plan").await;
    }
    let states = async || {
        let tasks = desk.tasks().await;
        tasks
            .iter()
            .map(|task| task["state"].clone())
            .collect::<Vec<_>>()
    };
    chat.say("pause the scan").await;
    let choice = chat.wait_for_type("choice").await;
    let says: Vec<&str> = choice["options"]
        .as_array()
        .unwrap()
        .iter()
        .map(|option| option["says"].as_str().unwrap())
        .collect();
    assert_eq!(says.len(), 3, "{choice}");
    assert!(!states().await.contains(&json!("paused")), "{choice}");
    // A chip says what a person could have typed.
    chat.say(says[0]).await;
    let understood = chat.wait_for_type("understood").await;
    assert_eq!(understood["verb"], "pause");
    assert_eq!(understood["tasks"].as_array().unwrap().len(), 1);
    // A destructive word freezes both, and kills neither.
    chat.say("cancel the scan").await;
    chat.wait_for_type("choice").await;
    assert_eq!(states().await, [json!("paused"), json!("paused")]);
    chat.say("cancel everything").await;
    chat.wait_for_type("understood").await;
    assert_eq!(chat.end().await.0, 0);
}
