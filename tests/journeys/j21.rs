//! J21: two tasks that will collide say so on both cards, before either is done.

use ampersand_testkit::{
    Chat, Desk,
    model_server::{ModelServer, Reply, Script},
};
use serde_json::{Value, json};

use crate::scripts::{controller, dispatches};

const SENTENCE: &str = "Refactor the auth module, and fix the login.";
const ASIDE: &str = "Keep the two out of each other's way.";

const FIRST: &str = "Refactor the auth module";
const SECOND: &str = "Fix the login";

/// Writes at once, and ends when it is let.
const REFACTORS: &str = "echo refactored >> src/auth/session.rs; touch refactoring; \
    until rm refactored 2>/dev/null; do sleep 0.05; done; rm refactoring";

/// Writes the same file, takes that back, and writes it again, each when it is let.
const FIXES: &str = "cp src/auth/session.rs kept; touch fixing; \
    until rm first 2>/dev/null; do sleep 0.05; done; echo fixed >> src/auth/session.rs; \
    until rm mends 2>/dev/null; do sleep 0.05; done; mv kept src/auth/session.rs; \
    until rm again 2>/dev/null; do sleep 0.05; done; echo fixed >> src/auth/session.rs; \
    until rm ends 2>/dev/null; do sleep 0.05; done; rm fixing";

#[tokio::test(flavor = "multi_thread")]
async fn both_cards_say_where_work_will_collide_while_it_is_done() {
    let model = ModelServer::start(script()).await.unwrap();
    let desk = Desk::new();
    desk.connect_model(&model.base_url());
    let mut chat = desk.chat().await;
    chat.say(SENTENCE).await;
    let refactoring = desk.made("refactoring").await;
    let fixing = desk.made("fixing").await;
    let let_it = |name: &str| std::fs::write(fixing.with_file_name(name), "").unwrap();

    let_it("first");
    let [first, second] = both(&mut chat, |task| !clashes(task).is_empty()).await;
    for (task, other) in [(&first, &second), (&second, &first)] {
        assert_eq!(task["state"], "running");
        assert_eq!(
            task["clashes"],
            json!([{
                "with": { "kind": "task", "task": other["id"], "title": other["title"] },
                "paths": ["src/auth/session.rs"],
                "more": 0,
            }])
        );
    }
    let shown = desk.run_text(&["tasks"], b"").await;
    let line = "collides with Fix the login in src/auth/session.rs";
    assert!(shown.contains(line), "{shown}");

    // The model sees it too and sets one of them aside, which takes nothing away from what is known.
    chat.say(ASIDE).await;
    let paused = chat.wait_for_state(SECOND, "paused").await;
    assert_eq!(clashes(&paused).len(), 1);
    let seen = model
        .requests()
        .iter()
        .any(|request| request.body.to_string().contains("will collide with t1 in"));
    assert!(seen, "the model is told");
    chat.say("resume").await;
    chat.wait_for_state(SECOND, "running").await;

    let_it("mends");
    both(&mut chat, |task| clashes(task).is_empty()).await;

    std::fs::write(refactoring.with_file_name("refactored"), "").unwrap();
    let ready = chat.wait_for_state(FIRST, "ready").await;
    let landed = desk.run(&["land", ready["id"].as_str().unwrap()]).await;
    assert_eq!(landed.code, 0, "{landed:?}");
    let_it("again");
    let late = chat
        .wait_for("a clash with the branch", |line| {
            is_task(line, SECOND) && !clashes(line).is_empty()
        })
        .await;
    assert_eq!(
        late["clashes"][0]["with"],
        json!({ "kind": "branch", "branch": "main" })
    );
    let_it("ends");
    let ready = chat.wait_for_state(SECOND, "ready").await;
    assert_eq!(clashes(&ready).len(), 1, "it still collides");
    assert_eq!(chat.end().await.0, 0);

    let journal = desk.run(&["events", "--from", "0"]).await;
    let told = journal.lines.iter();
    let told = told.filter(|line| line["event"] == "clashes_found").count();
    assert_eq!(
        told, 5,
        "each change once: two begin, two end, one with the branch"
    );
}

/// Both tasks as they are when each is as wanted.
async fn both(chat: &mut Chat, wanted: impl Fn(&Value) -> bool) -> [Value; 2] {
    let first = |line: &Value| is_task(line, FIRST) && wanted(line);
    let second = |line: &Value| is_task(line, SECOND) && wanted(line);
    chat.wait_for_each("both cards", [&first, &second]).await
}

fn is_task(line: &Value, title: &str) -> bool {
    line["type"] == "task" && line["title"] == title
}

fn clashes(task: &Value) -> Vec<Value> {
    task["clashes"].as_array().cloned().unwrap_or_default()
}

fn script() -> Script {
    let command = |key: &str, title: &str, line: &str| {
        json!({ "key": key, "title": title, "role": "worker", "kind": "command", "command": line,
                "reason": "it was asked for", "after": [], "inputs": [] })
    };
    Script::new()
        .rule(
            controller(SENTENCE).after_results(0),
            dispatches(json!([
                command("auth", FIRST, REFACTORS),
                command("login", SECOND, FIXES),
            ])),
        )
        .rule(
            controller(SENTENCE).after_results(1),
            Reply::says("Two tasks, side by side."),
        )
        .rule(
            controller(ASIDE).after_results(0),
            Reply::calls("pause", json!({ "tasks": ["t2"] })),
        )
        .rule(
            controller(ASIDE).after_results(1),
            Reply::says("The fix waits until you let it go on."),
        )
        .rule(controller("").after_results(0), Reply::says(""))
}
