//! Trees on macOS and other Unixes: by session, process group and descent, as `ps` tells them. A process that leaves
//! its session and is orphaned between two looks can hide; the interface says "best effort" for that reason.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::{Frozen, Gone, Pauses, Tree, TreeError};
use crate::child::Child;
use crate::spawn::platform::Place;
use crate::spec::{Bounds, Keeps, Spec, Usage};

const FREEZE_LIMIT: Duration = Duration::from_secs(2);
const KILL_LIMIT: Duration = Duration::from_secs(5);

/// A tree before its first process.
#[derive(Debug)]
pub(crate) struct Seed {
    id: String,
}

/// A tree with a root. Dropping it kills the tree.
#[derive(Debug)]
pub(crate) struct Grown(Arc<Members>);

/// What is known about who belongs to a tree.
#[derive(Debug)]
pub(crate) struct Members {
    id: String,
    root: u32,
    /// Everybody ever seen in it, with the time it started: an orphan is still one of us.
    seen: Mutex<BTreeSet<(u32, String)>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Process {
    pid: u32,
    parent: u32,
    group: u32,
    state: u8,
    /// What of it is in memory, in bytes.
    memory: u64,
    start: String,
}

impl Seed {
    #[expect(clippy::unnecessary_wraps, reason = "the other systems can refuse")]
    pub(crate) fn prepare(id: &str, _bounds: Bounds) -> Result<Self, TreeError> {
        Ok(Self { id: id.to_owned() })
    }

    #[expect(
        clippy::unnecessary_wraps,
        clippy::unused_self,
        reason = "the other systems can refuse"
    )]
    pub(crate) fn place(&self, spec: Spec) -> Result<(Spec, Place), TreeError> {
        Ok((spec, Place::Free))
    }

    #[expect(clippy::unnecessary_wraps, reason = "the other systems can refuse")]
    pub(crate) fn grow(self, root: &Child) -> Result<Tree, TreeError> {
        let members = Members {
            id: self.id,
            root: root.pid(),
            seen: Mutex::default(),
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
            if let Err(error) = kill(&members) {
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
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let mut members = BTreeMap::new();
        let ours = |process: &&Process| {
            process.pid == self.root
                || process.group == self.root
                || seen.contains(&(process.pid, process.start.clone()))
        };
        let mut open: Vec<&Process> = table.iter().filter(ours).collect();
        while let Some(process) = open.pop() {
            if members.insert(process.pid, process.clone()).is_none() {
                open.extend(table.iter().filter(|child| child.parent == process.pid));
            }
        }
        seen.extend(
            members
                .values()
                .map(|process| (process.pid, process.start.clone())),
        );
        members
            .into_values()
            .filter(|process| process.state != b'Z')
            .collect()
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
                let running = members.iter().filter(|process| process.state != b'T');
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

pub(crate) fn kill(tree: &Members) -> Result<Gone, TreeError> {
    let mut pauses = Pauses::within(KILL_LIMIT);
    let mut killed = BTreeSet::new();
    loop {
        let table = look().map_err(|error| tree.refused(error))?;
        let living = tree.living(&table);
        if living.is_empty() {
            return Ok(Gone {
                processes: count_of(killed.len()),
            });
        }
        for process in &living {
            signal(process, Signal::KILL);
            killed.insert(process.pid);
        }
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

fn signal(process: &Process, signal: Signal) {
    if let Some(pid) = Pid::from_raw(process.pid.cast_signed()) {
        // It may have ended since it was seen.
        let _ = kill_process(pid, signal);
    }
}

#[expect(clippy::disallowed_methods, reason = "this crate owns spawning")]
fn look() -> io::Result<Vec<Process>> {
    let listed = std::process::Command::new("/bin/ps")
        .args(["-A", "-o", "pid=,ppid=,pgid=,rss=,stat=,lstart="])
        .env_clear()
        .env("LC_ALL", "C")
        .output()?;
    // An empty table would read as "everybody is gone".
    if !listed.status.success() {
        return Err(io::Error::other(format!("ps failed ({})", listed.status)));
    }
    Ok(String::from_utf8_lossy(&listed.stdout)
        .lines()
        .filter_map(parse)
        .collect())
}

fn parse(line: &str) -> Option<Process> {
    let mut fields = line.split_whitespace();
    let mut number = || fields.next()?.parse().ok();
    let (pid, parent, group, kib) = (number()?, number()?, number()?, number()?);
    let state = *fields.next()?.as_bytes().first()?;
    Some(Process {
        pid,
        parent,
        group,
        state,
        memory: u64::from(kib).saturating_mul(1024),
        start: fields.collect::<Vec<_>>().join(" "),
    })
}

fn count_of(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
