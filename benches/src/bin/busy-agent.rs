//! The program a scripted agent runs: `busy PER_SECOND NUMBER OF` prints at an even pace until it is killed,
//! `once` prints the moment and ends. Needs nothing but the standard library, so that the load is what it prints.

use std::{
    env,
    io::{self, Write},
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

fn main() -> io::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["once"] => writeln!(io::stdout(), "{}", since_1970().as_nanos()),
        ["busy", per_second, number, of] => {
            match (per_second.parse(), number.parse(), of.parse()) {
                (Ok(per_second @ 1..), Ok(number), Ok(of @ 1..)) => busy(per_second, number, of),
                _ => Err(usage()),
            }
        }
        _ => Err(usage()),
    }
}

fn usage() -> io::Error {
    let usage = "usage: busy-agent once | busy-agent busy PER_SECOND NUMBER OF";
    io::Error::new(io::ErrorKind::InvalidInput, usage)
}

fn since_1970() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

/// Prints on a grid of its own, apart from those of the `of` others, and leaves out what it slept over: agents that
/// are thawed together do not go on in step, and catch nothing up.
fn busy(per_second: u32, number: u32, of: u32) -> io::Result<()> {
    let period = Duration::from_secs(1) / per_second;
    let offset = period * (number % of) / of;
    let mut lines = 0_u64;
    loop {
        let into = (since_1970().as_nanos() + (period - offset).as_nanos()) % period.as_nanos();
        let wait = period - Duration::from_nanos(u64::try_from(into).unwrap_or(0));
        thread::sleep(wait);
        let late = (since_1970().as_nanos() + (period - offset).as_nanos()) % period.as_nanos();
        // In the second half of a period it was frozen meanwhile, or so late that the next line is nearer.
        if late > period.as_nanos() / 2 {
            continue;
        }
        lines += 1;
        writeln!(
            io::stdout(),
            "tick {lines:08} of agent {number:03}: reading src/module_{lines:08}/session.rs"
        )?;
    }
}
