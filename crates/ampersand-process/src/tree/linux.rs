//! Trees on Linux: by cgroup v2 where one can be made, else by pid namespace and descent.

mod berth;
mod counters;
mod each;
mod emptied;
mod group;
mod hierarchies;
mod lately;
mod scan;
#[cfg(test)]
mod tests;
mod undertaker;
mod unified;
mod walk;

use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::{Frozen, Gone, Pauses, Tree, TreeError, blocking};
use crate::child::Child;
use crate::spawn::platform::Place;
use crate::spec::{Bounds, Keeps, Spec, Usage};
use group::Group;
use hierarchies::Hierarchies;
use undertaker::Undertaker;
use walk::Kin;
pub(crate) use walk::end_descendants;

const FREEZE_LIMIT: Duration = Duration::from_secs(2);
const KILL_LIMIT: Duration = Duration::from_secs(5);

const UNSEEN: &str = "nobody looks whether a dropped process tree is gone";

/// A tree before its first process.
#[derive(Debug)]
pub(crate) struct Seed {
    id: String,
    mark: String,
    group: Group,
}

/// A tree with a root. Dropping it kills the tree.
#[derive(Debug)]
pub(crate) struct Grown(Arc<Members>);

/// What is known about who belongs to a tree.
#[derive(Debug)]
pub(crate) struct Members {
    id: String,
    group: Group,
    kin: Kin,
    gone: AtomicBool,
    /// What it had used when it went.
    last: Mutex<Usage>,
}

impl Seed {
    pub(crate) fn prepare(id: &str, bounds: Bounds) -> Result<Self, TreeError> {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
        let short: String = id.chars().take(40).map(plain).collect();
        let mark = format!(
            "{}-{}-{short}",
            scan::ourselves(),
            COUNTER.fetch_add(1, Ordering::Relaxed)
        );
        let group = Group::create(&mark, bounds).map_err(|source| TreeError::Refused {
            id: id.to_owned(),
            step: "make a control group",
            source,
        })?;
        Ok(Self {
            id: id.to_owned(),
            mark,
            group,
        })
    }

    pub(crate) fn place(&self, mut spec: Spec) -> Result<(Spec, Place), TreeError> {
        let refused = |source| TreeError::Refused {
            id: self.id.clone(),
            step: "open its group",
            source,
        };
        let unified: Option<OwnedFd> = self.group.open().map_err(refused)?;
        if unified.is_none() {
            walk::adopt_orphans();
            spec.env.push((walk::MARK.into(), self.mark.clone().into()));
        }
        Ok((
            spec,
            Place::Group {
                unified,
                lane: self.group.lane(),
            },
        ))
    }

    pub(crate) fn grow(self, root: &Child) -> Result<Tree, TreeError> {
        let Self { id, mark, group } = self;
        let kin = Kin::of(root.pid(), mark);
        let members = Members {
            id,
            group,
            kin,
            gone: AtomicBool::new(false),
            last: Mutex::default(),
        };
        Ok(Tree::from_grown(Grown(Arc::new(members)), root))
    }
}

impl Grown {
    pub(crate) fn handle(&self) -> Arc<Members> {
        Arc::clone(&self.0)
    }

    pub(crate) fn bounded(&self) -> Bounds {
        self.0.group.bounded()
    }

    pub(crate) fn escapable(&self) -> bool {
        !self.0.group.unified()
    }
}

impl Drop for Grown {
    fn drop(&mut self) {
        if self.0.gone.load(Ordering::Acquire) {
            return;
        }
        let members = Arc::clone(&self.0);
        if self.0.group.unified() {
            // The order to die goes out before we return; that it was followed is looked at elsewhere.
            drop(self.0.group.kill());
            match Undertaker::at_work() {
                Ok(undertaker) => drop(undertaker.end(members)),
                Err(error) => tracing::error!(%error, "{UNSEEN}"),
            }
            return;
        }
        let look = move || {
            if let Err(error) = end_kin(&members) {
                tracing::error!(%error, "a dropped process tree is not gone");
            }
        };
        let looking = std::thread::Builder::new().name("undertaker".to_owned());
        if let Err(error) = looking.spawn(look) {
            tracing::error!(%error, "{UNSEEN}");
        }
    }
}

impl Members {
    fn refused(&self, step: &'static str) -> impl FnOnce(std::io::Error) -> TreeError {
        let id = self.id.clone();
        move |source| TreeError::Refused { id, step, source }
    }

    fn unfinished(&self, step: &'static str, left: u32, after: Duration) -> TreeError {
        TreeError::Unfinished {
            id: self.id.clone(),
            step,
            left,
            after,
        }
    }

    /// Nobody is left: what was counted is kept, and its group goes.
    fn bury(&self) {
        if self.gone.load(Ordering::Acquire) {
            return;
        }
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = self.group.counted();
        self.gone.store(true, Ordering::Release);
        self.group.remove();
    }
}

/// Freezes all of `trees`; first everybody is told, then everybody is looked at.
pub(crate) fn freeze(trees: &[Arc<Members>]) -> Vec<Result<Frozen, TreeError>> {
    let told: Vec<_> = trees
        .iter()
        .map(|tree| {
            tree.group
                .freeze()
                .map_err(tree.refused("freeze its group"))
        })
        .collect();
    let walked: Vec<&Kin> = trees
        .iter()
        .filter(|tree| !tree.group.unified())
        .map(|tree| &tree.kin)
        .collect();
    let mut walked = walk::freeze(&walked, Pauses::within(FREEZE_LIMIT)).into_iter();
    let mut pauses = Pauses::within(FREEZE_LIMIT);
    trees
        .iter()
        .zip(told)
        .map(|(tree, told)| {
            told?;
            if !tree.group.unified() {
                let outcome = walked.next().unwrap_or(Ok(0));
                return outcome
                    .map(|processes| Frozen { processes })
                    .map_err(|left| tree.unfinished("stand still", left, FREEZE_LIMIT));
            }
            loop {
                let processes = tree.group.processes().map_err(tree.refused("count it"))?;
                if tree.group.frozen() == Some(true) || processes == 0 {
                    return Ok(Frozen { processes });
                }
                if !pauses.pause() {
                    return Err(tree.unfinished("stand still", processes, FREEZE_LIMIT));
                }
            }
        })
        .collect()
}

pub(crate) fn thaw(tree: &Members) -> Result<(), TreeError> {
    if tree.group.unified() {
        tree.group.thaw().map_err(tree.refused("thaw its group"))
    } else {
        walk::thaw(&tree.kin).map_err(tree.refused("look at processes"))
    }
}

pub(crate) async fn kill(tree: Arc<Members>) -> Result<Gone, TreeError> {
    if tree.gone.load(Ordering::Acquire) {
        return Ok(Gone { processes: 0 });
    }
    if !tree.group.unified() {
        return blocking(tree, |tree| end_kin(&tree)).await;
    }
    let undertaker = Undertaker::at_work().map_err(tree.refused("have it ended"))?;
    let answer = undertaker.end(Arc::clone(&tree)).await;
    answer.unwrap_or_else(|_| {
        let nobody = std::io::ErrorKind::BrokenPipe.into();
        Err(tree.refused("have it ended")(nobody))
    })
}

/// Ends a tree without a group.
fn end_kin(tree: &Members) -> Result<Gone, TreeError> {
    let mut pauses = Pauses::within(KILL_LIMIT);
    let processes = walk::kill(&tree.kin, &mut pauses)
        .map_err(tree.refused("look at processes"))?
        .map_err(|left| tree.unfinished("end", left, KILL_LIMIT))?;
    tree.bury();
    Ok(Gone { processes })
}

pub(crate) fn count(tree: &Members) -> Result<u32, TreeError> {
    pids(tree).map(|pids| u32::try_from(pids.len()).unwrap_or(u32::MAX))
}

pub(crate) fn pids(tree: &Members) -> Result<Vec<u32>, TreeError> {
    if tree.gone.load(Ordering::Acquire) {
        Ok(Vec::new())
    } else if tree.group.unified() {
        tree.group.pids().map_err(tree.refused("count it"))
    } else {
        walk::pids(&tree.kin).map_err(tree.refused("look at processes"))
    }
}

pub(crate) fn usage(tree: &Members) -> Result<Usage, TreeError> {
    if tree.gone.load(Ordering::Acquire) {
        return Ok(*tree.last.lock().unwrap_or_else(PoisonError::into_inner));
    }
    let pids = || match tree.group.unified() {
        true => tree.group.pids(),
        false => walk::pids_lately(&tree.kin),
    };
    tree.group
        .usage(pids)
        .map_err(tree.refused("look at what it uses"))
}

pub(crate) fn watchers(tree: &Members) -> Result<u64, TreeError> {
    Ok(pids(tree)?.into_iter().map(scan::watchers).sum())
}

pub(crate) fn nameless_bytes(tree: &Members, devices: &[u64]) -> Result<u64, TreeError> {
    let mut found = std::collections::HashMap::new();
    for pid in pids(tree)? {
        scan::nameless(pid, devices, &mut found);
    }
    Ok(found.into_values().sum())
}

pub(crate) fn bound(tree: &Members, bounds: Bounds) -> Bounds {
    let before = tree.group.asked();
    let kept = tree.group.bound(bounds);
    let more = each::more(before, bounds, kept);
    // Who has ended needs no more.
    for pid in pids(tree).unwrap_or_default() {
        each::raise(pid, more);
    }
    kept
}

pub(crate) fn keeps() -> Keeps {
    Hierarchies::found().keeps
}
