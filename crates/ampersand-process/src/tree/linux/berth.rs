//! Places in the older hierarchies. Moving a process into one waits for every processor of the machine; being forked by
//! a thread that is there already costs nothing. So threads are moved ahead of time, one for each tree that runs.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use super::counters::{self, Crowd, Memory};
use super::scan;
use crate::spawn::Lane;
use crate::spec::Bounds;

/// A folder for each of the older hierarchies that can be used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Places {
    pub(super) pids: Option<PathBuf>,
    pub(super) memory: Option<PathBuf>,
    pub(super) cpu: Option<PathBuf>,
}

impl Places {
    fn all(&self) -> impl Iterator<Item = &Path> {
        let all = self.pids.iter().chain(&self.memory).chain(&self.cpu);
        all.map(PathBuf::as_path)
    }
}

/// Berths nobody uses. One is kept ready.
static FREE: Mutex<Vec<Moored>> = Mutex::new(Vec::new());

/// A place taken by one tree; given back when dropped.
#[derive(Debug)]
pub(super) struct Berth {
    moored: Option<Moored>,
    /// What was counted before this tree came.
    before: (Memory, Crowd),
}

#[derive(Debug)]
struct Moored {
    lane: Lane,
    places: Places,
}

/// In which a share of the processors is handed out, in microseconds. Whoever has used up its own stands still until the
/// next, even on its way to being frozen, so that it is short.
pub(super) const PERIOD: i64 = 10_000;

/// An eighth more: the bound at which the kernel ends something, above the one at which somebody who looks stops it.
pub(super) const fn hard(memory_bytes: u64) -> u64 {
    memory_bytes.saturating_add(memory_bytes / 8)
}

impl Berth {
    /// A place below these folders; `None` where there are none or the system refuses.
    pub(super) fn claim(parents: &Places) -> Option<Self> {
        parents.all().next()?;
        let free = || FREE.lock().unwrap_or_else(PoisonError::into_inner);
        let claimed = free().pop();
        if free().is_empty() {
            let parents = parents.clone();
            let refill = move || match Moored::moor(&parents) {
                Ok(spare) => free().push(spare),
                Err(error) => tracing::debug!(%error, "no spare place in the older hierarchies"),
            };
            // Without a spare the next tree waits for its own.
            drop(
                std::thread::Builder::new()
                    .name("mooring".to_owned())
                    .spawn(refill),
            );
        }
        let moored = claimed.map_or_else(|| Moored::moor(parents), Ok).ok()?;
        let mut berth = Self {
            moored: Some(moored),
            before: Default::default(),
        };
        berth.before = (
            berth.memory().unwrap_or_default(),
            berth.crowd().unwrap_or_default(),
        );
        Some(berth)
    }

    /// The thread whose children are born in this place.
    pub(super) fn lane(&self) -> Option<Lane> {
        self.moored.as_ref().map(|moored| moored.lane.clone())
    }

    /// Sets the limits, and tells those that are in force.
    pub(super) fn bound(&self, bounds: Bounds) -> Bounds {
        let Some(Moored { places, .. }) = &self.moored else {
            return Bounds::default();
        };
        let set = |folder: &Option<PathBuf>, file: &str, value: String| {
            folder
                .as_ref()
                .and_then(|folder| fs::write(folder.join(file), value).ok())
        };
        // Our own thread is counted too. Whoever was here before may have left a bound behind.
        let most = bounds.processes;
        let pids = most.map_or("max".to_owned(), |most| most.saturating_add(1).to_string());
        let memory = bounds.memory_bytes.map_or(-1, |most| hard(most) as i64);
        let weight = u64::from(bounds.cpu_weight.unwrap_or(100));
        let quota = bounds
            .cpu_percent
            .map_or(-1, |most| i64::from(most) * PERIOD / 100);
        set(&places.cpu, "cpu.cfs_period_us", PERIOD.to_string());
        let done = [
            set(&places.pids, "pids.max", pids),
            set(&places.memory, "memory.limit_in_bytes", memory.to_string()),
            set(&places.cpu, "cpu.shares", (weight * 1024 / 100).to_string()),
            set(&places.cpu, "cpu.cfs_quota_us", quota.to_string()),
        ];
        let [processes, memory, weight, percent] = done.map(|done| done.is_some());
        Bounds {
            processes: bounds.processes.filter(|_| processes),
            memory_bytes: bounds.memory_bytes.filter(|_| memory),
            cpu_weight: bounds.cpu_weight.filter(|_| weight),
            cpu_percent: bounds.cpu_percent.filter(|_| percent),
        }
    }

    /// What its tree uses of memory; nothing where that is not counted.
    pub(super) fn memory(&self) -> Option<Memory> {
        let folder = self.places()?.memory.as_ref()?;
        let mut memory = counters::older_memory(folder)?;
        memory.killed = memory.killed.saturating_sub(self.before.0.killed);
        Some(memory)
    }

    /// How many of its tree were killed for want of memory.
    pub(super) fn killed(&self) -> Option<u64> {
        let killed = counters::older_killed(self.places()?.memory.as_ref()?)?;
        Some(killed.saturating_sub(self.before.0.killed))
    }

    /// How many processes its tree was refused.
    pub(super) fn refused(&self) -> Option<u64> {
        let refused = counters::refused(self.places()?.pids.as_ref()?)?;
        Some(refused.saturating_sub(self.before.1.refused))
    }

    fn places(&self) -> Option<&Places> {
        self.moored.as_ref().map(|moored| &moored.places)
    }

    /// The processes of its tree; nothing where they are not counted.
    pub(super) fn crowd(&self) -> Option<Crowd> {
        let folder = self.places()?.pids.as_ref()?;
        let mut crowd = counters::crowd(folder)?;
        crowd.now = crowd.now.saturating_sub(1);
        crowd.refused = crowd.refused.saturating_sub(self.before.1.refused);
        Some(crowd)
    }
}

impl Drop for Berth {
    fn drop(&mut self) {
        if let Some(moored) = self.moored.take().filter(Moored::empty) {
            FREE.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(moored);
        }
    }
}

impl Moored {
    fn moor(parents: &Places) -> io::Result<Self> {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}-berth{number}", scan::ourselves());
        let folder = |parent: &Option<PathBuf>| -> io::Result<Option<PathBuf>> {
            let Some(folder) = parent.as_ref().map(|parent| parent.join(&name)) else {
                return Ok(None);
            };
            fs::create_dir(&folder)?;
            Ok(Some(folder))
        };
        let moored = Self {
            lane: Lane::open("berth")?,
            places: Places {
                pids: folder(&parents.pids)?,
                memory: folder(&parents.memory)?,
                cpu: folder(&parents.cpu)?,
            },
        };
        let folders: Vec<_> = moored.places.all().map(Path::to_owned).collect();
        let join = move || {
            let thread = rustix::thread::gettid().as_raw_nonzero().to_string();
            folders
                .iter()
                .try_for_each(|folder| fs::write(folder.join("tasks"), &thread))
        };
        moored
            .lane
            .run_blocking(join)
            .unwrap_or_else(|| Err(io::ErrorKind::BrokenPipe.into()))?;
        Ok(moored)
    }

    /// Whether nobody but our own thread is there.
    fn empty(&self) -> bool {
        self.places.all().all(|folder| {
            // Pages of files the last tree read would count against the next.
            drop(fs::write(folder.join("memory.force_empty"), "0"));
            fs::read_to_string(folder.join("tasks")).is_ok_and(|tasks| tasks.lines().count() == 1)
        })
    }
}
