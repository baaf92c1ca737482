//! J7 in the window: what a reviewer said stands on the result, and the work is tried before it lands.

use ampersand_testkit::{
    Desk,
    model_server::{ModelServer, Reply, Script, When},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::json;

use super::CLICK;
use crate::person::Person;

const SENTENCE: &str = "Greet whoever comes.";
const DRAW: &str = "Draw a new logo.";
/// Two pictures of 96 by 64 points, in base64.
const OLD_LOGO: &str = "iVBORw0KGgoAAAANSUhEUgAAAGAAAABACAIAAABqVuVZAAAAaUlEQVR42u3QMQ0AAAgDsMlBE4qRhQNujiZV0FQPhygQJEiQIEGCBAlCkCBBggQJEiQIQYIECRIkSJAgBAkSJEiQIEGCBCFIkCBBggQJEoQgQYIECRIkSBCCBAkSJEiQIEGCECRIkKB/Fsdw8cN1+HOvAAAAAElFTkSuQmCC";
const NEW_LOGO: &str = "iVBORw0KGgoAAAANSUhEUgAAAGAAAABACAIAAABqVuVZAAAAaUlEQVR42u3QMQ0AAAgDsClBE8IQjQNujiZV0NQ0hygQJEiQIEGCBAlCkCBBggQJEiQIQYIECRIkSJAgBAkSJEiQIEGCBCFIkCBBggQJEoQgQYIECRIkSBCCBAkSJEiQIEGCECRIkKB/FjcVcVrCuxDTAAAAAElFTkSuQmCC";

const APP: &str = "exec /usr/bin/python3 -m http.server --bind 127.0.0.1 $PORT";

fn script() -> Script {
    let plan = json!({ "reason": "one will do", "tasks": [
        { "key": "greet", "title": "Greet whoever comes", "role": "worker", "kind": "brief",
          "brief": "GREET BRIEF", "reason": "asked", "after": [], "inputs": [] } ] });
    let draw = format!("echo {NEW_LOGO} | base64 -d > logo.png");
    let drawing = json!({ "reason": "one will do", "tasks": [
        { "key": "draw", "title": "Draw a new logo", "role": "worker", "kind": "command", "command": draw,
          "reason": "asked", "after": [], "inputs": [] } ] });
    let controller = |said| When::user(said).with_tool("dispatch").after_results(0);
    let agent = || When::any("GREET BRIEF").with_tool("report");
    let reads = When::any("Review the work of another agent").with_tool("report");
    let page = json!({ "path": "index.html", "content": "<h1>Hello</h1>\n" });
    let findings = json!([
        { "severity": "medium", "text": "The page names no language, so screen readers guess.", "path": "index.html", "line": 1 },
        { "severity": "medium", "text": "Nothing tests that the greeting is there.", "path": null, "line": null },
    ]);
    let objects = json!({ "headline": "Objections: two things are missing", "summary": "", "findings": findings });
    let report = json!({ "headline": "Whoever comes is greeted", "summary": "One page says hello.", "findings": [] });
    Script::new()
        .rule(controller(SENTENCE), Reply::calls("dispatch", plan))
        .rule(controller(DRAW), Reply::calls("dispatch", drawing))
        .rule(reads, Reply::calls("report", objects))
        .times(1, agent().after_results(0), Reply::calls("write", page))
        .rule(agent(), Reply::calls("report", report))
        .rule(When::anything(), Reply::says(""))
}

#[tokio::test(flavor = "multi_thread")]
async fn work_that_was_reviewed_is_tried_and_the_checkout_put_back() {
    let model = ModelServer::start(script()).await.unwrap();
    let desk = Desk::new();
    let declared =
        format!("[checks]\npage = \"test -f index.html\"\n[app]\ncommand = {APP:?}\nport = 3123\n");
    desk.repository.write(".ampersand.toml", &declared);
    let logo = BASE64_STANDARD.decode(OLD_LOGO).unwrap();
    std::fs::write(desk.repository.root().join("logo.png"), logo).unwrap();
    desk.repository.commit("Declare checks and the app");
    let base_url = model.base_url();
    desk.settings(&format!(
        "[models.controller]\napi = \"chat-completions\"\nbase_url = \"{base_url}\"\nmodel = \"scripted\"\n\
         [review]\nagent = \"builtin\"\nrounds = 1\n"
    ));
    assert_eq!(desk.run(&["trust"]).await.code, 0);
    let before = desk.repository.status();
    let person = Person::at(desk).await;
    person.says(SENTENCE).await;
    person.reads("Whoever comes is greeted").await;
    person.reads("its reviewer objects").await;
    person.reads("Something has to change").await;
    person.reads("so screen readers guess").await;
    person.pictures("reviewed").await;

    let tries = "document.querySelector('button[aria-label=\"Try it Greet whoever comes\"]')";
    person.does("what can be tried", tries, CLICK).await;
    person.shows("Open in my editor").await;
    person.pictures("tries").await;
    let item = |label: &str| {
        format!(
            "[...document.querySelectorAll('[role=\"menuitem\"]')].find((it) => it.textContent === '{label}')"
        )
    };
    person
        .does("running the app", &item("Run the app"), CLICK)
        .await;
    person.reads("Open in my browser").await;
    person.reads(".localhost:").await;
    person.pictures("app").await;

    person.does("what can be tried", tries, CLICK).await;
    person
        .does("showing it", &item("Show in my checkout"), CLICK)
        .await;
    person.reads("Shown in your checkout").await;
    person.pictures("shown").await;
    assert!(person.desk.repository.status().contains("index.html"));
    person.clicks("Put my checkout back").await;
    person.reads("Checkout put back").await;
    person.pictures("put-back").await;
    assert_eq!(person.desk.repository.status(), before);

    person.says(DRAW).await;
    let file = "document.querySelector('section[aria-label=\"logo.png\"] button')";
    person.does("the changed picture", file, CLICK).await;
    person.clicks("Show the picture").await;
    let drawn = "[...document.querySelectorAll('figure img')].filter((it) => it.naturalWidth === 96).length === 2";
    person.sees("both pictures", drawn).await;
    person.pictures("logo").await;
}
