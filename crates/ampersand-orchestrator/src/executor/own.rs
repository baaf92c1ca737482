//! A repository of an agent's own, for agents of others that commit whatever they are told: made before the attempt, and
//! what was committed in it taken over after, as a bundle that git writes inside the sandbox.

use std::path::{Path, PathBuf};

use ampersand_agent::Outcome;
use ampersand_core::{AttemptId, Failure, Isolation, Report, Role, Task};
use ampersand_git::{ImportLimits, Imported, Shadow};
use ampersand_sandbox::{OwnRepository, Policy, SHOWS_REPOSITORY};
use tokio::io::AsyncReadExt;

use super::{World, control::Control, worktree::Prepared};
use crate::{refusal::Refusal, repository::off_thread};

/// What git has written, in bytes, before it finds that there is nothing to bundle: its signature and an empty line.
const EMPTY_BYTES: u64 = "# v2 git bundle\n\n".len() as u64;

/// Makes the agent's own repository, or finds that of an earlier attempt. Nothing where its agent commits through us, or
/// where no such repository could be shown to it.
pub(super) async fn make(
    world: &World,
    task: &Task,
    isolation: &Isolation,
    prepared: &Prepared,
) -> Result<Option<Shadow>, Failure> {
    let is_shown = SHOWS_REPOSITORY && isolation.is_full();
    if task.agent.vendor().is_none() || !task.role.writes() || !is_shown {
        return Ok(None);
    }
    let folder = folder(world, &prepared.worktree.task);
    let (repository, worktree) = (prepared.repository.clone(), prepared.worktree.clone());
    let make = move || {
        let made = repository.make_shadow(&worktree, &folder);
        made.map_err(|error| error.failure())
    };
    off_thread(make).await.map(Some)
}

/// Where the repository of a task's agent is.
pub(super) fn folder(world: &World, task: &str) -> PathBuf {
    world.home.root().join("shadows").join(task)
}

/// As a sandbox shows it.
pub(super) fn shown(shadow: &Shadow) -> OwnRepository {
    OwnRepository {
        git_dir: shadow.git_dir.clone(),
        read_only: shadow.settings().into(),
        gitfile: shadow.gitfile.clone(),
    }
}

/// Takes over what the agent committed, and says so in its report. That it cannot be taken over costs nothing else: the
/// files are committed by us.
pub(super) async fn take_over(
    world: &World,
    attempt: AttemptId,
    control: &Control,
    prepared: &Prepared,
    (own, outcome): (&Shadow, &mut Outcome),
) {
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
    own: &Shadow,
) -> Result<Option<Imported>, Failure> {
    let limits = ImportLimits::default();
    let path = own.gitfile.with_file_name("bundle");
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
    (own, into): (&Shadow, &Path),
) -> Result<bool, Failure> {
    let mut policy = Policy::new(Role::Explorer, &prepared.worktree.path);
    policy.git_dir = Some(prepared.repository.common_dir().to_owned());
    policy.read_only.push(own.git_dir.clone());
    let git_dir = own.git_dir.display().to_string();
    policy.env.push(("GIT_DIR".to_owned(), git_dir));
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
