//! Looks at what attempts use, and stops one that has used up what it may. What counts as used up is decided by the
//! meter; whether its task is paused is the dispatcher's to say.

mod disk;

use std::{
    collections::HashMap,
    convert::Infallible,
    future::Future,
    path::PathBuf,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use ampersand_core::{AttemptId, AttemptLimits, Limit, Meter, Resource, TaskId, Used, is_to_blame};
use ampersand_process::Usage;
use tokio::time::sleep;

use super::{World, control::Control, trees};
use crate::input::Said;
use disk::Disk;

/// Between two looks at an attempt that is far from its limits.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Between two looks at one that may be there before the next: a hog fills a gigabyte in half a second.
const LOOK_CLOSELY: Duration = Duration::from_millis(20);

/// However long looks take, far from the limits.
const LOOK_LEAST: Duration = Duration::from_secs(2);

/// A look may take this part of the time at most, far from the limits: where no group counts, it reads every process there
/// is, and on a busy machine any look takes long.
const LOOK_PART: u32 = 20;

/// Between two looks at who watches folders, which costs a look at every descriptor.
const WATCHERS_EVERY: Duration = Duration::from_secs(2);

/// What is known of an attempt besides what its living trees use.
pub(super) struct Ledger {
    meter: Meter,
    /// Of trees that are gone.
    past: Usage,
    /// How long it ran.
    time: Duration,
    disk_bytes: u64,
    room_bytes: Option<u64>,
    others_added: bool,
    watchers: u64,
    /// Questions it waits to have answered.
    asking: u32,
    /// The limit that was told and not granted since.
    told: Option<Limit>,
}

impl Ledger {
    pub(super) const fn new(meter: Meter) -> Self {
        Self {
            meter,
            past: Usage {
                memory_bytes: 0,
                killed: 0,
                processes: 0,
                refused: 0,
                printed_bytes: 0,
            },
            time: Duration::ZERO,
            disk_bytes: 0,
            room_bytes: None,
            others_added: false,
            watchers: 0,
            asking: 0,
            told: None,
        }
    }

    /// What it may use now.
    pub(super) fn allowed(&self) -> AttemptLimits {
        self.meter.all_allowed()
    }

    /// A person lets it go on.
    pub(super) fn grant(&mut self, which: Resource) {
        self.meter.grant(which);
        self.told = None;
    }

    /// The settings as they are now.
    pub(super) const fn set(&mut self, limits: AttemptLimits) {
        self.meter.set(limits);
    }

    /// What trees used that are gone.
    pub(super) const fn past(&self) -> Usage {
        self.past
    }

    /// A tree that is gone leaves this behind.
    pub(super) const fn keep(&mut self, last: Usage) {
        self.past.killed += last.killed;
        self.past.refused += last.refused;
        self.past.printed_bytes += last.printed_bytes;
    }

    pub(super) const fn ask(&mut self) {
        self.asking += 1;
    }

    pub(super) const fn answer(&mut self) {
        self.asking = self.asking.saturating_sub(1);
    }

    const fn used(&self, trees: &Usage) -> Used {
        Used {
            memory_bytes: trees.memory_bytes,
            killed: trees.killed,
            processes: trees.processes,
            refused: trees.refused,
            disk_bytes: self.disk_bytes,
            output_bytes: trees.printed_bytes,
            time: self.time,
            room_bytes: self.room_bytes,
            others_added: self.others_added,
            watchers: self.watchers,
        }
    }
}

/// What each attempt under way has added to the disk, in bytes.
#[derive(Default)]
pub(super) struct Added(Mutex<HashMap<AttemptId, u64>>);

impl Added {
    /// Takes down what one has added. Returns whether another is to blame for a full disk.
    fn take(&self, attempt: AttemptId, bytes: u64) -> bool {
        let mut added = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        added.insert(attempt, bytes);
        let mut others = added.iter().filter(|(other, _)| **other != attempt);
        others.any(|(_, bytes)| is_to_blame(*bytes))
    }

    /// Nothing can be had back from one that has ended.
    fn forget(&self, attempt: AttemptId) {
        let mut added = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        added.remove(&attempt);
    }
}

/// What a person granted beyond the settings, in this process alone.
#[derive(Default)]
pub(super) struct Granted(HashMap<TaskId, Vec<Resource>>);

impl Granted {
    pub(super) fn add(&mut self, task: TaskId, which: Resource) {
        self.0.entry(task).or_default().push(which);
    }

    pub(super) fn of(&self, task: TaskId) -> &[Resource] {
        self.0.get(&task).map_or(&[], Vec::as_slice)
    }
}

/// What follows when the system has killed a part of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Killed {
    /// The rest goes on when a person lets it.
    GoesOn,
    /// It is worth nothing without that part.
    Ends,
}

/// An attempt that is looked at.
pub(super) struct Watched<'a> {
    pub(super) world: &'a World,
    pub(super) task: TaskId,
    pub(super) attempt: AttemptId,
    pub(super) control: &'a Arc<Control>,
    /// Whether it may write to the disk at all, besides what its sandbox keeps there for it.
    pub(super) writes: bool,
    /// What of the disk it may write.
    pub(super) folders: Vec<PathBuf>,
    pub(super) killed: Killed,
}

impl Watched<'_> {
    /// Runs an attempt's code and looks at what it uses. The error is a limit at which it ended for good, its trees
    /// with it.
    pub(super) async fn run<T>(&self, code: impl Future<Output = T>) -> Result<T, Limit> {
        let _forgotten = Forgotten(self.world, self.attempt);
        let mut code = pin!(code);
        let watching = pin!(self.watch());
        let ended = tokio::select! {
            biased;
            done = &mut code => return Ok(done),
            ended = watching => ended,
        };
        match ended {
            Ok(never) => match never {},
            Err(limit) => {
                let trees = self.control.trees().clone();
                for tree in trees {
                    if let Err(error) = tree.kill().await {
                        tracing::error!(task = %self.task, %error, "what a limit ended is not gone");
                    }
                }
                Err(limit)
            }
        }
    }

    /// What the system did to an attempt whose code has ended since anybody looked; `failed` says whether it ended
    /// badly.
    pub(super) async fn at_end(&self, failed: bool) -> Option<Limit> {
        let trees = self.control.used().await;
        let mut ledger = self.control.ledger();
        let used = ledger.used(&trees);
        let unseen = ledger.meter.take_last(used, failed);
        unseen.or_else(|| ledger.told.filter(|_| failed))
    }

    async fn watch(&self) -> Result<Infallible, Limit> {
        let trees = pin!(self.watch_trees());
        let rest = pin!(self.watch_the_rest());
        tokio::select! {
            ended = trees => ended,
            never = rest => match never {},
        }
    }

    /// What costs more to look at, apart: memory is filled faster than a disk is looked through.
    async fn watch_the_rest(&self) -> Infallible {
        let mut disk = Disk::of(self.folders.clone(), self.writes);
        let mut watched = Instant::now();
        loop {
            self.control.pass_gate().await;
            sleep(LOOK_EVERY).await;
            let allowed = self.control.allowed();
            disk.look(&allowed, self.control).await;
            let others_added = self.world.added.take(self.attempt, disk.found());
            let mut watchers = None;
            if watched.elapsed() >= WATCHERS_EVERY {
                watched = Instant::now();
                watchers = Some(self.control.watchers().await);
            }
            let mut ledger = self.control.ledger();
            (ledger.disk_bytes, ledger.room_bytes) = (disk.found(), disk.room());
            ledger.others_added = others_added || disk.is_new_to_want();
            ledger.watchers = watchers.unwrap_or(ledger.watchers);
        }
    }

    async fn watch_trees(&self) -> Result<Infallible, Limit> {
        let mut pause = LOOK_EVERY;
        loop {
            self.control.pass_gate().await;
            let began = Instant::now();
            sleep(pause).await;
            let looking = Instant::now();
            let trees = self.control.used().await;
            let least = looking.elapsed() * LOOK_PART;
            if !self.control.is_wanted_open() {
                continue;
            }
            let (limit, killed) = self.take(&trees, began.elapsed());
            if let Some(limit) = limit {
                let killed = self.hold(limit).await || killed;
                if killed && self.killed == Killed::Ends {
                    return Err(limit);
                }
                self.tell(limit).await;
            }
            pause = match is_near(&trees, &self.control.allowed()) {
                true => LOOK_CLOSELY.max(least.min(LOOK_EVERY)),
                false => LOOK_EVERY.max(least.min(LOOK_LEAST)),
            };
        }
    }

    fn take(&self, trees: &Usage, passed: Duration) -> (Option<Limit>, bool) {
        let mut ledger = self.control.ledger();
        if ledger.asking == 0 {
            ledger.time += passed;
        }
        let before = ledger.meter.seen().killed;
        let used = ledger.used(trees);
        (ledger.meter.take(used), used.killed > before)
    }

    /// Stops it at once. Returns whether the system killed a part of it before it stood still.
    async fn hold(&self, limit: Limit) -> bool {
        self.control.close_gate();
        self.control.ledger().told = Some(limit);
        trees::freeze_early(Arc::clone(self.control)).await;
        let trees = self.control.used().await;
        let mut ledger = self.control.ledger();
        let before = ledger.meter.seen().killed;
        let used = ledger.used(&trees);
        // Taken in now, so that it is not held against what is granted later.
        ledger.meter.take(used);
        used.killed > before
    }

    /// Tells the dispatcher; what the task comes to is its to say.
    async fn tell(&self, limit: Limit) {
        tracing::info!(task = %self.task, "an attempt reached its {}", limit.shown());
        let reached = Said::Reached { limit };
        self.world.tell(self.task, self.attempt, reached).await;
    }

    /// Stops it, and tells.
    pub(super) async fn stop(&self, limit: Limit) {
        self.hold(limit).await;
        self.tell(limit).await;
    }
}

/// What an attempt has added is held against nobody once it has ended.
struct Forgotten<'a>(&'a World, AttemptId);

impl Drop for Forgotten<'_> {
    fn drop(&mut self) {
        self.0.added.forget(self.1);
    }
}

/// Whether it may reach a limit before the usual next look.
const fn is_near(trees: &Usage, allowed: &AttemptLimits) -> bool {
    trees.memory_bytes > allowed.memory_bytes / 2 || trees.processes > allowed.processes / 2
}
