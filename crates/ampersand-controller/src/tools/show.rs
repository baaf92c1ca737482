//! `show`: puts a task's live card in front of the person. What is on it stays between the two of them.

use ampersand_model::ToolSpec;
use ampersand_protocol::UpdateBody;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Acting, Refusal, read_arguments, spec as tool};

pub(super) const NAME: &str = "show";

#[derive(Deserialize)]
struct Arguments {
    task: String,
}

pub(super) fn spec() -> ToolSpec {
    tool(
        NAME,
        "Put a task's live card in front of the person: what it does, waits for and holds at this moment.",
        json!({
            "type": "object",
            "properties": {"task": {"type": "string", "description": "its handle or title"}},
            "required": ["task"],
        }),
    )
}

pub(super) fn show(acting: &mut Acting<'_>, arguments: Value) -> Result<String, Refusal> {
    let Arguments { task } = read_arguments(arguments)?;
    let task = acting.task(&task)?;
    acting.desk.board().mentioned = vec![task];
    acting.has_acted = true;
    acting.desk.hub.emit(None, UpdateBody::Show { task });
    Ok("shown".to_owned())
}
