//! Attempts on other processes, on limits, and to start what may not be started.
#![expect(
    clippy::disallowed_methods,
    reason = "tries to start programs, and mostly must fail"
)]

use std::fs;
use std::io::{self, Write};
use std::os::fd::{AsRawFd, FromRawFd};
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use crate::calls::answered;
use crate::files::found;

/// Nothing where the words are no attempt of these.
pub(crate) fn attempt(words: &[&str]) -> Option<io::Result<String>> {
    let nothing = |done: io::Result<()>| done.map(|()| String::new());
    Some(match words {
        ["signal", pid] => nothing(signal(pid)),
        ["signal_elders"] => nothing(signal_elders()),
        ["memory_of", pid] => nothing(
            fs::File::options()
                .write(true)
                .open(format!("/proc/{pid}/mem"))
                .map(drop),
        ),
        ["secret_anywhere", needle] => secret_anywhere(needle),
        ["exec", program] => nothing(run(program, &[])),
        ["exec", program, rest @ ..] => nothing(run(program, rest)),
        ["exec_memory"] => nothing(exec_memory()),
        ["int80"] => nothing(int80()),
        ["uid"] => Ok(rustix::process::geteuid().as_raw().to_string()),
        ["raise_limit"] => nothing(raise_limit()),
        ["others_limit", pid] => nothing(others_limit(pid)),
        ["others_priority", pid] => nothing(others_priority(pid)),
        ["lower_oom", pid] => nothing(fs::write(format!("/proc/{pid}/oom_score_adj"), "-1000")),
        ["forks", most] => forks(most.parse().unwrap_or_default()),
        ["memory", bytes] => memory(bytes.parse().unwrap_or_default()),
        ["threads"] => found(std::thread::spawn(|| true).join().unwrap_or(false)),
        ["variable", name] => std::env::var(name).map_err(|_| io::ErrorKind::NotFound.into()),
        _ => return None,
    })
}

fn pid(word: &str) -> io::Result<Pid> {
    word.parse()
        .ok()
        .and_then(Pid::from_raw)
        .ok_or_else(|| io::ErrorKind::InvalidInput.into())
}

fn signal(word: &str) -> io::Result<()> {
    Ok(test_kill_process(pid(word)?)?)
}

/// The two processes above that keep it: neither may be reached.
fn signal_elders() -> io::Result<()> {
    let parent = rustix::process::getppid().ok_or(io::ErrorKind::NotFound)?;
    Ok(kill_process(parent, Signal::KILL)?)
}

/// Whether any process that can be looked at shows it. Given backwards, since what is given stands in arguments.
fn secret_anywhere(backwards: &str) -> io::Result<String> {
    let needle = &backwards.chars().rev().collect::<String>();
    let shows = |path: std::path::PathBuf| {
        ["environ", "cmdline"].iter().any(|file| {
            let bytes = fs::read(path.join(file)).unwrap_or_default();
            bytes
                .windows(needle.len())
                .any(|part| part == needle.as_bytes())
        })
    };
    let us = std::process::id().to_string();
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let others = entries.filter(|entry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        name != us.as_str() && name.chars().all(|c| c.is_ascii_digit())
    });
    // Without the list, numbers are guessed.
    let parent = rustix::process::getppid().map_or(1, |pid| pid.as_raw_nonzero().get());
    let guessed = [1, 2, 3, parent]
        .map(|pid| pid.to_string())
        .into_iter()
        .filter(|pid| *pid != us)
        .map(|pid| format!("/proc/{pid}").into());
    let variable = std::env::vars().any(|(_, value)| value.contains(needle));
    let mut all = others.map(|entry| entry.path()).chain(guessed);
    found(variable || all.any(shows))
}

fn run(program: &str, rest: &[&str]) -> io::Result<()> {
    let mut child = Command::new(program)
        .args(rest)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    if child.wait()?.success() {
        Ok(())
    } else {
        Err(io::Error::other("it did not succeed"))
    }
}

#[expect(unsafe_code, reason = "the call itself is what is tried")]
fn exec_memory() -> io::Result<()> {
    // SAFETY: the name ends with a nul; the new descriptor is nobody else's.
    let fd = unsafe { libc::memfd_create(c"probe".as_ptr(), 0) };
    answered(fd.into())?;
    // SAFETY: just opened.
    let mut file = unsafe { fs::File::from_raw_fd(fd) };
    file.write_all(&fs::read("/bin/true")?)?;
    run(&format!("/proc/self/fd/{}", file.as_raw_fd()), &[])
}

/// A call by the numbers of the 32-bit world, made in a copy of this process: the answer may be its end.
#[expect(unsafe_code, reason = "the instruction itself is what is tried")]
fn int80() -> io::Result<()> {
    // SAFETY: this process has one thread; the copy makes one call and ends.
    unsafe {
        let copy = libc::fork();
        answered(copy.into())?;
        if copy == 0 {
            #[cfg(target_arch = "x86_64")]
            std::arch::asm!("int 0x80", inout("eax") 20 => _, options(nostack));
            libc::_exit(0);
        }
        let mut status = 0;
        answered(libc::waitpid(copy, &raw mut status, 0).into())?;
        if libc::WIFSIGNALED(status) {
            return Err(io::Error::other("killed"));
        }
    }
    Ok(())
}

fn raise_limit() -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let none = Rlimit {
        current: None,
        maximum: None,
    };
    Ok(setrlimit(Resource::Nproc, none)?)
}

#[expect(unsafe_code, reason = "the call itself is what is tried")]
fn others_limit(word: &str) -> io::Result<()> {
    let limit = libc::rlimit {
        rlim_cur: 1 << 20,
        rlim_max: 1 << 30,
    };
    let pid = pid(word)?.as_raw_nonzero().get();
    // SAFETY: the limit is a live local; nothing is written back.
    answered(
        unsafe {
            libc::prlimit(
                pid,
                libc::RLIMIT_CORE,
                &raw const limit,
                std::ptr::null_mut(),
            )
        }
        .into(),
    )
}

#[expect(unsafe_code, reason = "the call itself is what is tried")]
fn others_priority(word: &str) -> io::Result<()> {
    let pid = pid(word)?.as_raw_nonzero().get().cast_unsigned();
    // SAFETY: takes numbers only.
    answered(unsafe { libc::setpriority(libc::PRIO_PROCESS, pid, 19) }.into())
}

/// How many children could be had at one time.
#[expect(unsafe_code, reason = "bare copies, as many as there may be")]
fn forks(most: u32) -> io::Result<String> {
    let mut had = 0;
    // SAFETY: this process has one thread; each copy only waits to be killed.
    unsafe {
        let mut children = Vec::new();
        while had < most {
            match libc::fork() {
                0 => loop {
                    libc::pause();
                },
                pid if pid > 0 => children.push(pid),
                _ => break,
            }
            had += 1;
        }
        for child in children {
            libc::kill(child, libc::SIGKILL);
            libc::waitpid(child, std::ptr::null_mut(), 0);
        }
    }
    Ok(had.to_string())
}

/// Touches that much memory, in a copy of this process: whether it lives through it.
#[expect(unsafe_code, reason = "a copy that may be killed")]
fn memory(bytes: usize) -> io::Result<String> {
    // SAFETY: this process has one thread; the copy allocates and ends.
    unsafe {
        let copy = libc::fork();
        answered(copy.into())?;
        if copy == 0 {
            let at = libc::mmap(
                std::ptr::null_mut(),
                bytes,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                -1,
                0,
            );
            if at == libc::MAP_FAILED {
                libc::_exit(1);
            }
            libc::memset(at, 1, bytes);
            libc::_exit(0);
        }
        let mut status = 0;
        answered(libc::waitpid(copy, &raw mut status, 0).into())?;
        if status == 0 {
            return Ok(String::new());
        }
    }
    Err(io::ErrorKind::OutOfMemory.into())
}
