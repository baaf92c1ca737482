//! A person with agents of others set up: the whole of Ampersand, each agent with its own way to a scripted model.

use std::path::Path;

use ampersand_testkit::model_server::{Recorded, Reply, Script, When};
use ampersand_testkit::{Chat, Desk};
use serde_json::{Value, json};

use crate::agents::Actor;
use crate::installed;

/// The key of agents' models; only the way to the model has it.
pub(crate) const KEY: &str = "sk-only-the-proxy-has-it";

/// A brief for an agent, as the controller's model hands it out. The agent is told `NAME brief`.
pub(crate) fn brief(title: &str, agent: &str) -> Value {
    json!({"key": agent, "title": title, "role": "worker", "kind": "brief", "agent": agent,
        "brief": format!("{agent} brief"), "reason": "it was asked for"})
}

/// The controller's model hands these out when it is told to go.
pub(crate) fn hands_out(tasks: Value) -> Script {
    let controller = || When::user("go").with_tool("dispatch");
    Script::new()
        .rule(
            controller().after_results(0),
            Reply::calls("dispatch", json!({"reason": "as asked", "tasks": tasks})),
        )
        .rule(controller(), Reply::says("Started."))
}

/// The settings that make an agent usable; our own has the controller's model.
pub(crate) fn settings(actor: Actor, base_url: &str) -> String {
    if actor.name == "builtin" {
        return String::new();
    }
    let (program, reads) = installed::program(actor.name);
    format!(
        "[agents.{0}]\ncommand = {program:?}\nreads = {reads:?}\n\
         [agents.{0}.model]\nbase_url = \"{base_url}\"\nmodel = \"scripted\"\napi_key_env = \"AGENT_KEY\"\n",
        actor.name
    )
}

/// A conversation with these agents set up and this model behind everything.
pub(crate) async fn chat(base_url: &str, actors: &[Actor]) -> (Desk, Chat) {
    chat_with(base_url, actors, "").await
}

/// The same, with more in the settings.
pub(crate) async fn chat_with(base_url: &str, actors: &[Actor], more: &str) -> (Desk, Chat) {
    let mut desk = Desk::new();
    desk.set("AGENT_KEY", KEY);
    let own = format!(
        "[models.controller]\napi = \"chat-completions\"\nbase_url = \"{base_url}\"\nmodel = \"scripted\"\n{more}"
    );
    let agents = actors.iter().map(|actor| settings(*actor, base_url));
    desk.settings(&std::iter::once(own).chain(agents).collect::<String>());
    let chat = desk.chat().await;
    (desk, chat)
}

/// The requests that an agent's work made, not those on the side.
pub(crate) fn asked_by(actor: Actor, requests: &[Recorded]) -> Vec<Recorded> {
    let brief = format!("{} brief", actor.name);
    let is_work = |request: &&Recorded| {
        let tools = request.body["tools"].to_string();
        // The controller has a word for what can be taken from a task, which is the built-in agent's for its shell.
        let is_the_controllers = tools.contains("\"name\":\"dispatch\"");
        request.body.to_string().contains(&brief)
            && tools.contains(actor.shell)
            && !is_the_controllers
    };
    requests.iter().filter(is_work).cloned().collect()
}

/// What works below a folder, whoever it belongs to by now.
pub(crate) fn working_below(folder: &Path) -> Vec<String> {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    processes
        .filter(|entry| {
            let cwd = std::fs::read_link(entry.path().join("cwd"));
            cwd.is_ok_and(|cwd| cwd.starts_with(folder))
        })
        .map(|entry| {
            let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&line).replace('\0', " ")
        })
        .collect()
}
