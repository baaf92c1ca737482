//! Attempts by bare system call: what no program needs, and what leads out.

use std::io;
use std::ptr::null;

/// Nothing where the words are no attempt of these.
pub(crate) fn attempt(words: &[&str]) -> Option<io::Result<String>> {
    let user = libc::CLONE_NEWUSER;
    let done = match *words {
        ["unshare", "user"] => call(libc::SYS_unshare, [user.into(), 0, 0, 0]),
        ["unshare", "mount"] => call(libc::SYS_unshare, [libc::CLONE_NEWNS.into(), 0, 0, 0]),
        ["unshare", "network"] => call(libc::SYS_unshare, [libc::CLONE_NEWNET.into(), 0, 0, 0]),
        ["setns"] => call(libc::SYS_setns, [0, 0, 0, 0]),
        ["clone_user"] => call(libc::SYS_clone, [i64::from(user | libc::SIGCHLD), 0, 0, 0]),
        ["clone3"] => call(libc::SYS_clone3, [0; 4]),
        ["mount", at] => mount(at, 0),
        ["remount", at] => mount(at, libc::MS_REMOUNT | libc::MS_BIND),
        ["umount", at] => umount(at),
        ["pivot_root"] => call(libc::SYS_pivot_root, [0; 4]),
        ["chroot"] => call(libc::SYS_chroot, [0; 4]),
        ["open_tree"] => call(libc::SYS_open_tree, [-100, 0, 0, 0]),
        ["move_mount"] => call(libc::SYS_move_mount, [0; 4]),
        ["fsopen"] => call(libc::SYS_fsopen, [0; 4]),
        ["mount_setattr"] => call(libc::SYS_mount_setattr, [0; 4]),
        ["ptrace"] => call(libc::SYS_ptrace, [0; 4]),
        ["process_vm_readv"] => call(libc::SYS_process_vm_readv, [1, 0, 0, 0]),
        ["process_vm_writev"] => call(libc::SYS_process_vm_writev, [1, 0, 0, 0]),
        ["pidfd_getfd"] => call(libc::SYS_pidfd_getfd, [0; 4]),
        ["bpf"] => call(libc::SYS_bpf, [0; 4]),
        ["perf"] => call(libc::SYS_perf_event_open, [0; 4]),
        ["userfaultfd"] => call(libc::SYS_userfaultfd, [0; 4]),
        ["keyctl"] => call(libc::SYS_keyctl, [0; 4]),
        ["add_key"] => call(libc::SYS_add_key, [0; 4]),
        ["io_uring"] => call(libc::SYS_io_uring_setup, [1, 0, 0, 0]),
        ["kexec"] => call(libc::SYS_kexec_load, [0; 4]),
        ["module"] => call(libc::SYS_init_module, [0; 4]),
        ["open_by_handle"] => call(libc::SYS_open_by_handle_at, [-100, 0, 0, 0]),
        ["clock"] => call(libc::SYS_clock_settime, [0; 4]),
        ["sethostname"] => call(libc::SYS_sethostname, [0, 1, 0, 0]),
        ["x32"] => call(0x4000_0000 + libc::SYS_getpid, [0; 4]),
        ["tiocsti"] => on_terminal(0x5412),
        ["tiocsti_wide"] => on_terminal(0x1_0000_5412),
        ["tioclinux"] => on_terminal(0x541C),
        ["shared_memory"] => call(libc::SYS_shmget, [0x414d, 4096, 0o1600, 0]),
        ["capabilities"] => return Some(capabilities()),
        _ => return None,
    };
    Some(done.map(|()| String::new()))
}

pub(crate) fn answered(answer: i64) -> io::Result<()> {
    if answer < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}

/// A call that is to be refused before it looks at what it was given: any other answer means that it was let through.
#[expect(unsafe_code, reason = "the call itself is what is tried")]
fn call(number: i64, given: [i64; 4]) -> io::Result<()> {
    let [first, second, third, fourth] = given;
    // SAFETY: nothing is passed that the kernel could write through; null where an address is expected.
    let answer = unsafe { libc::syscall(number, first, second, third, fourth) };
    if answer == 0 && number == libc::SYS_clone {
        // The copy, if there is one, has nothing to do.
        std::process::exit(0);
    }
    match answered(answer) {
        Err(error) if refused(&error) => Err(error),
        _ => Ok(()),
    }
}

/// A request to a terminal of one's own, or, where there is none to be had, to what is no terminal: whoever looks at the
/// request alone refuses it there too.
fn on_terminal(request: i64) -> io::Result<()> {
    static TERMINAL: std::sync::OnceLock<i32> = std::sync::OnceLock::new();
    let on = *TERMINAL.get_or_init(|| terminal().unwrap_or(0));
    let typed = c"x".as_ptr().addr().cast_signed() as i64;
    call(libc::SYS_ioctl, [on.into(), request, typed, 0])
}

/// Makes a terminal this process's own: into another's nobody but root may type. It stays open.
#[expect(unsafe_code, reason = "terminals have no safe interface here")]
fn terminal() -> Option<i32> {
    use std::os::fd::IntoRawFd;
    let mut name = [0; 64];
    // SAFETY: the descriptor is passed only where it was opened, the name with its length.
    let named = unsafe {
        let front = libc::posix_openpt(libc::O_RDWR | libc::O_NOCTTY);
        front >= 0
            && libc::grantpt(front) == 0
            && libc::unlockpt(front) == 0
            && libc::ptsname_r(front, name.as_mut_ptr(), name.len()) == 0
    };
    let bytes = name.map(libc::c_char::cast_unsigned);
    let path = std::ffi::CStr::from_bytes_until_nul(&bytes).ok()?;
    let path = path.to_str().ok().filter(|_| named)?;
    let opened = std::fs::File::options().read(true).write(true).open(path);
    let on = opened.ok()?.into_raw_fd();
    // SAFETY: both take numbers only; where they fail it stays another's.
    unsafe {
        libc::setsid();
        libc::ioctl(on, libc::TIOCSCTTY, 0);
    }
    Some(on)
}

fn refused(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(libc::EPERM | libc::EACCES | libc::ENOSYS)
    )
}

#[expect(unsafe_code, reason = "the call itself is what is tried")]
fn mount(at: &str, flags: u64) -> io::Result<()> {
    let at = std::ffi::CString::new(at).unwrap_or_default();
    // SAFETY: the texts end with nuls and outlive the call.
    answered(
        unsafe {
            libc::mount(
                c"none".as_ptr(),
                at.as_ptr(),
                c"tmpfs".as_ptr(),
                flags,
                null(),
            )
        }
        .into(),
    )
}

#[expect(unsafe_code, reason = "the call itself is what is tried")]
fn umount(at: &str) -> io::Result<()> {
    let at = std::ffi::CString::new(at).unwrap_or_default();
    // SAFETY: the text ends with a nul and outlives the call.
    answered(unsafe { libc::umount2(at.as_ptr(), libc::MNT_DETACH) }.into())
}

/// What could still be used: effective, permitted and ambient sets, and whether new ones are barred.
fn capabilities() -> io::Result<String> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let wanted = [
        "CapInh",
        "CapPrm",
        "CapEff",
        "CapAmb",
        "NoNewPrivs",
        "Seccomp",
    ];
    let lines = status.lines().filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        wanted.contains(&name).then(|| {
            // All noughts are none.
            let value = value.trim().trim_start_matches('0');
            if value.is_empty() { "0" } else { value }.to_owned()
        })
    });
    Ok(lines.collect::<Vec<_>>().join(" "))
}
