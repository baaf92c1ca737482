//! J14: a limit or an outage pauses a task with its reason and the time of the next try, and it goes on by itself.

use ampersand_testkit::{
    Desk,
    model_server::{ModelServer, Reply, Script, When},
};
use serde_json::{Value, json};

use crate::scripts::{agent, brief, controller, dispatches, reports};

/// The controller hands out one brief, `BRIEF`, to the built-in agent.
fn one_task() -> Script {
    let task = brief("look", "Look around", "explorer", "BRIEF");
    Script::new()
        .rule(controller("go").after_results(0), dispatches(json!([task])))
        .rule(controller("go").after_results(1), Reply::says("Started."))
}

/// Why a paused task is paused: the code, and whether it says when it goes on.
fn reason(task: &Value) -> (String, bool) {
    let why = &task["detail"]["why"];
    assert_eq!(why["cause"], "limit", "{task}");
    let code = why["failure"]["code"].as_str().unwrap();
    (code.to_owned(), why["next_try_at"].is_string())
}

fn asked_by_agents(model: &ModelServer) -> usize {
    let requests = model.requests();
    let offers_report = |tools: &Value| tools.to_string().contains("\"report\"");
    requests
        .iter()
        .filter(|request| offers_report(&request.body["tools"]))
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_limit_pauses_with_the_next_try_and_goes_on_by_itself_also_over_a_crash() {
    // Longer than is waited unseen.
    let script = one_task()
        .times(1, agent("BRIEF"), Reply::rate_limited("21"))
        .rule(agent("BRIEF"), reports("All quiet"))
        .rule(controller("waiting for"), Reply::says("It waits."))
        .rule(controller(""), Reply::says("NOTHING TO ADD"));
    let model = ModelServer::start(script).await.unwrap();
    let desk = Desk::new();
    desk.connect_model(&model.base_url());
    let mut chat = desk.chat().await;
    chat.say("go").await;
    let paused = chat.wait_for_state("Look around", "paused").await;
    assert_eq!(reason(&paused), ("rate_limited".to_owned(), true));
    assert_eq!(asked_by_agents(&model), 1);
    let listed = desk.run_text(&["tasks"], b"").await;
    assert!(
        listed.contains("too many requests") && listed.contains("next try"),
        "{listed}"
    );
    chat.say("what is it waiting for?").await;
    chat.wait_for("the answer", |line| {
        line["type"] == "message.done" && line["text"] == "It waits."
    })
    .await;
    let told = model.requests().pop().unwrap().body["messages"][0].to_string();
    assert!(told.contains("goes on by itself at"), "{told}");

    desk.kill_orchestrator();
    let result = chat.wait_for_type("result").await;
    assert_eq!(result["report"]["headline"], "All quiet");
    assert_eq!(asked_by_agents(&model), 2);
    assert_eq!(chat.end().await.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_network_pauses_and_what_was_begun_goes_on_once_it_is_back() {
    let begun = one_task()
        .rule(
            agent("BRIEF").after_results(0),
            Reply::calls("list", json!({"path": "."})),
        )
        .rule(agent("BRIEF"), Reply::new().gate("held"))
        .rule(controller(""), Reply::says("NOTHING TO ADD"));
    let model = ModelServer::start(begun).await.unwrap();
    let base_url = model.base_url();
    let desk = Desk::new();
    desk.connect_model(&base_url);
    let mut chat = desk.chat().await;
    chat.say("go").await;
    model.gate("held").reached().await;
    drop(model);
    let paused = chat.wait_for_state("Look around", "paused").await;
    assert_eq!(reason(&paused), ("connection_refused".to_owned(), true));

    let rest = Script::new()
        .rule(agent("BRIEF"), reports("Went on"))
        .rule(controller(""), Reply::says("NOTHING TO ADD"));
    let model = ModelServer::start_at(&base_url, rest).await.unwrap();
    let result = chat.wait_for_type("result").await;
    assert_eq!(result["report"]["headline"], "Went on");
    let asked = model.requests()[0].body["messages"].to_string();
    assert!(
        asked.contains("README.md"),
        "gone on from there, nothing asked twice: {asked}"
    );
    assert_eq!(chat.end().await.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_used_up_quota_waits_for_the_person_and_disturbs_nobody() {
    let quota = json!({"error": {"code": "insufficient_quota", "message": "nothing left"}});
    let tasks = json!([
        brief("look", "Look around", "explorer", "BRIEF"),
        brief("other", "Look elsewhere", "explorer", "OTHER"),
    ]);
    let script = Script::new()
        .rule(controller("go").after_results(0), dispatches(tasks))
        .rule(controller("go").after_results(1), Reply::says("Started."))
        .times(1, agent("BRIEF"), Reply::status(429, quota))
        .rule(agent("OTHER"), reports("Nothing there"))
        .rule(agent("BRIEF"), reports("All quiet"))
        .rule(controller(""), Reply::says("NOTHING TO ADD"));
    let model = ModelServer::start(script).await.unwrap();
    let desk = Desk::new();
    desk.connect_model(&model.base_url());
    let mut chat = desk.chat().await;
    chat.say("go").await;
    let [paused, _] = chat
        .wait_for_each(
            "one is paused and the other done",
            [
                &|line: &Value| line["title"] == "Look around" && line["state"] == "paused",
                &|line: &Value| line["title"] == "Look elsewhere" && line["state"] == "done",
            ],
        )
        .await;
    assert_eq!(reason(&paused), ("quota_used_up".to_owned(), false));
    assert_eq!(desk.run(&["resume", "Look around"]).await.code, 0);
    chat.wait_for_state("Look around", "done").await;
    assert_eq!(chat.end().await.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_of_the_persons_outlasts_an_outage() {
    let script = one_task()
        .rule(agent("BRIEF"), Reply::rate_limited("3600"))
        .rule(When::anything(), Reply::says("NOTHING TO ADD"));
    let model = ModelServer::start(script).await.unwrap();
    let desk = Desk::new();
    desk.connect_model(&model.base_url());
    let mut chat = desk.chat().await;
    chat.say("go").await;
    chat.wait_for_state("Look around", "paused").await;
    assert_eq!(desk.run(&["pause", "Look around"]).await.code, 0);
    let asked = |line: &Value| line["detail"]["why"]["cause"] == "asked";
    chat.wait_for("it is paused for the person", asked).await;
    assert_eq!(chat.end().await.0, 0);
}
