//! `bench-worktree`: how long a task waits for its worktree, beside `git worktree add` on the same repository.
//!
//! The warm worktree was filled from one commit and is claimed for another that differs in 200 files. Git writes the
//! latter from nothing, once with one writer and once with as many as it likes; the better of the two counts.

pub(crate) mod generated;
pub(crate) mod rival;

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use ampersand_git::{Pace, Pool};
use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use crate::{
    figures::{self, Figure, Limit, Samples, talk},
    options,
};
pub(crate) use generated::Generated;

/// Files in the repositories measured; the last one makes the figures.
const SIZES: [usize; 3] = [1_000, 10_000, 100_000];

/// Claims from each repository unless told otherwise; each costs a fill.
const CLAIMS: usize = 20;

/// How often git makes each of its worktrees.
const RIVALS: usize = 3;

struct Options {
    claims: usize,
    sizes: Vec<usize>,
}

/// Measures and prints. Exit codes: 0 measured, 1 it broke or, with `--check`, a limit is missed.
pub fn main() -> ExitCode {
    let (mut claims, mut files) = (CLAIMS, 0);
    let check = options::parse(
        std::env::args().skip(1),
        &mut [("--claims", &mut claims), ("--files", &mut files)],
    );
    let sizes = if files == 0 {
        SIZES.to_vec()
    } else {
        vec![files]
    };
    options::exit_code(check, || measure(&Options { claims, sizes }))
}

/// What one repository came to.
struct Measured {
    claims: Samples,
    fills: Samples,
    /// With one writer, and with as many as git likes.
    rivals: [Samples; 2],
}

impl Measured {
    /// The better of git's two, in milliseconds.
    fn rival(&self) -> f64 {
        let [one, many] = self.rivals.each_ref().map(Samples::median);
        one.min(many)
    }
}

fn measure(options: &Options) -> Result<bool> {
    // Whoever reads the tails has to know who else was at work.
    if let Ok(load) = std::fs::read_to_string("/proc/loadavg") {
        talk(format_args!("the machine's load before: {}", load.trim()));
    }
    let mut last = None;
    for files in &options.sizes {
        let measured = measure_one(*files, options.claims)?;
        let [one, many] = &measured.rivals;
        talk(format_args!("{files} files, 200 of them moved:"));
        talk(format_args!("  claimed warm          {}", measured.claims));
        talk(format_args!("  filled                {}", measured.fills));
        talk(format_args!("  git, one writer       {one}"));
        talk(format_args!("  git, parallel         {many}"));
        last = Some(measured);
    }
    let measured = last.context("no size to measure")?;
    let claim = measured.claims.percentile(95);
    Ok(figures::print(&[
        Figure {
            name: "worktree.claim_p95_100k",
            value: claim,
            unit: "ms",
            limit: Limit::AtMost(100.0),
        },
        Figure {
            name: "worktree.ratio_100k",
            value: measured.rival() / claim,
            unit: "x",
            limit: Limit::AtLeast(25.0),
        },
        Figure {
            name: "worktree.fill_ratio_100k",
            value: measured.fills.median() / measured.rival(),
            unit: "x",
            limit: Limit::AtMost(1.2),
        },
    ]))
}

fn measure_one(files: usize, claims: usize) -> Result<Measured> {
    let folder = folder()?;
    talk(format_args!("writing a repository of {files} files"));
    let generated = Generated::new(folder.path(), files)?;
    let repository = &generated.repository;
    let pool = Pool::new(repository, &folder.path().join("home/own"));
    let mut measured = Measured {
        claims: Samples::default(),
        fills: Samples::default(),
        rivals: Default::default(),
    };
    for at in 0..claims {
        // Side by side, so that what else the machine does falls on all of them.
        if at < RIVALS {
            for (many, samples) in [false, true].into_iter().zip(&mut measured.rivals) {
                samples.push(rival::add(&generated, &folder.path().join("rival"), many)?);
            }
        }
        let (_, took) = timed(|| pool.fill(generated.before, Pace::Now))?;
        measured.fills.push(took);
        let task = format!("task-{at}");
        let (claimed, took) = timed(|| pool.claim(&task, generated.after))?;
        ensure!(claimed.was_warm, "the warm worktree was not taken");
        measured.claims.push(took);
        if at == 0 {
            rival::expect_clean(&claimed.worktree.path)?;
        }
        repository.remove_worktree(&claimed.worktree)?;
        repository.forget_task(&task)?;
    }
    Ok(measured)
}

fn timed<T, E>(call: impl FnOnce() -> Result<T, E>) -> Result<(T, Duration), E> {
    let began = Instant::now();
    let done = call()?;
    Ok((done, began.elapsed()))
}

/// Beside this program: there the disk is a real one, where a temporary folder may be memory.
pub(crate) fn folder() -> Result<TempDir> {
    let program = std::env::current_exe()?;
    let beside = program.parent().context("this program is in no folder")?;
    Ok(tempfile::Builder::new()
        .prefix("bench-")
        .tempdir_in(beside)?)
}
