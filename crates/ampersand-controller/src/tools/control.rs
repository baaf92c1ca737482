//! `pause`, `resume` and `cancel`: the overrides, as the model's verbs.

use ampersand_core::{Actor, TaskId, Verb};
use ampersand_model::ToolSpec;
use ampersand_protocol::{Command, Reply};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{ANSWER_WITHIN, Acting, Refusal, read_arguments, refusal, spec as tool};

pub(super) const PAUSE: &str = "pause";
pub(super) const RESUME: &str = "resume";
pub(super) const CANCEL: &str = "cancel";

#[derive(Deserialize)]
struct Arguments {
    tasks: Which,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Which {
    One(String),
    Several(Vec<String>),
}

pub(super) fn specs() -> Vec<ToolSpec> {
    let with = |name: &str, description: &str| {
        let parameters = json!({
            "type": "object",
            "properties": {"tasks": {
                "type": "array", "items": {"type": "string"},
                "description": "handles or titles, or \"all\"",
            }},
            "required": ["tasks"],
        });
        tool(name, description, parameters)
    };
    vec![
        with(PAUSE, "Let tasks stand still; they can go on later."),
        with(RESUME, "Let paused or interrupted tasks go on."),
        with(
            CANCEL,
            "End tasks. Their work is kept, and for a few seconds the person can undo it.",
        ),
    ]
}

pub(super) async fn pause(acting: &mut Acting<'_>, arguments: Value) -> Result<String, Refusal> {
    let tasks = those(acting, arguments, Verb::Pause)?;
    let by = Actor::Controller;
    act(acting, "pause", "Paused", tasks, |tasks| Command::Pause {
        tasks,
        by,
    })
    .await
}

pub(super) async fn resume(acting: &mut Acting<'_>, arguments: Value) -> Result<String, Refusal> {
    let tasks = those(acting, arguments, Verb::Resume)?;
    let by = Actor::Controller;
    act(acting, "resume", "Going on", tasks, |tasks| {
        Command::Resume { tasks, by }
    })
    .await
}

pub(super) async fn cancel(acting: &mut Acting<'_>, arguments: Value) -> Result<String, Refusal> {
    let tasks = those(acting, arguments, Verb::Cancel)?;
    let by = Actor::Controller;
    let now = false;
    let command = |tasks| Command::Cancel { tasks, now, by };
    act(acting, "cancel", "Being cancelled", tasks, command).await
}

fn those(acting: &Acting<'_>, arguments: Value, verb: Verb) -> Result<Vec<TaskId>, Refusal> {
    let Arguments { tasks } = read_arguments(arguments)?;
    let names = match tasks {
        Which::One(name) => vec![name],
        Which::Several(names) => names,
    };
    let all = |name: &String| matches!(name.trim().to_lowercase().as_str(), "all" | "*");
    if names.iter().any(all) {
        let board = acting.desk.board();
        let possible = board.tasks().iter();
        return Ok(possible
            .filter(|task| task.verbs().contains(&verb))
            .map(|task| task.id)
            .collect());
    }
    names.iter().map(|name| acting.task(name)).collect()
}

async fn act(
    acting: &mut Acting<'_>,
    verb: &str,
    done: &str,
    tasks: Vec<TaskId>,
    command: impl FnOnce(Vec<TaskId>) -> Command,
) -> Result<String, Refusal> {
    if tasks.is_empty() {
        return Ok("There is no task it would make sense for.".to_owned());
    }
    acting.claim().await?;
    let answer = acting.desk.link.call_within(ANSWER_WITHIN, command(tasks));
    let reply = answer.await.map_err(|failure| refusal(&failure))?;
    let Reply::Overridden { tasks, took_ms, .. } = reply else {
        return Ok(format!("{done}."));
    };
    let titles: Vec<String> = {
        let mut board = acting.desk.board();
        board.mentioned.clone_from(&tasks);
        tasks.iter().map(|id| board.title(*id)).collect()
    };
    if tasks.is_empty() {
        return Ok("No task was in a state for it.".to_owned());
    }
    let card = ampersand_core::MessageBody::Override {
        verb: verb.to_owned(),
        tasks,
        frozen_in_ms: Some(took_ms).filter(|_| verb != RESUME),
        outcome: ampersand_core::OverrideOutcome::Stands,
    };
    if let Err(failure) = acting.desk.card(Some(acting.said), card).await {
        tracing::warn!(code = failure.code, "an override's card was not written");
    }
    Ok(format!("{done}: {}.", titles.join(", ")))
}
