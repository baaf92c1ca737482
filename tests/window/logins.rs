//! A login in the window: found at the first run, connected by one click, answering, and with what is left of its account.
#![cfg(target_arch = "x86_64")]

use std::time::Duration;

use ampersand_testkit::{
    Desk,
    model_server::{ModelServer, Reply, Script, When},
    window::Desktop,
};
use serde_json::json;

use crate::{installed, person::Person};

const LOGIN: &str = "[agents.codex.login]\n";

/// What is asked about a login that cannot be kept from its agent.
const DIALOG: &str = "Let Gemini CLI read its login";
/// A little more than agreeing takes.
const READING: Duration = Duration::from_millis(1200);

/// A person who is logged in to Codex and has connected nothing.
async fn logged_in() -> Person {
    let (mut desktop, desk) = (Desktop::new().await, Desk::new());
    let kept = desk.home().join("kept");
    std::fs::create_dir(&kept).unwrap();
    let login =
        json!({"tokens": {"access_token": "ours", "refresh_token": "r", "account_id": "a"}});
    std::fs::write(kept.join("auth.json"), login.to_string()).unwrap();
    desktop.set("CODEX_HOME", kept.to_str().unwrap());
    let (program, reads) = installed::program("codex");
    desk.settings(&format!(
        "[agents.codex]\ncommand = {program:?}\nreads = {reads:?}\n"
    ));
    let person = Person::in_front_of(desktop, desk).await;
    person.can_write().await;
    person
}

/// The model hands out one task for this agent when it is told to go, and says this.
fn hands_out(agent: &str, says: &str) -> Script {
    let task = json!({"key": "it", "title": "Fix the cart", "role": "worker", "kind": "brief", "agent": agent,
        "brief": "THE BRIEF", "reason": "it was asked for"});
    let controller = || When::user("go").with_tool("dispatch");
    Script::new()
        .rule(
            controller().after_results(0),
            Reply::calls("dispatch", json!({"reason": "as asked", "tasks": [task]})),
        )
        .rule(controller(), Reply::says(says))
        .rule(When::anything(), Reply::says("NOTHING TO ADD"))
}

/// Holds a conversation in Codex itself, in the repository, as the same person.
#[expect(clippy::disallowed_methods, reason = "what a person would type")]
async fn talks(desk: &Desk, base_url: &str, text: &str) {
    let own = format!(
        "model_providers.own={{name=\"own\",base_url=\"{base_url}\",wire_api=\"responses\"}}"
    );
    let ran = tokio::process::Command::new(&installed::program("codex").0[0])
        .args([
            "exec",
            "-c",
            &own,
            "-c",
            "model_provider=\"own\"",
            "-c",
            "model=\"scripted\"",
        ])
        .args(["--sandbox", "read-only", text])
        .env("CODEX_HOME", desk.home().join("kept"))
        .current_dir(desk.repository.root())
        .stdin(std::process::Stdio::null())
        .output()
        .await
        .unwrap();
    assert!(ran.status.success(), "{ran:?}");
}

/// The provider itself is out of reach here.
fn lead(desk: &Desk, base_url: &str) {
    let file = desk.home().join("ampersand.toml");
    let text = std::fs::read_to_string(file).unwrap();
    assert!(text.contains(LOGIN), "{text}");
    let there = format!("{LOGIN}model = \"scripted\"\nbase_url = \"{base_url}\"\n");
    desk.settings(&text.replace(LOGIN, &there));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_click_connects_a_login_that_was_found_and_its_account_is_shown() {
    let script = Script::new().rule(When::anything(), Reply::says("Here I am."));
    let model = ModelServer::start(script).await.unwrap();
    model.account_used(62);
    let person = logged_in().await;
    person.shows("Login found.").await;
    person.pictures("login-found").await;
    person.clicks("Connect").await;
    person.shows("What shall we do?").await;
    lead(&person.desk, &model.base_url());
    person.talks_to("scripted").await;
    person.says("hello").await;
    person.reads("Here I am.").await;

    talks(&person.desk, &model.base_url(), "Fix the login of the shop").await;
    person.opens_agents().await;
    person.shows("Fix the login of the shop").await;
    person.shows("38 % left").await;
    person.clicks("Keep 20 % for me").await;
    person.shows("20 % kept for you").await;
    let settings = std::fs::read_to_string(person.desk.home().join("ampersand.toml")).unwrap();
    assert!(settings.contains("keep_percent = 20"), "{settings}");
    person.pictures("agents").await;
    person.clicks("Keep nothing").await;
    person.shows("Keep 20 % for me").await;

    person.clicks("Continue").await;
    let field = "input[aria-label='What is to be done next']";
    person
        .driver
        .type_into(field, "And its tests\u{e007}")
        .await;
    person.reads("Fix the login of the shop").await;
    person.reads("Ask about this").await;
    // Its agent knows what was said before.
    let asked = model.requests().iter().any(|request| {
        let body = request.body.to_string();
        body.contains("Fix the login of the shop") && body.contains("And its tests")
    });
    assert!(asked);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_is_held_up_by_what_is_kept_says_how_much_and_until_when() {
    let script = hands_out("codex", "Codex has it.");
    let model = ModelServer::start(script).await.unwrap();
    model.account_used(85);
    let person = logged_in().await;
    person.clicks("Connect").await;
    person.shows("What shall we do?").await;
    lead(&person.desk, &model.base_url());
    person.talks_to("scripted").await;
    let kept = person.desk.run(&["reserve", "codex", "20"]).await;
    assert_eq!(kept.code, 0, "{kept:?}");
    person.says("go").await;
    person.reads("Codex has it.").await;
    person.shows("20 %").await;
    person.pictures("quota-kept").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_its_agent_would_read_is_asked_about_in_a_dialog_that_was_read() {
    let model = ModelServer::start(hands_out("gemini", "It has it."))
        .await
        .unwrap();
    let (mut desktop, desk) = (Desktop::new().await, Desk::new());
    let person = desk.home().join("person");
    std::fs::create_dir_all(person.join(".gemini")).unwrap();
    std::fs::write(person.join(".gemini/oauth_creds.json"), "{}").unwrap();
    std::fs::write(person.join(".gemini/settings.json"), "{}").unwrap();
    desktop.set("HOME", person.to_str().unwrap());
    let (program, reads) = installed::program("gemini");
    desk.settings(&format!(
        "[models.controller]\napi = \"chat-completions\"\nbase_url = \"{}\"\nmodel = \"scripted\"\n\
         [agents.gemini]\ncommand = {program:?}\nreads = {reads:?}\n",
        model.base_url()
    ));
    let file = desk.home().join("ampersand.toml");
    let person = Person::in_front_of(desktop, desk).await;
    person.can_write().await;
    person.opens_agents().await;
    person.shows("only if Gemini CLI itself can read it").await;
    person.pictures("login-readable").await;
    person.clicks("Connect…").await;
    person.desktop.presses("Escape", DIALOG).await;
    let settings = std::fs::read_to_string(&file).unwrap();
    assert!(!settings.contains("reads_login"), "{settings}");
    person.clicks("Connect…").await;
    person.desktop.has(DIALOG, true).await;
    person.desktop.picture("let-read").await;
    // Time is what is tested here.
    tokio::time::sleep(READING).await;
    person.desktop.presses("Return", DIALOG).await;
    person.shows("can read its own login").await;
    person.pictures("login-read").await;
    let settings = std::fs::read_to_string(&file).unwrap();
    assert!(
        settings.contains("[agents.gemini.reads_login]"),
        "{settings}"
    );

    person.says("go").await;
    person.reads("It has it.").await;
    // Its program finds that this is no login, and nobody waits for it.
    person.shows("Gemini asks for a login").await;
    person.shows("Can read its own login").await;
    let click = "setTimeout(() => it.click());";
    let dots = "document.querySelector('button[aria-label=\"More for Fix the cart\"]')";
    person.does("its menu", dots, click).await;
    let given = "[...document.querySelectorAll('[role=menuitem]')].find((it) => it.innerText.trim() === 'Given')";
    person.does("what it was given", given, click).await;
    person
        .shows("of your set-up of Gemini CLI: settings.json")
        .await;
    person.pictures("reads-login").await;
}
