//! `steer`: a task is told something.

use ampersand_core::Actor;
use ampersand_model::ToolSpec;
use ampersand_protocol::Command;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{ANSWER_WITHIN, Acting, Refusal, read_arguments, refusal, spec as tool};

pub(super) const NAME: &str = "steer";

#[derive(Deserialize)]
struct Arguments {
    task: String,
    text: String,
}

pub(super) fn spec() -> ToolSpec {
    tool(
        NAME,
        "Tell a task something its agent has to know or change: one that has not ended, or one whose work is ready, which then goes on with that.",
        json!({
            "type": "object",
            "properties": {
                "task": {"type": "string", "description": "its handle or title"},
                "text": {"type": "string", "description": "the words for its agent"},
            },
            "required": ["task", "text"],
        }),
    )
}

pub(super) async fn steer(acting: &mut Acting<'_>, arguments: Value) -> Result<String, Refusal> {
    let Arguments { task, text } = read_arguments(arguments)?;
    let task = acting.task(&task)?;
    acting.claim().await?;
    let command = Command::Steer {
        task,
        text,
        by: Actor::Controller,
    };
    let told = acting.desk.link.call_within(ANSWER_WITHIN, command).await;
    told.map_err(|failure| refusal(&failure))?;
    Ok("Told; its card shows when the agent has read it.".to_owned())
}
