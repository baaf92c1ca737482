//! J15: the tray, the notifications, and a window that is closed while work goes on.

use ampersand_testkit::{
    Desk,
    model_server::{ModelServer, Reply, Script, When},
};
use serde_json::json;

use crate::person::Person;

#[tokio::test(flavor = "multi_thread")]
async fn the_tray_counts_what_runs_and_cancels_all_of_it() {
    let person = Person::new().await;
    let host = &person.desktop.host;
    host.menu_reads("Nothing is running").await;
    person.says("run sleep 300").await;
    host.menu_reads("1 running").await;
    person.says("run sleep 301").await;
    host.menu_reads("2 running").await;
    host.choose("Pause all").await;
    host.menu_reads("2 paused").await;
    host.choose("Cancel all").await;
    host.menu_reads("2 stopping").await;
    host.menu_reads("Nothing is running").await;
    let tasks = person.desk.tasks().await;
    assert!(
        tasks.iter().all(|task| task["state"] == "cancelled"),
        "{tasks:?}"
    );
    assert_eq!(host.notifications(), [], "a person who cancels knows");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_out_of_sight_is_a_notification_that_opens_its_card() {
    let script = Script::new()
        .rule(
            When::user("look").with_tool("dispatch").after_results(0),
            Reply::calls(
                "dispatch",
                json!({ "reason": "asked", "tasks": [{
                    "key": "r", "title": "Research", "role": "explorer", "kind": "brief",
                    "brief": "WEB BRIEF", "reason": "asked", "after": [], "inputs": []
                }] }),
            ),
        )
        .rule(
            When::user("look").with_tool("dispatch").after_results(1),
            Reply::says("Looking."),
        )
        .rule(
            When::any("WEB BRIEF").with_tool("report").after_results(0),
            Reply::calls(
                "web_fetch",
                json!({ "url": "https://api.example.com/pulls" }),
            ),
        )
        .rule(
            When::any("WEB BRIEF").with_tool("report").after_results(1),
            Reply::calls(
                "report",
                json!({ "headline": "It was not allowed", "summary": "No.", "findings": [] }),
            ),
        )
        .rule(When::user("").with_tool("dispatch"), Reply::says(""));
    let model = ModelServer::start(script).await.unwrap();
    let desk = Desk::new();
    desk.connect_model(&model.base_url());
    let person = Person::at(desk).await;
    let host = &person.desktop.host;
    person.desktop.closes_the_window().await;
    // The page goes on behind a closed window; nobody can type there, so it is asked to say it.
    let says = "const id = '0199a000-0000-7000-8000-000000000001';
        const send = { verb: { kind: 'send', text: 'look', id } };
        __TAURI_INTERNALS__.invoke('act', send).then(done, done);";
    person.driver.run_until_done(says).await;
    host.menu_reads("1 needs you").await;
    let shown = host.notification("Research needs you", true).await;
    assert_eq!(shown.body, "May it reach api.example.com?");
    host.click_notification(shown.id).await;
    person.desktop.has_the_window(true).await;
    person.reads("api.example.com").await;
    host.notification("Research needs you", false).await;
    person.desktop.picture("asked").await;
    person.clicks("Deny").await;
    person.reads("It was not allowed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_window_comes_back_and_quitting_leaves_the_work_running() {
    let mut person = Person::new().await;
    person.says("run sleep 300").await;
    person.desktop.host.menu_reads("1 running").await;
    person.desktop.closes_the_window().await;
    person.desktop.host.choose("Show Ampersand").await;
    person.desktop.has_the_window(true).await;
    person.desktop.host.choose("Quit").await;
    person.driver.application_ends().await;
    let tasks = person.desk.tasks().await;
    assert_eq!(tasks[0]["state"], "running");
    person.reopens().await;
    person.reads("sleep 300").await;
}
