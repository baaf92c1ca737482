//! Ending a background process in order, so that nothing it started stays.

use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};

/// How long it may take to leave.
const LEAVES_WITHIN: Duration = Duration::from_secs(20);

/// Tells the orchestrator that is this process to leave, and waits until it is gone.
pub(crate) fn end(pid: i32) -> Result<()> {
    leave(pid)?;
    // Nobody tells when a process that is not our child has ended.
    let began = Instant::now();
    while is_there(pid) {
        ensure!(
            began.elapsed() < LEAVES_WITHIN,
            "the orchestrator, process {pid}, does not leave"
        );
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

#[cfg(unix)]
fn leave(pid: i32) -> Result<()> {
    use anyhow::Context;
    use rustix::process::{Pid, Signal, kill_process};
    let pid = Pid::from_raw(pid).context("no process has this number")?;
    Ok(kill_process(pid, Signal::TERM)?)
}

#[cfg(unix)]
fn is_there(pid: i32) -> bool {
    use rustix::process::{Pid, test_kill_process};
    Pid::from_raw(pid).is_some_and(|pid| test_kill_process(pid).is_ok())
}

/// It leaves by itself once nobody is attached and nothing runs.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "on other systems asking can fail")]
fn leave(_pid: i32) -> Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn is_there(_pid: i32) -> bool {
    false
}
