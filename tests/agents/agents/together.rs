//! Three agents side by side through the real programs, each with its own model endpoint, none with a key.

use ampersand_testkit::model_server::{ModelServer, Reply, When};
use serde_json::json;

use super::{Actor, CLAUDE, CODEX};
use crate::team::{self, KEY, asked_by, brief};

#[tokio::test(flavor = "multi_thread")]
async fn three_agents_work_side_by_side_and_none_sees_a_key() {
    let works = |actor: Actor| actor.runs(&format!("env > {}.txt", actor.name));
    let tasks = json!([
        brief("First", "codex"),
        brief("Second", "claude"),
        brief("Third", "builtin")
    ]);
    let script = team::hands_out(tasks)
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
        .rule(When::anything(), Reply::says("NOTHING TO ADD"));
    let model = ModelServer::start(script).await.unwrap();
    let (desk, mut chat) = team::chat(&model.base_url(), &[CODEX, CLAUDE]).await;
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
        let asked = asked_by(actor, &model.requests());
        assert_eq!(asked[0].header(header), Some(expected.as_str()));
    }
    assert_eq!(chat.end().await.0, 0);
}
