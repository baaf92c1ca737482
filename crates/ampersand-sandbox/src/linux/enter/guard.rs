//! Where no namespace ends with its first process, three processes do its work. The *front* is the one that is known
//! outside and dies with the launcher. The *watcher* takes in whoever loses its parent, and when the program or the
//! front ends, ends everybody. The program comes below both and can signal neither.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};

use ampersand_process::end_descendants;
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{
    Pid, Signal, WaitOptions, WaitStatus, getpid, set_child_subreaper,
    set_parent_process_death_signal, waitpid,
};

/// What a watcher ends with whose front is gone; nobody sees it.
const ABANDONED: i32 = 137;

/// Splits off front and watcher. Returns in the process that becomes the program, and nowhere else.
pub(super) fn stand(report: RawFd) -> Result<(), String> {
    let failed = |error: io::Error| format!("cannot split off its watcher: {error}");
    let (alive, held) = pipe_with(PipeFlags::CLOEXEC).map_err(|error| failed(error.into()))?;
    if let Some(watcher) = fork().map_err(failed)? {
        drop(alive);
        close(report);
        std::process::exit(front(watcher));
    }
    drop(held);
    // A watcher that stands still with the others must wake up to see that the front is gone.
    set_parent_process_death_signal(Some(Signal::CONT)).map_err(|error| failed(error.into()))?;
    set_child_subreaper(Some(getpid())).map_err(|error| failed(error.into()))?;
    let children = Children::watched().map_err(failed)?;
    if let Some(program) = fork().map_err(failed)? {
        close(report);
        std::process::exit(watch(program, &alive, &children));
    }
    drop(children);
    drop(alive);
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(|error| failed(error.into()))?;
    signals(Usual::Restored).map_err(failed)
}

/// Waits for the watcher and passes its answer on.
fn front(watcher: Pid) -> i32 {
    loop {
        match waitpid(Some(watcher), WaitOptions::empty()) {
            Ok(Some((_, status))) => {
                if let Some(code) = code(status) {
                    return code;
                }
            }
            Ok(None) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return ABANDONED,
        }
    }
}

/// Waits for the end of the program or of the front, and leaves nothing behind.
fn watch(program: Pid, alive: &OwnedFd, children: &Children) -> i32 {
    loop {
        while let Ok(Some((pid, status))) = rustix::process::wait(WaitOptions::NOHANG) {
            if let Some(code) = code(status).filter(|_| pid == program) {
                return end(code);
            }
        }
        if children.wait_unless_over(alive) {
            return end(ABANDONED);
        }
    }
}

fn end(code: i32) -> i32 {
    match end_descendants() {
        Ok(()) => code,
        Err(_) => ABANDONED,
    }
}

fn code(status: WaitStatus) -> Option<i32> {
    let signal = || status.terminating_signal().map(|signal| 128 + signal);
    status.exit_status().or_else(signal)
}

/// The descriptor by which the end of a child is noticed.
struct Children(OwnedFd);

impl Children {
    #[expect(unsafe_code, reason = "no safe interface to signal descriptors")]
    fn watched() -> io::Result<Self> {
        signals(Usual::Held)?;
        // SAFETY: an empty set is filled before use, and the new descriptor is nobody else's.
        unsafe {
            let mut set: libc::sigset_t = std::mem::zeroed();
            libc::sigemptyset(&raw mut set);
            libc::sigaddset(&raw mut set, libc::SIGCHLD);
            let fd = libc::signalfd(-1, &raw const set, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK);
            if fd < 0 {
                return Err(io::Error::last_os_error());
            }
            Ok(Self(std::os::fd::FromRawFd::from_raw_fd(fd)))
        }
    }

    /// Waits until a child may have ended. True if the front is gone.
    #[expect(
        unsafe_code,
        reason = "no safe interface to poll is among our libraries' parts"
    )]
    fn wait_unless_over(&self, alive: &OwnedFd) -> bool {
        let watched = |fd: RawFd| libc::pollfd {
            fd,
            events: libc::POLLIN,
            revents: 0,
        };
        let mut both = [watched(alive.as_raw_fd()), watched(self.0.as_raw_fd())];
        // SAFETY: the pointer and the length are those of one live array.
        let polled = unsafe { libc::poll(both.as_mut_ptr(), 2, -1) };
        // It tells of ended children once for each time it is read.
        let _ = rustix::io::read(&self.0, &mut [0; 1024][..]);
        polled > 0 && both[0].revents != 0
    }
}

enum Usual {
    /// Ends of children are told by descriptor; what a person's terminal could send is not for us.
    Held,
    Restored,
}

#[expect(unsafe_code, reason = "no safe interface to signal masks")]
fn signals(usual: Usual) -> io::Result<()> {
    // SAFETY: dispositions without handlers, and a mask that is filled before use; this process has one thread.
    let answer = unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        let (how, disposition) = match usual {
            Usual::Held => {
                libc::sigaddset(&raw mut set, libc::SIGCHLD);
                (libc::SIG_BLOCK, libc::SIG_IGN)
            }
            Usual::Restored => (libc::SIG_SETMASK, libc::SIG_DFL),
        };
        for signal in [libc::SIGHUP, libc::SIGINT, libc::SIGTERM, libc::SIGPIPE] {
            libc::signal(signal, disposition);
        }
        libc::sigprocmask(how, &raw const set, std::ptr::null_mut())
    };
    if answer < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

#[expect(unsafe_code, reason = "splitting a process that has one thread")]
fn fork() -> io::Result<Option<Pid>> {
    // SAFETY: this process has one thread, so that its copy is whole.
    let pid = unsafe { libc::fork() };
    if pid < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(Pid::from_raw(pid))
}

#[expect(unsafe_code, reason = "the descriptor is known by its number only")]
fn close(report: RawFd) {
    // SAFETY: opened for us by the launcher; nothing in this process uses it after this.
    unsafe { libc::close(report) };
}
