//! `put_on_branch` and `open_pull_request`: questions for the person, never acts. `watch` and `unwatch` of what is open.

use ampersand_core::Actor;
use ampersand_model::ToolSpec;
use ampersand_protocol::Command;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

use super::{ANSWER_WITHIN, Acting, Refusal, read_arguments, refusal, spec as tool};

pub(super) const BRANCH: &str = "put_on_branch";
pub(super) const PULL_REQUEST: &str = "open_pull_request";
pub(super) const WATCH: &str = "watch";
pub(super) const UNWATCH: &str = "unwatch";

/// A forge is asked who is logged in before the person is asked anything.
const FORGE_ANSWERS_WITHIN: Duration = Duration::from_secs(60);

#[derive(Deserialize)]
struct Arguments {
    task: String,
    #[serde(default)]
    branch: Option<String>,
    #[serde(default)]
    why: String,
}

pub(super) fn specs() -> Vec<ToolSpec> {
    let with = |name: &str, description: &str, more: &[(&str, &str)], required: &[&str]| {
        let mut properties = json!({
            "task": {"type": "string", "description": "its handle or title"},
        });
        for (name, description) in more {
            properties[*name] = json!({"type": "string", "description": description});
        }
        let parameters = json!({"type": "object", "properties": properties, "required": required});
        tool(name, description, parameters)
    };
    let why = ("why", "why, for the person to judge");
    vec![
        with(
            BRANCH,
            "Propose to put a task's work on a local branch of its own instead of landing it. The person decides.",
            &[("branch", "the branch's name, such as fix/login"), why],
            &["task", "branch", "why"],
        ),
        with(
            PULL_REQUEST,
            "Propose to push a task's work and open it as a pull or merge request instead of landing it. The person sees \
             what would be pushed, and decides.",
            &[
                (
                    "branch",
                    "the branch's name on the remote; leave it out for a usual one",
                ),
                why,
            ],
            &["task", "why"],
        ),
        with(
            WATCH,
            "Watch a task's pull request again, so that what is found there goes to its agent.",
            &[],
            &["task"],
        ),
        with(
            UNWATCH,
            "Watch a task's pull request no more. It stays open.",
            &[],
            &["task"],
        ),
    ]
}

const PROPOSED: &str = "Proposed: the question stands in front of the person, who decides.";

pub(super) async fn branch(acting: &mut Acting<'_>, arguments: Value) -> Result<String, Refusal> {
    let Arguments { task, branch, why } = read_arguments(arguments)?;
    let branch = branch.ok_or("the branch needs a name.")?;
    let task = acting.task(&task)?;
    let by = Actor::Controller;
    let command = Command::PutOnBranch {
        task,
        branch,
        why,
        by,
    };
    act(acting, command, ANSWER_WITHIN, PROPOSED).await
}

pub(super) async fn pull_request(
    acting: &mut Acting<'_>,
    arguments: Value,
) -> Result<String, Refusal> {
    let Arguments { task, branch, why } = read_arguments(arguments)?;
    let task = acting.task(&task)?;
    let command = Command::OpenPullRequest { task, branch, why };
    act(acting, command, FORGE_ANSWERS_WITHIN, PROPOSED).await
}

pub(super) async fn watch(acting: &mut Acting<'_>, arguments: Value) -> Result<String, Refusal> {
    let task = read_arguments::<Arguments>(arguments)?.task;
    let task = acting.task(&task)?;
    act(
        acting,
        Command::Watch { task },
        ANSWER_WITHIN,
        "Watched again.",
    )
    .await
}

pub(super) async fn unwatch(acting: &mut Acting<'_>, arguments: Value) -> Result<String, Refusal> {
    let task = read_arguments::<Arguments>(arguments)?.task;
    let task = acting.task(&task)?;
    let done = "Watched no more; it stays open.";
    act(acting, Command::Unwatch { task }, ANSWER_WITHIN, done).await
}

async fn act(
    acting: &mut Acting<'_>,
    command: Command,
    within: Duration,
    done: &str,
) -> Result<String, Refusal> {
    acting.claim().await?;
    let asked = acting.desk.link.call_within(within, command).await;
    asked.map_err(|failure| refusal(&failure))?;
    Ok(done.to_owned())
}
