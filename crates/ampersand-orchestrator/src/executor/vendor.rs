//! An agent of others as a task needs it: its program, a folder of its own, and the one way to its model, on which the key
//! is put in.

use std::net::TcpListener;

use ampersand_agent::{Gate, Vendor, VendorModel, find, model_problem};
use ampersand_core::{AgentSettings, Failure, Settings, Task};
use ampersand_http::egress::{self, Api, ModelRoute, Proxy};
use ampersand_http::{Headers, Secret};
use tokio::sync::{mpsc, watch};

use super::World;

/// Where an agent finds its model, in a network that is its own.
pub(super) const MODEL_PORT: u16 = 4911;

/// An agent that says nothing for so long while nothing of it runs is stuck.
const SILENCE: std::time::Duration = std::time::Duration::from_secs(15 * 60);

/// Refusals of a proxy that were not noted yet; more are dropped.
const EVENTS_MAX: usize = 64;

/// What the task's agent needs; `None` for our own agents.
pub(super) async fn of(world: &World, task: &Task) -> Result<Option<Vendor>, Failure> {
    let Some(name) = task.agent.vendor() else {
        return Ok(None);
    };
    let settings = world.settings();
    let set = settings.agents.named.get(name).cloned();
    if let Some(problem) = model_problem(name, set.as_ref()) {
        return Err(problem);
    }
    let set = set.unwrap_or_default();
    let installed = find(name, Some(&set))?;
    let home = world.home.root().join("agents").join(task.id.to_string());
    let failed = |error: std::io::Error| {
        Failure::new(
            "agent_home",
            format!(
                "The agent's folder {} cannot be made: {error}.",
                home.display()
            ),
            "Make sure that the home folder can be written and has room.",
        )
    };
    tokio::fs::create_dir_all(&home).await.map_err(failed)?;
    let home = tokio::fs::canonicalize(&home).await.map_err(failed)?;
    Ok(Some(Vendor {
        name: name.to_owned(),
        program: installed.program,
        reads: installed.reads,
        home,
        model: VendorModel {
            origin: format!("http://127.0.0.1:{MODEL_PORT}"),
            model: set.model.map(|model| model.model).unwrap_or_default(),
        },
        env: set.env.into_iter().collect(),
        silence: SILENCE,
    }))
}

/// Serves an agent's way to its model, as long as what this returns is kept. While the gate is closed no request begins.
pub(super) fn serve(
    listener: TcpListener,
    settings: &Settings,
    name: &str,
    mut gate: watch::Receiver<Gate>,
) -> Result<impl Send + Sync + use<>, Failure> {
    let set = settings.agents.named.get(name);
    let policy = egress::Policy {
        model: Some(route(name, set)?),
        ..egress::Policy::default()
    };
    let (events, mut told) = mpsc::channel(EVENTS_MAX);
    let proxy = Proxy::serve(listener, policy, events).map_err(|error| {
        Failure::new(
            "no_proxy",
            format!("The agent's way to its model cannot be served: {error}."),
            "Start the task again.",
        )
    })?;
    let following = tokio::spawn(async move {
        loop {
            match *gate.borrow_and_update() {
                Gate::Open => proxy.resume(),
                Gate::Closed => proxy.pause(),
            }
            tokio::select! {
                changed = gate.changed() => if changed.is_err() { return },
                Some(event) = told.recv() => tracing::debug!(?event, "an agent's way out"),
            }
        }
    });
    Ok(tokio_util::task::AbortOnDropHandle::new(following))
}

/// The one endpoint, in the API the agent speaks, with its key in the form that API wants.
fn route(name: &str, set: Option<&AgentSettings>) -> Result<ModelRoute, Failure> {
    if let Some(problem) = model_problem(name, set) {
        return Err(problem);
    }
    let Some(model) = set.and_then(|set| set.model.clone()) else {
        return Err(Failure::new(
            "agent_no_model",
            format!("{name} has no model set."),
            "Set one in the settings.",
        ));
    };
    let (apis, header, prefix) = match name {
        "codex" => (vec![Api::Responses], "authorization", "Bearer "),
        "claude" => (vec![Api::AnthropicMessages], "x-api-key", ""),
        "gemini" => (vec![Api::Gemini], "x-goog-api-key", ""),
        "opencode" => (vec![Api::ChatCompletions], "authorization", "Bearer "),
        _ => (
            vec![Api::ChatCompletions, Api::Responses, Api::AnthropicMessages],
            "authorization",
            "Bearer ",
        ),
    };
    let key = model.api_key_env.and_then(|name| std::env::var(name).ok());
    let headers = match key {
        Some(key) => Headers::new().secret(header, prefix, Secret::new(key)),
        None => Headers::new(),
    };
    ModelRoute::new(&model.base_url, apis, headers).map_err(|error| Failure::from(&error))
}
