//! How much memory the window and the background process take while nothing happens.

use std::{fs, time::Duration};

use anyhow::{Context, Result};
use tokio::time::sleep;

use super::stage::{Stage, descendants};
use crate::{
    figures::{Figure, Limit, talk},
    memory::pss,
};

/// After this nothing is left to be done after opening.
const IDLE_AFTER: Duration = Duration::from_secs(15);

/// Opens the window, leaves it alone, and looks.
pub(super) async fn measure(stage: &Stage) -> Result<Vec<Figure>> {
    let mut shell = stage.open()?;
    sleep(IDLE_AFTER).await;
    let process = i32::try_from(shell.id().context("the window is open")?)?;
    let orchestrator = stage.desk.orchestrator().context("an orchestrator runs")?;
    let figures = vec![
        figure("window.pss", tell_window(process, orchestrator)?, 250.0),
        figure("window.orchestrator_pss", pss(orchestrator)?, 15.0),
    ];
    shell.start_kill()?;
    shell.wait().await?;
    stage.end_orchestrator()?;
    Ok(figures)
}

fn figure(name: &'static str, value: f64, most: f64) -> Figure {
    Figure {
        name,
        value,
        unit: "MB",
        limit: Limit::AtMost(most),
    }
}

/// The shell, which has the tray too, and the web processes it started, each told by its name. Their sum in MB. The
/// background process and the agents are not the window, whoever started them.
pub(super) fn tell_window(shell: i32, orchestrator: i32) -> Result<f64> {
    let mut sum = 0.0;
    let others = descendants(orchestrator);
    let is_window = |process: &i32| *process != orchestrator && !others.contains(process);
    let all = [shell].into_iter().chain(descendants(shell));
    for process in all.filter(is_window) {
        let taken = pss(process)?;
        let name = fs::read_to_string(format!("/proc/{process}/comm"))?;
        talk(format_args!("memory: {}: {taken:.1} MB", name.trim()));
        sum += taken;
    }
    Ok(sum)
}
