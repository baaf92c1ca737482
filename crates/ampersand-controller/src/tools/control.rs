//! `pause`, `resume`, `cancel` and `narrow`: the overrides, as the model's verbs.

use ampersand_core::{Actor, Narrowing, Task, TaskId, Verb};
use ampersand_model::ToolSpec;
use ampersand_protocol::{Command, Reply};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{ANSWER_WITHIN, Acting, Refusal, read_arguments, refusal, spec as tool};

pub(super) const PAUSE: &str = "pause";
pub(super) const RESUME: &str = "resume";
pub(super) const CANCEL: &str = "cancel";
pub(super) const NARROW: &str = "narrow";

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
        narrow_spec(),
    ]
}

fn narrow_spec() -> ToolSpec {
    let parameters = json!({
        "type": "object",
        "properties": {
            "tasks": {
                "type": "array", "items": {"type": "string"},
                "description": "handles or titles, or \"all\"",
            },
            "what": {
                "enum": Narrowing::ALL.map(Narrowing::word),
                "description": "`network`: every host and the web; `web_search`: the web alone; `execute`: running commands",
            },
        },
        "required": ["tasks", "what"],
    });
    let description = "Take something from tasks at once and for good. It cannot be given back.";
    tool(NARROW, description, parameters)
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

#[derive(Deserialize)]
struct NarrowArguments {
    tasks: Which,
    what: Narrowing,
}

pub(super) async fn narrow(acting: &mut Acting<'_>, arguments: Value) -> Result<String, Refusal> {
    let NarrowArguments { tasks, what } = read_arguments(arguments)?;
    let tasks = named(acting, tasks, |task| !task.state.is_over())?;
    let by = Actor::Controller;
    let done = match what {
        Narrowing::Network => "Without any network from now on",
        Narrowing::WebSearch => "Without the web from now on",
        Narrowing::Execute => "Without running commands from now on",
    };
    let command = |tasks| Command::Narrow { tasks, what, by };
    act(acting, NARROW, done, tasks, command).await
}

fn those(acting: &Acting<'_>, arguments: Value, verb: Verb) -> Result<Vec<TaskId>, Refusal> {
    let Arguments { tasks } = read_arguments(arguments)?;
    named(acting, tasks, |task| task.verbs().contains(&verb))
}

/// The tasks by their names; all of them means those that it is `possible` for.
fn named(
    acting: &Acting<'_>,
    tasks: Which,
    possible: impl Fn(&Task) -> bool,
) -> Result<Vec<TaskId>, Refusal> {
    let names = match tasks {
        Which::One(name) => vec![name],
        Which::Several(names) => names,
    };
    let all = |name: &String| matches!(name.trim().to_lowercase().as_str(), "all" | "*");
    if names.iter().any(all) {
        let board = acting.desk.board();
        let tasks = board.tasks().iter();
        return Ok(tasks
            .filter(|task| possible(task))
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
        frozen_in_ms: Some(took_ms).filter(|_| matches!(verb, PAUSE | CANCEL)),
        outcome: ampersand_core::OverrideOutcome::Stands,
    };
    if let Err(failure) = acting.desk.card(Some(acting.said), card).await {
        tracing::warn!(code = failure.code, "an override's card was not written");
    }
    Ok(format!("{done}: {}.", titles.join(", ")))
}
