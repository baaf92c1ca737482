//! What a child does between fork and exec where there is no `clone3` and no `close_range`. Only bare system calls are
//! sound there: another thread may have held any lock, the allocator's included, when it was copied.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::Arc;

use crate::spec::Limits;

/// Beyond the number of any descriptor, whatever the system's limit says: no default lets a process have so many.
const DESCRIPTORS: u64 = 1 << 18;

/// A session of its own, the descriptors handed over and no others, the limits.
#[expect(
    unsafe_code,
    reason = "runs between fork and exec, where only bare system calls are sound"
)]
pub(crate) fn prepare(command: &mut Command, inherit: Vec<(OwnedFd, RawFd)>, limits: Limits) {
    let mut set = vec![(libc::RLIMIT_CORE, 0)];
    set.extend(limits.file_bytes.map(|bytes| (libc::RLIMIT_FSIZE, bytes)));
    set.extend(limits.open_files.map(|files| (libc::RLIMIT_NOFILE, files)));
    // SAFETY: every call is async-signal-safe and nothing is allocated.
    unsafe {
        command.pre_exec(move || {
            ok(libc::setsid())?;
            keep_all_back();
            for (fd, number) in &inherit {
                ok(libc::dup2(fd.as_raw_fd(), *number))?;
            }
            for (resource, most) in &set {
                let limit = libc::rlimit {
                    rlim_cur: *most,
                    rlim_max: *most,
                };
                ok(libc::setrlimit(*resource, &raw const limit))?;
            }
            Ok(())
        });
    }
}

/// Has the child say `word` and its own number in one line, before anything of the program runs. One that is not heard
/// does not start.
#[expect(
    unsafe_code,
    reason = "runs between fork and exec, where only bare system calls are sound"
)]
pub(crate) fn announce<P: AsRawFd + Send + Sync + 'static>(
    command: &mut Command,
    word: &'static str,
    to: Arc<P>,
) {
    // SAFETY: every call is async-signal-safe and nothing is allocated.
    unsafe {
        command.pre_exec(move || {
            let mut line = [0; 64];
            let length = spell(word, libc::getpid().cast_unsigned(), &mut line);
            let written = libc::write(to.as_raw_fd(), line.as_ptr().cast(), length);
            if written < 0 {
                return Err(io::Error::last_os_error());
            }
            Ok(())
        });
    }
}

/// Writes `word number` and a line break; returns how long that is. What does not fit is left out.
fn spell(word: &str, number: u32, line: &mut [u8]) -> usize {
    let mut digits = [0; 10];
    let mut rest = number;
    let mut first = digits.len();
    for (at, digit) in digits.iter_mut().enumerate().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
        first = at;
        if rest == 0 {
            break;
        }
    }
    let said = word.bytes().chain([b' ']);
    let said = said.chain(digits.into_iter().skip(first)).chain([b'\n']);
    let mut length = 0;
    for (place, byte) in line.iter_mut().zip(said) {
        *place = byte;
        length += 1;
    }
    length
}

/// Lets no descriptor past the third through to the program, whoever left it open.
///
/// # Safety
/// Only in a fresh child: others of a program may rely on what it passes on.
#[expect(
    unsafe_code,
    reason = "runs between fork and exec, where only bare system calls are sound"
)]
unsafe fn keep_all_back() {
    // SAFETY: the caller's promise; a number that is no descriptor is an error nobody needs.
    unsafe {
        let mut limit = libc::rlimit {
            rlim_cur: DESCRIPTORS,
            rlim_max: DESCRIPTORS,
        };
        libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit);
        let past = RawFd::try_from(limit.rlim_cur.min(DESCRIPTORS)).unwrap_or(RawFd::MAX);
        for fd in 3..past {
            libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC);
        }
    }
}

fn ok(answer: libc::c_int) -> io::Result<()> {
    if answer < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_spelled_as_it_is() {
        for number in [0, 7, 10, 99_999, u32::MAX] {
            let mut line = [0; 64];
            let length = spell("began", number, &mut line);
            assert_eq!(line[..length], *format!("began {number}\n").as_bytes());
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    #[expect(clippy::disallowed_methods, reason = "this crate owns spawning")]
    fn nothing_is_handed_over_but_what_was_named_and_the_child_says_who_it_is() {
        use std::fs::File;
        use std::io::Read;

        let leak = File::open("/").unwrap();
        rustix::io::fcntl_setfd(&leak, rustix::io::FdFlags::empty()).unwrap();
        let (mut heard, pipe) = std::io::pipe().unwrap();
        let mut command = Command::new("/bin/sh");
        command.args([
            "-c",
            "for fd in $(seq 0 200); do [ -e /proc/$$/fd/$fd ] && echo $fd; done; ps -o sid= -p $$",
        ]);
        let given = File::open("/dev/null").unwrap();
        announce(&mut command, "began", Arc::new(pipe));
        prepare(&mut command, vec![(given.into(), 9)], Limits::default());
        let output = command.stdin(std::process::Stdio::null()).output().unwrap();
        drop(command);
        let mut said = String::new();
        heard.read_to_string(&mut said).unwrap();
        let session = said.strip_prefix("began ").unwrap().trim();
        let told = String::from_utf8(output.stdout).unwrap();
        let told: Vec<&str> = told.split_whitespace().collect();
        assert_eq!(told, ["0", "1", "2", "9", session]);
    }
}
