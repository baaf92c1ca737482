//! Plain commands when no model is there: a plan for what was understood, a card for what was not.

use std::sync::Arc;

use ampersand_core::{
    Actor, ChoiceOption, Failure, MessageBody, NewTask, Plan, PlanId, Role, TaskId, Work,
};
use ampersand_model::offline::Offline;
use ampersand_protocol::UpdateBody;
use uuid::Uuid;

use super::Heard;
use crate::desk::Desk;

const TITLE_CHARS_MAX: usize = 60;

/// A longer suggestion is what was said, said back.
const CLOSEST_CHARS_MAX: usize = 120;

/// Does what each part of the line asks for; all that runs is one plan.
pub(super) async fn carry_out(desk: &Arc<Desk>, heard: Heard, found: Vec<Offline>) {
    let under = heard.message.id;
    let mut tasks = Vec::new();
    for part in found {
        match part {
            Offline::Scan => tasks.push(task("Scan the repository", Role::Explorer, Work::Scan)),
            Offline::Find { pattern } => {
                let title = format!("Find {}", short(&pattern));
                tasks.push(task(&title, Role::Explorer, Work::Find { pattern }));
            }
            Offline::Run { command } => {
                let title = format!("Run {}", short(&command));
                tasks.push(task(&title, Role::Worker, Work::Command { line: command }));
            }
            Offline::Help => help(desk, &heard).await,
            Offline::Unknown { text, closest } => {
                let closest = closest.filter(|words| words.chars().count() <= CLOSEST_CHARS_MAX);
                let body = MessageBody::Kept { text, closest };
                if let Err(failure) = desk.card(Some(under), body).await {
                    desk.hub.emit(None, UpdateBody::Error { failure });
                }
            }
        }
    }
    if tasks.is_empty() {
        return;
    }
    let Some(repository) = desk.repository() else {
        return desk.trouble(under, no_repository()).await;
    };
    let plan = Plan {
        id: PlanId::new(Uuid::now_v7()),
        reason: "You asked for it by a command; no model is involved.".to_owned(),
        repository: repository.display().to_string(),
        tasks,
    };
    // From here on it waits for the orchestrator alone, however long that is away.
    let unsent = desk.unsent.begin();
    drop((heard.under_way, heard.on_its_way));
    let submitted = desk.submit(plan, Actor::Person, under).await;
    drop(unsent);
    if let Err(failure) = submitted {
        desk.trouble(under, failure).await;
    }
}

fn task(title: &str, role: Role, work: Work) -> NewTask {
    NewTask {
        id: TaskId::new(Uuid::now_v7()),
        title: title.to_owned(),
        role,
        work,
        agent: None,
        reviewer: None,
        reason: "You asked for it.".to_owned(),
        after: Vec::new(),
        inputs: Vec::new(),
    }
}

fn short(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(TITLE_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

fn no_repository() -> Failure {
    Failure::new(
        "no_repository",
        "No repository is open.",
        "Open a folder with a git repository, or name one with --repo.",
    )
}

async fn help(desk: &Arc<Desk>, heard: &Heard) {
    let option = |label: &str, says: &str| ChoiceOption {
        label: label.to_owned(),
        says: says.to_owned(),
    };
    let body = MessageBody::Choice {
        question: "These work without a model: scan, find a text, run a command. Pause, resume, cancel and undo work on tasks."
            .to_owned(),
        options: vec![
            option("Scan the repository", "scan"),
            option("Find TODO", "find TODO"),
            option("Run git status", "run git status"),
        ],
        chosen: None,
    };
    super::overridden::put_choice(desk, Some(heard.message.id), body).await;
}
