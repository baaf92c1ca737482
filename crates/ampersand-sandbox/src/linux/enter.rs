//! The step between the finished fence and the program: checks that nothing was left open, adds the locks only an
//! insider can add, and hands over. Runs inside, before anything hostile does; any doubt ends it.

mod guard;
mod lock;
mod power;

use std::convert::Infallible;
use std::ffi::OsString;
use std::os::fd::{BorrowedFd, RawFd};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde::{Deserialize, Serialize};

/// What the insider is told; nothing in it is secret, since the program can read it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Order {
    /// Where to report: [`READY`] before handing over, or the reason for not doing so.
    pub(super) report: RawFd,
    /// What keeps the program apart besides the locks added here.
    pub(super) fence: Fence,
    /// Where it is to listen for what the program sends out.
    pub(super) way: Option<super::way::Door>,
    /// Where it is to hand out sockets of its own network.
    pub(super) inward: Option<RawFd>,
    /// Folders that may be changed.
    pub(super) writable: Vec<PathBuf>,
    /// Files and folders that may be read and executed.
    pub(super) readable: Vec<PathBuf>,
    /// Of each process by itself.
    pub(super) processes: Bound,
    /// Of each process by itself.
    pub(super) memory_bytes: Bound,
    pub(super) file_bytes: u64,
}

/// A bound, and how far it may be raised while the program runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Bound {
    pub(super) now: u64,
    pub(super) most: u64,
}

impl Bound {
    pub(super) const fn fixed(most: u64) -> Self {
        Self { now: most, most }
    }
}

/// What keeps the program apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Fence {
    /// Namespaces were built around the insider already, and a filter holds.
    Namespaces,
    /// Nothing yet: the insider's own locks are all there is.
    Locks {
        /// Whether the worktree is writable.
        writes: bool,
    },
    /// Nothing at all, by a person's consent: the tree is watched, and that is it.
    Nothing,
}

/// The report of an insider that hands over.
pub(super) const READY: &[u8] = b"+";

/// The argument that makes this program the canary's insider.
pub(super) const CANARY: &str = "--canary";

const REFUSED: u8 = 125;

/// Descriptors of one process.
const DESCRIPTORS: u64 = 1 << 16;

/// Entry of the `ampersand-enter` program: an order, then the program and its arguments.
pub fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    let order = args.next().unwrap_or_default();
    if order == CANARY {
        return super::canary::inside::main(args.next().unwrap_or_default());
    }
    let Some(order) = order
        .to_str()
        .and_then(|order| serde_json::from_str::<Order>(order).ok())
    else {
        eprintln!("ampersand-enter is started by the sandbox only");
        return ExitCode::from(REFUSED);
    };
    let report = order.report;
    let Err(why) = enter(&order, args.collect());
    // Nobody listening: then nobody needs to know.
    tell(report, why.as_bytes()).ok();
    ExitCode::from(REFUSED)
}

fn enter(order: &Order, argv: Vec<OsString>) -> Result<Infallible, String> {
    match order.fence {
        Fence::Namespaces => power::confirm_none(power::Bounding::Empty)?,
        Fence::Locks { .. } => power::give_up()?,
        Fence::Nothing => {}
    }
    limit(order)?;
    if order.fence != Fence::Namespaces {
        guard::stand(order.report)?;
    }
    match order.fence {
        Fence::Namespaces => lock::second(order)?,
        Fence::Locks { writes } => {
            lock::calls(writes)?;
            let bounding = if rustix::process::geteuid().is_root() {
                power::Bounding::Empty
            } else {
                power::Bounding::OutOfReach
            };
            power::confirm_none(bounding)?;
            lock::only(order)?;
        }
        Fence::Nothing => {}
    }
    if let Some(door) = order.way {
        super::way::open(door).map_err(|error| format!("cannot open its way out: {error}"))?;
    }
    if let Some(hand) = order.inward {
        super::sockets::offer(hand).map_err(|error| format!("cannot open a way in: {error}"))?;
    }
    close_on_exec().map_err(|error| format!("cannot close descriptors: {error}"))?;
    let mut argv = argv.into_iter();
    let program = argv.next().ok_or("no program was given")?;
    // A launcher that died while the fence was built could not take the builder's inner half along.
    tell(order.report, READY).map_err(|error| format!("nobody waits for the program: {error}"))?;
    #[expect(
        clippy::disallowed_methods,
        reason = "replaces this process, starts none"
    )]
    let failed = std::process::Command::new(&program).args(argv).exec();
    Err(format!(
        "cannot execute {}: {failed}",
        Path::new(&program).display()
    ))
}

fn limit(order: &Order) -> Result<(), String> {
    let limits = [
        (Resource::Nofile, Bound::fixed(DESCRIPTORS)),
        (Resource::Core, Bound::fixed(0)),
        (Resource::Nproc, order.processes),
        (Resource::Fsize, Bound::fixed(order.file_bytes)),
        (Resource::Data, order.memory_bytes),
    ];
    for (resource, bound) in limits {
        // Fewer stay fewer: nobody but root may have more than before.
        let before = getrlimit(resource);
        let fewer = |ours: u64, most: Option<u64>| most.map_or(ours, |most| most.min(ours));
        let current = match resource {
            Resource::Nofile => before.current,
            _ => before.maximum,
        };
        let limit = Rlimit {
            current: Some(fewer(bound.now, current)),
            maximum: Some(fewer(bound.most, before.maximum)),
        };
        setrlimit(resource, limit)
            .map_err(|error| format!("cannot limit {resource:?}: {error}"))?;
    }
    Ok(())
}

#[expect(
    unsafe_code,
    reason = "no safe interface marks all descriptors at once"
)]
fn close_on_exec() -> std::io::Result<()> {
    let (from, cloexec) = (3 as libc::c_uint, libc::CLOSE_RANGE_CLOEXEC);
    // SAFETY: marks descriptors, closes none.
    let marked = unsafe { libc::syscall(libc::SYS_close_range, from, libc::c_uint::MAX, cloexec) };
    if marked < 0 {
        Err(std::io::Error::last_os_error())
    } else {
        Ok(())
    }
}

#[expect(unsafe_code, reason = "the descriptor is known by its number only")]
fn tell(report: RawFd, words: &[u8]) -> std::io::Result<()> {
    // SAFETY: opened for us by the launcher and never closed; a wrong number fails to be written to.
    let report = unsafe { BorrowedFd::borrow_raw(report) };
    rustix::io::write(report, words)?;
    Ok(())
}
