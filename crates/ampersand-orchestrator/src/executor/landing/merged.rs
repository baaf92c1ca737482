//! The merged result of a landing, checked in a worktree of its own before the branch moves: what is green by itself
//! may be red together with what others brought in meanwhile.

use std::{path::PathBuf, sync::Arc};

use ampersand_core::{AttemptId, Check, CheckOutcome, Failure, Report, Task, Verdict};
use ampersand_git::{LandingPreview, Pool, Repository};
use futures::FutureExt;

use super::message;
use crate::{
    executor::{
        World, checks,
        control::Control,
        fence::{self, Fence},
        furnish, pool,
        worktree::Prepared,
    },
    project_file::{self, Checks},
    refusal::Refusal,
    repository::{attach_again, off_thread},
};

/// What its worktree is called: the task's name and this.
const SUFFIX: &str = "-merged";

/// Runs the declared checks on what the preview would make of the branch. An error unless they pass.
pub(super) async fn check(
    world: &World,
    task: &Task,
    attempt: AttemptId,
    control: &Arc<Control>,
    repository: &Repository,
    preview: &LandingPreview,
) -> Result<(), Failure> {
    let declared = project_file::read(&PathBuf::from(&task.repository))?;
    let found = project_file::checks(&world.journal, &task.repository, &declared);
    if matches!(found.await?, Checks::Untrusted) {
        return Err(Failure::new(
            "checks_not_trusted",
            format!(
                "{} has moved, and the checks declared now are not trusted: what would land cannot be checked.",
                preview.branch
            ),
            "Look at .ampersand.toml and trust it, then land again.",
        ));
    }
    let prepared = prepare(world, task, repository, preview).await?;
    let fence = Fence::Sandbox {
        accepted: fence::of_project(world, task),
    };
    let furnishing = furnish::furnish(world, task, attempt, control, &prepared, &fence);
    Box::pin(furnishing).await?;
    let declared = declared.project.checks;
    let run = || {
        let declared = declared.clone();
        let running = checks::run_each(world, task, attempt, control, &prepared, declared);
        let report = running.map(|checks| Report {
            checks,
            ..Report::default()
        });
        report.boxed()
    };
    let failed = |report: &Report| report.verdict() == Verdict::Red;
    let folder = prepared.worktree.path.clone();
    let report = checks::watched(world, task, attempt, control, folder, run, failed).await;
    match report.verdict() {
        // The person may have trusted an emptied declaration since: then there is nothing to hold it back for.
        Verdict::Green | Verdict::Unchecked => Ok(()),
        Verdict::Red | Verdict::Untrusted => Err(red(task, preview, &report.checks)),
    }
}

fn red(task: &Task, preview: &LandingPreview, checks: &[Check]) -> Failure {
    let branch = &preview.branch;
    let failed = checks
        .iter()
        .find(|check| !matches!(check.outcome, CheckOutcome::Passed));
    let told = failed.map_or_else(String::new, |check| {
        let how = match &check.outcome {
            CheckOutcome::Failed {
                status: Some(status),
            } => format!("ended with {status}"),
            CheckOutcome::NotRun { why } => format!("could not be run: {why}"),
            CheckOutcome::Failed { status: None } | CheckOutcome::Passed => {
                "was ended by a signal".to_owned()
            }
        };
        format!(" `{}` {how}\n{}", check.command, check.output)
    });
    Failure::new(
        "merged_checks_red",
        format!(
            "{:?} passed its checks, but not together with {branch} as it is now; nothing was changed.{told}",
            task.title
        ),
        format!(
            "Plan a task that mends it on top of {branch}, or mend {branch} and land it again."
        ),
    )
}

async fn prepare(
    world: &World,
    task: &Task,
    repository: &Repository,
    preview: &LandingPreview,
) -> Result<Prepared, Failure> {
    let folder = pool::adopt(world, repository).await?;
    let Some(base) = task.base.clone() else {
        return Err(Failure::new(
            "no_base",
            format!("{:?} never had a worktree.", task.title),
            "Start it again.",
        ));
    };
    let (name, message) = (name(task), message(task, None, preview.kind));
    let (repository, preview) = (repository.clone(), preview.clone());
    off_thread(move || {
        let commit = repository
            .landing_commit(&preview, &message)
            .map_err(|error| error.failure())?;
        let pool = Pool::new(&repository, &folder);
        // What an attempt before left, which may have been cut off while it cleared that away.
        let claimed = pool.discard(&name).and_then(|()| pool.claim(&name, commit));
        let claimed = claimed.map_err(|error| error.failure())?;
        Ok(Prepared {
            repository,
            worktree: claimed.worktree,
            base,
        })
    })
    .await
}

/// Removes the worktree of a merged result, if there is one: nothing in it is anybody's work.
pub(super) async fn clear(world: &World, task: &Task) {
    let cleared = async {
        let repository = attach_again(task.repository.clone()).await?;
        let folder = pool::adopt(world, &repository).await?;
        let name = name(task);
        off_thread(move || {
            let discarded = Pool::new(&repository, &folder).discard(&name);
            discarded.map_err(|error| error.failure())
        })
        .await
    };
    if let Err(failure) = cleared.await {
        tracing::warn!(task = %task.id, "the worktree of a merged result stays: {failure}");
    }
}

fn name(task: &Task) -> String {
    format!("{}{SUFFIX}", task.id)
}
