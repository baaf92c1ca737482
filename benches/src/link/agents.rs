//! Scripted agents as plans: busy ones that print without end, and short ones that print the moment and end.

use std::{ops::Range, path::Path};

use ampersand_core::{Actor, NewTask, Plan, PlanId, Role, TaskId, Work};
use ampersand_protocol::Command;
use uuid::Uuid;

use super::AGENTS;

/// What agents run; it is committed to the repository, so every worktree has it.
pub(super) const PROGRAM: &str = "busy-agent";

/// Lines a second of a busy agent.
pub(super) const LINES_A_SECOND: u32 = 20;

/// What starts busy agents of these numbers, and their tasks.
pub(super) fn busy(repository: &Path, numbers: Range<usize>) -> (Command, Vec<TaskId>) {
    let task = |number: usize| {
        let arguments = format!("busy {LINES_A_SECOND} {number} {AGENTS}");
        new_task(format!("Busy {number:02}"), &arguments)
    };
    submit(repository, numbers.map(task).collect())
}

/// What starts a short agent, and its task.
pub(super) fn short(repository: &Path, number: usize) -> (Command, TaskId) {
    let task = new_task(format!("Short {number}"), "once");
    let id = task.id;
    (submit(repository, vec![task]).0, id)
}

/// A worker, as tasks that execute usually are: its worktree is looked through for changes after its end.
fn new_task(title: String, arguments: &str) -> NewTask {
    // Where there is a shell in between it gives way, so that an agent is one process.
    let line = if cfg!(windows) {
        format!(".\\{PROGRAM}.exe {arguments}")
    } else {
        format!("exec ./{PROGRAM} {arguments}")
    };
    NewTask {
        id: TaskId::new(Uuid::now_v7()),
        title,
        role: Role::Worker,
        work: Work::Command { line },
        reason: "it is measured".to_owned(),
        after: Vec::new(),
        inputs: Vec::new(),
    }
}

fn submit(repository: &Path, tasks: Vec<NewTask>) -> (Command, Vec<TaskId>) {
    let ids = tasks.iter().map(|task| task.id).collect();
    let plan = Plan {
        id: PlanId::new(Uuid::now_v7()),
        reason: "they are measured".to_owned(),
        repository: repository.display().to_string(),
        tasks,
    };
    let by = Actor::Person;
    (Command::SubmitPlan { plan, by }, ids)
}
