//! How much memory a process takes, as the system tells it.

use std::fs;

use anyhow::{Context, Result};

/// A process's proportional share of all memory, in MB of a million bytes.
pub(crate) fn pss(process: i32) -> Result<f64> {
    let rollup = fs::read_to_string(format!("/proc/{process}/smaps_rollup"))?;
    let kilobytes = rollup
        .lines()
        .find_map(|line| line.strip_prefix("Pss:"))
        .and_then(|rest| rest.split_whitespace().next())
        .context("the system says how much memory is shared")?;
    Ok(kilobytes.parse::<f64>()? * 1024.0 / 1e6)
}
