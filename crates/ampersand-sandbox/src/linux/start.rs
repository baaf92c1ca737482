//! Starting the insider, and the wait for its word that the program has taken over.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use ampersand_process::{Child, Spec, Tree, keeps, spawn_tree};
use rustix::pipe::{PipeFlags, pipe_with};
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe::Receiver;
use tokio::time::timeout;

use super::enter::{Bound, READY};
use crate::launcher::LaunchError;
use crate::policy::Policy;

/// How long building may take on the slowest machine.
const SETUP_LIMIT: Duration = Duration::from_secs(20);

/// What a failing step may say at most.
const WORDS: u64 = 4096;

/// The pipe an insider reports through.
pub(super) struct Report {
    pub(super) reader: OwnedFd,
    pub(super) writer: OwnedFd,
}

impl Report {
    pub(super) fn open() -> Result<Self, LaunchError> {
        let (reader, writer) =
            pipe_with(PipeFlags::CLOEXEC).map_err(|error| refused("open a pipe")(error.into()))?;
        Ok(Self { reader, writer })
    }
}

pub(super) fn refused(step: &'static str) -> impl FnOnce(io::Error) -> LaunchError {
    move |source| LaunchError::Prepare { step, source }
}

/// Starts what `spec` says as a tree and waits until the program has taken over inside.
pub(super) async fn start(
    spec: Spec,
    policy: &Policy,
    attempt_id: &str,
    report: OwnedFd,
) -> Result<(Child, Tree), LaunchError> {
    let (mut child, tree) = spawn_tree(spec, attempt_id, policy.limits.bounds())
        .await
        .map_err(LaunchError::Spawn)?;
    // Seen long before the sandbox is complete, and so before anything in it runs.
    if let Some(words) = unbounded(&tree) {
        return Err(LaunchError::Setup {
            words: words.to_owned(),
        });
    }
    let mut words = Vec::new();
    let heard = Receiver::from_owned_fd(report).map_err(refused("listen to it"))?;
    // Ends when the program has taken over, or with whoever was to start it.
    let mut heard = heard.take(WORDS);
    match timeout(SETUP_LIMIT, heard.read_to_end(&mut words)).await {
        Ok(heard) => heard.map(drop).map_err(refused("listen to it"))?,
        Err(_) => {
            let words = format!("it was not complete within {} s", SETUP_LIMIT.as_secs());
            return Err(LaunchError::Setup { words });
        }
    }
    if words == READY {
        return Ok((child, tree));
    }
    let mut said = words.strip_prefix(READY).unwrap_or(&words).to_vec();
    if let Some(stderr) = child.take_stderr().filter(|_| said.is_empty()) {
        stderr
            .take(WORDS)
            .read_to_end(&mut said)
            .await
            .map_err(refused("listen to it"))?;
    }
    let words = String::from_utf8_lossy(&said).trim().to_owned();
    Err(LaunchError::Setup { words })
}

/// How far beyond what an attempt may use each process is refused more, where no group counts: whoever looks has to see
/// it go too far before it fails.
fn beyond(memory_bytes: u64) -> u64 {
    const LEAST: u64 = 64 << 20;
    memory_bytes.saturating_add((memory_bytes / 8).max(LEAST))
}

/// What the insider limits of each process by itself, processes and memory: beside a group that counts them together, so
/// much more that the group's bound comes first, even when a person has let it grow.
pub(super) fn of_each(policy: &Policy) -> (Bound, Bound) {
    let kept = keeps();
    let limits = &policy.limits;
    let bound = |kept: bool, now: u64| match kept {
        true => Bound::fixed(now.saturating_mul(64)),
        false => Bound {
            now,
            most: now.saturating_mul(limits.growth),
        },
    };
    (
        bound(kept.processes, limits.processes),
        bound(kept.memory, beyond(limits.memory_bytes)),
    )
}

/// What was to be bounded and is not.
fn unbounded(tree: &Tree) -> Option<&'static str> {
    let (bounded, kept) = (tree.bounded(), keeps());
    // The system lets root have as many processes as it likes, whatever its limit says.
    if rustix::process::geteuid().is_root() && bounded.processes.is_none() {
        return Some(
            "as root, processes can be limited by a pids control group only, and none is writable",
        );
    }
    let lost = kept.processes && bounded.processes.is_none()
        || kept.memory && bounded.memory_bytes.is_none();
    lost.then_some("its control group does not take the limits it took before")
}
