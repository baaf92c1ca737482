//! Trees on macOS and other Unixes: by process group and descent, as `ps` tells them. A process that leaves its group and
//! is orphaned between two looks can hide; the interface says "best effort" for that reason.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::process::Signal;

use super::roster::{Ending, Process, Roster, count_of, look, signal};
use super::watcher::{Told, Watcher};
use super::{Frozen, Gone, Pauses, Tree, TreeError, blocking};
use crate::child::Child;
use crate::spawn::platform::Place;
use crate::spec::{Bounds, Keeps, Spec, Usage};

const FREEZE_LIMIT: Duration = Duration::from_secs(2);
const KILL_LIMIT: Duration = Duration::from_secs(5);

/// A tree before its first process.
#[derive(Debug)]
pub(crate) struct Seed {
    id: String,
    watcher: Option<Arc<Watcher>>,
}

/// A tree with a root. Dropping it kills the tree.
#[derive(Debug)]
pub(crate) struct Grown(Arc<Members>);

/// What is known about who belongs to a tree.
#[derive(Debug)]
pub(crate) struct Members {
    id: String,
    known: Mutex<Known>,
}

/// By us, and by whoever ends it if we cannot.
#[derive(Debug)]
struct Known {
    roster: Roster,
    told: Told,
}

impl Seed {
    pub(crate) fn prepare(id: &str, _bounds: Bounds) -> Result<Self, TreeError> {
        let watcher = Watcher::ours().map_err(|source| TreeError::Refused {
            id: id.to_owned(),
            step: "start what ends it if we are killed",
            source,
        })?;
        Ok(Self {
            id: id.to_owned(),
            watcher,
        })
    }

    #[expect(clippy::unnecessary_wraps, reason = "the other systems can refuse")]
    pub(crate) fn place(&self, spec: Spec) -> Result<(Spec, Place), TreeError> {
        let watched = self.watcher.clone().map(Place::Watched);
        Ok((spec, watched.unwrap_or(Place::Free)))
    }

    #[expect(clippy::unnecessary_wraps, reason = "the other systems can refuse")]
    pub(crate) fn grow(self, root: &Child) -> Result<Tree, TreeError> {
        let known = Known {
            roster: Roster::of(root.pid()),
            told: Told::of(root.pid(), self.watcher),
        };
        let members = Members {
            id: self.id,
            known: Mutex::new(known),
        };
        Ok(Tree::from_grown(Grown(Arc::new(members)), root))
    }
}

impl Grown {
    pub(crate) fn handle(&self) -> Arc<Members> {
        Arc::clone(&self.0)
    }

    #[expect(clippy::unused_self, reason = "the other systems have bounds")]
    pub(crate) fn bounded(&self) -> Bounds {
        Bounds::default()
    }

    #[expect(clippy::unused_self, reason = "elsewhere it differs from tree to tree")]
    pub(crate) const fn escapable(&self) -> bool {
        true
    }
}

impl Drop for Grown {
    fn drop(&mut self) {
        let members = Arc::clone(&self.0);
        let look = move || {
            if let Err(error) = end(&members) {
                tracing::error!(%error, "a dropped process tree is not gone");
            }
        };
        if let Err(error) = std::thread::Builder::new()
            .name("undertaker".to_owned())
            .spawn(look)
        {
            tracing::error!(%error, "a dropped process tree was not killed");
        }
    }
}

impl Members {
    fn living(&self, table: &[Process]) -> Vec<Process> {
        let mut known = self.known();
        let living = known.roster.living(table);
        let Known { roster, told } = &mut *known;
        told.tell(roster.seen());
        living
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn refused(&self, source: io::Error) -> TreeError {
        TreeError::Refused {
            id: self.id.clone(),
            step: "look at processes",
            source,
        }
    }

    fn unfinished(&self, step: &'static str, left: u32, after: Duration) -> TreeError {
        TreeError::Unfinished {
            id: self.id.clone(),
            step,
            left,
            after,
        }
    }
}

pub(crate) fn freeze(trees: &[Arc<Members>]) -> Vec<Result<Frozen, TreeError>> {
    let mut pauses = Pauses::within(FREEZE_LIMIT);
    let mut before: Vec<Option<Vec<u32>>> = vec![None; trees.len()];
    loop {
        let table = look();
        let mut finished = true;
        let answers: Vec<_> = trees
            .iter()
            .zip(&mut before)
            .map(|(tree, before)| {
                let table = table
                    .as_ref()
                    .map_err(|error| tree.refused(error.kind().into()))?;
                let members = tree.living(table);
                let running = members.iter().filter(|process| !process.stopped());
                let running = running
                    .inspect(|process| signal(process, Signal::STOP))
                    .count();
                let still = (running == 0).then(|| members.iter().map(|p| p.pid).collect());
                let confirmed = still.is_some() && *before == still;
                *before = still;
                if confirmed {
                    return Ok(Frozen {
                        processes: count_of(members.len()),
                    });
                }
                finished = false;
                Err(tree.unfinished("stand still", count_of(running), FREEZE_LIMIT))
            })
            .collect();
        if finished || !pauses.pause() {
            return answers;
        }
    }
}

pub(crate) fn thaw(tree: &Members) -> Result<(), TreeError> {
    let table = look().map_err(|error| tree.refused(error))?;
    tree.living(&table)
        .iter()
        .for_each(|process| signal(process, Signal::CONT));
    Ok(())
}

pub(crate) async fn kill(tree: Arc<Members>) -> Result<Gone, TreeError> {
    blocking(tree, |tree| end(&tree)).await
}

fn end(tree: &Members) -> Result<Gone, TreeError> {
    let mut pauses = Pauses::within(KILL_LIMIT);
    let mut ending = Ending::default();
    loop {
        let table = look().map_err(|error| tree.refused(error))?;
        let living = tree.living(&table);
        if living.is_empty() {
            tree.known().told.over();
            return Ok(Gone {
                processes: ending.processes(),
            });
        }
        ending.step(&living);
        if !pauses.pause() {
            return Err(tree.unfinished("end", count_of(living.len()), KILL_LIMIT));
        }
    }
}

pub(crate) fn count(tree: &Members) -> Result<u32, TreeError> {
    pids(tree).map(|pids| count_of(pids.len()))
}

pub(crate) fn pids(tree: &Members) -> Result<Vec<u32>, TreeError> {
    let table = look().map_err(|error| tree.refused(error))?;
    Ok(tree
        .living(&table)
        .into_iter()
        .map(|process| process.pid)
        .collect())
}

#[expect(clippy::unnecessary_wraps, reason = "another system can refuse")]
pub(crate) const fn watchers(_tree: &Members) -> Result<u64, TreeError> {
    Ok(0)
}

pub(crate) const fn nameless_bytes(_tree: &Members, _devices: &[u64]) -> Result<u64, TreeError> {
    Ok(0)
}

/// Added up from the process table, as nobody counts a tree here. Nothing is ever killed or refused by a bound.
pub(crate) fn usage(tree: &Members) -> Result<Usage, TreeError> {
    let table = look().map_err(|error| tree.refused(error))?;
    let living = tree.living(&table);
    Ok(Usage {
        memory_bytes: living.iter().map(|process| process.memory).sum(),
        processes: u64::from(count_of(living.len())),
        ..Usage::default()
    })
}

/// No bound can be had for a tree.
pub(crate) fn bound(_tree: &Members, _bounds: Bounds) -> Bounds {
    Bounds::default()
}

pub(crate) fn keeps() -> Keeps {
    Keeps::default()
}
