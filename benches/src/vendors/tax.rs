//! A scripted task through Ampersand and by the agent alone, in turn: what it reads and how long it takes.

use std::time::Instant;

use ampersand_testkit::model_server::{Recorded, Reply, Script, Step, When};
use anyhow::Result;
use serde_json::json;

use super::{bare, stand::Stand};
use crate::figures::{Figure, Limit, Samples, talk};

/// Times each way.
const ROUNDS: usize = 3;

/// Commands of the task.
const STEPS: usize = 20;

/// What the model takes for each answer, and each command of the agent: a task of some fifteen seconds.
const THINKS_MS: u64 = 500;
const COMMAND: &str = "sleep 0.2; echo step";

/// How much more it may be through us.
const AT_MOST: f64 = 1.05;

/// A command after the other, and an end.
fn script() -> Script {
    let thinks = || Reply::new().step(Step::PauseMs(THINKS_MS));
    let runs = || {
        let arguments = json!({"cmd": COMMAND, "yield_time_ms": 10_000});
        thinks().call("exec_command", arguments)
    };
    let step =
        |script: Script, step: usize| script.rule(When::user("task").after_results(step), runs());
    let steps = (0..STEPS).fold(Script::new(), step);
    steps.rule(When::anything(), thinks().text("Done\n\nAll steps."))
}

pub(super) async fn measure() -> Result<[Figure; 2]> {
    let mut stand = Stand::new(script(), 2).await?;
    let (mut through, mut alone) = (Samples::default(), Samples::default());
    let mut read = [0, 0];
    for round in 0..ROUNDS {
        let brief = format!("through-{round}- task");
        let began = Instant::now();
        let (_, tasks) = stand.hand_out(std::slice::from_ref(&brief)).await?;
        stand.reported(&tasks).await?;
        through.push(began.elapsed());
        read[0] += bytes(&stand.asked_about(&brief)?);
        let brief = format!("alone-{round}- task");
        let home = format!("alone-{round}");
        alone.push(bare::run(&stand, &home, &brief).await?.took);
        read[1] += bytes(&stand.asked_about(&brief)?);
    }
    drop(stand.end().await?);
    talk(format_args!(
        "a task of {STEPS} steps through Ampersand: {through}"
    ));
    talk(format_args!("the same by the agent alone: {alone}"));
    talk(format_args!(
        "its model was sent {} bytes through Ampersand, {} by the agent alone",
        read[0], read[1]
    ));
    let figure = |name, value| Figure {
        name,
        value,
        unit: "x",
        limit: Limit::AtMost(AT_MOST),
    };
    Ok([
        figure("agents.tax_tokens", read[0] as f64 / read[1] as f64),
        figure("agents.tax_time", through.median() / alone.median()),
    ])
}

/// What a model was sent. Tokens are as many bytes each either way.
fn bytes(requests: &[Recorded]) -> usize {
    requests
        .iter()
        .map(|request| request.body.to_string().len())
        .sum()
}
