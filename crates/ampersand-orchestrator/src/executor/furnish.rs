//! What a new worktree gets besides its commit: copies of what git does not keep, and the repository's own set-up,
//! once, and only as the person's checkout declares it and the person trusted it.

use std::path::PathBuf;

use ampersand_core::{AttemptId, CheckOutcome, Failure, Task};
use ampersand_sandbox::Policy;

use super::{World, checks, control::Control, fence::Fence, worktree::Prepared};
use crate::{project_file, refusal::Refusal, repository::off_thread};

/// Furnishes the worktree, if that is declared, trusted and not done yet.
pub(super) async fn furnish(
    world: &World,
    task: &Task,
    attempt: AttemptId,
    control: &Control,
    prepared: &Prepared,
    fence: &Fence,
) -> Result<(), Failure> {
    let declared = project_file::read(&PathBuf::from(&task.repository))?;
    let (copy, setup) = (
        declared.project.copy.clone(),
        declared.project.setup.clone(),
    );
    let (repository, worktree) = (&prepared.repository, &prepared.worktree);
    let is_wanted = !(copy.is_empty() && setup.is_empty());
    if !is_wanted || repository.is_furnished(worktree) {
        return Ok(());
    }
    if !project_file::is_trusted(&world.journal, &task.repository, &declared).await? {
        tracing::info!(task = %task.id, "the worktree is not furnished: the declaration is not trusted");
        return Ok(());
    }
    let (from, into) = (repository.clone(), worktree.clone());
    off_thread(move || from.bring(&into, &copy).map_err(|error| error.failure())).await?;
    // Commands of the repository's own run in the sandbox alone, even where a person lets the agent run without.
    if let (true, Fence::Sandbox { accepted }) = (task.role.writes(), fence) {
        let policy = checks::policy(world, prepared, accepted.clone()).await;
        for command in setup {
            Box::pin(set_up(world, task, attempt, control, &policy, &command)).await?;
        }
    }
    repository
        .mark_furnished(worktree)
        .map_err(|error| error.failure())
}

async fn set_up(
    world: &World,
    task: &Task,
    attempt: AttemptId,
    control: &Control,
    policy: &Policy,
    command: &str,
) -> Result<(), Failure> {
    let running = checks::run_one(world, task, policy, command, attempt, control);
    let (outcome, output) = Box::pin(running)
        .await
        .unwrap_or_else(|why| (CheckOutcome::NotRun { why }, String::new()));
    let why = match outcome {
        CheckOutcome::Passed => return Ok(()),
        CheckOutcome::Failed { status } => match status {
            Some(status) => format!("ended with {status}"),
            None => "was ended by a signal".to_owned(),
        },
        CheckOutcome::NotRun { why } => format!("could not be run: {why}"),
    };
    Err(Failure::new(
        "setup_failed",
        format!("The set-up command `{command}` {why}\n{output}"),
        "Mend it under [worktree] in .ampersand.toml, trust the file again, and restart the task.",
    ))
}
