//! Models by what they are for: who talks, who says what results mean, and who works in which role.

use ampersand_testkit::Desk;
use ampersand_testkit::model_server::{ModelServer, Recorded, Reply, Script, When};
use serde_json::{Value, json};

/// A model of this name at the server, as a table of the settings.
fn table(of: &str, name: &str, base_url: &str) -> String {
    format!(
        "[models.{of}]\napi = \"chat-completions\"\nbase_url = \"{base_url}\"\nmodel = \"{name}\"\n"
    )
}

fn brief(title: &str, role: &str, text: &str) -> Value {
    json!({"key": role, "title": title, "role": role, "kind": "brief", "brief": text, "reason": "asked"})
}

/// Which models were asked with these words in the request.
fn asked<'a>(requests: &'a [Recorded], words: &str) -> Vec<&'a str> {
    let holds = |request: &&Recorded| request.body.to_string().contains(words);
    let mut names: Vec<&str> = requests
        .iter()
        .filter(holds)
        .filter_map(|request| request.body["model"].as_str())
        .collect();
    names.dedup();
    names
}

/// Whether a line says that the task of this title is done.
fn done(title: &'static str) -> impl Fn(&Value) -> bool {
    move |line| line["type"] == "task" && line["title"] == title && line["state"] == "done"
}

#[tokio::test(flavor = "multi_thread")]
async fn each_part_has_the_model_that_was_set_for_it() {
    let report = |headline: &str| {
        Reply::calls(
            "report",
            json!({"headline": headline, "summary": "", "findings": []}),
        )
    };
    let plan = json!({"reason": "as asked", "tasks": [
        brief("Look around", "explorer", "LOOK BRIEF"), brief("Mend it", "worker", "MEND BRIEF")]});
    let controller = || When::user("go").with_tool("dispatch");
    let script = Script::new()
        .rule(
            controller().after_results(0),
            Reply::calls("dispatch", plan),
        )
        .rule(controller(), Reply::says("Both are on it."))
        .rule(When::any("LOOK BRIEF").with_tool("report"), report("Seen"))
        .rule(
            When::any("MEND BRIEF").with_tool("report"),
            report("Mended"),
        )
        .rule(When::system("project manager"), Reply::says("It matters."))
        .rule(When::anything(), Reply::says("?"));
    let model = ModelServer::start(script).await.unwrap();
    let desk = Desk::new();
    let url = model.base_url();
    let tables = [
        ("controller", "talks"),
        ("helper", "tells"),
        ("worker", "works"),
        ("explorer", "looks"),
    ];
    let tables = tables.map(|(of, name)| table(of, name, &url));
    desk.settings(&tables.concat());
    let said = desk.run_text(&["doctor"], b"").await;
    for line in [
        "talks at",
        "model helper",
        "tells at",
        "model explorer",
        "looks at",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
    let mut chat = desk.chat().await;
    chat.say("go").await;
    let (looked, mended) = (done("Look around"), done("Mend it"));
    chat.wait_for_each("both done", [&looked, &mended]).await;
    chat.wait_for("what a result means", |line| {
        line.to_string().contains("It matters.")
    })
    .await;
    let requests = model.requests();
    assert_eq!(asked(&requests, "\"dispatch\""), ["talks"]);
    let by = |words: &str| {
        let of_agents = requests.iter().filter(|request| {
            let body = request.body.to_string();
            body.contains(words) && !body.contains("\"dispatch\"")
        });
        let names: Vec<&str> = of_agents
            .filter_map(|request| request.body["model"].as_str())
            .collect();
        names
    };
    assert!(by("LOOK BRIEF").iter().all(|name| *name == "looks"));
    assert!(by("MEND BRIEF").iter().all(|name| *name == "works"));
    assert!(!by("LOOK BRIEF").is_empty() && !by("MEND BRIEF").is_empty());
    let explained = asked(&requests, "Work that ran in the background has ended");
    assert_eq!(explained, ["tells"]);
    assert_eq!(chat.end().await.0, 0);
}
