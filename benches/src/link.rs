//! `bench-link`: how quick the controller stays beside 64 busy agents, and how much the journal takes.

mod growth;
mod journal;
mod model;
mod rounds;
mod session;
mod stand;

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::{
    figures, load,
    options::{self, Options},
};
use stand::Stand;

/// Samples for each figure unless told otherwise.
const SAMPLES: usize = 510;

/// How it grows is told by fewer samples than a figure has.
const GROWTH_SHARE: usize = 20;

/// Measures and prints. Exit codes: 0 measured, 1 it broke or, with `--check`, a limit is missed.
pub fn main() -> ExitCode {
    options::run(SAMPLES, measure)
}

async fn measure(options: &Options) -> Result<bool> {
    load::tell("before");
    let mut figures = rounds::measure(options.samples).await?;
    let folder = Stand::folder()?;
    figures.extend(tokio::select! {
        measured = journal::measure(folder.path(), options.samples) => measured?,
        _ = tokio::signal::ctrl_c() => bail!("interrupted"),
    });
    growth::tell(options.samples / GROWTH_SHARE).await?;
    Ok(figures::print(&figures))
}
