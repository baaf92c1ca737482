//! Run the app: a task of its own runs what the repository declares, with another task's work.

use ampersand_core::{
    App, Capability, EventBody, Failure, NewTask, PlanId, Role, Settings, Task, TaskId, Verb, Work,
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
    let running = plan(&task, app, settings, now);
    if !running.capabilities.contains(&Capability::Execute) {
        return Err(Failure::new(
            "cannot_run_app",
            format!("Nothing may be run for {:?}.", task.title),
            "Show its work in your checkout, or open its folder.",
        ));
    }
    changes.bodies.push(EventBody::PlanAccepted {
        plan: running.plan,
        reason: format!("The app with the work of {:?}, to try it.", task.title),
        tasks: vec![running.clone()],
    });
    state.add(vec![running], changes);
    Ok(())
}

fn plan(task: &Task, app: App, settings: &Settings, now: Timestamp) -> Task {
    let work = Work::App {
        of: task.id,
        line: app.command,
        port: app.port,
    };
    let title = format!("Try “{}”", task.title);
    let new = NewTask {
        reason: "To look at the work before it lands.".to_owned(),
        ..NewTask::new(TaskId::new(Uuid::now_v7()), title, Role::Worker, work)
    };
    let plan = PlanId::new(Uuid::now_v7());
    Task::child_of(task, new, &settings.network.hosts, plan, now)
}
