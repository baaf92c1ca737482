//! Twelve agents at once: what the orchestrator takes for each, and whether everything they told arrives.

use ampersand_testkit::model_server::{Reply, Script, When};
use anyhow::Result;
use serde_json::json;

use super::stand::Stand;
use crate::figures::{Figure, Limit, talk};

const AGENTS: usize = 12;

/// What each of them says and prints: a line of its own and a line of a command, so many times.
const TELLS: usize = 20;

/// For each running task, in MB.
const MEMORY_AT_MOST: f64 = 2.0;

/// Every agent tells its lines and is then held, so that all run at once; after that it ends.
fn script() -> Script {
    let tells = |step: usize| {
        let arguments = json!({"cmd": format!("echo printed-{step}-"), "yield_time_ms": 10_000});
        Reply::says(&format!("said-{step}-\n")).call("exec_command", arguments)
    };
    let step = |script: Script, step: usize| {
        script.rule(When::user("task").after_results(step), tells(step))
    };
    let steps = (0..TELLS).fold(Script::new(), step);
    steps.rule(
        When::anything(),
        Reply::new().gate("told").text("Done\n\nAll told."),
    )
}

pub(super) async fn measure() -> Result<Vec<Figure>> {
    let mut stand = Stand::new(script(), AGENTS).await?;
    let orchestrator = stand.orchestrator()?;
    let idle = memory(orchestrator)?;
    let briefs: Vec<String> = (0..AGENTS)
        .map(|number| format!("agent-{number}- task"))
        .collect();
    let (_, tasks) = stand.hand_out(&briefs).await?;
    stand.model.gate("told").reached_by(AGENTS).await;
    let busy = memory(orchestrator)?;
    stand.model.gate("told").release();
    stand.reported(&tasks).await?;
    let mut lost = 0;
    for task in tasks {
        lost += missing(&stand.output(task).await?);
    }
    drop(stand.end().await?);
    let told = AGENTS * TELLS * 2;
    talk(format_args!(
        "{AGENTS} agents at once told {told} lines, of which {lost} are missing"
    ));
    let mut figures = vec![Figure {
        name: "agents.events_lost",
        value: lost as f64,
        unit: "events",
        limit: Limit::AtMost(0.0),
    }];
    if let (Some(idle), Some(busy)) = (idle, busy) {
        talk(format_args!(
            "the orchestrator took {idle:.1} MB before, {busy:.1} MB beside them"
        ));
        figures.push(Figure {
            name: "agents.own_memory_per_task",
            value: (busy - idle) / AGENTS as f64,
            unit: "MB",
            limit: Limit::AtMost(MEMORY_AT_MOST),
        });
    }
    Ok(figures)
}

/// How many of the lines an agent told are not in what is kept.
fn missing(output: &str) -> usize {
    let lines = (0..TELLS).flat_map(|step| [format!("said-{step}-"), format!("printed-{step}-")]);
    lines.filter(|line| !output.contains(line)).count()
}

#[cfg(target_os = "linux")]
fn memory(process: i32) -> Result<Option<f64>> {
    crate::memory::pss(process).map(Some)
}

/// Elsewhere the system does not say what is shared.
#[cfg(not(target_os = "linux"))]
fn memory(_process: i32) -> Result<Option<f64>> {
    Ok(None)
}
