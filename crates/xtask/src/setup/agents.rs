//! The agents of others that tests run for real: packages pinned in `tests/agents`, installed into the target folder.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use super::interface::Lock;
use super::node::Node;
use crate::{say, workspace};

/// Installs them unless they are there. Only where their tests run: they are large.
pub(super) fn install() -> Result<()> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Ok(());
    }
    let pinned = workspace::root().join("tests/agents");
    let folder = folder();
    let wanted = Lock::read(&pinned.join("package-lock.json"))?;
    let installed = folder.join("node_modules/.package-lock.json");
    if Lock::read(&installed).is_ok_and(|installed| wanted.is_met_by(&installed)) {
        return Ok(());
    }
    say::step("installing the agents that tests run, some hundred megabytes, once");
    fs::create_dir_all(&folder).context("their folder cannot be made")?;
    for file in ["package.json", "package-lock.json"] {
        fs::copy(pinned.join(file), folder.join(file)).context("their list cannot be copied")?;
    }
    // They need a newer Node than npm may run on, and bring it along.
    Node::find_or_install()?
        .npm()?
        .dir(&folder)
        .args([
            "ci",
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            "--loglevel=error",
        ])
        .run_on_stderr()
}

fn folder() -> PathBuf {
    workspace::root().join("target/vendor-agents")
}
