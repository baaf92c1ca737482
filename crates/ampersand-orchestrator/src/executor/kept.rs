//! What is kept with a task of its agents, each apart from the others: the record of what was said, out of an agent's reach,
//! and the folder of an agent's own.

use std::path::PathBuf;

use ampersand_agent::Before;
use ampersand_core::{AgentKind, Failure, Task};

use super::World;

/// Where the folders of agents' own are, below the home.
pub(super) const AGENTS: &str = "agents";

/// The record of the agent that had the task after so many others.
pub(super) fn transcript(world: &World, task: &Task, nth: usize) -> PathBuf {
    let file = format!("{}.jsonl", name(task, nth));
    world.home.root().join("transcripts").join(file)
}

/// The folder of the agent that has the task now.
pub(super) fn home(world: &World, task: &Task) -> PathBuf {
    let folder = name(task, task.before.len());
    world.home.root().join(AGENTS).join(folder)
}

/// The record and the folder of whoever reviews the task.
pub(super) fn reviewers(world: &World, task: &Task) -> (PathBuf, PathBuf) {
    let (root, name) = (world.home.root(), format!("{}.review", task.id));
    let record = root.join("transcripts").join(format!("{name}.jsonl"));
    (record, root.join(AGENTS).join(name))
}

/// What became of the task with the agents before; `None` for the first one.
pub(super) async fn before(world: &World, task: &Task) -> Result<Option<Before>, Failure> {
    let agents = task.before.iter().enumerate();
    let records = agents
        .map(|(nth, agent): (usize, &AgentKind)| (agent.clone(), transcript(world, task, nth)));
    Before::read(records.collect()).await
}

/// The first has the task's own name.
fn name(task: &Task, nth: usize) -> String {
    match nth {
        0 => task.id.to_string(),
        later => format!("{}.{later}", task.id),
    }
}
