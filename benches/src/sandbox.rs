//! `bench-sandbox`: what the sandbox adds to a start, how soon sixty-four trees of ten processes stand still and are gone,
//! and what two bad neighbours cost a build.

#[cfg(target_os = "linux")]
mod neighbours;
#[cfg(target_os = "linux")]
mod starts;
#[cfg(target_os = "linux")]
mod trees;

use std::process::ExitCode;

use anyhow::Result;

use crate::options::{self, Options};

/// Samples for a start unless told otherwise; trees and builds are measured by fewer.
const SAMPLES: usize = 200;

/// Measures and prints. Exit codes: 0 measured, 1 it broke or, with `--check`, a limit is missed.
pub fn main() -> ExitCode {
    options::run(SAMPLES, measure)
}

#[cfg(target_os = "linux")]
async fn measure(options: &Options) -> Result<bool> {
    use ampersand_sandbox::Launcher;
    use anyhow::{bail, ensure};

    crate::load::tell("before");
    let folder = folder()?;
    let measuring = async {
        let began = std::time::Instant::now();
        let launcher = Launcher::probe(&folder.path().join("state")).await;
        crate::figures::talk(format_args!("the canary took {:?}", began.elapsed()));
        let isolation = launcher.isolation();
        ensure!(isolation.is_full(), "{}", isolation.told());
        let worktree = folder.path().join("worktree");
        std::fs::create_dir(&worktree)?;
        let mut figures = vec![starts::measure(&launcher, &worktree, options.samples).await?];
        figures.extend(trees::measure(&launcher, &worktree, options.samples / 2).await?);
        figures.push(neighbours::measure(folder.path(), options.samples / 40).await?);
        Ok(figures)
    };
    let figures = tokio::select! {
        measured = measuring => measured?,
        _ = tokio::signal::ctrl_c() => bail!("interrupted"),
    };
    crate::load::tell("after");
    Ok(crate::figures::print(&figures))
}

#[cfg(not(target_os = "linux"))]
#[expect(clippy::unused_async, reason = "elsewhere it measures")]
async fn measure(_options: &Options) -> Result<bool> {
    anyhow::bail!("what is measured here is the full tier on Linux")
}

/// Beside this program: there the disk is a real one, where a temporary folder may be memory.
#[cfg(target_os = "linux")]
fn folder() -> Result<tempfile::TempDir> {
    use anyhow::Context;
    let program = std::env::current_exe()?;
    let beside = program.parent().context("this program is in no folder")?;
    // A sandbox takes real paths only.
    let beside = dunce::canonicalize(beside)?;
    Ok(tempfile::Builder::new()
        .prefix("bench-")
        .tempdir_in(beside)?)
}
