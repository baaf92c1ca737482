//! `bench-radar`: how long it takes from a write that clashes to both cards, what watching costs while nobody writes, and
//! whether what the radar says of two trees is what git says of them.

mod idle;
mod pairs;
mod seen;
mod session;

use std::process::ExitCode;

use anyhow::Result;

use crate::{
    figures::{self, Figure, Limit, talk},
    load, options, worktree,
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
}

/// Measures and prints. Exit codes: 0 measured, 1 it broke or, with `--check`, a limit is missed.
pub fn main() -> ExitCode {
    let mut options = Options {
        files: FILES,
        clashes: CLASHES,
        pairs: PAIRS,
    };
    let check = options::parse(
        std::env::args().skip(1),
        &mut [
            ("--files", &mut options.files),
            ("--clashes", &mut options.clashes),
            ("--pairs", &mut options.pairs),
        ],
    );
    options::exit_code(check, || {
        let runtime = tokio::runtime::Runtime::new()?;
        runtime.block_on(measure(&options))
    })
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
