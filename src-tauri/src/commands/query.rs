//! Reading. Everything is asked of the controller; nothing is kept here.

use ampersand_controller::Controller;
use ampersand_core::{Approval, Failure, Message, Report, TaskId};
use ampersand_protocol::{
    AgentFound, Command, Counts, Diff, Home, Picture, Reply, RepositoryFacts, SessionFound,
    TaskView,
};
use serde::{Deserialize, Serialize};

/// Entries in a page of history.
const PAGE_MAX: u32 = 200;

/// What can be read.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Question {
    History { before: Option<u64>, limit: u32 },
    Tasks,
    Report { task: TaskId },
    Diff { task: TaskId },
    Pictures { task: TaskId, path: String },
    Given { task: TaskId },
    Output { task: TaskId },
    Draft,
    Facts,
    Agents,
    Sessions,
}

/// The answers, each as the page expects it of its question.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Answer {
    History {
        messages: Vec<Message>,
        earlier: bool,
    },
    Tasks {
        tasks: Vec<TaskView>,
        approvals: Vec<Approval>,
        counts: Counts,
    },
    Report {
        title: String,
        report: Box<Report>,
    },
    Diff(Diff),
    Pictures {
        before: Picture,
        after: Picture,
    },
    Text(String),
    Facts(Facts),
    Agents(Vec<AgentFound>),
    Sessions(Vec<SessionFound>),
}

/// Where we are.
#[derive(Debug, Serialize)]
pub(crate) struct Facts {
    repository: Option<RepositoryFacts>,
    model: Option<String>,
    link: bool,
    settings: String,
    system: &'static str,
}

pub(crate) async fn answer(
    controller: &Controller,
    home: &Home,
    question: Question,
) -> Result<Answer, Failure> {
    match question {
        Question::History { before, limit } => {
            let limit = limit.clamp(1, PAGE_MAX);
            // One more than shown tells whether there are earlier ones.
            let mut messages = controller.history(before, limit + 1).await?;
            let spare = messages.len().saturating_sub(limit as usize);
            messages.drain(..spare);
            Ok(Answer::History {
                messages,
                earlier: spare > 0,
            })
        }
        Question::Tasks => Ok(Answer::Tasks {
            tasks: controller.tasks(),
            approvals: controller.approvals(),
            counts: controller.counts(),
        }),
        Question::Report { task } => read(controller, Command::ReadReport { task }).await,
        Question::Diff { task } => read(controller, Command::ReadDiff { task }).await,
        Question::Pictures { task, path } => {
            read(controller, Command::ReadPictures { task, path }).await
        }
        Question::Given { task } => read(controller, Command::ReadGiven { task }).await,
        Question::Output { task } => read(controller, Command::ReadOutput { task }).await,
        Question::Agents => read(controller, Command::ReadAgents).await,
        Question::Sessions => match controller.facts() {
            None => Ok(Answer::Sessions(Vec::new())),
            Some(facts) => {
                let repository = facts.root;
                read(controller, Command::ReadSessions { repository }).await
            }
        },
        Question::Draft => Ok(Answer::Text(controller.draft().await?)),
        Question::Facts => Ok(Answer::Facts(Facts {
            repository: controller.facts(),
            model: controller.model(),
            link: controller.link_is_up(),
            settings: home.settings().display().to_string(),
            system: std::env::consts::OS,
        })),
    }
}

async fn read(controller: &Controller, command: Command) -> Result<Answer, Failure> {
    match controller.command(command).await? {
        Reply::Report { title, report } => Ok(Answer::Report {
            title,
            report: Box::new(report),
        }),
        Reply::Diff { diff } => Ok(Answer::Diff(diff)),
        Reply::Pictures { before, after } => Ok(Answer::Pictures { before, after }),
        Reply::Text { text } => Ok(Answer::Text(text)),
        Reply::Agents { agents } => Ok(Answer::Agents(agents)),
        Reply::Sessions { sessions } => Ok(Answer::Sessions(sessions)),
        Reply::Done
        | Reply::Overridden { .. }
        | Reply::Repository { .. }
        | Reply::Tasks { .. }
        | Reply::Isolation { .. } => Err(Failure::new(
            "unexpected_reply",
            "The background process answered something else than was asked.",
            "Quit and start Ampersand again, so that both are of one version.",
        )),
    }
}
