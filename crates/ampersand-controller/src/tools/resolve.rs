//! `resolve`: a task is started that brings another one's work and the branch together.

use ampersand_model::ToolSpec;
use ampersand_protocol::Command;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{ANSWER_WITHIN, Acting, Refusal, read_arguments, refusal, spec as tool};

pub(super) const NAME: &str = "resolve";

#[derive(Deserialize)]
struct Arguments {
    task: String,
}

pub(super) fn spec() -> ToolSpec {
    tool(
        NAME,
        "Start a task that brings the work of a task and the branch together, after landing it was refused since both \
         changed the same places. What it makes is proposed for landing like any work.",
        json!({
            "type": "object",
            "properties": {
                "task": {"type": "string", "description": "handle or title of the task that did not land"},
            },
            "required": ["task"],
        }),
    )
}

pub(super) async fn resolve(acting: &mut Acting<'_>, arguments: Value) -> Result<String, Refusal> {
    let Arguments { task } = read_arguments(arguments)?;
    let task = acting.task(&task)?;
    acting.claim().await?;
    let by_hand = false;
    let command = Command::Resolve { task, by_hand };
    let planned = acting.desk.link.call_within(ANSWER_WITHIN, command).await;
    planned.map_err(|failure| refusal(&failure))?;
    Ok("Started: its card says how it is getting on.".to_owned())
}
