//! One program that makes way for another. A helper of ours, started as another user, makes a lesser program and ends; that
//! one, held before its first instruction, is looked at and let run by us. So whoever is more than the program is gone
//! before the program does anything.

use std::io;
use std::os::windows::io::{AsRawHandle, OwnedHandle};
use std::ptr;
use std::sync::Arc;

use tokio::sync::watch;
use windows_sys::Win32::System::JobObjects::IsProcessInJob;
use windows_sys::Win32::System::Threading::{
    GetCurrentProcess, GetProcessIdOfThread, OpenProcess, OpenThread, PROCESS_QUERY_INFORMATION,
    PROCESS_SYNCHRONIZE, PROCESS_TERMINATE, THREAD_QUERY_INFORMATION, THREAD_SUSPEND_RESUME,
};

use super::create::{self, Created, Held};
use super::{SpawnError, follow, order, terminate};
use crate::child::Child;
use crate::spec::Spec;
use crate::tree::Tree;
use crate::tree::platform::{owned, truth};

/// A program that stands before its first instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Its process number.
    pub pid: u32,
    /// The number of the one thread that lets it run.
    pub thread: u32,
}

/// Makes a program that is less than we are, in our own job, with the three streams given as its input, output and errors.
/// It stands still when this returns: whoever is told its numbers lets it run. `executes` tells whether it may start others.
pub fn leave_standing(
    spec: &Spec,
    token: OwnedHandle,
    streams: [OwnedHandle; 3],
    executes: bool,
) -> Result<Standing, SpawnError> {
    let refused = |(step, source)| SpawnError::Start {
        program: spec.program.clone(),
        step,
        source,
    };
    let mut order = order(spec, None, streams)?;
    order.token = Some(token);
    order.executes = executes;
    is_in_a_job().map_err(|error| refused(("look at its job", error)))?;
    let Created { pid, thread, .. } = create::create(order).map_err(refused)?;
    Ok(Standing { pid, thread })
}

/// Waits for `child` to end, and lets the program run that it has left standing in the same tree. What is returned has the
/// streams of `child`.
pub async fn succeed(
    mut child: Child,
    tree: &Tree,
    standing: Standing,
) -> Result<Child, SpawnError> {
    let program = || std::path::PathBuf::from(format!("process {}", standing.pid));
    let refused = |step| {
        move |source| SpawnError::Start {
            program: program(),
            step,
            source,
        }
    };
    let ended = child.wait().await;
    ended.map_err(|error| refused("see its maker end")(io::Error::other(error)))?;
    let process = open(standing.pid).map_err(refused("look at it"))?;
    let confirmed = tree.platform().confirm(&process);
    confirmed.map_err(refused("see it fenced in"))?;
    let process = Arc::new(process);
    let (told, exit) = watch::channel(None);
    let watching = follow(Arc::clone(&process), told);
    let running = watching.and_then(|()| thread_of(standing)?.release());
    if let Err(source) = running {
        terminate(&process);
        return Err(refused("let it run")(source));
    }
    Ok(child.succeeded_by(standing.pid, exit, Some(process)))
}

/// What is made by a process in a job is in that job.
#[expect(unsafe_code, reason = "job objects have no safe interface")]
fn is_in_a_job() -> io::Result<()> {
    let mut answer = 0;
    // SAFETY: the process handle stands for ourselves; without a job it asks for any.
    truth(unsafe { IsProcessInJob(GetCurrentProcess(), ptr::null_mut(), &raw mut answer) })?;
    match answer {
        0 => Err(io::Error::other("its maker is in none")),
        _ => Ok(()),
    }
}

#[expect(unsafe_code, reason = "processes have no safe interface")]
fn open(pid: u32) -> io::Result<OwnedHandle> {
    let access = PROCESS_QUERY_INFORMATION | PROCESS_SYNCHRONIZE | PROCESS_TERMINATE;
    // SAFETY: the handle is checked by `owned` and closed by it.
    owned(unsafe { OpenProcess(access, 0, pid) })
}

/// The thread that lets it run, if it is that process's.
#[expect(unsafe_code, reason = "threads have no safe interface")]
fn thread_of(standing: Standing) -> io::Result<Held> {
    let access = THREAD_SUSPEND_RESUME | THREAD_QUERY_INFORMATION;
    // SAFETY: the handle is checked by `owned` and closed by it.
    let thread = owned(unsafe { OpenThread(access, 0, standing.thread) })?;
    // SAFETY: the handle is open.
    let pid = unsafe { GetProcessIdOfThread(thread.as_raw_handle()) };
    match pid == standing.pid {
        true => Ok(Held::of(thread)),
        false => Err(io::ErrorKind::NotFound.into()),
    }
}
