//! What a person has set up for an agent's own program: its words reach the agent's model, and what stays is named on the card.

use std::path::Path;

use ampersand_testkit::Desk;
use ampersand_testkit::model_server::{ModelServer, Reply, When};
use serde_json::json;

use crate::agents::{Actor, CLAUDE, CODEX, GEMINI, OPENCODE};
use crate::team::{self, brief};

const RULE: &str = "PERSONAL RULE: never use tabs.";
const SKILL: &str =
    "---\nname: ledger\ndescription: SKILL OF THE PERSON for ledgers\n---\nBalance it.\n";

fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// An agent of a person whose home holds these files, given one task: what its model was asked first, and what its card says
/// was not loaded.
async fn with(actor: Actor, files: &[(&str, &str)]) -> (String, Vec<String>) {
    let script = team::hands_out(json!([brief("Make it", actor.name)]))
        .rule(
            actor.told(&format!("{} brief", actor.name)),
            Reply::says("Made it"),
        )
        .rule(When::anything(), Reply::says("NOTHING TO ADD"));
    let model = ModelServer::start(script).await.unwrap();
    let mut desk = Desk::new();
    let person = desk.home().join("person");
    for (path, text) in files {
        write(&person.join(path), text);
    }
    desk.set("HOME", &person.display().to_string());
    desk.set("AGENT_KEY", team::KEY);
    let url = model.base_url();
    let controller = format!(
        "[models.controller]\napi = \"chat-completions\"\nbase_url = \"{url}\"\nmodel = \"scripted\"\n"
    );
    desk.settings(&format!("{controller}{}", team::settings(actor, &url)));
    let mut chat = desk.chat().await;
    chat.say("go").await;
    let done = chat.wait_for_state("Make it", "done").await;
    let asked = team::asked_by(actor, &model.requests());
    assert_eq!(chat.end().await.0, 0);
    let left = done["not_loaded"].as_array().unwrap().iter();
    let left = left.map(|what| what.as_str().unwrap().to_owned());
    (asked[0].body.to_string(), left.collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn codex_follows_the_persons_own_rules_and_knows_their_skills() {
    let files = [
        (".codex/AGENTS.md", RULE),
        (".codex/skills/ledger/SKILL.md", SKILL),
        (".codex/config.toml", "[mcp_servers.x]\ncommand = \"x\"\n"),
    ];
    let (asked, left) = with(CODEX, &files).await;
    assert!(asked.contains(RULE), "{asked}");
    assert!(asked.contains("SKILL OF THE PERSON"), "{asked}");
    assert_eq!(left, ["config.toml"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn claude_follows_the_persons_own_rules_and_knows_their_skills() {
    let files = [
        (".claude/CLAUDE.md", RULE),
        (".claude/skills/ledger/SKILL.md", SKILL),
        (
            ".claude/settings.json",
            "{\"env\": {\"TOKEN\": \"secret\"}}",
        ),
        (
            ".claude.json",
            "{\"mcpServers\": {\"x\": {\"command\": \"x\"}}}",
        ),
    ];
    let (asked, left) = with(CLAUDE, &files).await;
    assert!(asked.contains(RULE), "{asked}");
    assert!(asked.contains("- ledger"), "{asked}");
    assert_eq!(left, ["settings.json", "MCP servers"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn gemini_follows_the_persons_own_rules() {
    let files = [
        (".gemini/GEMINI.md", RULE),
        (".gemini/settings.json", "{\"theme\": \"x\"}"),
    ];
    let (asked, left) = with(GEMINI, &files).await;
    assert!(asked.contains(RULE), "{asked}");
    assert_eq!(left, ["settings.json"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_follows_the_persons_own_rules() {
    let files = [
        (".config/opencode/AGENTS.md", RULE),
        (".config/opencode/opencode.json", "{}"),
    ];
    let (asked, left) = with(OPENCODE, &files).await;
    assert!(asked.contains(RULE), "{asked}");
    assert_eq!(left, ["opencode.json"]);
}
