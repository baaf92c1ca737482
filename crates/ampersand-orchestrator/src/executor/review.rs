//! The reviewer: another agent that reads finished work where it lies, and can change nothing. What it says is part of the
//! report; what follows from that is decided elsewhere. A reviewer that cannot be had never holds work up.

use std::path::Path;
use std::sync::Arc;

use ampersand_agent::Outcome;
use ampersand_core::{
    AgentKind, AttemptId, Capability, Narrowing, Report, Review, Role, Task, Work,
};
use ampersand_process::remove_folder;
use tokio::sync::mpsc;

use super::{
    World,
    control::Control,
    fence::{self, Fence},
    gateway::Gateway,
    host::AttemptHost,
    kept,
    listen::At,
    own, vendor,
    work::{self, Memory},
    worktree::Prepared,
};
use crate::{given, repository};

/// What the chosen reviewer says of this work; `None` where nobody was chosen or there is nothing to read.
pub(super) async fn review(
    world: &Arc<World>,
    task: &Task,
    attempt: AttemptId,
    control: &Arc<Control>,
    prepared: &Prepared,
    report: &Report,
) -> Option<Review> {
    report.diffstat.as_ref()?;
    let settings = world.settings().review;
    let by = task.reviewer(&settings)?.clone();
    let reading = read(world, task, &by, (attempt, control), prepared, report);
    Some(match Box::pin(reading).await {
        Ok(said) => Review::of(by, said),
        Err(why) => Review::not_read(by, why),
    })
}

/// The reviewer's own report. The error is why there is none, as a sentence.
async fn read(
    world: &Arc<World>,
    task: &Task,
    by: &AgentKind,
    (attempt, control): (AttemptId, &Arc<Control>),
    prepared: &Prepared,
    report: &Report,
) -> Result<Report, String> {
    if task.taken.contains(&Narrowing::Execute) && *by != AgentKind::Builtin {
        let by = by.shown();
        return Err(format!(
            "Nothing may be run for this task, and {by} cannot be held to that."
        ));
    }
    let reader = reader(task, by);
    let said = |failure: ampersand_core::Failure| failure.message;
    let isolation = fence::found(world, &reader, None).await.map_err(said)?;
    let diff = repository::compare(task.clone()).await.map_err(said)?;
    let given = given::to_review(task, report, diff);
    let (transcript, home) = kept::reviewers(world, task);
    // Each reading begins with nothing in mind: what was wrong before may be right now.
    clear(&transcript, &home)
        .await
        .map_err(|error| format!("What the reviewer before left cannot be cleared: {error}."))?;
    let gateway = Gateway::open().map_err(said)?;
    let vendor = vendor::of(
        world,
        &reader,
        home,
        &prepared.worktree.path,
        &gateway.entrance,
    )
    .await
    .map_err(said)?;
    let before = None;
    let memory = Memory { transcript, before };
    let assignment = work::assignment(world, &reader, prepared, given, vendor, memory)
        .await
        .map_err(said)?;
    let fence = Fence::Sandbox {
        accepted: fence::of_project(world, task),
    };
    let own = own::make(world, &reader, &isolation, prepared).await;
    let own = own.map_err(said)?;
    let host = AttemptHost::new(
        Arc::clone(world),
        reader.clone(),
        attempt,
        Arc::clone(control),
        prepared,
        (isolation, fence, gateway),
        Vec::new(),
    );
    // Nobody tells it anything.
    let steering = mpsc::channel(1).1;
    let host = host.asking_nobody().in_repository(own.as_ref());
    let used = report.usage;
    let tokens = used.input_tokens.saturating_add(used.output_tokens);
    let beside = (steering, At::Review { tokens });
    let run = work::run(world, &reader, (attempt, control), host, assignment, beside).await;
    match run.outcome {
        Outcome::Done { report } => Ok(report),
        Outcome::Failed { failure, .. } => Err(failure.message),
        Outcome::Limit { outage } => Err(outage.failure.message),
    }
}

/// The task as its reviewer has it: a look at the same worktree, and no more than the task itself may.
fn reader(task: &Task, by: &AgentKind) -> Task {
    let looks =
        |capability: &&Capability| matches!(capability, Capability::Read | Capability::Search);
    let capabilities = task.capabilities.iter().filter(looks).cloned().collect();
    Task {
        role: Role::Explorer,
        agent: by.clone(),
        before: Vec::new(),
        work: Work::Brief {
            text: String::new(),
        },
        capabilities,
        // Its own conversation is no one's before it.
        continues: None,
        rewind: None,
        ..task.clone()
    }
}

/// Removes what a reviewer before left. Never through a link: an agent wrote there.
async fn clear(transcript: &Path, home: &Path) -> std::io::Result<()> {
    match tokio::fs::remove_file(transcript).await {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let home = home.to_owned();
    let removing = tokio::task::spawn_blocking(move || remove_folder(&home));
    removing.await.map_err(std::io::Error::other)?
}
