//! Agents of an agent's own: where it may have some, one works and is waited for; where not, none is on offer.

use ampersand_agent::Outcome;
use ampersand_core::Role;
use ampersand_testkit::model_server::{Reply, Script, When};
use serde_json::json;

use super::Actor;
use crate::stage::Stage;

/// What tools that start agents are called, wherever they are known.
const STARTERS: [&str; 6] = [
    "spawn_agent",
    "\"Agent\"",
    "\"Task\"",
    "\"name\":\"task\"",
    "invoke_agent",
    "send_input",
];

pub(super) async fn subagents(actor: Actor) {
    let child = json!({
        "description": "look",
        "prompt": "child brief",
        "subagent_type": "general-purpose",
    });
    let script = Script::new()
        .rule(When::user("child brief"), Reply::says("CHILD FOUND IT"))
        .rule(
            actor.told("make it").after_results(0),
            Reply::calls("Agent", child),
        )
        .rule(When::anything(), Reply::says("Made it"));
    let stage = Stage::new(actor.name, Role::Worker, script).await;
    let (outcome, events) = stage.start("make it").end().await;
    assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:#?}");
    let requests = stage.server.requests();
    let tools: Vec<String> = requests
        .iter()
        .map(|request| request.body["tools"].to_string())
        .collect();
    // Requests on the side offer none.
    let tools = tools
        .iter()
        .find(|tools| tools.contains(actor.shell))
        .unwrap();
    let offered = STARTERS.iter().any(|name| tools.contains(name));
    let has = actor.kind().facts().subagents;
    assert_eq!(offered, has, "{tools}");
    let told = |words: &str| {
        requests
            .iter()
            .any(|request| request.body.to_string().contains(words))
    };
    // It may let one go on behind and end before it; without any, nobody is heard.
    assert!(has || !told("CHILD FOUND IT"), "{events:#?}");
    assert_eq!(stage.processes().await, 0);
}
