//! The loop that looks at pull requests: each by itself, the less often the longer nothing is new. What is seen is told; what
//! follows from it is decided elsewhere.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use ampersand_core::{Failure, Holds, Lineage, PullRequest, Task, TaskId, look_again_after};
use ampersand_forge::ForgeError;
use ampersand_git::CommitId;
use ampersand_toolhost::redacted;
use tokio::{sync::watch, time::sleep_until};
use tokio_util::sync::CancellationToken;

use super::{World, settings, tell};
use crate::{
    going_out::{self, Way},
    input::{Looked, Outgoing},
    repository::off_thread,
};

/// Checks whose logs are read at a time.
const LOGS_MAX: usize = 5;
/// A forge that could not be reached is said to be so after this many looks in a row.
const SAID_AFTER: u32 = 3;
/// Whatever happens, the clock is looked at again.
const SLEEPS_MOST: Duration = Duration::from_secs(30);

/// A pull request that is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Watched {
    task: Task,
    pull: Box<PullRequest>,
}

impl Watched {
    /// What of a task is looked at.
    pub(crate) fn of(task: &Task) -> Option<Self> {
        let pull = task.pull_request.clone()?;
        let task = Task {
            // How far the task is does not matter here.
            state: ampersand_core::TaskState::Done,
            clashes: Vec::new(),
            pull_request: None,
            ..task.clone()
        };
        Some(Self { task, pull })
    }
}

/// When one is looked at next.
struct Next {
    at: Instant,
    quiet: u32,
    failed: u32,
    /// As it was when that was settled: what is different now is looked at now.
    about: Box<PullRequest>,
    seen: Option<Looked>,
}

/// Looks until `stop`.
pub(in crate::executor) async fn watch(
    world: Arc<World>,
    mut watched: watch::Receiver<Vec<Watched>>,
    stop: CancellationToken,
) {
    let looking = async {
        let mut next = HashMap::new();
        loop {
            let pulls = watched.borrow_and_update().clone();
            turn(&world, &mut next, &pulls).await;
            let due = next.values().map(|next: &Next| next.at).min();
            let changed = async {
                match due {
                    None => watched.changed().await.is_ok(),
                    Some(due) => {
                        let due = due.min(Instant::now() + SLEEPS_MOST);
                        tokio::select! {
                            changed = watched.changed() => changed.is_ok(),
                            () = sleep_until(due.into()) => true,
                        }
                    }
                }
            };
            if !changed.await {
                return;
            }
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = looking => {}
    }
}

async fn turn(world: &World, next: &mut HashMap<TaskId, Next>, pulls: &[Watched]) {
    next.retain(|id, _| pulls.iter().any(|one| one.task.id == *id));
    for one in pulls {
        let known = next.remove(&one.task.id);
        let due = match &known {
            None => true,
            Some(known) => known.at <= Instant::now() || !is_same(&known.about, &one.pull),
        };
        let known = match due {
            true => Box::pin(look(world, one, known)).await,
            false => known,
        };
        next.extend(known.map(|known| (one.task.id, known)));
    }
}

/// Whether nothing has happened to it that makes it worth another look.
fn is_same(before: &PullRequest, now: &PullRequest) -> bool {
    (&before.pushed, &before.stage, &before.opened) == (&now.pushed, &now.stage, &now.opened)
}

async fn look(world: &World, one: &Watched, known: Option<Next>) -> Option<Next> {
    let looked = seen(world, one).await;
    let about = one.pull.clone();
    let is_new_stage = known
        .as_ref()
        .is_none_or(|known| !is_same(&known.about, &about));
    let (quiet, failed, before) = match known {
        Some(known) if !is_new_stage => (known.quiet, known.failed, known.seen),
        _ => (0, 0, None),
    };
    let every = world.settings().pull_requests.every();
    let task = one.task.id;
    let after = |quiet, failed, seen| Next {
        at: Instant::now() + look_again_after(every, quiet, failed),
        quiet,
        failed,
        about,
        seen,
    };
    let (outcome, next) = match looked {
        Ok(seen) if before.as_ref() == Some(&seen) && failed == 0 => {
            return Some(after(quiet.saturating_add(1), 0, before));
        }
        Ok(seen) => (Ok(Box::new(seen.clone())), after(0, 0, Some(seen))),
        Err(unseen) => {
            let failed = failed.saturating_add(1);
            let says_so = match unseen.passes {
                true => failed == SAID_AFTER,
                false => failed == 1,
            };
            let next = after(quiet, failed, before);
            if !says_so {
                return Some(next);
            }
            (Err(unseen.failure), next)
        }
    };
    tell(world, Outgoing::Seen { task, outcome }).await;
    Some(next)
}

/// Why a pull request could not be looked at.
struct Unseen {
    failure: Failure,
    passes: bool,
}

impl From<Failure> for Unseen {
    fn from(failure: Failure) -> Self {
        let passes = false;
        Self { failure, passes }
    }
}

impl From<ForgeError> for Unseen {
    fn from(error: ForgeError) -> Self {
        let passes = error.passes();
        let failure = error.into();
        Self { failure, passes }
    }
}

/// What there is to see, with the logs of what failed and is new.
async fn seen(world: &World, one: &Watched) -> Result<Looked, Unseen> {
    let (settings, folder) = settings(world);
    let place = world.way_out(&settings, &folder);
    let way = going_out::same_way(place, &one.task, &one.pull).await?;
    let number = one.pull.opened.as_ref().map_or(0, |opened| opened.number);
    let mut seen = way.program.look(number, &one.pull.known).await?;
    let pushed = one.pull.pushed.clone();
    let holds = holds(&way, &one.pull, &seen.head).await?;
    let news = one.pull.news(&seen);
    for check in news.checks.iter().take(LOGS_MAX) {
        let log = match way.program.log(check).await {
            Ok(log) => log,
            Err(error) => {
                tracing::warn!(%error, "the log of a check was not read");
                String::new()
            }
        };
        let failed = seen.failed.iter_mut().find(|failed| failed.id == check.id);
        if let Some(failed) = failed {
            failed.log = without_secrets(&log);
        }
    }
    for comment in &mut seen.comments {
        comment.body = without_secrets(&comment.body);
    }
    let lineage = Lineage { pushed, holds };
    let stage = one.pull.stage.clone();
    Ok(Looked {
        stage,
        seen,
        lineage,
    })
}

/// What the branch holds there beside what was pushed. Commits that are here are told apart here; the others are asked about.
async fn holds(way: &Way, pull: &PullRequest, head: &str) -> Result<Holds, Unseen> {
    let Some(pushed) = pull.pushed.as_deref() else {
        return Ok(Holds::Pushed);
    };
    if head == pushed || head == pull.tip {
        return Ok(Holds::Pushed);
    }
    let (Ok(ours), Ok(theirs)) = (pushed.parse::<CommitId>(), head.parse::<CommitId>()) else {
        return Ok(Holds::Others);
    };
    let repository = way.repository.clone();
    let is_earlier = off_thread(move || Ok(repository.is_within(theirs, ours)));
    if is_earlier.await? {
        return Ok(Holds::Earlier);
    }
    Ok(match way.program.is_within(pushed, head).await? {
        true => Holds::More,
        false => Holds::Others,
    })
}

fn without_secrets(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(redacted).collect();
    lines.join("\n")
}
