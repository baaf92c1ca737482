//! A repository of an attempt's own: for agents of others that commit whatever they are told, and wherever git works in no
//! other. Made before the attempt; what was committed in it is taken over after, as a bundle that git writes inside the sandbox.

use std::path::{Path, PathBuf};

use ampersand_agent::Outcome;
use ampersand_core::{AttemptId, Failure, Isolation, Report, Role, Task};
use ampersand_git::{ImportLimits, Imported, Shadow};
use ampersand_sandbox::{OwnRepository, Policy, needs_own_repository_in};
use tokio::io::AsyncReadExt;

use super::{World, control::Control, worktree::Prepared};
use crate::{refusal::Refusal, repository::off_thread};

/// What git has written, in bytes, before it finds that there is nothing to bundle: its signature and an empty line.
const EMPTY_BYTES: u64 = "# v2 git bundle\n\n".len() as u64;

/// Such a repository.
pub(super) struct Own {
    /// As a sandbox shows it.
    pub(super) shown: OwnRepository,
    /// Whether its agent commits there. One that commits through us only reads it.
    commits: bool,
}

/// Makes the attempt's own repository, or finds that of an earlier one. Nothing where git works without, or where no such
/// repository could be shown.
pub(super) async fn make(
    world: &World,
    task: &Task,
    isolation: &Isolation,
    prepared: &Prepared,
) -> Result<Option<Own>, Failure> {
    let commits = task.agent.vendor().is_some() && task.role.writes();
    find(world, isolation, prepared, commits).await
}

/// For a command of ours that runs in an attempt's worktree, and commits nothing. Without it git does not work there, and all
/// else does.
pub(super) async fn to_read(world: &World, prepared: &Prepared) -> Option<OwnRepository> {
    let isolation = world.launcher.isolation();
    match find(world, &isolation, prepared, false).await {
        Ok(own) => own.map(|own| own.shown),
        Err(failure) => {
            tracing::warn!(%failure, "git does not work in what runs in a worktree");
            None
        }
    }
}

async fn find(
    world: &World,
    isolation: &Isolation,
    prepared: &Prepared,
    commits: bool,
) -> Result<Option<Own>, Failure> {
    if !needs_own_repository_in(isolation, commits) {
        return Ok(None);
    }
    let folder = folder(world, &prepared.worktree.task);
    let (repository, worktree) = (prepared.repository.clone(), prepared.worktree.clone());
    off_thread(move || {
        let shadow = repository.make_shadow(&worktree, &folder);
        let shadow = shadow.map_err(|error| error.failure())?;
        let Shadow { git_dir, gitfile } = &shadow;
        let shown = OwnRepository::new(git_dir, gitfile, shadow.settings(), commits);
        Ok(Some(Own { shown, commits }))
    })
    .await
}

/// Where the repository of a task's attempts is.
pub(super) fn folder(world: &World, task: &str) -> PathBuf {
    world.home.root().join("shadows").join(task)
}

/// Takes over what the agent committed, and says so in its report. That it cannot be taken over costs nothing else: the
/// files are committed by us.
pub(super) async fn take_over(
    world: &World,
    attempt: AttemptId,
    control: &Control,
    prepared: &Prepared,
    (own, outcome): (&Own, &mut Outcome),
) {
    if !own.commits {
        return;
    }
    let (Outcome::Done { report }
    | Outcome::Failed {
        report: Some(report),
        ..
    }) = outcome
    else {
        return;
    };
    let importing = Box::pin(import(world, attempt, control, prepared, own));
    match importing.await {
        Ok(None) => {}
        Ok(Some(imported)) => {
            let task = &prepared.worktree.task;
            let commits = imported.commits;
            let remark = format!(
                "The agent's own commits ({commits}) are kept at refs/ampersand/{task}/own; they do not land."
            );
            add(report, &remark);
        }
        Err(failure) => {
            tracing::warn!(%failure, "an agent's own commits were not taken over");
            add(
                report,
                &format!(
                    "The agent's own commits were not taken over: {}",
                    failure.message
                ),
            );
        }
    }
}

fn add(report: &mut Report, remark: &str) {
    if !report.summary.is_empty() {
        report.summary.push_str("\n\n");
    }
    report.summary.push_str(remark);
}

async fn import(
    world: &World,
    attempt: AttemptId,
    control: &Control,
    prepared: &Prepared,
    own: &Own,
) -> Result<Option<Imported>, Failure> {
    let limits = ImportLimits::default();
    let path = own.shown.gitfile.with_file_name("bundle");
    let bundling = Box::pin(bundle(world, attempt, control, prepared, (own, &path)));
    if !bundling.await? {
        return Ok(None);
    }
    let (repository, worktree) = (prepared.repository.clone(), prepared.worktree.clone());
    off_thread(move || {
        let file = std::fs::File::open(&path).map_err(|error| spooled(&error))?;
        let imported = repository.import_bundle(&worktree.task, worktree.base, file, limits);
        std::fs::remove_file(&path).map_err(|error| spooled(&error))?;
        imported.map(Some).map_err(|error| error.failure())
    })
    .await
}

fn spooled(error: &std::io::Error) -> Failure {
    Failure::new(
        "own_commits_not_kept",
        format!("The agent's own commits cannot be written down: {error}."),
        "Make sure that the home folder can be written and has room.",
    )
}

/// Has git write a bundle, in a sandbox that can write nothing. False if there is nothing to be written.
async fn bundle(
    world: &World,
    attempt: AttemptId,
    control: &Control,
    prepared: &Prepared,
    (own, into): (&Own, &Path),
) -> Result<bool, Failure> {
    let mut policy = Policy::new(Role::Explorer, &prepared.worktree.path);
    policy.git_dir = Some(prepared.repository.common_dir().to_owned());
    policy.own_repository = Some(own.shown.clone().kept());
    let since = format!("^{}", prepared.worktree.base);
    let argv = ["git", "bundle", "create", "-q", "-", "HEAD", &since];
    let id = attempt.to_string();
    let launch = world.launcher.launch(&policy, argv, &id);
    let growing = control.grow(launch, |launched| launched.tree.clone());
    let launched = Box::pin(growing).await;
    let mut launched = launched.map_err(|error| error.failure())?;
    drop(launched.child.take_stdin());
    let written = match launched.child.take_stdout() {
        Some(stdout) => {
            let mut file = tokio::fs::File::create(into)
                .await
                .map_err(|error| spooled(&error))?;
            // One byte more than is taken shows that there was more.
            let most = ImportLimits::default().bundle_bytes + 1;
            let copied = tokio::io::copy(&mut stdout.take(most), &mut file).await;
            copied.map_err(|error| spooled(&error))?
        }
        None => 0,
    };
    // Whatever it still does is of no use to anybody.
    let ended = launched.tree.kill().await;
    ended.map_err(|error| error.failure())?;
    control.prune().await;
    Ok(written > EMPTY_BYTES)
}
