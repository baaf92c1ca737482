//! Starting programs, from threads kept for nothing else.

#[cfg(all(unix, any(test, not(target_os = "linux"))))]
pub(crate) mod between;
mod lane;
#[cfg(target_os = "linux")]
pub(crate) mod linux;
#[cfg(all(unix, not(target_os = "linux")))]
pub(crate) mod portable;
#[cfg(any(windows, test))]
mod wide;
#[cfg(windows)]
pub(crate) mod windows;

#[cfg(target_os = "linux")]
pub(crate) use linux as platform;
#[cfg(all(unix, not(target_os = "linux")))]
pub(crate) use portable as platform;
#[cfg(windows)]
pub(crate) use windows as platform;

use std::io;
use std::path::{Path, PathBuf};

pub(crate) use lane::Lane;
#[cfg(windows)]
pub use windows::succession::{Standing, leave_standing, succeed};

use crate::child::Child;
use crate::spec::{Bounds, Spec};
use crate::tree::{Tree, TreeError};

/// Why a program did not start.
#[derive(Debug, thiserror::Error)]
pub enum SpawnError {
    /// The system refused at one step.
    #[error("cannot start {}: {step}", program.display())]
    Start {
        /// What was to be started.
        program: PathBuf,
        /// The step that failed.
        step: &'static str,
        /// The system's answer.
        #[source]
        source: io::Error,
    },
    /// The specification cannot be expressed to the system.
    #[error("cannot start {}: {why}", program.display())]
    Unusable {
        /// What was to be started.
        program: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// No tree could be prepared for it.
    #[error("cannot prepare a process tree for {}", program.display())]
    Tree {
        /// What was to be started.
        program: PathBuf,
        /// The reason.
        #[source]
        source: TreeError,
    },
    /// The spawning thread is gone, which means that the program is ending.
    #[error("cannot start {}: the spawning thread has ended", program.display())]
    Ending {
        /// What was to be started.
        program: PathBuf,
    },
}

impl SpawnError {
    /// A stable name for the failure.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Start { .. } => "process_start",
            Self::Unusable { .. } => "process_unusable",
            Self::Tree { .. } => "process_tree",
            Self::Ending { .. } => "process_ending",
        }
    }

    /// What a person can do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Start { .. } => "check that the program exists and may be executed",
            Self::Unusable { .. } => "correct the program, its arguments or its folder",
            Self::Tree { .. } => "look at the reason given; too many processes may be running",
            Self::Ending { .. } => "start Ampersand again",
        }
    }
}

/// Starts a program that ends with us. It leads a session of its own, and inherits nothing that `spec` does not name.
pub async fn spawn(spec: Spec) -> Result<Child, SpawnError> {
    start(spec, platform::Place::Free).await
}

/// Starts a program as the root of a tree that can be frozen and killed as a whole. `id` names the tree to people
/// looking at the system; it need not be unique.
pub async fn spawn_tree(spec: Spec, id: &str, bounds: Bounds) -> Result<(Child, Tree), SpawnError> {
    let program = spec.program.clone();
    let seed = Tree::prepare(id, bounds)
        .await
        .map_err(|source| SpawnError::Tree { program, source })?;
    plant(seed, spec).await
}

pub(crate) async fn plant(
    seed: crate::tree::platform::Seed,
    spec: Spec,
) -> Result<(Child, Tree), SpawnError> {
    let program = spec.program.clone();
    let refused = |source| SpawnError::Tree {
        program: program.clone(),
        source,
    };
    let (spec, place) = seed.place(spec).map_err(refused)?;
    let child = start(spec, place).await?;
    let tree = seed.grow(&child).map_err(refused)?;
    Ok((child, tree))
}

/// Starts a program that outlives us: its own session, no input, output appended to `log` or dropped. Returns its
/// process number.
pub async fn spawn_detached(spec: Spec, log: Option<&Path>) -> Result<u32, SpawnError> {
    let program = spec.program.clone();
    let log = log
        .map(|path| {
            std::fs::File::options()
                .append(true)
                .create(true)
                .open(path)
        })
        .transpose()
        .map_err(|source| SpawnError::Start {
            program: program.clone(),
            step: "open log",
            source,
        })?;
    on_lane(Lane::main(), program, move || {
        platform::start_detached(spec, log)
    })
    .await
}

async fn start(spec: Spec, place: platform::Place) -> Result<Child, SpawnError> {
    let runtime = tokio::runtime::Handle::current();
    let program = spec.program.clone();
    on_lane(place.lane(), program, move || {
        let _entered = runtime.enter();
        platform::start(spec, place)
    })
    .await
}

async fn on_lane<T: Send + 'static>(
    lane: Option<Lane>,
    program: PathBuf,
    work: impl FnOnce() -> Result<T, SpawnError> + Send + 'static,
) -> Result<T, SpawnError> {
    let answer = match lane {
        Some(lane) => lane.run(work).await,
        None => None,
    };
    answer.unwrap_or(Err(SpawnError::Ending { program }))
}
