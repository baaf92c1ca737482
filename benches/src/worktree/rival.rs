//! What we are held against: the git program, as a person would run it.

use std::{
    fs::{self, File},
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};

use super::generated::Generated;

/// Adds a worktree at `path` and removes it; how long adding took.
pub(crate) fn add(generated: &Generated, path: &Path, many: bool) -> Result<Duration> {
    // Zero writers stands for as many as there are processors.
    let workers = if many { "0" } else { "1" };
    let workers = format!("checkout.workers={workers}");
    let (commit, place) = (generated.after.to_string(), path.display().to_string());
    let began = Instant::now();
    git(
        &generated.root,
        &[
            "-c", &workers, "worktree", "add", "--quiet", "--detach", &place, &commit,
        ],
    )?;
    let took = began.elapsed();
    fs::remove_dir_all(path)?;
    git(&generated.root, &["worktree", "prune"])?;
    Ok(took)
}

/// Git agrees that a worktree holds its commit.
pub(crate) fn expect_clean(worktree: &Path) -> Result<()> {
    let status = git(worktree, &["status", "--porcelain"])?;
    ensure!(status.is_empty(), "the claimed worktree differs:\n{status}");
    Ok(())
}

/// Runs git and returns what it printed.
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> Result<String> {
    run(folder, arguments, Stdio::null())
}

/// Runs git with a file on its input.
pub(crate) fn feed(folder: &Path, arguments: &[&str], input: &Path) -> Result<String> {
    run(folder, arguments, File::open(input)?.into())
}

#[expect(
    clippy::disallowed_methods,
    reason = "the alternative we are measured against is a person's own git"
)]
fn run(folder: &Path, arguments: &[&str], input: Stdio) -> Result<String> {
    let output = Command::new("git")
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .stdin(input)
        .output()?;
    let words = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "git {arguments:?}: {words}");
    Ok(String::from_utf8(output.stdout)?)
}
