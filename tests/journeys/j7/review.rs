//! J7 before a person sees anything: what the checks and a reviewer find goes back to the agent, and that has an end.

use ampersand_testkit::{
    Desk,
    model_server::{ModelServer, Reply, Script, When},
};
use serde_json::{Value, json};

use crate::scripts::{agent, brief, controller, dispatches, reports};

const CHECK: &str = "[checks]\nfinal = \"grep -q final note.txt\"\n";

fn writes(text: &str) -> Reply {
    Reply::calls("write", json!({ "path": "note.txt", "content": text }))
}

/// A request of whoever reviews; it cannot write.
fn reviewer() -> When {
    When::any("Review the work of another agent").with_tool("report")
}

fn worker(user: &str) -> When {
    When::user(user).with_tool("write")
}

fn judges(headline: &str, findings: Value) -> Reply {
    let report = json!({ "headline": headline, "summary": "", "findings": findings });
    Reply::calls("report", report).usage(700, 20)
}

/// The controller hands out one brief, and says little of what comes back.
fn script() -> Script {
    let task = brief("it", "Note it", "worker", "NOTE BRIEF");
    Script::new()
        .rule(
            controller("note it").after_results(0),
            dispatches(json!([task])),
        )
        .rule(controller(""), Reply::says("So it is."))
}

async fn desk(model: &ModelServer, review: &str) -> Desk {
    let desk = Desk::new();
    desk.repository.write(".ampersand.toml", CHECK);
    desk.repository.commit("Declare checks");
    let base_url = model.base_url();
    desk.settings(&format!(
        "[models.controller]\napi = \"chat-completions\"\nbase_url = \"{base_url}\"\nmodel = \"scripted\"\n{review}"
    ));
    let trusted = desk.run(&["trust"]).await;
    assert_eq!(trusted.code, 0, "{trusted:?}");
    desk
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_found_goes_back_until_it_is_mended_and_one_result_is_seen() {
    let finding =
        json!([{"severity": "high", "text": "it says it twice", "path": "note.txt", "line": 1}]);
    let script = script()
        .times(1, reviewer(), judges("Objections: twice", finding))
        .rule(reviewer(), judges("Approved: it says it once", json!([])))
        .times(
            1,
            worker("The check \"final\" failed"),
            writes("final final\n"),
        )
        .times(
            1,
            worker("A reviewer (built-in) has 1 objection"),
            writes("final\n"),
        )
        .times(1, agent("NOTE BRIEF").after_results(0), writes("draft\n"))
        .rule(agent("NOTE BRIEF"), reports("Noted"));
    let model = ModelServer::start(script).await.unwrap();
    let desk = desk(&model, "[review]\nagent = \"builtin\"\n").await;
    let mut chat = desk.chat().await;
    chat.say("note it").await;
    let result = chat.wait_for_type("result").await;
    assert_eq!(result["state"], "ready", "{result}");
    let report = &result["report"];
    assert_eq!(report["checks"][0]["outcome"]["name"], "passed", "{report}");
    assert_eq!(report["review"]["opinion"]["name"], "approves", "{report}");
    assert_eq!(report["review"]["usage"]["input_tokens"], 700, "{report}");

    let requests = model.requests();
    let said = |text: &str| {
        let hits = requests
            .iter()
            .filter(move |asked| asked.as_chat().to_string().contains(text));
        hits.collect::<Vec<_>>()
    };
    let readings = said("Review the work of another agent");
    assert_eq!(readings.len(), 2);
    for reading in &readings {
        let asked = reading.as_chat().to_string();
        assert!(
            !asked.contains("\"name\":\"write\""),
            "it can write: {asked}"
        );
        assert!(asked.contains("> +final"), "it sees no change: {asked}");
    }
    assert!(
        readings[1].as_chat().to_string().contains("> +final\\n"),
        "the second reading begins anew"
    );
    assert!(said("> - note.txt:1: it says it twice").len() >= 2);

    let id = result["task"].as_str().unwrap();
    assert_eq!(desk.run(&["land", id]).await.code, 0);
    chat.wait_for_type("landing").await;
    assert_eq!(desk.repository.read("note.txt"), "final\n");
    let (code, lines) = chat.end().await;
    let results = lines.iter().filter(|line| line["type"] == "result");
    assert_eq!((code, results.count()), (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn work_that_is_never_mended_comes_back_red_after_so_many_rounds() {
    let script = script()
        .times(1, agent("NOTE BRIEF").after_results(0), writes("draft\n"))
        .rule(agent("NOTE BRIEF"), reports("It cannot be done"));
    let model = ModelServer::start(script).await.unwrap();
    let desk = desk(&model, "[review]\nrounds = 3\n").await;
    let mut chat = desk.chat().await;
    chat.say("note it").await;
    let result = chat.wait_for_type("result").await;
    assert_eq!(result["state"], "ready", "{result}");
    let failed = &result["report"]["checks"][0]["outcome"];
    assert_eq!(failed["name"], "failed", "{result}");
    let rounds = |of: &str| {
        let asked = model.requests().into_iter();
        asked
            .filter(|asked| asked.as_chat().to_string().contains(of))
            .count()
    };
    assert_eq!((rounds("round 3 of 3"), rounds("round 4")), (1, 0));
    let refused = desk.run(&["land", result["task"].as_str().unwrap()]).await;
    assert_eq!(refused.lines[0]["code"], "checks_red", "{refused:?}");
    assert_eq!(chat.end().await.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reviewer_that_cannot_be_had_holds_nothing_up_and_says_why() {
    let script = script()
        .times(1, agent("NOTE BRIEF").after_results(0), writes("final\n"))
        .rule(agent("NOTE BRIEF"), reports("Noted"));
    let model = ModelServer::start(script).await.unwrap();
    let desk = desk(&model, "[review]\nagent = \"gemini\"\n").await;
    let mut chat = desk.chat().await;
    chat.say("note it").await;
    let result = chat.wait_for_type("result").await;
    let review = &result["report"]["review"];
    assert_eq!(review["opinion"]["name"], "not_read", "{result}");
    assert!(
        review["opinion"]["why"]
            .as_str()
            .unwrap()
            .contains("gemini"),
        "{review}"
    );
    let id = result["task"].as_str().unwrap();
    assert_eq!(desk.run(&["land", id]).await.code, 0);
    assert_eq!(chat.end().await.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_stands_still_and_ends_while_its_work_is_being_read() {
    let script = script()
        .rule(reviewer(), judges("Approved", json!([])).gate("reading"))
        .times(1, agent("NOTE BRIEF").after_results(0), writes("final\n"))
        .rule(agent("NOTE BRIEF"), reports("Noted"));
    let model = ModelServer::start(script).await.unwrap();
    let desk = desk(&model, "[review]\nagent = \"builtin\"\n").await;
    let mut chat = desk.chat().await;
    chat.say("note it").await;
    model.gate("reading").reached().await;
    let id = desk.tasks().await[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(desk.run(&["pause", &id]).await.code, 0);
    assert_eq!(desk.run(&["resume", &id]).await.code, 0);
    model.gate("reading").release();
    let result = chat.wait_for_type("result").await;
    assert_eq!(
        result["report"]["review"]["opinion"]["name"], "approves",
        "{result}"
    );
    assert_eq!(chat.end().await.0, 0);
}
