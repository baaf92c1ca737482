//! `propose_landing` and `propose_discard`: a question for the person, never an act.

use ampersand_core::Side;
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
    #[serde(default)]
    keep: Option<Keep>,
}

/// The side that is kept where both changed the same places.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Keep {
    Branch,
    Work,
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
        landing_spec(),
        with(
            DISCARD,
            "Propose to put a task's work aside. The person decides.",
        ),
    ]
}

fn landing_spec() -> ToolSpec {
    let parameters = json!({
        "type": "object",
        "properties": {
            "task": {"type": "string", "description": "its handle or title"},
            "why": {"type": "string", "description": "why, for the person to judge"},
            "keep": {
                "enum": ["branch", "work"],
                "description": "only where landing was refused for conflicts: the side that is kept in these places; the other \
                    is given up there",
            },
        },
        "required": ["task", "why"],
    });
    let description =
        "Propose to bring a task's work into the person's branch. The person decides.";
    tool(LANDING, description, parameters)
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
    let Arguments { task, why, keep } = read_arguments(arguments)?;
    let task = acting.task(&task)?;
    acting.claim().await?;
    let keeps = keep.map(|keep| match keep {
        Keep::Branch => Side::Branch,
        Keep::Work => Side::Task,
    });
    let command = match (keeps, what) {
        (Some(side), Proposal::Land) => Command::KeepSide { task, side, why },
        (_, what) => Command::Propose { task, what, why },
    };
    let asked = acting.desk.link.call_within(ANSWER_WITHIN, command).await;
    asked.map_err(|failure| refusal(&failure))?;
    Ok("Proposed: the question stands in front of the person, who decides.".to_owned())
}
