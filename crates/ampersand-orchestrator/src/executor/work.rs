//! One attempt at a task: worktree, agent, commit; then what the checks need, or the end.

use std::{path::PathBuf, sync::Arc};

use ampersand_agent::{
    Assignment, Attempt, Before, Host, Outcome, Vendor, VendorKey, find_toolhost, runtime,
};
use ampersand_core::{
    AgentKind, AttemptId, Capability, Failure, Isolation, ModelSettings, Report, Role, Settings,
    Task, Verdict, Work,
};
use ampersand_http::Client;
use ampersand_model::{Endpoint, Model};
use ampersand_sandbox::LEADS_OUT;
use tokio::sync::mpsc;

use super::{
    World, by_hand, checks,
    control::Control,
    fence::{self, Fence},
    furnish,
    gateway::Gateway,
    host::{self, AttemptHost},
    kept,
    limits::{Killed, Watched},
    listen::{self, At},
    own, pool, reserve, vendor, worktree,
};
use crate::{
    continued, given,
    input::{Ended, Said},
};

/// What an agent tells that was not taken yet; an agent that talks faster waits.
const EVENTS_MAX: usize = 256;

/// Runs an attempt and tells the dispatcher how it ended. Ends early, untold, when it is killed.
pub(super) async fn work(world: Arc<World>, task: Task, attempt: AttemptId, control: Arc<Control>) {
    let trying = async {
        match task.work {
            Work::ByHand => by_hand::make(&world, &task, attempt, &control).await,
            Work::Brief { .. }
            | Work::Command { .. }
            | Work::App { .. }
            | Work::Scan
            | Work::Find { .. } => begin(&world, &task, attempt, &control).await,
        }
    };
    let Some(ended) = control.until_ended(Box::pin(trying)).await else {
        return;
    };
    let ended = ended.unwrap_or_else(|failure| Ended::GaveUp {
        report: None,
        failure,
    });
    let goes_on = matches!(ended, Ended::AtLimit { .. } | Ended::HitLimit { .. });
    if matches!(task.work, Work::App { .. }) && !goes_on {
        worktree::remove_app(&world, &task).await;
    }
    world.tell(task.id, attempt, Said::Ended(ended)).await;
}

/// Nothing is made ready for an agent that is not to begin.
async fn begin(
    world: &Arc<World>,
    task: &Task,
    attempt: AttemptId,
    control: &Arc<Control>,
) -> Result<Ended, Failure> {
    match vendor::held_up(world, task).await {
        None => try_it(world, task, attempt, control).await,
        Some(outage) => Ok(Ended::HitLimit {
            outage,
            answered: false,
            heirs: heirs(&world.settings(), task.role),
        }),
    }
}

async fn try_it(
    world: &Arc<World>,
    task: &Task,
    attempt: AttemptId,
    control: &Arc<Control>,
) -> Result<Ended, Failure> {
    let consent = world.consents().remove(&task.id);
    let isolation = fence::found(world, task, consent.as_ref()).await?;
    let prepared = match &task.work {
        Work::App { of, .. } => worktree::prepare_app(world, task, *of, control.ended()).await?,
        _ => worktree::prepare(world, task).await?,
    };
    tokio::spawn(pool::refill(Arc::clone(world), prepared.repository.clone()));
    let both = worktree::both_sides(task, &prepared).await?;
    let given = given::compose(task, &inputs(world, task).await?, both.as_ref());
    let gateway = Gateway::open()?;
    let mut assignment = equip(world, task, &prepared, given.clone(), &gateway).await?;
    assignment.capabilities = granted_in(task, &isolation);
    let started = started(&assignment, &prepared, &isolation, given);
    world.tell(task.id, attempt, started).await;
    let ask = |question| host::put(world, (task.id, attempt), control, question);
    let fence = match consent {
        Some(consent) => Fence::Nothing(consent),
        None => Fence::Sandbox {
            accepted: fence::accepted(world, task, &isolation, ask).await?,
        },
    };
    let watched = Watched {
        world,
        task: task.id,
        attempt,
        control,
        writes: task.role.writes() || assignment.vendor.is_some(),
        folders: folders(world, &prepared, &assignment),
        killed: after_a_kill(&task.work),
    };
    let doing = async {
        let furnishing = furnish::furnish(world, task, attempt, control, &prepared, &fence);
        Box::pin(furnishing).await?;
        let granted = world.journal.granted(task.id).await?;
        let own = own::make(world, task, &isolation, &prepared).await?;
        let host = AttemptHost::new(
            Arc::clone(world),
            task.clone(),
            attempt,
            Arc::clone(control),
            &prepared,
            (isolation.clone(), fence, gateway),
            granted,
        );
        let host = host.in_repository(own.as_ref());
        // Without a receiver nobody could tell it anything; a second run of one attempt does not happen.
        let steering = control.take_words().unwrap_or_else(|| mpsc::channel(1).1);
        let beside = (steering, At::Work);
        let mut run = run(world, task, (attempt, control), host, assignment, beside).await;
        if let Some(own) = own {
            let taking =
                own::take_over(world, attempt, control, &prepared, (&own, &mut run.outcome));
            Box::pin(taking).await;
        }
        Ok(run)
    };
    let run: Result<Run, Failure> = match watched.run(Box::pin(doing)).await {
        Ok(run) => run,
        Err(limit) => return Ok(Ended::AtLimit { limit }),
    };
    let failed = !run
        .as_ref()
        .is_ok_and(|run| matches!(run.outcome, Outcome::Done { .. }));
    match watched.at_end(failed).await {
        Some(limit) => Ok(Ended::AtLimit { limit }),
        None => settle(world, task, prepared, run?).await,
    }
}

/// What is told of an attempt that is about to begin.
fn started(
    assignment: &Assignment,
    prepared: &worktree::Prepared,
    isolation: &Isolation,
    given: String,
) -> Said {
    let vendor = assignment.vendor.as_ref();
    let opens = vendor.map(|vendor| &vendor.model.opens);
    Said::Started {
        base: Some(prepared.base.clone()),
        isolation: isolation.clone(),
        reads_login: matches!(opens, Some(VendorKey::ReadsLogin(_))),
        not_loaded: vendor.map_or_else(Vec::new, |vendor| vendor.not_loaded.clone()),
        given,
    }
}

/// A command that lost a part for want of memory has failed; an agent goes on without it.
const fn after_a_kill(work: &Work) -> Killed {
    match work {
        Work::Command { .. } | Work::App { .. } => Killed::Ends,
        Work::Brief { .. } | Work::Scan | Work::Find { .. } | Work::ByHand => Killed::GoesOn,
    }
}

/// What its agent needs to go on from where the one before left off.
async fn equip(
    world: &World,
    task: &Task,
    prepared: &worktree::Prepared,
    given: String,
    gateway: &Gateway,
) -> Result<Assignment, Failure> {
    let home = kept::home(world, task);
    let vendor = vendor::of(
        world,
        task,
        home,
        &prepared.worktree.path,
        &gateway.entrance,
    )
    .await?;
    let memory = Memory {
        transcript: kept::transcript(world, task, task.before.len()),
        before: kept::before(world, task).await?,
    };
    assignment(world, task, prepared, given, vendor, memory).await
}

/// What a task was granted, as far as a tier has it: without a network of its own no host can be let through alone.
fn granted_in(task: &Task, isolation: &Isolation) -> Vec<Capability> {
    let is_there = |granted: &&Capability| match isolation {
        Isolation::Full { .. } if LEADS_OUT => true,
        Isolation::Full { .. }
        | Isolation::Reduced { .. }
        | Isolation::None { .. }
        | Isolation::Unsafe => granted.host().is_none(),
    };
    task.capabilities.iter().filter(is_there).cloned().collect()
}

/// What of the disk an attempt may write.
fn folders(world: &World, prepared: &worktree::Prepared, assignment: &Assignment) -> Vec<PathBuf> {
    let home = assignment.vendor.as_ref();
    let home = home.map(|vendor| vendor.home.clone());
    let own = home
        .as_ref()
        .map(|_| own::folder(world, &prepared.worktree.task));
    [prepared.worktree.path.clone()]
        .into_iter()
        .chain(home)
        .chain(own)
        .collect()
}

async fn inputs(world: &World, task: &Task) -> Result<Vec<given::Input>, Failure> {
    let mut inputs = Vec::new();
    for id in &task.inputs {
        let title = world
            .journal
            .task(*id)
            .await?
            .map_or_else(|| id.to_string(), |task| task.title);
        if let Some(report) = world.journal.report(*id).await? {
            inputs.push(given::Input { title, report });
        }
    }
    Ok(inputs)
}

/// What an agent may remember.
pub(super) struct Memory {
    pub(super) transcript: PathBuf,
    pub(super) before: Option<Before>,
}

pub(super) async fn assignment(
    world: &World,
    task: &Task,
    prepared: &worktree::Prepared,
    given: String,
    vendor: Option<Vendor>,
    memory: Memory,
) -> Result<Assignment, Failure> {
    let settings = world.settings();
    let wanted = settings.model_of(task.role);
    let model = match &task.work {
        Work::Brief { .. } if vendor.is_none() => Some(model(world, wanted).await?),
        Work::Brief { .. }
        | Work::Command { .. }
        | Work::App { .. }
        | Work::Scan
        | Work::Find { .. }
        | Work::ByHand => None,
    };
    let toolhost = find_toolhost().ok_or_else(|| {
        Failure::new(
            "no_toolhost",
            "The tool program ampersand-toolhost is missing.",
            "Install Ampersand again: it belongs beside the other programs.",
        )
    })?;
    let assignment = Assignment {
        work: task.work.clone(),
        given,
        role: task.role,
        capabilities: task.capabilities.clone(),
        worktree: prepared.worktree.path.clone(),
        began: prepared.base.start().to_owned(),
        model,
        context_tokens: wanted.map_or(32_000, |model| model.context_tokens),
        toolhost,
        transcript: memory.transcript,
        before: memory.before,
        rewind: task.rewind.clone(),
        vendor,
    };
    continued::carry(task, &assignment).await?;
    Ok(assignment)
}

/// Agents that could go on with a task now.
fn heirs(settings: &Settings, role: Role) -> Vec<AgentKind> {
    let agents = settings.agents.failover.iter();
    agents
        .filter(|agent| match agent.vendor() {
            Some(name) => vendor::is_ready(name, settings),
            None => settings.model_of(role).is_some(),
        })
        .cloned()
        .collect()
}

/// The model of built-in agents. Its key is read here and never leaves this process but to its endpoint.
async fn model(world: &World, set: Option<&ModelSettings>) -> Result<Model, Failure> {
    let Some(set) = set else {
        return Err(Failure::new(
            "no_model",
            "This task needs a model and none is connected.",
            "Set one in the settings, under [models.controller] or [models.worker].",
        ));
    };
    let key = world.key(set.key(), "The model of built-in agents").await?;
    let endpoint = Endpoint {
        api: set.api,
        base_url: set.base_url.clone(),
        model: set.model.clone(),
        key,
    };
    let client = Client::new().map_err(|error| Failure::from(&error))?;
    Model::new(client, endpoint).map_err(|error| Failure::from(&error))
}

/// What an agent's run came to.
pub(super) struct Run {
    pub(super) outcome: Outcome,
    /// Whether its model answered at all.
    answered: bool,
}

pub(super) async fn run(
    world: &Arc<World>,
    task: &Task,
    (attempt, control): (AttemptId, &Arc<Control>),
    host: AttemptHost,
    assignment: Assignment,
    (steering, at): (mpsc::Receiver<String>, At),
) -> Run {
    let host = Arc::new(host);
    let (events, told) = mpsc::channel(EVENTS_MAX);
    let running = runtime(&task.agent).run(Attempt {
        assignment,
        host: Arc::clone(&host) as Arc<dyn Host>,
        events,
        steering,
    });
    // Listening ends when the agent's end of the channel is dropped with it.
    let listening = listen::listen(world, task, attempt, told, at);
    let mut both = std::pin::pin!(async { tokio::join!(running, listening) });
    let (outcome, answered) = tokio::select! {
        ended = &mut both => ended,
        outage = reserve::reached(world, task) => {
            host.shut(outage);
            both.await
        }
    };
    control.prune().await;
    let Some(way) = host.end_ways().await else {
        return Run { outcome, answered };
    };
    let answered = way.has_answered();
    let said = match &outcome {
        Outcome::Limit { outage } => Some(outage.clone()),
        Outcome::Done { .. } | Outcome::Failed { .. } => None,
    };
    let outcome = match way.judge(said) {
        Some(outage) => Outcome::Limit { outage },
        None => outcome,
    };
    Run { outcome, answered }
}

/// Commits what was left and decides what the attempt came to.
async fn settle(
    world: &World,
    task: &Task,
    prepared: worktree::Prepared,
    run: Run,
) -> Result<Ended, Failure> {
    match run.outcome {
        Outcome::Done { report } => {
            let report = committed(task, prepared, report).await?;
            if report.diffstat.is_none() {
                return Ok(Ended::Finished { report });
            }
            if task.reviewer(&world.settings().review).is_some() {
                return Ok(Ended::WorkDone { report });
            }
            Ok(match checks::before(world, task).await? {
                None => Ended::WorkDone { report },
                Some(verdict @ (Verdict::Unchecked | Verdict::Untrusted)) => {
                    Ended::Committed { report, verdict }
                }
                Some(verdict) => Ended::Committed { report, verdict },
            })
        }
        Outcome::Failed { failure, report } => {
            let report = match report {
                Some(report) => Some(committed(task, prepared, report).await?),
                None => None,
            };
            Ok(Ended::GaveUp { report, failure })
        }
        Outcome::Limit { outage } => Ok(Ended::HitLimit {
            outage,
            answered: run.answered,
            heirs: heirs(&world.settings(), task.role),
        }),
    }
}

async fn committed(
    task: &Task,
    prepared: worktree::Prepared,
    mut report: Report,
) -> Result<Report, Failure> {
    // An app was looked at, and is over.
    if !task.role.writes() || matches!(task.work, Work::App { .. }) {
        return Ok(report);
    }
    let message = format!("{}\n\n{}\n", task.title, report.headline);
    let committed = worktree::commit(prepared, message).await?;
    report.diffstat = committed.diffstat;
    if !committed.left_out.is_empty() {
        report.summary.push_str("\n\nNot taken: ");
        report.summary.push_str(&committed.left_out.join("; "));
    }
    Ok(report)
}
