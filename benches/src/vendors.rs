//! `bench-agents`: what Ampersand costs an agent of others, beside the same agent alone with the same scripted model, as its
//! maker publishes it. Codex stands for all: it starts fastest, so that what is ours shows most.

mod bare;
mod stand;
mod starts;
mod tax;
mod together;

use std::process::ExitCode;

use anyhow::Result;

use crate::{
    figures, load,
    options::{self, Options},
};

/// Starts unless told otherwise; each is measured beside one of the agent alone.
const SAMPLES: usize = 20;

/// Measures and prints. Exit codes: 0 measured, 1 it broke or, with `--check`, a limit is missed.
pub fn main() -> ExitCode {
    options::run(SAMPLES, measure)
}

async fn measure(options: &Options) -> Result<bool> {
    let work = async {
        load::tell("before");
        let mut figures = vec![starts::measure(options.samples).await?];
        figures.extend(tax::measure().await?);
        figures.extend(together::measure().await?);
        load::tell("after");
        Ok(figures::print(&figures))
    };
    tokio::select! {
        measured = work => measured,
        _ = tokio::signal::ctrl_c() => anyhow::bail!("interrupted"),
    }
}
