//! An agent of others as a task needs it: its program, a folder of its own, and where its model is.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ampersand_agent::home::{put, unwritable};
use ampersand_agent::{
    Checkouts, SetUp, Vendor, VendorKey, VendorModel, find, model_problem, set_up,
};
use ampersand_core::{AgentSettings, Failure, Obstacle, Outage, Settings, Task};
use ampersand_http::egress::{Api, Entrance, ModelRoute};
use ampersand_http::{Headers, Secret};
use ampersand_login::Account;
use jiff::Timestamp;

use super::{World, lent, login::Login, reserve};
use crate::repository::off_thread;

/// An agent that says nothing for so many seconds while nothing of it runs is stuck.
const PATIENCE_S: u32 = 15 * 60;

/// What the task's agent needs; `None` for our own agents. It finds its model at `entrance`, and `home` is made for it.
pub(super) async fn of(
    world: &World,
    task: &Task,
    home: PathBuf,
    worktree: &Path,
    entrance: &Entrance,
) -> Result<Option<Vendor>, Failure> {
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
    let failed = |error: std::io::Error| unwritable(&home, &error);
    tokio::fs::create_dir_all(&home).await.map_err(failed)?;
    let home = tokio::fs::canonicalize(&home).await.map_err(failed)?;
    let home = dunce::simplified(&home).to_owned();
    let login = Login::of(&world.logins, name, &settings).await?;
    let not_loaded = bring(name, &home, task, worktree).await?;
    let plan = login.as_ref().and_then(Login::plan);
    let opens = match (&set.reads_login, plan) {
        (Some(reads), _) => VendorKey::ReadsLogin(Arc::new(lent::lend(name, reads, &home)?)),
        (None, Some(plan)) => VendorKey::Login {
            plan: plan.to_owned(),
        },
        (None, None) => VendorKey::Key,
    };
    let named = set.reads_login.as_ref().and_then(|set| set.model.clone());
    let model = VendorModel {
        origin: entrance.origin(),
        model: match (&login, set.model) {
            (Some(login), _) => login.model(),
            (None, Some(model)) => model.model,
            (None, None) => named.unwrap_or_default(),
        },
        opens,
    };
    Ok(Some(Vendor {
        name: name.to_owned(),
        program: installed.program,
        reads: installed.reads,
        home,
        model,
        env: set.env.into_iter().collect(),
        keep_percent: set.keep_percent,
        not_loaded,
        silence: Duration::from_secs(set.patience_s.unwrap_or(PATIENCE_S).max(1).into()),
    }))
}

/// Brings what the person set up for the agent's own program into the folder of its own. What did not come comes back, in
/// words.
async fn bring(
    name: &str,
    home: &Path,
    task: &Task,
    worktree: &Path,
) -> Result<Vec<String>, Failure> {
    let Some(person) = std::env::home_dir() else {
        return Ok(Vec::new());
    };
    let (name, into) = (name.to_owned(), home.to_owned());
    let (persons, tasks) = (PathBuf::from(&task.repository), worktree.to_owned());
    off_thread(move || {
        let checkouts = Checkouts {
            persons: &persons,
            tasks: &tasks,
        };
        let SetUp { files, not_loaded } = set_up(&name, &person, checkouts);
        put(&into, &files).map_err(|error| unwritable(&into, &error))?;
        Ok(not_loaded)
    })
    .await
}

/// Whether this agent is installed and has a model with its key, as far as that is known without asking anybody.
pub(super) fn is_ready(name: &str, settings: &Settings) -> bool {
    let set = settings.agents.named.get(name);
    let logs_in = set.is_some_and(|set| set.login.is_some());
    let logged_in = || Account::of(name).is_some_and(Account::is_kept);
    let is_missing = (logs_in && !logged_in())
        || set
            .and_then(|set| set.reads_login.as_ref())
            .is_some_and(|set| !lent::is_kept(name, set));
    model_problem(name, set).is_none() && find(name, set).is_ok() && !is_missing
}

/// What keeps the task's agent from starting at all: it has no login now, or of its account no more is left than is kept for
/// the person. `None` while nothing does, or nobody knows.
pub(super) async fn held_up(world: &World, task: &Task) -> Option<Outage> {
    let name = task.agent.vendor()?;
    let settings = world.settings();
    if let Some(outage) = logged_out(world, name, &settings).await {
        return Some(outage);
    }
    reserve::of(world, task).await
}

/// What keeps an agent from the login that the settings give it.
async fn logged_out(world: &World, name: &str, settings: &Settings) -> Option<Outage> {
    let set = settings.agents.named.get(name)?;
    // What is not installed has more to mend than its login.
    find(name, Some(set)).ok()?;
    if let Some(reads) = &set.reads_login
        && !lent::is_kept(name, reads)
    {
        return Some(Outage {
            obstacle: Obstacle::Login,
            failure: lent::missing(name),
            until: None,
        });
    }
    let (login, account) = (set.login.as_ref()?, Account::of(name)?);
    let error = world.logins.fresh(account, login).await.err()?;
    Some(error.outage(Timestamp::now()))
}

/// The one endpoint, in the API the agent speaks, with its key in the form that API wants.
pub(super) fn route(
    name: &str,
    set: Option<&AgentSettings>,
    key: Option<Secret>,
) -> Result<ModelRoute, Failure> {
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
    let headers = match key {
        Some(key) => Headers::new().secret(header, prefix, key),
        None => Headers::new(),
    };
    ModelRoute::new(&model.base_url, apis, headers).map_err(|error| Failure::from(&error))
}
