//! Run the app: a task of its own runs what the repository declares, with another task's work.

use ampersand_core::{
    AgentKind, App, EventBody, Failure, Narrowing, PlanId, Reviewing, Role, Settings, Standoff,
    Task, TaskId, TaskState, Verb, Work,
};
use jiff::Timestamp;
use uuid::Uuid;

use super::allowed;
use crate::state::{Changes, State};

/// Plans it; `app` is what is declared and trusted now.
pub(crate) fn run_app(
    state: &mut State,
    changes: &mut Changes,
    id: TaskId,
    app: App,
    settings: &Settings,
    now: Timestamp,
) -> Result<(), Failure> {
    let task = allowed(state, id, Verb::RunApp, "run")?;
    let runs = |other: &&Task| matches!(other.work, Work::App { of, .. } if of == id);
    if let Some(running) = state.open().find(runs) {
        return Err(Failure::new(
            "app_runs_already",
            format!(
                "{:?} is {}.",
                running.title,
                running.state.word().replace('_', " ")
            ),
            "Resume it if it stands, or cancel it first.",
        ));
    }
    if task.taken.contains(&Narrowing::Execute) {
        return Err(Failure::new(
            "cannot_run_app",
            format!("Nothing may be run for {:?}.", task.title),
            "Show its work in your checkout, or open its folder.",
        ));
    }
    let running = plan(&task, app, settings, now);
    changes.bodies.push(EventBody::PlanAccepted {
        plan: running.plan,
        reason: format!("The app with the work of {:?}, to try it.", task.title),
        tasks: vec![running.clone()],
    });
    state.add(vec![running], changes);
    Ok(())
}

fn plan(task: &Task, app: App, settings: &Settings, now: Timestamp) -> Task {
    let role = Role::Worker;
    let mut running = Task {
        id: TaskId::new(Uuid::now_v7()),
        plan: PlanId::new(Uuid::now_v7()),
        title: format!("Try “{}”", task.title),
        role,
        agent: AgentKind::Command,
        before: Vec::new(),
        work: Work::App {
            of: task.id,
            line: app.command,
            port: app.port,
        },
        reason: "To look at the work before it lands.".to_owned(),
        repository: task.repository.clone(),
        after: Vec::new(),
        inputs: Vec::new(),
        capabilities: role.capabilities_with(&settings.network.hosts),
        created_at: now,
        state: TaskState::Queued,
        base: None,
        isolation: None,
        tries: 0,
        clashes: Vec::new(),
        taken: Vec::new(),
        resolves: None,
        standoff: Standoff::default(),
        pull_request: None,
        review: Reviewing::default(),
        showing: None,
        address: None,
        continues: None,
        told: None,
        rewind: None,
    };
    for what in &task.taken {
        running.narrow(*what);
    }
    running
}
