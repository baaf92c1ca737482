//! Scripted agents as plans: busy ones that print without end, and short ones that print the moment and end.

use std::{fs, ops::Range, path::Path};

use ampersand_core::{Actor, NewTask, Plan, PlanId, Role, TaskId, Work};
use ampersand_protocol::Command;
use ampersand_testkit::{TestRepository, program};
use anyhow::{Context, Result};
use uuid::Uuid;

/// Busy agents beside which everything is measured.
pub(crate) const AGENTS: usize = 64;

/// What agents run; it is committed to the repository, so every worktree has it.
const PROGRAM: &str = "busy-agent";

/// Lines a second of a busy agent.
pub(crate) const LINES_A_SECOND: u32 = 20;

/// What starts busy agents of these numbers, and their tasks.
pub(crate) fn busy(repository: &Path, numbers: Range<usize>) -> (Command, Vec<TaskId>) {
    let task = |number: usize| new_task(busy_title(number), busy_line(number));
    submit(repository, numbers.map(task).collect())
}

/// What a busy agent's task is called.
pub(crate) fn busy_title(number: usize) -> String {
    format!("Busy {number:02}")
}

/// What a busy agent's task runs.
pub(crate) fn busy_line(number: usize) -> String {
    line(&format!("busy {LINES_A_SECOND} {number} {AGENTS}"))
}

/// What starts a short agent, and its task.
pub(crate) fn short(repository: &Path, number: usize) -> (Command, TaskId) {
    let task = new_task(format!("Short {number}"), line("once"));
    let id = task.id;
    (submit(repository, vec![task]).0, id)
}

/// A worker, as tasks that execute usually are: its worktree is looked through for changes after its end.
fn new_task(title: String, line: String) -> NewTask {
    NewTask {
        id: TaskId::new(Uuid::now_v7()),
        title,
        role: Role::Worker,
        work: Work::Command { line },
        agent: None,
        reviewer: None,
        reason: "it is measured".to_owned(),
        after: Vec::new(),
        inputs: Vec::new(),
    }
}

/// Where there is a shell in between it gives way, so that an agent is one process.
fn line(arguments: &str) -> String {
    if cfg!(windows) {
        format!(".\\{PROGRAM}.exe {arguments}")
    } else {
        format!("exec ./{PROGRAM} {arguments}")
    }
}

/// Puts the program where every worktree of the repository will have it.
pub(crate) fn commit_program(repository: &TestRepository) -> Result<()> {
    let agent = program(PROGRAM);
    let name = agent.file_name().context("a program has a name")?;
    fs::copy(&agent, repository.root().join(name))?;
    repository.commit("Add the agents' program");
    Ok(())
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
