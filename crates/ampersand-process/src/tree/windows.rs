//! Trees on Windows: a job object, which no process of it can leave. Stopping goes thread by thread over the job's list,
//! with no new process allowed meanwhile.

mod bounds;

use std::collections::BTreeSet;
use std::io;
use std::mem::{size_of, zeroed};
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use windows_sys::Win32::Foundation::{HANDLE, INVALID_HANDLE_VALUE};
use windows_sys::Win32::System::Diagnostics::ToolHelp::{
    CreateToolhelp32Snapshot, TH32CS_SNAPTHREAD, THREADENTRY32, Thread32First, Thread32Next,
};
use windows_sys::Win32::System::JobObjects::{
    AssignProcessToJobObject, CreateJobObjectW, IsProcessInJob, JOBOBJECT_BASIC_PROCESS_ID_LIST,
    JobObjectBasicProcessIdList, QueryInformationJobObject, TerminateJobObject,
};
use windows_sys::Win32::System::Threading::{
    GetCurrentProcess, OpenThread, ResumeThread, SuspendThread, THREAD_SUSPEND_RESUME,
};

use super::{Frozen, Gone, Pauses, Tree, TreeError, blocking};
use crate::child::Child;
use crate::spawn::platform::Place;
use crate::spec::{Bounds, Keeps, Spec, Usage};

const FREEZE_LIMIT: Duration = Duration::from_secs(2);
const KILL_LIMIT: Duration = Duration::from_secs(5);
/// More processes than a job of ours may ever hold.
const LISTED: usize = 4096;

/// A tree before its first process.
#[derive(Debug)]
pub(crate) struct Seed {
    members: Arc<Members>,
}

/// A tree with a root. Dropping it kills the tree.
#[derive(Debug)]
pub(crate) struct Grown(Arc<Members>);

/// The job that holds a tree, and the threads in it that we suspended.
#[derive(Debug)]
pub(crate) struct Members {
    id: String,
    job: OwnedHandle,
    bounds: std::sync::Mutex<Bounds>,
    /// Of the bounds, those the system took.
    kept: std::sync::Mutex<Bounds>,
    suspended: std::sync::Mutex<BTreeSet<u32>>,
    off_desktop: AtomicBool,
}

impl Seed {
    #[expect(unsafe_code, reason = "job objects have no safe interface")]
    pub(crate) fn prepare(id: &str, bounds: Bounds) -> Result<Self, TreeError> {
        // SAFETY: both arguments may be null.
        let job = unsafe { CreateJobObjectW(ptr::null(), ptr::null()) };
        let job = owned(job).map_err(|source| TreeError::Refused {
            id: id.to_owned(),
            step: "create its job",
            source,
        })?;
        let suspended = std::sync::Mutex::default();
        let members = Members {
            id: id.to_owned(),
            job,
            bounds: std::sync::Mutex::new(bounds),
            kept: std::sync::Mutex::default(),
            suspended,
            off_desktop: AtomicBool::new(false),
        };
        let kept = members
            .limit(bounds)
            .map_err(members.refused("limit its job"))?;
        members.keep(kept);
        let members = Arc::new(members);
        Ok(Self { members })
    }

    /// Whatever has a container is kept from the desktop as well, where that can be had.
    pub(crate) fn place(&self, spec: Spec) -> Result<(Spec, Place), TreeError> {
        let members = &self.members;
        let contained = spec.container.is_some();
        let alone = || is_in_job(current(), ptr::null_mut()).map(|in_one| !in_one);
        // A job inside another one cannot have such limits, and there is no program in it that would not start for them.
        let looked = members.refused("look at its job");
        if contained && alone().map_err(looked)? {
            members
                .keep_off_desktop()
                .map_err(members.refused("keep it off the desktop"))?;
        }
        Ok((spec, Place::Job(Arc::clone(members))))
    }

    #[expect(clippy::unnecessary_wraps, reason = "the other systems can refuse")]
    pub(crate) fn grow(self, root: &Child) -> Result<Tree, TreeError> {
        Ok(Tree::from_grown(Grown(self.members), root))
    }
}

impl Grown {
    pub(crate) fn handle(&self) -> Arc<Members> {
        Arc::clone(&self.0)
    }

    pub(crate) fn bounded(&self) -> Bounds {
        self.0.kept()
    }

    #[expect(clippy::unused_self, reason = "elsewhere it differs from tree to tree")]
    pub(crate) const fn escapable(&self) -> bool {
        false
    }
}

impl Drop for Grown {
    fn drop(&mut self) {
        // A look still under way holds the job open, so closing it alone might come late.
        if let Err(error) = self.0.terminate() {
            tracing::error!(%error, "a dropped process tree was not killed");
        }
    }
}

impl Members {
    fn bounds(&self) -> Bounds {
        *self
            .bounds
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn keep(&self, kept: Bounds) {
        *self
            .kept
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = kept;
    }

    fn kept(&self) -> Bounds {
        *self
            .kept
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// For whoever starts its first process: open as long as this value is.
    pub(crate) fn job(&self) -> HANDLE {
        self.job.as_raw_handle()
    }

    /// Puts a process that stands still into the job.
    #[expect(unsafe_code, reason = "job objects have no safe interface")]
    pub(crate) fn take(&self, process: &OwnedHandle) -> io::Result<()> {
        // SAFETY: both handles are open.
        truth(unsafe { AssignProcessToJobObject(self.job(), process.as_raw_handle()) })
    }

    /// That a process is in this job.
    pub(crate) fn confirm(&self, process: &OwnedHandle) -> io::Result<()> {
        match is_in_job(process.as_raw_handle(), self.job())? {
            true => Ok(()),
            false => Err(io::Error::other("it is not in its job")),
        }
    }

    /// Whether the limits against using the desktop hold.
    pub(crate) fn is_off_desktop(&self) -> bool {
        self.off_desktop.load(Ordering::Relaxed)
    }

    pub(crate) fn is_empty(&self) -> io::Result<bool> {
        self.processes().map(|pids| pids.is_empty())
    }

    #[expect(unsafe_code, reason = "job objects have no safe interface")]
    fn processes(&self) -> io::Result<BTreeSet<u32>> {
        // Two counters, then the numbers; words keep them aligned.
        let mut buffer = vec![
            0_usize;
            size_of::<JOBOBJECT_BASIC_PROCESS_ID_LIST>() / size_of::<usize>()
                + LISTED
        ];
        let size = u32::try_from(buffer.len() * size_of::<usize>()).unwrap_or(u32::MAX);
        // SAFETY: the pointer and its size describe `buffer`.
        truth(unsafe {
            QueryInformationJobObject(
                self.job.as_raw_handle(),
                JobObjectBasicProcessIdList,
                buffer.as_mut_ptr().cast(),
                size,
                ptr::null_mut(),
            )
        })?;
        // SAFETY: the system filled in at least the counters, and the buffer is aligned for them.
        let list = unsafe { &*buffer.as_ptr().cast::<JOBOBJECT_BASIC_PROCESS_ID_LIST>() };
        let listed = (list.NumberOfProcessIdsInList as usize).min(LISTED);
        let first = std::mem::offset_of!(JOBOBJECT_BASIC_PROCESS_ID_LIST, ProcessIdList)
            / size_of::<usize>();
        let pids = buffer[first..first + listed].iter();
        Ok(pids.filter_map(|pid| u32::try_from(*pid).ok()).collect())
    }

    #[expect(unsafe_code, reason = "job objects have no safe interface")]
    fn terminate(&self) -> io::Result<()> {
        // SAFETY: the handle is open.
        truth(unsafe { TerminateJobObject(self.job.as_raw_handle(), 1) })
    }

    fn suspend(&self) -> io::Result<u32> {
        let pids = self.processes()?;
        let most = pids.len() as u64;
        self.limit(Bounds {
            processes: Some(most.max(1)),
            ..self.bounds()
        })?;
        let mut pauses = Pauses::within(FREEZE_LIMIT);
        loop {
            let pids = self.processes()?;
            let mut suspended = self
                .suspended
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            let new: Vec<_> = threads(&pids)?
                .into_iter()
                .filter(|thread| !suspended.contains(thread))
                .collect();
            if new.is_empty() {
                return Ok(u32::try_from(pids.len()).unwrap_or(u32::MAX));
            }
            for thread in new {
                // It may have ended since it was listed; the next look tells.
                if turn(thread, Turn::Suspend).is_ok() {
                    suspended.insert(thread);
                }
            }
            drop(suspended);
            if !pauses.pause() {
                return Err(io::ErrorKind::TimedOut.into());
            }
        }
    }

    fn refused(&self, step: &'static str) -> impl Fn(io::Error) -> TreeError + use<> {
        let id = self.id.clone();
        move |source| TreeError::Refused {
            id: id.clone(),
            step,
            source,
        }
    }
}

pub(crate) fn freeze(trees: &[Arc<Members>]) -> Vec<Result<Frozen, TreeError>> {
    let freeze = |tree: &Arc<Members>| {
        let processes = tree.suspend().map_err(tree.refused("suspend it"))?;
        Ok(Frozen { processes })
    };
    trees.iter().map(freeze).collect()
}

pub(crate) fn thaw(tree: &Members) -> Result<(), TreeError> {
    let mut suspended = tree
        .suspended
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    for thread in std::mem::take(&mut *suspended) {
        // A thread that has ended needs no resuming.
        drop(turn(thread, Turn::Resume));
    }
    drop(suspended);
    tree.limit(tree.bounds())
        .map(drop)
        .map_err(tree.refused("limit its job"))
}

pub(crate) async fn kill(tree: Arc<Members>) -> Result<Gone, TreeError> {
    blocking(tree, |tree| end(&tree)).await
}

fn end(tree: &Members) -> Result<Gone, TreeError> {
    let look = || tree.processes().map_err(tree.refused("list it"));
    let processes = u32::try_from(look()?.len()).unwrap_or(u32::MAX);
    tree.terminate()
        .map_err(tree.refused("terminate its job"))?;
    let mut pauses = Pauses::within(KILL_LIMIT);
    loop {
        let left = look()?.len();
        if left == 0 {
            return Ok(Gone { processes });
        }
        if !pauses.pause() {
            let left = u32::try_from(left).unwrap_or(u32::MAX);
            let id = tree.id.clone();
            return Err(TreeError::Unfinished {
                id,
                step: "end",
                left,
                after: KILL_LIMIT,
            });
        }
    }
}

pub(crate) fn count(tree: &Members) -> Result<u32, TreeError> {
    pids(tree).map(|pids| u32::try_from(pids.len()).unwrap_or(u32::MAX))
}

pub(crate) fn pids(tree: &Members) -> Result<Vec<u32>, TreeError> {
    let pids = tree.processes().map_err(tree.refused("list it"))?;
    Ok(pids.into_iter().collect())
}

#[expect(clippy::unnecessary_wraps, reason = "another system can refuse")]
pub(crate) const fn watchers(_tree: &Members) -> Result<u64, TreeError> {
    Ok(0)
}

pub(crate) const fn nameless_bytes(_tree: &Members, _devices: &[u64]) -> Result<u64, TreeError> {
    Ok(0)
}

pub(crate) fn usage(tree: &Members) -> Result<Usage, TreeError> {
    let look = tree.refused("look at what it uses");
    Ok(Usage {
        memory_bytes: tree.peak().map_err(&look)?,
        processes: tree.processes().map_err(&look)?.len() as u64,
        ..Usage::default()
    })
}

/// The new bounds hold as soon as it runs again, if it is frozen.
pub(crate) fn bound(tree: &Members, bounds: Bounds) -> Bounds {
    *tree
        .bounds
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner) = bounds;
    match tree.limit(bounds) {
        Ok(kept) => {
            tree.keep(kept);
            kept
        }
        Err(_) => Bounds::default(),
    }
}

pub(crate) const fn keeps() -> Keeps {
    Keeps {
        processes: true,
        memory: true,
    }
}

#[derive(Debug, Clone, Copy)]
enum Turn {
    Suspend,
    Resume,
}

#[expect(unsafe_code, reason = "threads have no safe interface")]
fn turn(thread: u32, turn: Turn) -> io::Result<()> {
    // SAFETY: the handle is checked by `owned` and closed by it.
    let thread = owned(unsafe { OpenThread(THREAD_SUSPEND_RESUME, 0, thread) })?;
    // SAFETY: the handle is open.
    let before = unsafe {
        match turn {
            Turn::Suspend => SuspendThread(thread.as_raw_handle()),
            Turn::Resume => ResumeThread(thread.as_raw_handle()),
        }
    };
    if before == u32::MAX {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}

#[expect(unsafe_code, reason = "the process table has no safe interface")]
fn threads(pids: &BTreeSet<u32>) -> io::Result<Vec<u32>> {
    // SAFETY: the handle is checked by `owned` and closed by it.
    let snapshot = owned(unsafe { CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0) })?;
    // SAFETY: all-zero is a valid value; it holds integers only.
    let mut entry: THREADENTRY32 = unsafe { zeroed() };
    entry.dwSize = size_of::<THREADENTRY32>() as u32;
    let mut found = Vec::new();
    // SAFETY: the handle is open, and the entry tells its size.
    let mut more = unsafe { Thread32First(snapshot.as_raw_handle(), &raw mut entry) };
    while more != 0 {
        if pids.contains(&entry.th32OwnerProcessID) {
            found.push(entry.th32ThreadID);
        }
        // SAFETY: as above.
        more = unsafe { Thread32Next(snapshot.as_raw_handle(), &raw mut entry) };
    }
    Ok(found)
}

#[expect(unsafe_code, reason = "job objects have no safe interface")]
fn is_in_job(process: HANDLE, job: HANDLE) -> io::Result<bool> {
    let mut answer = 0;
    // SAFETY: the process handle is open or stands for ourselves; without a job it asks for any.
    truth(unsafe { IsProcessInJob(process, job, &raw mut answer) })?;
    Ok(answer != 0)
}

#[expect(unsafe_code, reason = "processes have no safe interface")]
fn current() -> HANDLE {
    // SAFETY: it cannot fail, and what it gives needs no closing.
    unsafe { GetCurrentProcess() }
}

#[expect(unsafe_code, reason = "takes ownership of a raw handle")]
pub(crate) fn owned(handle: HANDLE) -> io::Result<OwnedHandle> {
    if handle.is_null() || handle == INVALID_HANDLE_VALUE {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it is open, and only just made for us.
    Ok(unsafe { OwnedHandle::from_raw_handle(handle) })
}

pub(crate) fn truth(answer: i32) -> io::Result<()> {
    if answer == 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}
