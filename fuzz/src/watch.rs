//! What an input may use of time and memory. More is a finding like any other: whoever reads strangers' bytes must not be
//! kept busy by a few of them.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use nix::sys::resource::{Resource, UsageWho, getrusage, setrlimit};

/// Processor time of one input. Of the clock on the wall a busy machine takes any amount.
const MOST_SECONDS: i64 = 5;

const MOST_MEMORY: u64 = 4 << 30;

/// Counts inputs.
static INPUT: AtomicU64 = AtomicU64::new(0);

/// Watches from now on.
pub(crate) fn begin() -> io::Result<()> {
    setrlimit(Resource::RLIMIT_AS, MOST_MEMORY, MOST_MEMORY)?;
    std::thread::Builder::new()
        .name("watch".to_owned())
        .spawn(watch)
        .map(drop)
}

/// Another input begins.
pub(crate) fn next() {
    INPUT.fetch_add(1, Ordering::Relaxed);
}

fn watch() {
    // Where the system does not tell, nothing is watched.
    let used = || getrusage(UsageWho::RUSAGE_SELF).map_or(0, |usage| usage.user_time().tv_sec());
    let (mut input, mut since) = (0, used());
    loop {
        std::thread::sleep(Duration::from_millis(200));
        let now = INPUT.load(Ordering::Relaxed);
        if now != input {
            (input, since) = (now, used());
        } else if used() - since > MOST_SECONDS {
            eprintln!("an input takes more than {MOST_SECONDS} s");
            std::process::abort();
        }
    }
}
