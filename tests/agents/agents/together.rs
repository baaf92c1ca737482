//! Three agents side by side through the real programs, each with its own model endpoint, none with a key.

use ampersand_testkit::Desk;
use ampersand_testkit::model_server::{ModelServer, Reply, Script, When};
use serde_json::{Value, json};

use super::{Actor, CLAUDE, CODEX};
use crate::installed;

const KEY: &str = "sk-only-the-proxy-has-it";

fn brief(title: &str, agent: &str) -> Value {
    json!({"key": agent, "title": title, "role": "worker", "kind": "brief", "agent": agent,
        "brief": format!("{agent} brief"), "reason": "it was asked for"})
}

fn settings(actor: Actor, base_url: &str) -> String {
    let (program, reads) = match actor.name {
        "codex" => installed::codex(),
        _ => installed::claude(),
    };
    format!(
        "[agents.{0}]\ncommand = {program:?}\nreads = {reads:?}\n\
         [agents.{0}.model]\nbase_url = \"{base_url}\"\nmodel = \"scripted\"\napi_key_env = \"AGENT_KEY\"\n",
        actor.name
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn three_agents_work_side_by_side_and_none_sees_a_key() {
    let works = |actor: Actor| actor.runs(&format!("env > {}.txt", actor.name));
    let tasks = json!([
        brief("First", "codex"),
        brief("Second", "claude"),
        brief("Third", "builtin")
    ]);
    let controller = |words: &str| When::user(words).with_tool("dispatch");
    let script = Script::new()
        .rule(
            controller("go").after_results(0),
            Reply::calls("dispatch", json!({"reason": "three", "tasks": tasks})),
        )
        .rule(CODEX.told("codex brief").after_results(0), works(CODEX))
        .rule(CODEX.told("codex brief"), Reply::says("Codex did it"))
        .rule(CLAUDE.told("claude brief").after_results(0), works(CLAUDE))
        .rule(CLAUDE.told("claude brief"), Reply::says("Claude did it"))
        .rule(
            When::any("builtin brief").with_tool("report"),
            Reply::calls(
                "report",
                json!({"headline": "We did it", "summary": "", "findings": []}),
            ),
        )
        .rule(controller(""), Reply::says("Started."));
    let model = ModelServer::start(script).await.unwrap();
    let base_url = model.base_url();
    let mut desk = Desk::new();
    desk.set("AGENT_KEY", KEY);
    desk.settings(&format!(
        "[models.controller]\napi = \"chat-completions\"\nbase_url = \"{base_url}\"\nmodel = \"scripted\"\n{}{}",
        settings(CODEX, &base_url),
        settings(CLAUDE, &base_url)
    ));
    let mut chat = desk.chat().await;
    chat.say("go").await;
    for (title, state) in [("Third", "done"), ("First", "ready"), ("Second", "ready")] {
        chat.wait_for_state(title, state).await;
    }
    for (actor, header, expected) in [
        (CODEX, "authorization", format!("Bearer {KEY}")),
        (CLAUDE, "x-api-key", KEY.to_owned()),
    ] {
        let env = std::fs::read_to_string(desk.made(&format!("{}.txt", actor.name)).await).unwrap();
        assert!(!env.contains(KEY), "{env}");
        let requests = model.requests();
        let of_agent = |words: &Value| words.to_string().contains(&format!("{} brief", actor.name));
        let mut asked = requests.iter().filter(|request| {
            of_agent(&request.body) && request.body["tools"].to_string().contains(actor.shell)
        });
        assert_eq!(
            asked.next().unwrap().header(header),
            Some(expected.as_str())
        );
    }
    assert_eq!(chat.end().await.0, 0);
}
