//! Starting a program on Linux: `clone3` straight into its cgroup, so that not even its first instruction runs outside.

mod fork;

use std::ffi::{CString, OsString};
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::sync::Arc;

use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{WaitId, WaitIdOptions, waitid};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::process::{ChildStderr, ChildStdin, ChildStdout};
use tokio::sync::watch;

use super::{Lane, SpawnError};
use crate::child::{Child, Exit, Pipes};
use crate::spec::{Limits, Spec, Stdin};
use fork::{Forked, Life, Plan};

/// Where in the system's accounting a program is started.
#[derive(Debug)]
pub(crate) enum Place {
    /// Where we are.
    Free,
    /// In a group of its own.
    Group {
        /// Directory of the cgroup v2 it is born in.
        unified: Option<OwnedFd>,
        /// The thread from which it inherits its place in the older hierarchies.
        lane: Option<Lane>,
    },
}

impl Place {
    pub(super) fn lane(&self) -> Option<Lane> {
        match self {
            Self::Group {
                lane: Some(lane), ..
            } => Some(lane.clone()),
            Self::Group { lane: None, .. } | Self::Free => Lane::main(),
        }
    }
}

pub(super) fn start(spec: Spec, place: Place) -> Result<Child, SpawnError> {
    let program = spec.program.clone();
    let refused = |step| {
        move |source: io::Error| SpawnError::Start {
            program,
            step,
            source,
        }
    };
    let wire = || pipe_with(PipeFlags::CLOEXEC).map_err(io::Error::from);
    let (input, stdin) = match spec.stdin {
        Stdin::Piped => wire().map(|(read, write)| (read, Some(write))),
        Stdin::Null => null().map(|null| (null, None)),
    }
    .map_err(refused.clone()("open its input"))?;
    let (stdout, output) = wire().map_err(refused.clone()("open its output"))?;
    let (stderr, errors) = wire().map_err(refused.clone()("open its errors"))?;
    let Forked { pid, pidfd } = launch(spec, place, [input, output, errors], Life::Ours)?;
    let pipes = || -> io::Result<Pipes> {
        Ok(Pipes {
            stdin: stdin
                .map(|end| ChildStdin::from_std(end.into()))
                .transpose()?,
            stdout: Some(ChildStdout::from_std(stdout.into())?),
            stderr: Some(ChildStderr::from_std(stderr.into())?),
        })
    };
    let pidfd = Arc::new(pidfd);
    let exit = watch_exit(Arc::clone(&pidfd));
    let pipes = pipes().map_err(refused("listen to it"));
    // The child exists from here on, so that every way out of this function ends it.
    let nothing = Pipes {
        stdin: None,
        stdout: None,
        stderr: None,
    };
    match pipes {
        Ok(pipes) => Ok(Child::new(pid, pipes, exit, Some(pidfd))),
        Err(error) => {
            drop(Child::new(pid, nothing, exit, Some(pidfd)));
            Err(error)
        }
    }
}

pub(super) fn start_detached(spec: Spec, log: Option<File>) -> Result<u32, SpawnError> {
    let program = spec.program.clone();
    let refused = |source| SpawnError::Start {
        program: program.clone(),
        step: "open log",
        source,
    };
    let stdin = null().map_err(refused)?;
    let stdout = log
        .map_or_else(null, |log| Ok(log.into()))
        .map_err(refused)?;
    let stderr = stdout.try_clone().map_err(refused)?;
    let Forked { pid, pidfd } = launch(spec, Place::Free, [stdin, stdout, stderr], Life::ItsOwn)?;
    // Should it end before us, its exit must be collected; no runtime is assumed to last that long.
    let reaper = std::thread::Builder::new()
        .name("reaper".to_owned())
        .stack_size(64 << 10);
    let reap = move || {
        let _ = waitid(WaitId::PidFd(pidfd.as_fd()), WaitIdOptions::EXITED);
    };
    if let Err(error) = reaper.spawn(reap) {
        tracing::warn!(pid, %error, "nobody collects the exit of a detached process");
    }
    Ok(pid)
}

fn null() -> io::Result<OwnedFd> {
    Ok(File::options()
        .read(true)
        .write(true)
        .open("/dev/null")?
        .into())
}

fn launch(spec: Spec, place: Place, stdio: [OwnedFd; 3], life: Life) -> Result<Forked, SpawnError> {
    let path = spec.program.clone();
    let unusable = |why| SpawnError::Unusable {
        program: path.clone(),
        why,
    };
    if !spec.program.is_absolute() {
        return Err(unusable("its path is not absolute"));
    }
    let text = |value: OsString| {
        CString::new(value.into_vec()).map_err(|_| unusable("it names a NUL character"))
    };
    let program = text(spec.program.clone().into_os_string())?;
    let mut args = vec![program.clone()];
    for arg in spec.args {
        args.push(text(arg)?);
    }
    let mut env = Vec::with_capacity(spec.env.len());
    for (mut name, value) in spec.env {
        name.push("=");
        name.push(value);
        env.push(text(name)?);
    }
    let cwd = text(spec.cwd.into_os_string())?;
    let refused = |step, source| SpawnError::Start {
        program: spec.program.clone(),
        step,
        source,
    };
    let (errors, report) =
        pipe_with(PipeFlags::CLOEXEC).map_err(|error| refused("open a pipe", error.into()))?;
    let unified = match place {
        Place::Free => None,
        Place::Group { unified, .. } => unified,
    };
    let plan = Plan {
        program,
        args,
        env,
        cwd,
        stdio: [
            stdio[0].as_raw_fd(),
            stdio[1].as_raw_fd(),
            stdio[2].as_raw_fd(),
        ],
        inherit: spec
            .inherit
            .iter()
            .map(|(fd, number)| (fd.as_raw_fd(), *number))
            .collect(),
        join: None,
        limits: limits(spec.limits),
        report: report.as_raw_fd(),
        life,
    };
    let forked = fork::fork(plan, unified).map_err(|source| refused("fork", source))?;
    drop(report);
    let mut failure = Vec::with_capacity(5);
    let read = File::from(errors).read_to_end(&mut failure);
    match fork::failure(&failure) {
        None if read.is_ok() => Ok(forked),
        told => {
            let _ = waitid(WaitId::PidFd(forked.pidfd.as_fd()), WaitIdOptions::EXITED);
            let (step, source) = told.unwrap_or(("hear from it", io::ErrorKind::BrokenPipe.into()));
            Err(refused(step, source))
        }
    }
}

fn limits(limits: Limits) -> Vec<(u32, u64)> {
    let mut set = vec![(libc::RLIMIT_CORE, 0)];
    set.extend(limits.file_bytes.map(|bytes| (libc::RLIMIT_FSIZE, bytes)));
    set.extend(limits.open_files.map(|files| (libc::RLIMIT_NOFILE, files)));
    set
}

#[expect(
    unsafe_code,
    reason = "the caller has to promise that the descriptor stays the same"
)]
fn listen(pidfd: Arc<OwnedFd>) -> io::Result<AsyncFd<Arc<OwnedFd>>> {
    // SAFETY: an `OwnedFd` behind an `Arc` is one open descriptor for as long as the `Arc` lives.
    Ok(unsafe { AsyncFd::register_with_interest(pidfd, Interest::READABLE) }?)
}

fn watch_exit(pidfd: Arc<OwnedFd>) -> watch::Receiver<Option<Exit>> {
    let (told, exit) = watch::channel(None);
    tokio::spawn(async move {
        let ended = match listen(pidfd) {
            Ok(ended) => ended,
            Err(error) => {
                tracing::error!(%error, "cannot watch a process");
                return;
            }
        };
        if ended.readable().await.is_err() {
            return;
        }
        let fd = ended.get_ref().as_fd();
        match waitid(WaitId::PidFd(fd), WaitIdOptions::EXITED) {
            Ok(Some(status)) => {
                let exit = status.terminating_signal().map_or_else(
                    || Exit::Code(status.exit_status().unwrap_or(-1)),
                    Exit::Signal,
                );
                told.send_replace(Some(exit));
            }
            Ok(None) => {}
            Err(error) => tracing::error!(%error, "cannot collect a process"),
        }
    });
    exit
}
