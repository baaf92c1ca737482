//! J2 in the window: one sentence becomes a plan card, and its tasks come back as results.

use ampersand_testkit::{
    Desk,
    model_server::{ModelServer, Reply, Script, When},
};
use serde_json::json;

use crate::person::Person;

const SENTENCE: &str = "Scan this repo, also refactor the auth module.";
/// Where the refactoring waits: a plan whose tasks are all done folds.
const HOLD: &str = "hold";

fn script() -> Script {
    let controller = |said| When::user(said).with_tool("dispatch");
    let agent = || When::any("AUTH BRIEF").with_tool("report");
    let plan = json!({ "reason": "two will do", "tasks": [
        { "key": "scan", "title": "Scan the repository", "role": "explorer", "kind": "scan",
          "reason": "asked", "after": [], "inputs": [] },
        { "key": "auth", "title": "Refactor the auth module", "role": "worker", "kind": "brief",
          "brief": "AUTH BRIEF", "reason": "asked", "after": [], "inputs": [] } ] });
    let edit = json!({ "path": "src/auth/session.rs", "old": "token == other",
        "new": "constant_time_eq(token, other)" });
    let report = json!({ "headline": "Tokens compare in constant time", "summary": "Done so.",
        "findings": [] });
    Script::new()
        .rule(
            controller(SENTENCE).after_results(0),
            Reply::calls("dispatch", plan),
        )
        .rule(
            controller(SENTENCE).after_results(1),
            Reply::says("Two tasks, side by side."),
        )
        .rule(agent().after_results(0), Reply::calls("edit", edit))
        .rule(
            agent().after_results(1),
            Reply::calls("report", report).gate(HOLD),
        )
        .rule(When::anything(), Reply::says(""))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sentence_becomes_a_plan_and_its_work_stands_ready_to_land() {
    let model = ModelServer::start(script()).await.unwrap();
    let desk = Desk::new();
    desk.connect_model(&model.base_url());
    let from = format!("from main@{}", &desk.repository.head()[..4]);
    let person = Person::at(desk).await;
    person.says(SENTENCE).await;
    person.reads("Two tasks, side by side.").await;
    person.reads("Scan the repository").await;
    person.reads(&from).await;
    person.desktop.picture("plan").await;
    model.gate(HOLD).release();
    person.reads("Tokens compare in constant time").await;
    person.clicks("Land").await;
    person.reads("Landed").await;
    assert!(
        person
            .desk
            .repository
            .read("src/auth/session.rs")
            .contains("constant_time_eq")
    );
}
