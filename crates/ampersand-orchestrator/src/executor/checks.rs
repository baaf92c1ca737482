//! The project's own checks, run in the worktree's sandbox after the work, as the person's checkout declares
//! them: what an agent writes into its own copy of the declaration changes nothing.

use std::{path::PathBuf, sync::Arc, time::Instant};

use ampersand_core::{AttemptId, Check, CheckOutcome, Failure, Gap, Report, Role, Task, Verdict};
use ampersand_http::egress::Hosts;
use ampersand_process::{Exit, lines::Lines};
use ampersand_sandbox::{Launched, Limits, Policy};
use futures::{FutureExt, future::BoxFuture};
use tokio::sync::watch;

use super::{
    World,
    control::Control,
    fence::{self, Fence},
    furnish,
    gateway::Gateway,
    limits::{Killed, Watched},
    own, review,
    way::{Leads, Served},
    worktree,
};
use crate::{
    input::{Ended, Said},
    project_file::{self, Checks},
};

/// The end of what a check printed that its report holds.
const OUTPUT_BYTES_MAX: usize = 4 * 1024;

/// The longest line of a check's output that is kept whole.
const LINE_BYTES_MAX: usize = 2 * 1024;

/// What stands before the checks run: whether there are any, and whether they may.
pub(super) async fn before(world: &World, task: &Task) -> Result<Option<Verdict>, Failure> {
    let declared = project_file::read(&PathBuf::from(&task.repository))?;
    let checks = project_file::checks(&world.journal, &task.repository, &declared);
    Ok(match checks.await? {
        Checks::Nothing => Some(Verdict::Unchecked),
        Checks::Untrusted => Some(Verdict::Untrusted),
        Checks::Trusted => None,
    })
}

/// Runs the checks and ends the attempt with what they say.
pub(super) async fn run(world: Arc<World>, task: Task, attempt: AttemptId, control: Arc<Control>) {
    let checking = control.until_ended(Box::pin(run_watched(&world, &task, attempt, &control)));
    let Some(checked) = checking.await else {
        return;
    };
    let ended = match checked {
        Ok((report, verdict)) => Ended::Committed { report, verdict },
        Err(failure) => Ended::GaveUp {
            report: None,
            failure,
        },
    };
    world.tell(task.id, attempt, Said::Ended(ended)).await;
}

async fn run_watched(
    world: &Arc<World>,
    task: &Task,
    attempt: AttemptId,
    control: &Arc<Control>,
) -> Result<(Report, Verdict), Failure> {
    let prepared = worktree::prepare(world, task).await?;
    let folder = prepared.worktree.path.clone();
    let run = || run_all(world, task, attempt, control, &prepared).boxed();
    let failed = |done: &_| matches!(done, Err(_) | Ok((_, Verdict::Red)));
    watched(world, task, attempt, control, folder, run, failed).await
}

/// Runs checks within the limits of an attempt. Those of which the system killed a part for want of memory say nothing:
/// they run again when a person lets them.
pub(super) async fn watched<'r, T>(
    world: &World,
    task: &Task,
    attempt: AttemptId,
    control: &Arc<Control>,
    folder: PathBuf,
    run: impl Fn() -> BoxFuture<'r, T>,
    failed: impl Fn(&T) -> bool,
) -> T {
    let watched = Watched {
        world,
        task: task.id,
        attempt,
        control,
        writes: true,
        folders: vec![folder],
        killed: Killed::Ends,
    };
    loop {
        let limit = match watched.run(run()).await {
            Err(limit) => limit,
            Ok(done) => match watched.at_end(failed(&done)).await {
                None => return done,
                Some(limit) => limit,
            },
        };
        watched.stop(limit).await;
        control.pass_gate().await;
    }
}

/// The checks, and then whoever reads the work unless they failed: what does not build is not worth a reading.
async fn run_all(
    world: &Arc<World>,
    task: &Task,
    attempt: AttemptId,
    control: &Arc<Control>,
    prepared: &worktree::Prepared,
) -> Result<(Report, Verdict), Failure> {
    // Whatever is declared when they are let go on, not while somebody may be writing it.
    control.pass_gate().await;
    let mut report = world.journal.report(task.id).await?.unwrap_or_default();
    let declared = project_file::read(&PathBuf::from(&task.repository))?;
    // The file may have changed since the person trusted it.
    let found = project_file::checks(&world.journal, &task.repository, &declared);
    let verdict = match found.await? {
        Checks::Nothing => Verdict::Unchecked,
        Checks::Untrusted => Verdict::Untrusted,
        Checks::Trusted => {
            let checks = declared.project.checks;
            let running = furnished(world, task, attempt, control, prepared, checks);
            report.checks = Box::pin(running).await;
            report.verdict()
        }
    };
    // Checks that are allowed later say nothing new to whoever has read the work.
    if verdict != Verdict::Red && report.review.is_none() {
        let reading = review::review(world, task, attempt, control, prepared, &report);
        report.review = Box::pin(reading).await.map(Box::new);
    }
    Ok((report, verdict))
}

/// Runs all of these in a worktree that has what worktrees get: one that was made again, or whose declaration was not trusted
/// before, has nothing of it yet. Where it cannot have it none of them could say anything.
async fn furnished(
    world: &World,
    task: &Task,
    attempt: AttemptId,
    control: &Control,
    prepared: &worktree::Prepared,
    declared: impl IntoIterator<Item = (String, String)>,
) -> Vec<Check> {
    let accepted = fence::of_project(world, task);
    let fence = Fence::Sandbox { accepted };
    let furnishing = furnish::furnish(world, task, attempt, control, prepared, &fence);
    match Box::pin(furnishing).await {
        Ok(()) => run_each(world, task, attempt, control, prepared, declared).await,
        Err(failure) => {
            let not_run = |(name, command)| Check {
                name,
                command,
                outcome: CheckOutcome::NotRun {
                    why: failure.message.clone(),
                },
                took_ms: 0,
                output: String::new(),
            };
            declared.into_iter().map(not_run).collect()
        }
    }
}

/// Runs all of these, one after the other, in a worktree of the task's.
pub(super) async fn run_each(
    world: &World,
    task: &Task,
    attempt: AttemptId,
    control: &Control,
    prepared: &worktree::Prepared,
    declared: impl IntoIterator<Item = (String, String)>,
) -> Vec<Check> {
    let mut checks = Vec::new();
    let policy = policy(world, prepared, fence::of_project(world, task)).await;
    for (name, command) in declared {
        let began = Instant::now();
        let running = run_one(world, task, &policy, &command, attempt, control);
        let ran = Box::pin(running).await;
        let (outcome, output) =
            ran.unwrap_or_else(|why| (CheckOutcome::NotRun { why }, String::new()));
        let took_ms = u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX);
        checks.push(Check {
            name,
            command,
            outcome,
            took_ms,
            output,
        });
    }
    checks
}

/// What a command of the repository's own runs under.
pub(super) async fn policy(
    world: &World,
    prepared: &worktree::Prepared,
    accepted: Vec<Gap>,
) -> Policy {
    let mut policy = Policy::new(Role::Worker, &prepared.worktree.path);
    policy.git_dir = Some(prepared.repository.common_dir().to_owned());
    policy.own_repository = own::to_read(world, prepared).await;
    policy.accepted = accepted;
    policy
}

/// Runs one command in the worktree's sandbox, with the hosts that were granted to the task. The error is why it could not
/// be run, as a sentence.
pub(super) async fn run_one(
    world: &World,
    task: &Task,
    policy: &Policy,
    command: &str,
    attempt: AttemptId,
    control: &Control,
) -> Result<(CheckOutcome, String), String> {
    // Both streams in one, in the order they were written.
    let line = format!("exec 2>&1\n{command}");
    let argv = ["/bin/sh", "-c", &line];
    let id = attempt.to_string();
    let mut policy = policy.clone();
    policy.limits = Limits::of(&control.allowed()).growing();
    let hosts = hosts(world, task, control).map_err(|failure| failure.message)?;
    let gateway = (!hosts.is_empty()).then(Gateway::open).transpose();
    let gateway = gateway.map_err(|failure| failure.message)?;
    if let Some(Gateway { entrance, .. }) = &gateway {
        policy.way_port = Some(entrance.port());
        policy.env.extend(entrance.variables());
    }
    let launch = Box::pin(world.launcher.launch(&policy, argv, &id));
    let mut launched = control
        .grow(launch, |launched| launched.tree.clone())
        .await
        .map_err(|error| format!("{error}."))?;
    if let Some(told) = &task.isolation {
        launched
            .keeps_to(told)
            .map_err(|error| format!("{error}."))?;
    }
    control.writes_below(launched.temporary.take());
    drop(launched.child.take_stdin());
    let way = gateway.map(|gateway| serve(&gateway, &mut launched, hosts, control));
    let _way = way.transpose().map_err(|failure| failure.message)?;
    let output = match launched.child.take_stdout() {
        Some(stdout) => tail(stdout).await,
        None => String::new(),
    };
    let exit = launched
        .child
        .wait()
        .await
        .map_err(|error| format!("{error}."))?;
    // What it left running would go on writing into the worktree.
    if let Err(error) = launched.tree.kill().await {
        return Err(format!("it left processes that cannot be ended: {error}."));
    }
    control.prune().await;
    let outcome = match exit {
        Exit::Code(0) => CheckOutcome::Passed,
        Exit::Code(status) => CheckOutcome::Failed {
            status: Some(status),
        },
        Exit::Signal(_) => CheckOutcome::Failed { status: None },
    };
    Ok((outcome, output))
}

/// Serves the command's way out to its hosts, and to no model.
fn serve(
    gateway: &Gateway,
    launched: &mut Launched,
    hosts: Hosts,
    control: &Control,
) -> Result<Option<Served>, Failure> {
    let Some(listener) = gateway.of(launched)? else {
        return Ok(None);
    };
    let leads = Leads {
        model: None,
        hosts,
        stays: Hosts::default(),
    };
    let no_model = watch::Sender::new(None);
    Served::new(listener, (leads, &gateway.entrance), control, no_model).map(Some)
}

/// The hosts a command of the repository's own may reach: no others than the task itself.
fn hosts(world: &World, task: &Task, control: &Control) -> Result<Hosts, Failure> {
    for what in &task.taken {
        control.reach().take(*what);
    }
    let (isolation, settings) = (world.launcher.isolation(), world.settings());
    control.reach().hosts(task, &isolation, &settings)
}

/// The last lines of a stream that fit.
async fn tail(stdout: impl tokio::io::AsyncRead + Unpin) -> String {
    let mut lines = Lines::new(stdout, LINE_BYTES_MAX);
    let mut kept: std::collections::VecDeque<String> = std::collections::VecDeque::new();
    let mut bytes = 0;
    while let Ok(Some(line)) = lines.next().await {
        let line = crate::visible::visible(&line);
        bytes += line.len() + 1;
        kept.push_back(line);
        while bytes > OUTPUT_BYTES_MAX && kept.len() > 1 {
            bytes -= kept.pop_front().map_or(0, |line| line.len() + 1);
        }
    }
    Vec::from(kept).join("\n")
}
