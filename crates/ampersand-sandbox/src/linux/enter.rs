//! The step between the finished namespaces and the program: checks that nothing was left open, adds the locks only an
//! insider can add, and hands over. Runs inside, before anything hostile does; any doubt ends it.

use std::convert::Infallible;
use std::ffi::OsString;
use std::os::fd::{BorrowedFd, RawFd};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use landlock::{
    ABI, Access, AccessFs, BitFlags, PathBeneath, PathFd, Ruleset, RulesetAttr, RulesetCreated,
    RulesetCreatedAttr, RulesetError, Scope,
};
use rustix::process::{Resource, Rlimit, setrlimit};
use serde::{Deserialize, Serialize};

/// What the insider is told; nothing in it is secret, since the program can read it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Order {
    /// Where to report: [`READY`] before handing over, or the reason for not doing so.
    pub(super) report: RawFd,
    /// Folders that may be changed.
    pub(super) writable: Vec<PathBuf>,
    /// Files and folders that may be read and executed.
    pub(super) readable: Vec<PathBuf>,
    pub(super) processes: u64,
    pub(super) memory_bytes: u64,
    pub(super) file_bytes: u64,
}

/// The report of an insider that hands over.
pub(super) const READY: &[u8] = b"+";

/// The argument that makes this program the canary's insider.
pub(super) const CANARY: &str = "--canary";

const REFUSED: u8 = 125;

/// The newest rules we know how to give; an older kernel takes those it knows.
const RULES: ABI = ABI::V6;

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
    confirm_powerless()?;
    let limits = [
        (Resource::Core, 0),
        (Resource::Nproc, order.processes),
        (Resource::Fsize, order.file_bytes),
        (Resource::Data, order.memory_bytes),
    ];
    for (resource, most) in limits {
        let limit = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        setrlimit(resource, limit)
            .map_err(|error| format!("cannot limit {resource:?}: {error}"))?;
    }
    lock(order).map_err(|error| format!("cannot apply Landlock: {error}"))?;
    close_on_exec().map_err(|error| format!("cannot close descriptors: {error}"))?;
    let mut argv = argv.into_iter();
    let program = argv.next().ok_or("no program was given")?;
    // A launcher that died while the namespaces were built could not take the builder's inner half along.
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

/// The namespaces' builder was to drop every capability and to bar new ones; believed only when seen.
fn confirm_powerless() -> Result<(), String> {
    let status = std::fs::read_to_string("/proc/self/status")
        .map_err(|error| format!("cannot read its own status: {error}"))?;
    let expected = [
        ("CapInh", "0000000000000000"),
        ("CapPrm", "0000000000000000"),
        ("CapEff", "0000000000000000"),
        ("CapBnd", "0000000000000000"),
        ("CapAmb", "0000000000000000"),
        ("NoNewPrivs", "1"),
        ("Seccomp", "2"),
    ];
    for (field, expected) in expected {
        let value = status.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            (name == field).then(|| value.trim())
        });
        if value != Some(expected) {
            return Err(format!(
                "{field} is {} instead of {expected}",
                value.unwrap_or("missing")
            ));
        }
    }
    Ok(())
}

/// The second lock on the file system: holds even if a mount shows more than it should. It also keeps others' memory
/// shut, the first process's included, and local sockets and signals within the sandbox. A kernel without it has the
/// first lock alone.
fn lock(order: &Order) -> Result<(), RulesetError> {
    let all = AccessFs::from_all(RULES);
    let read = AccessFs::from_read(RULES);
    let device = AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::IoctlDev;
    let look = AccessFs::ReadFile | AccessFs::ReadDir;
    let mut rules = Ruleset::default()
        .handle_access(all)?
        .scope(Scope::from_all(RULES))?
        .create()?;
    for path in &order.writable {
        rules = allow(rules, path, all)?;
    }
    for path in &order.readable {
        rules = allow(rules, path, read)?;
    }
    // Names only: whatever is mounted may be listed, as programs do on their way up.
    rules = allow(rules, "/".as_ref(), AccessFs::ReadDir.into())?;
    for path in ["/dev", "/proc"] {
        rules = allow(rules, path.as_ref(), look)?;
    }
    for device_path in [
        "null", "zero", "full", "random", "urandom", "tty", "ptmx", "pts",
    ] {
        rules = allow(rules, &Path::new("/dev").join(device_path), device)?;
    }
    rules.restrict_self()?;
    Ok(())
}

fn allow(
    rules: RulesetCreated,
    path: &Path,
    access: BitFlags<AccessFs>,
) -> Result<RulesetCreated, RulesetError> {
    // What is not there needs no permission.
    let Ok(fd) = PathFd::new(path) else {
        return Ok(rules);
    };
    let access = if path.is_dir() {
        access
    } else {
        access & AccessFs::from_file(RULES)
    };
    rules.add_rule(PathBeneath::new(fd, access))
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
