//! The moment between fork and exec. Everything is laid out before; the child only makes system calls, since another
//! thread may have held any lock, the allocator's included, when it was copied.

use std::ffi::{CStr, CString, c_char};
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::ptr;

use rustix::fs::{Mode, OFlags, openat};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open};

/// What the child does before it becomes the program.
pub(super) struct Plan {
    pub(super) program: CString,
    pub(super) args: Vec<CString>,
    pub(super) env: Vec<CString>,
    pub(super) cwd: CString,
    pub(super) stdio: [RawFd; 3],
    pub(super) inherit: Vec<(RawFd, RawFd)>,
    /// `cgroup.procs` of a group it could not be born in.
    pub(super) join: Option<RawFd>,
    pub(super) limits: Vec<(u32, u64)>,
    pub(super) report: RawFd,
    pub(super) life: Life,
}

/// How long a child lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Life {
    /// At most as long as we do.
    Ours,
    /// As long as it likes.
    ItsOwn,
}

/// A child that exists; whether it became the program is told by [`failure`].
pub(super) struct Forked {
    pub(super) pid: u32,
    pub(super) pidfd: OwnedFd,
}

// libc's constant is too narrow for its value.
const CLONE_INTO_CGROUP: u64 = 0x2_0000_0000;

const STEPS: [&str; 8] = [
    "open a session",
    "tie its life to ours",
    "join its control group",
    "hand over descriptors",
    "close descriptors",
    "set limits",
    "enter its folder",
    "execute it",
];

/// Reads what a child reported: nothing when it became the program.
pub(super) fn failure(report: &[u8]) -> Option<(&'static str, io::Error)> {
    let (step, errno) = report.split_first()?;
    let step = STEPS.get(usize::from(*step)).copied().unwrap_or("start");
    let errno = errno.try_into().map_or(0, i32::from_ne_bytes);
    Some((step, io::Error::from_raw_os_error(errno)))
}

#[expect(
    unsafe_code,
    reason = "no safe interface forks, joins a cgroup and yields a pidfd at once"
)]
pub(super) fn fork(mut plan: Plan, unified: Option<OwnedFd>) -> io::Result<Forked> {
    let pointers = |texts: &[CString]| -> Vec<*const c_char> {
        texts
            .iter()
            .map(|text| text.as_ptr())
            .chain([ptr::null()])
            .collect()
    };
    let (argv, envp) = (pointers(&plan.args), pointers(&plan.env));
    let mut moved = vec![0; plan.inherit.len()];
    let mut pidfd: RawFd = -1;
    let parent = std::process::id().cast_signed();
    let mut flags = libc::CLONE_PIDFD.cast_unsigned().into();
    if unified.is_some() {
        flags |= CLONE_INTO_CGROUP;
    }
    // SAFETY: all-zero is a valid `clone_args`; it holds integers only.
    let mut args: libc::clone_args = unsafe { std::mem::zeroed() };
    args.flags = flags;
    args.pidfd = (&raw mut pidfd) as u64;
    args.exit_signal = libc::SIGCHLD.cast_unsigned().into();
    args.cgroup = unified
        .as_ref()
        .map_or(0, |fd| fd.as_raw_fd().cast_unsigned().into());
    // SAFETY: without CLONE_VM this is a fork: the child has its own copy of the memory, and `become_program` keeps
    // to what may be done there.
    let mut pid = unsafe {
        libc::syscall(
            libc::SYS_clone3,
            &raw mut args,
            size_of::<libc::clone_args>(),
        )
    };
    let mut procs = None;
    if pid < 0 && io::Error::last_os_error().raw_os_error() == Some(libc::ENOSYS) {
        // Sandboxes, ours among them, hide this call, since they cannot see its flags.
        if let Some(group) = &unified {
            procs = Some(openat(
                group,
                "cgroup.procs",
                OFlags::WRONLY | OFlags::CLOEXEC,
                Mode::empty(),
            )?);
        }
        plan.join = procs.as_ref().map(AsRawFd::as_raw_fd);
        // SAFETY: as above.
        pid = unsafe { libc::fork() }.into();
    }
    if pid == 0 {
        // SAFETY: we are the only thread of a fresh copy, and every pointer was made above from live buffers.
        unsafe { become_program(&plan, &argv, &envp, &mut moved, parent) }
    }
    drop(procs);
    // What was refused answers with a negative number, which may not even be looked at as one of a process.
    let pid = i32::try_from(pid).ok().filter(|pid| *pid > 0);
    let pid = pid
        .and_then(Pid::from_raw)
        .ok_or_else(io::Error::last_os_error)?;
    let pidfd = if pidfd < 0 {
        pidfd_open(pid, PidfdFlags::empty()).inspect_err(|_| {
            // Without a hold on it, it must not go on.
            let _ = kill_process(pid, Signal::KILL);
        })?
    } else {
        // SAFETY: the kernel has just opened it for us and nobody else knows it.
        unsafe { OwnedFd::from_raw_fd(pidfd) }
    };
    Ok(Forked {
        pid: pid.as_raw_nonzero().get().cast_unsigned(),
        pidfd,
    })
}

/// Never returns: the program takes over, or the failed step is reported.
///
/// # Safety
/// Only in a fresh child; `argv` and `envp` end with null.
#[expect(
    unsafe_code,
    reason = "runs between fork and exec, where only bare system calls are sound"
)]
unsafe fn become_program(
    plan: &Plan,
    argv: &[*const c_char],
    envp: &[*const c_char],
    moved: &mut [RawFd],
    parent: libc::pid_t,
) -> ! {
    // SAFETY: the caller's promise; each call below is async-signal-safe and allocates nothing.
    unsafe {
        let mut report = plan.report;
        let step = prepare(plan, moved, parent, &mut report)
            .err()
            .unwrap_or_else(|| {
                libc::execve(plan.program.as_ptr(), argv.as_ptr(), envp.as_ptr());
                7
            });
        let errno = (*libc::__errno_location()).to_ne_bytes();
        let told = [step, errno[0], errno[1], errno[2], errno[3]];
        libc::write(report, told.as_ptr().cast(), told.len());
        libc::_exit(127)
    }
}

/// # Safety
/// As [`become_program`].
#[expect(
    unsafe_code,
    reason = "runs between fork and exec, where only bare system calls are sound"
)]
unsafe fn prepare(
    plan: &Plan,
    moved: &mut [RawFd],
    parent: libc::pid_t,
    report: &mut RawFd,
) -> Result<(), u8> {
    // Above every number a caller asks for, so that no dup2 below overwrites a source still needed.
    const HIGH: RawFd = 100;
    const ZERO: &CStr = c"0";
    let ok = |step: u8, answer: libc::c_int| if answer < 0 { Err(step) } else { Ok(answer) };
    // SAFETY: the caller's promise.
    unsafe {
        let mut none: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut none);
        libc::sigprocmask(libc::SIG_SETMASK, &raw const none, ptr::null_mut());
        for signal in 1..=64 {
            libc::signal(signal, libc::SIG_DFL);
        }
        libc::umask(0o022);
        ok(0, libc::setsid())?;
        if plan.life == Life::Ours {
            ok(1, libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL))?;
            if libc::getppid() != parent {
                return Err(1);
            }
        }
        if let Some(join) = plan.join {
            ok(
                2,
                i32::from(libc::write(join, ZERO.as_ptr().cast(), 1) == 1) - 1,
            )?;
        }
        *report = ok(3, libc::fcntl(*report, libc::F_DUPFD_CLOEXEC, HIGH))?;
        let mut stdio = plan.stdio;
        for fd in &mut stdio {
            *fd = ok(3, libc::fcntl(*fd, libc::F_DUPFD_CLOEXEC, HIGH))?;
        }
        for (slot, (fd, _)) in moved.iter_mut().zip(&plan.inherit) {
            *slot = ok(3, libc::fcntl(*fd, libc::F_DUPFD_CLOEXEC, HIGH))?;
        }
        let from: libc::c_uint = 3;
        let cloexec = libc::CLOSE_RANGE_CLOEXEC;
        let closed = libc::syscall(libc::SYS_close_range, from, libc::c_uint::MAX, cloexec);
        ok(4, if closed < 0 { -1 } else { 0 })?;
        for (number, fd) in (0..).zip(stdio) {
            ok(3, libc::dup2(fd, number))?;
        }
        for (fd, (_, number)) in moved.iter().zip(&plan.inherit) {
            ok(3, libc::dup2(*fd, *number))?;
        }
        for (resource, most) in &plan.limits {
            let limit = libc::rlimit {
                rlim_cur: *most,
                rlim_max: *most,
            };
            ok(5, libc::setrlimit(*resource, &raw const limit))?;
        }
        ok(6, libc::chdir(plan.cwd.as_ptr()))?;
    }
    Ok(())
}
