//! The first line of a program, in the sandbox and outside it, one after the other: what else the machine does falls on
//! both.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use ampersand_core::Role;
use ampersand_process::{Child, Spec, spawn};
use ampersand_sandbox::{Launcher, Policy};
use anyhow::{Context, Result, ensure};
use tokio::io::AsyncReadExt;

use crate::figures::{Figure, Limit, Samples, talk};

/// The first starts fill caches.
const WARMING: usize = 10;

pub(super) async fn measure(
    launcher: &Launcher,
    worktree: &Path,
    samples: usize,
) -> Result<Figure> {
    let (mut inside, mut outside, mut added) =
        (Samples::default(), Samples::default(), Samples::default());
    for at in 0..samples + WARMING {
        // Whoever comes second finds the program in the cache.
        let (within, without) = if at % 2 == 0 {
            let within = in_sandbox(launcher, worktree).await?;
            (within, free(worktree).await?)
        } else {
            let without = free(worktree).await?;
            (in_sandbox(launcher, worktree).await?, without)
        };
        if at >= WARMING {
            inside.push(within);
            outside.push(without);
            added.push(within.saturating_sub(without));
        }
    }
    talk(format_args!("first line in the sandbox  {inside}"));
    talk(format_args!("first line outside it      {outside}"));
    talk(format_args!("added                      {added}"));
    Ok(Figure {
        name: "sandbox.start_added_p95",
        value: added.percentile(95),
        unit: "ms",
        limit: Limit::AtMost(15.0),
    })
}

async fn in_sandbox(launcher: &Launcher, worktree: &Path) -> Result<Duration> {
    let policy = Policy::new(Role::Worker, worktree);
    let began = Instant::now();
    let mut launched = launcher
        .launch(&policy, ["/bin/echo", "x"], "start")
        .await?;
    first_line(&mut launched.child).await?;
    let took = began.elapsed();
    launched.tree.kill().await?;
    Ok(took)
}

async fn free(worktree: &Path) -> Result<Duration> {
    let began = Instant::now();
    let mut child = spawn(Spec::new("/bin/echo").arg("x").cwd(worktree)).await?;
    first_line(&mut child).await?;
    let took = began.elapsed();
    child.wait().await?;
    Ok(took)
}

async fn first_line(child: &mut Child) -> Result<()> {
    let mut stdout = child.take_stdout().context("it prints")?;
    let mut line = [0; 2];
    stdout.read_exact(&mut line).await?;
    ensure!(&line == b"x\n", "it printed something else");
    Ok(())
}
