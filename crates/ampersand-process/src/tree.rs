//! The whole process tree of one attempt: frozen, thawed, counted and killed as one, and each of these reported only
//! after looking that it is so.

#[cfg(target_os = "linux")]
pub(crate) mod linux;
#[cfg(all(unix, not(target_os = "linux")))]
pub(crate) mod macos;
#[cfg(all(unix, any(test, not(target_os = "linux"))))]
mod roster;
#[cfg(all(unix, any(test, not(target_os = "linux"))))]
pub(crate) mod watcher;
#[cfg(windows)]
pub(crate) mod windows;

#[cfg(target_os = "linux")]
pub(crate) use linux as platform;
#[cfg(all(unix, not(target_os = "linux")))]
pub(crate) use macos as platform;
#[cfg(windows)]
pub(crate) use windows as platform;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::child::Child;
use crate::spec::{Bounds, Keeps, Usage};

/// Handle to a tree; copies name the same tree, and dropping the last of them kills it.
#[derive(Debug, Clone)]
pub struct Tree {
    grown: Arc<platform::Grown>,
    printed: Arc<AtomicU64>,
}

/// A tree that was seen standing still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frozen {
    /// How many processes stand still.
    pub processes: u32,
}

/// A tree of which nothing was left to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gone {
    /// How many processes were killed.
    pub processes: u32,
}

/// Why a tree is not in the state asked for.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// The system refused one step.
    #[error("process tree {id}: cannot {step}")]
    Refused {
        /// The tree.
        id: String,
        /// What was attempted.
        step: &'static str,
        /// The system's answer.
        #[source]
        source: io::Error,
    },
    /// Some processes did not follow in time.
    #[error("process tree {id}: {} did not {step} within {} ms", processes(*left), after.as_millis())]
    Unfinished {
        /// The tree.
        id: String,
        /// What was asked of them.
        step: &'static str,
        /// How many did not.
        left: u32,
        /// How long was waited.
        after: Duration,
    },
}

/// How soon the end of a whole tree is noticed by those who tidy up after it.
#[cfg(windows)]
const EMPTY_LOOK: Duration = Duration::from_millis(100);

fn processes(count: u32) -> String {
    match count {
        1 => "1 process".to_owned(),
        many => format!("{many} processes"),
    }
}

impl TreeError {
    /// A stable name for the failure.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Refused { .. } => "tree_refused",
            Self::Unfinished { .. } => "tree_unfinished",
        }
    }

    /// What a person can do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Refused { .. } => "look at the system's answer",
            Self::Unfinished { .. } => {
                "try again; a process may be waiting for a disk or a network share"
            }
        }
    }
}

impl Tree {
    pub(crate) async fn prepare(id: &str, bounds: Bounds) -> Result<platform::Seed, TreeError> {
        blocking(id.to_owned(), move |id| {
            platform::Seed::prepare(&id, bounds)
        })
        .await
    }

    pub(crate) fn from_grown(grown: platform::Grown, root: &Child) -> Self {
        Self {
            grown: Arc::new(grown),
            printed: root.printed(),
        }
    }

    /// What the system knows it by.
    #[cfg(windows)]
    pub(crate) fn platform(&self) -> Arc<platform::Members> {
        self.grown.handle()
    }

    /// Stops every process of the tree where it is. Returns after looking that all of them stand still.
    pub async fn freeze(&self) -> Result<Frozen, TreeError> {
        let frozen = blocking(self.grown.handle(), |tree| platform::freeze(&[tree]).pop()).await;
        frozen.unwrap_or(Ok(Frozen { processes: 0 }))
    }

    /// Lets a frozen tree go on.
    pub async fn thaw(&self) -> Result<(), TreeError> {
        blocking(self.grown.handle(), |tree| platform::thaw(&tree)).await
    }

    /// Kills every process of the tree, frozen or not. Returns after looking that none is left; may be repeated.
    pub async fn kill(&self) -> Result<Gone, TreeError> {
        platform::kill(self.grown.handle()).await
    }

    /// How many processes the tree has now.
    pub async fn count(&self) -> Result<u32, TreeError> {
        blocking(self.grown.handle(), |tree| platform::count(&tree)).await
    }

    /// The numbers of its processes now.
    pub async fn pids(&self) -> Result<Vec<u32>, TreeError> {
        blocking(self.grown.handle(), |tree| platform::pids(&tree)).await
    }

    /// How many descriptors of its processes watch folders now, one that watches very many counted as several; none where
    /// the system does not tell.
    pub async fn watchers(&self) -> Result<u64, TreeError> {
        blocking(self.grown.handle(), |tree| platform::watchers(&tree)).await
    }

    /// Room on these devices, by the system's numbers, that files take which have no name any more and which its processes
    /// hold open, in bytes; none where the system does not tell.
    pub async fn nameless_bytes(&self, devices: Vec<u64>) -> Result<u64, TreeError> {
        blocking(self.grown.handle(), move |tree| {
            platform::nameless_bytes(&tree, &devices)
        })
        .await
    }

    /// The bounds that are in force for the tree as a whole; those asked for but absent here could not be had.
    pub fn bounded(&self) -> Bounds {
        self.grown.bounded()
    }

    /// What it uses. Of a tree that was killed, only what is counted over time.
    pub async fn usage(&self) -> Result<Usage, TreeError> {
        let mut usage = blocking(self.grown.handle(), |tree| platform::usage(&tree)).await?;
        usage.printed_bytes = self.printed.load(Ordering::Relaxed);
        Ok(usage)
    }

    /// Gives it other bounds from now on. Returns those that are in force.
    pub async fn bound(&self, bounds: Bounds) -> Bounds {
        blocking(self.grown.handle(), move |tree| {
            platform::bound(&tree, bounds)
        })
        .await
    }

    /// Whether its processes are kept from the clipboard, from others' windows and from ending the session.
    #[cfg(windows)]
    pub fn is_off_desktop(&self) -> bool {
        self.grown.handle().is_off_desktop()
    }

    /// Returns when nothing of it runs any more. Does not keep it alive: whoever waits here may outlive the last handle.
    #[cfg(windows)]
    pub fn emptied(&self) -> impl Future<Output = ()> + Send + use<> {
        let members = self.grown.handle();
        async move {
            // The system tells nobody reliably that a job is empty. One that cannot be asked has nothing in it for us.
            while !members.is_empty().unwrap_or(true) {
                tokio::time::sleep(EMPTY_LOOK).await;
            }
        }
    }

    /// Whether both name the same tree.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.grown, &other.grown)
    }

    /// Whether nothing but our own looking finds its members. False where the system itself counts them.
    pub fn escapable(&self) -> bool {
        self.grown.escapable()
    }
}

/// Which bounds trees can have here.
pub fn keeps() -> Keeps {
    platform::keeps()
}

/// Kills everything below this process until nothing is left of it, and collects it. For a process that takes in
/// orphans; waits for as long as it takes.
#[cfg(target_os = "linux")]
pub fn end_descendants() -> io::Result<()> {
    platform::end_descendants()
}

/// Names the program of ours that ends trees should we be killed: one that calls [`watch`] and does nothing else. Without it
/// they would go on. Trees that are there already are not watched.
#[cfg(all(unix, not(target_os = "linux")))]
pub fn watched_by(program: std::path::PathBuf, args: Vec<std::ffi::OsString>) {
    watcher::by(program, args);
}

/// Hears on the standard input of trees of another process, until that process is no more, and ends what it left.
#[cfg(all(unix, not(target_os = "linux")))]
pub fn watch() -> io::Result<()> {
    watcher::watch(io::stdin().lock())
}

/// Freezes many trees with one look at the system for all of them. Results in the order of `trees`.
pub async fn freeze_all(trees: &[Tree]) -> Vec<Result<Frozen, TreeError>> {
    let trees: Vec<_> = trees.iter().map(|tree| tree.grown.handle()).collect();
    blocking(trees, |trees| platform::freeze(&trees)).await
}

/// Looking at processes is reading files; it must not hold up the caller's thread.
async fn blocking<T: Send + 'static, R: Send + 'static>(
    given: T,
    work: impl FnOnce(T) -> R + Send + 'static,
) -> R {
    match tokio::task::spawn_blocking(move || work(given)).await {
        Ok(done) => done,
        Err(failed) => std::panic::resume_unwind(failed.into_panic()),
    }
}

/// Pauses between looks: short at first, never long enough to matter.
#[derive(Debug)]
pub(crate) struct Pauses {
    since: std::time::Instant,
    next: Duration,
    limit: Duration,
}

impl Pauses {
    pub(crate) fn within(limit: Duration) -> Self {
        Self {
            since: std::time::Instant::now(),
            next: Duration::from_micros(250),
            limit,
        }
    }

    /// Pauses; false when the time is up.
    pub(crate) fn pause(&mut self) -> bool {
        if self.since.elapsed() >= self.limit {
            return false;
        }
        std::thread::sleep(self.next);
        self.next = (self.next * 2).min(Duration::from_millis(2));
        true
    }
}
