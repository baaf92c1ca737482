//! `bench-link`: how quick the controller stays beside 64 busy agents, and how much the journal takes.

mod agents;
mod growth;
mod journal;
mod model;
mod rounds;
mod session;
mod stand;

use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::figures::{self, talk};
use stand::Stand;

/// Busy agents beside which everything is measured.
const AGENTS: usize = 64;

/// Samples for each figure unless told otherwise.
const SAMPLES: usize = 510;

/// How it grows is told by fewer samples than a figure has.
const GROWTH_SHARE: usize = 20;

struct Options {
    /// Samples for each figure.
    samples: usize,
    /// Whether a limit that is missed is an error.
    check: bool,
}

/// Measures and prints. Exit codes: 0 measured, 1 it broke or, with `--check`, a limit is missed.
pub fn main() -> ExitCode {
    let measured = Options::parse(std::env::args().skip(1)).and_then(|options| {
        let runtime = tokio::runtime::Runtime::new()?;
        let all_met = runtime.block_on(measure(&options))?;
        Ok(all_met || !options.check)
    });
    match measured {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            talk(format_args!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

impl Options {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self> {
        let mut options = Self {
            samples: SAMPLES,
            check: false,
        };
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--check" => options.check = true,
                "--samples" => {
                    let number = arguments.next().context("--samples needs a number")?;
                    options.samples = number.parse().context("--samples needs a number")?;
                }
                _ => bail!("{argument} is no argument; there are --check and --samples NUMBER"),
            }
        }
        Ok(options)
    }
}

async fn measure(options: &Options) -> Result<bool> {
    // Whoever reads the tails has to know who else was at work.
    if let Ok(load) = std::fs::read_to_string("/proc/loadavg") {
        talk(format_args!("the machine's load before: {}", load.trim()));
    }
    let mut figures = rounds::measure(options.samples).await?;
    let folder = Stand::folder()?;
    figures.extend(tokio::select! {
        measured = journal::measure(folder.path(), options.samples) => measured?,
        _ = tokio::signal::ctrl_c() => bail!("interrupted"),
    });
    growth::tell(options.samples / GROWTH_SHARE).await?;
    Ok(figures::print(&figures))
}
