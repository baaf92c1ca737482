//! Places in the older hierarchies. Moving a process into one waits for every processor of the machine; being forked by
//! a thread that is there already costs nothing. So threads are moved ahead of time, one for each tree that runs.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use super::scan;
use crate::spawn::Lane;
use crate::spec::Bounds;

/// Berths nobody uses. One is kept ready.
static FREE: Mutex<Vec<Moored>> = Mutex::new(Vec::new());

/// A place taken by one tree; given back when dropped.
#[derive(Debug)]
pub(super) struct Berth(Option<Moored>);

#[derive(Debug)]
struct Moored {
    lane: Lane,
    pids: Option<PathBuf>,
    memory: Option<PathBuf>,
}

impl Berth {
    /// A place below these folders; `None` where neither exists or the system refuses.
    pub(super) fn claim(pids: Option<&Path>, memory: Option<&Path>) -> Option<Self> {
        if pids.is_none() && memory.is_none() {
            return None;
        }
        let free = || FREE.lock().unwrap_or_else(PoisonError::into_inner);
        let claimed = free().pop();
        if free().is_empty() {
            let [pids, memory] = [pids, memory].map(|path| path.map(Path::to_owned));
            let refill = move || match Moored::moor(pids.as_deref(), memory.as_deref()) {
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
        claimed
            .map_or_else(|| Moored::moor(pids, memory), Ok)
            .ok()
            .map(|moored| Self(Some(moored)))
    }

    /// The thread whose children are born in this place.
    pub(super) fn lane(&self) -> Option<Lane> {
        self.0.as_ref().map(|moored| moored.lane.clone())
    }

    /// Sets the limits, and tells those that are in force.
    pub(super) fn bound(&self, bounds: Bounds) -> Bounds {
        let Some(moored) = &self.0 else {
            return Bounds::default();
        };
        let set = |folder: &Option<PathBuf>, file: &str, value: &str| {
            folder
                .as_ref()
                .and_then(|folder| fs::write(folder.join(file), value).ok())
        };
        // Whoever was here before may have left a limit behind.
        set(&moored.pids, "pids.max", "max");
        set(&moored.memory, "memory.limit_in_bytes", "-1");
        // Our own thread is counted too.
        let processes = bounds.processes.filter(|most| {
            set(
                &moored.pids,
                "pids.max",
                &most.saturating_add(1).to_string(),
            )
            .is_some()
        });
        let memory_bytes = bounds.memory_bytes.filter(|most| {
            set(&moored.memory, "memory.limit_in_bytes", &most.to_string()).is_some()
        });
        Bounds {
            processes,
            memory_bytes,
        }
    }
}

impl Drop for Berth {
    fn drop(&mut self) {
        if let Some(moored) = self.0.take().filter(Moored::empty) {
            FREE.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(moored);
        }
    }
}

impl Moored {
    fn moor(pids: Option<&Path>, memory: Option<&Path>) -> io::Result<Self> {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}-berth{number}", scan::ourselves());
        let folder = |parent: Option<&Path>| -> io::Result<Option<PathBuf>> {
            let Some(folder) = parent.map(|parent| parent.join(&name)) else {
                return Ok(None);
            };
            fs::create_dir(&folder)?;
            Ok(Some(folder))
        };
        let moored = Self {
            lane: Lane::open("berth")?,
            pids: folder(pids)?,
            memory: folder(memory)?,
        };
        let folders: Vec<_> = moored.folders().map(Path::to_owned).collect();
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

    fn folders(&self) -> impl Iterator<Item = &Path> {
        self.pids.iter().chain(&self.memory).map(PathBuf::as_path)
    }

    /// Whether nobody but our own thread is there.
    fn empty(&self) -> bool {
        self.folders().all(|folder| {
            // Pages of files the last tree read would count against the next.
            drop(fs::write(folder.join("memory.force_empty"), "0"));
            fs::read_to_string(folder.join("tasks")).is_ok_and(|tasks| tasks.lines().count() == 1)
        })
    }
}
