//! What watching costs while nobody writes: the processors' time of the background process.

use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::time::sleep;

use super::session::Session;
use crate::figures::talk;

/// What the last writes caused is over by then.
const SETTLE: Duration = Duration::from_secs(5);
const LOOKS_FOR: Duration = Duration::from_secs(40);

/// The part of one processor that it takes, in hundredths. The agents are paused for it: their worktrees are live, and
/// nothing but the radar has anything to do with them.
pub(super) async fn measure(session: &mut Session) -> Result<f64> {
    let running = part(session).await?;
    talk(format_args!(
        "beside idle agents the background process takes {running:.3} % in all, their limits included"
    ));
    session.pause_all().await?;
    part(session).await
}

async fn part(session: &Session) -> Result<f64> {
    sleep(SETTLE).await;
    let pid = session.pid()?;
    let (before, began) = (taken(pid)?, Instant::now());
    sleep(LOOKS_FOR).await;
    let (after, passed) = (taken(pid)?, began.elapsed());
    Ok(100.0 * (after - before).as_secs_f64() / passed.as_secs_f64())
}

#[cfg(target_os = "linux")]
fn taken(pid: i32) -> Result<Duration> {
    use anyhow::Context as _;

    // Where the kernel counts the time of a process, in the words behind its name, in parts of a second that are the
    // same on every machine it tells programs about.
    let (user, system, ticks_each_second) = (11, 12, 100.0);
    let told = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let (_, words) = told.rsplit_once(')').context("the kernel tells no time")?;
    let words: Vec<&str> = words.split_whitespace().collect();
    let ticks = [user, system].map(|at| words.get(at).and_then(|word| word.parse::<u64>().ok()));
    let ticks: u64 = ticks.into_iter().flatten().sum();
    Ok(Duration::from_secs_f64(ticks as f64 / ticks_each_second))
}

#[cfg(not(target_os = "linux"))]
fn taken(_pid: i32) -> Result<Duration> {
    anyhow::bail!("the time of another process is read on Linux alone")
}
