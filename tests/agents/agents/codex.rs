//! What Codex alone can: our tools among its own, and a plan that is told.

use ampersand_agent::{AgentEvent, Outcome};
use ampersand_core::{Answer, Obstacle, Question, Role};
use ampersand_testkit::model_server::{Reply, Script, Step};
use serde_json::json;

use super::CODEX;
use crate::stage::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn our_tools_are_among_its_own() {
    let progress = json!({"line": "half way", "steps_done": 1, "steps": 2});
    let script = Script::new()
        .rule(
            CODEX.told("make it").after_results(0),
            Reply::calls("report_progress", progress),
        )
        .rule(
            CODEX.told("make it").after_results(1),
            Reply::calls("ask", json!({"question": "Shall I?"})),
        )
        .rule(CODEX.told("make it"), Reply::says("Asked"));
    let stage = Stage::new("codex", Role::Worker, script).await;
    stage.answers([Answer::Allow]);
    let (outcome, events) = stage.start("make it").end().await;
    assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:#?}");
    let steps = |event: &AgentEvent| match event {
        AgentEvent::Activity(at) if at.steps > 0 => {
            Some((at.line.clone(), at.steps_done, at.steps))
        }
        _ => None,
    };
    let told: Vec<_> = events.iter().filter_map(steps).collect();
    assert!(told.contains(&("half way".to_owned(), 1, 2)), "{events:#?}");
    let question = Question::Act {
        tool: "ask".to_owned(),
        detail: "Shall I?".to_owned(),
        path: None,
    };
    assert_eq!(stage.asked(), [question]);
    let requests = stage.server.requests();
    assert!(
        requests
            .last()
            .unwrap()
            .body
            .to_string()
            .contains("The person says yes.")
    );
    let tools = requests[0].body["tools"].to_string();
    assert!(
        !tools.contains("spawn_agent"),
        "its own subagents are off: {tools}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn tells_its_quota_and_keeps_of_it_what_is_to_be_kept() {
    let header = |name: &str, value: &str| Step::Header {
        name: format!("x-codex-primary-{name}"),
        value: value.to_owned(),
    };
    let mut used = Reply::new()
        .step(header("used-percent", "85"))
        .step(header("window-minutes", "300"))
        .step(header("reset-at", "4000000000"));
    used.steps.extend(CODEX.runs("true").steps);
    let script = Script::new().rule(CODEX.told("make it"), used);
    let mut stage = Stage::new("codex", Role::Worker, script).await;
    stage.keep_percent = 20;
    let (outcome, events) = stage.start("make it").end().await;
    let Outcome::Limit { outage } = &outcome else {
        panic!("{outcome:#?} {events:#?}");
    };
    assert_eq!(outage.obstacle, Obstacle::Quota);
    assert_eq!(outage.failure.code, "quota_kept");
    assert_eq!(outage.until.unwrap().as_second(), 4_000_000_000);
    let told = |event: &AgentEvent| {
        matches!(event, AgentEvent::Quota { windows }
            if windows[0].used_percent == 85 && windows[0].minutes == Some(300))
    };
    assert!(events.iter().any(told), "{events:#?}");
    assert_eq!(stage.processes().await, 0);
}
