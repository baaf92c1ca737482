//! J2 with three kinds of agents: one sentence, and each works beside the others, with a model endpoint of its own and no
//! key.

use ampersand_testkit::model_server::{ModelServer, Reply, Script, When};
use serde_json::json;

use crate::agents::{Actor, CLAUDE, CODEX};
use crate::team::{self, KEY, asked_by, brief};

const AGENTS: [(&str, &str); 3] = [
    ("First", "codex"),
    ("Second", "claude"),
    ("Third", "builtin"),
];

/// Each is held at the gate of its name before it does anything.
fn script() -> Script {
    let tasks = AGENTS.map(|(title, agent)| brief(title, agent));
    let held = |actor: Actor| {
        let mut reply = Reply::new().gate(actor.name);
        let works = actor.runs(&format!("env > {}.txt", actor.name));
        reply.steps.extend(works.steps);
        reply
    };
    let report = json!({"headline": "We did it", "summary": "", "findings": []});
    team::hands_out(json!(tasks))
        .rule(CODEX.told("codex brief").after_results(0), held(CODEX))
        .rule(CODEX.told("codex brief"), Reply::says("Codex did it"))
        .rule(CLAUDE.told("claude brief").after_results(0), held(CLAUDE))
        .rule(CLAUDE.told("claude brief"), Reply::says("Claude did it"))
        .rule(
            When::any("builtin brief").with_tool("report"),
            Reply::new().gate("builtin").call("report", report),
        )
        .rule(When::anything(), Reply::says("NOTHING TO ADD"))
}

#[tokio::test(flavor = "multi_thread")]
async fn three_kinds_of_agents_work_side_by_side_and_none_sees_a_key() {
    let model = ModelServer::start(script()).await.unwrap();
    let (desk, mut chat) = team::chat(&model.base_url(), &[CODEX, CLAUDE]).await;
    chat.say("go").await;
    for (_, agent) in AGENTS {
        model.gate(agent).reached().await;
    }
    // All three have asked their model, and none has its answer.
    for (_, agent) in AGENTS {
        model.gate(agent).release();
    }
    let state = |title: &'static str, state: &'static str| {
        move |line: &serde_json::Value| line["title"] == title && line["state"] == state
    };
    let (first, second) = (state("First", "ready"), state("Second", "ready"));
    let third = state("Third", "done");
    chat.wait_for_each("all three have ended", [&first, &second, &third])
        .await;
    for (actor, header, expected) in [
        (CODEX, "authorization", format!("Bearer {KEY}")),
        (CLAUDE, "x-api-key", KEY.to_owned()),
    ] {
        let env = std::fs::read_to_string(desk.made(&format!("{}.txt", actor.name)).await).unwrap();
        assert!(!env.contains(KEY), "{env}");
        let asked = asked_by(actor, &model.requests());
        assert_eq!(asked[0].header(header), Some(expected.as_str()));
    }
    assert_eq!(chat.end().await.0, 0);
}
