//! When nobody is left in a group. The kernel tells of it: whoever asks again and again takes the processors from those that
//! are on their way out, and with many trees ending at once that is most of what is left of them.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// What the kernel says of a group fits into this.
const TOLD_BYTES: usize = 256;

/// However it is told, one looks this often.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Whether any process is left; a group that stands and cannot be read counts as populated.
#[cfg(test)]
pub(super) fn populated(group: &Path) -> bool {
    match File::open(group.join("cgroup.events")) {
        Ok(events) => !is_empty(&events, group),
        Err(_) => group.exists(),
    }
}

/// Waits until no process is left, for so long at most; whether that is so.
pub(super) fn wait(group: &Path, limit: Duration) -> bool {
    let since = Instant::now();
    let Ok(events) = File::open(group.join("cgroup.events")) else {
        // A group that was removed held nobody.
        return !group.exists();
    };
    loop {
        // Reading is what the kernel counts from: what changes behind it is told.
        if is_empty(&events, group) {
            return true;
        }
        let left = limit.saturating_sub(since.elapsed());
        if left.is_zero() {
            return false;
        }
        let patience = Timespec {
            tv_sec: 0,
            tv_nsec: i64::from(left.min(LOOK_EVERY).subsec_nanos()),
        };
        let mut change = [PollFd::new(&events, PollFlags::PRI)];
        if poll(&mut change, Some(&patience)).is_err() {
            // Interrupted, most likely; whatever it is, looking goes on, and not without end.
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

fn is_empty(events: &File, group: &Path) -> bool {
    let mut told = [0; TOLD_BYTES];
    match events.read_at(&mut told, 0) {
        Ok(length) => {
            let told = String::from_utf8_lossy(&told[..length]);
            told.lines().any(|line| line == "populated 0")
        }
        Err(error) => is_removed(&error) || !group.exists(),
    }
}

/// The answer of an open file whose group is gone.
fn is_removed(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::ENODEV)
}
