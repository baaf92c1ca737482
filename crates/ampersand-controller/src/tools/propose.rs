//! `propose_landing` and `propose_discard`: a question for the person, never an act.

use ampersand_model::ToolSpec;
use ampersand_protocol::{Command, Proposal};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{ANSWER_WITHIN, Acting, Refusal, read_arguments, refusal, spec as tool};

pub(super) const LANDING: &str = "propose_landing";
pub(super) const DISCARD: &str = "propose_discard";

#[derive(Deserialize)]
struct Arguments {
    task: String,
    #[serde(default)]
    why: String,
}

pub(super) fn specs() -> Vec<ToolSpec> {
    let with = |name: &str, description: &str| {
        let parameters = json!({
            "type": "object",
            "properties": {
                "task": {"type": "string", "description": "its handle or title"},
                "why": {"type": "string", "description": "why, for the person to judge"},
            },
            "required": ["task", "why"],
        });
        tool(name, description, parameters)
    };
    vec![
        with(
            LANDING,
            "Propose to bring a task's work into the person's branch. The person decides.",
        ),
        with(
            DISCARD,
            "Propose to put a task's work aside. The person decides.",
        ),
    ]
}

pub(super) async fn landing(acting: &mut Acting<'_>, arguments: Value) -> Result<String, Refusal> {
    propose(acting, arguments, Proposal::Land).await
}

pub(super) async fn discard(acting: &mut Acting<'_>, arguments: Value) -> Result<String, Refusal> {
    propose(acting, arguments, Proposal::Discard).await
}

async fn propose(
    acting: &mut Acting<'_>,
    arguments: Value,
    what: Proposal,
) -> Result<String, Refusal> {
    let Arguments { task, why } = read_arguments(arguments)?;
    let task = acting.task(&task)?;
    acting.claim().await?;
    let command = Command::Propose { task, what, why };
    let asked = acting.desk.link.call_within(ANSWER_WITHIN, command).await;
    asked.map_err(|failure| refusal(&failure))?;
    Ok("Proposed: the question stands in front of the person, who decides.".to_owned())
}
