//! `bench-radar`: how long it takes from a write that clashes to both cards, what watching costs while nobody writes, and
//! whether what the radar says of two trees is what git says of them.

mod idle;
mod pairs;
mod seen;
mod session;

use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::{
    figures::{self, Figure, Limit, talk},
    load, worktree,
};
use session::Session;

/// Files in the repository that is watched.
const FILES: usize = 100_000;

/// Worktrees that are live at one time.
const WORKTREES: usize = 12;

/// Clashes written, unless told otherwise.
const CLASHES: usize = 60;

/// Pairs of trees held against git, unless told otherwise.
const PAIRS: usize = 2_000;

struct Options {
    files: usize,
    clashes: usize,
    pairs: usize,
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
            files: FILES,
            clashes: CLASHES,
            pairs: PAIRS,
            check: false,
        };
        while let Some(argument) = arguments.next() {
            let mut number = || -> Result<usize> {
                let number = arguments.next().context("a number is missing")?;
                Ok(number.parse()?)
            };
            match argument.as_str() {
                "--check" => options.check = true,
                "--files" => options.files = number().context("--files")?,
                "--clashes" => options.clashes = number().context("--clashes")?,
                "--pairs" => options.pairs = number().context("--pairs")?,
                _ => bail!(
                    "{argument} is no argument; there are --check, --files, --clashes and --pairs, each with a NUMBER"
                ),
            }
        }
        Ok(options)
    }
}

async fn measure(options: &Options) -> Result<bool> {
    load::tell("before");
    let judged = pairs::measure(options.pairs).await?;
    let folder = worktree::folder()?;
    talk(format_args!(
        "writing a repository of {} files",
        options.files
    ));
    let generated = worktree::Generated::new(folder.path(), options.files)?;
    generated.check_out()?;
    let watched = Session::at(folder.path(), &generated.root, async |session| {
        session.start(WORKTREES).await?;
        let seen = seen::measure(session, options).await?;
        let idle = idle::measure(session).await?;
        Ok((seen, idle))
    });
    let (seen, idle) = watched.await?;
    load::tell("after");
    Ok(figures::print(&[
        Figure {
            name: "radar.seen_p95",
            value: seen.percentile(95) / 1e3,
            unit: "s",
            limit: Limit::AtMost(2.0),
        },
        Figure {
            name: "radar.idle_cpu",
            value: idle,
            unit: "%",
            limit: Limit::AtMost(0.5),
        },
        Figure {
            name: "radar.false_negatives",
            value: judged.missed as f64,
            unit: "pairs",
            limit: Limit::AtMost(0.0),
        },
        Figure {
            name: "radar.false_positives",
            value: judged.false_alarms(),
            unit: "%",
            limit: Limit::AtMost(2.0),
        },
    ]))
}
