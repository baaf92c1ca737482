//! Sixty-four trees of ten processes each, in their sandboxes: told to stand still and to end, and looked at until they
//! do. In each tree one process goes on printing; the others sleep.

use std::{path::Path, time::Instant};

use ampersand_core::Role;
use ampersand_process::{Tree, freeze_all, lines::Lines};
use ampersand_sandbox::{Launched, Launcher, Policy};
use anyhow::{Context, Result, ensure};
use futures::future::join_all;

use crate::figures::{Figure, Limit, Samples, talk};

const TREES: usize = 64;
const PROCESSES: u32 = 10;

/// Freezes of one set of trees.
const FREEZES: usize = 10;

/// Sandboxes built at the same time.
const AT_ONCE: usize = 4;

/// The builder outside, the first process inside, the shell, its printing child and that one's sleep; and five sleepers.
const SCRIPT: &str = "for i in 1 2 3 4 5; do sleep 1000 & done; \
    while :; do echo tick; sleep 0.05; done & echo ready; wait";

pub(super) async fn measure(
    launcher: &Launcher,
    worktree: &Path,
    rounds: usize,
) -> Result<[Figure; 2]> {
    let (mut freezes, mut kills) = (Samples::default(), Samples::default());
    for _ in 0..rounds.max(2) {
        let grown = grow(launcher, worktree).await?;
        let trees: Vec<Tree> = grown.iter().map(|launched| launched.tree.clone()).collect();
        for _ in 0..FREEZES {
            let began = Instant::now();
            let frozen = freeze_all(&trees).await;
            freezes.push(began.elapsed());
            for frozen in frozen {
                let processes = frozen?.processes;
                // A loop between two sleeps has one process less.
                ensure!(
                    processes + 1 >= PROCESSES,
                    "only {processes} processes stood still"
                );
            }
            for tree in &trees {
                tree.thaw().await?;
            }
        }
        let began = Instant::now();
        let gone = join_all(trees.iter().map(Tree::kill)).await;
        kills.push(began.elapsed());
        for (gone, tree) in gone.into_iter().zip(&trees) {
            ensure!(gone?.processes + 1 >= PROCESSES, "a tree was smaller");
            ensure!(tree.pids().await?.is_empty(), "somebody is left");
        }
    }
    talk(format_args!("frozen, {TREES} trees  {freezes}"));
    talk(format_args!("killed, {TREES} trees  {kills}"));
    let figure = |name, value| Figure {
        name,
        value,
        unit: "ms",
        limit: Limit::AtMost(100.0),
    };
    Ok([
        figure("sandbox.kill_64x10_p99", kills.p99()),
        figure("sandbox.freeze_64x10_p99", freezes.p99()),
    ])
}

async fn grow(launcher: &Launcher, worktree: &Path) -> Result<Vec<Launched>> {
    let policy = Policy::new(Role::Worker, worktree);
    let mut grown = Vec::new();
    while grown.len() < TREES {
        let some = (0..AT_ONCE).map(|_| one(launcher, &policy));
        for launched in join_all(some).await {
            grown.push(launched?);
        }
    }
    Ok(grown)
}

async fn one(launcher: &Launcher, policy: &Policy) -> Result<Launched> {
    let argv = ["/bin/sh", "-c", SCRIPT];
    let mut launched = launcher.launch(policy, argv, "tree").await?;
    let stdout = launched.child.take_stdout().context("it prints")?;
    let mut lines = Lines::new(stdout, 100);
    while let Some(line) = lines.next().await? {
        if line == "ready" {
            break;
        }
    }
    // Read as long as it prints, as the orchestrator does.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next().await {} });
    Ok(launched)
}
