//! `test`: everything that must hold for main to be green, in the order that fails fastest.

use std::time::Instant;

use anyhow::{Result, bail};

use crate::child::Child;
use crate::setup::{self, Purpose, Ready};
use crate::{check, say, workspace};

/// Sets up, checks, builds, and runs every test, whatever of it fails on the way. The Rust tests come
/// last: their summary closes the run.
pub(crate) fn test() -> Result<()> {
    let ready = setup::setup(Purpose::Test)?;
    let mut failed = Vec::new();
    let mut remember = |what: &'static str, verdict: Result<()>| {
        if let Err(error) = verdict {
            say::failure(&error);
            failed.push(format!("{what}: {error}"));
        }
    };

    let started = Instant::now();
    remember("check", check::check_with(&ready));
    build(&ready)?;
    say::step(format_args!(
        "checked and built in {} s",
        started.elapsed().as_secs()
    ));

    if let Some(ui) = &ready.ui {
        say::step("testing the user interface");
        remember("the user interface's tests", ui.test());
    }
    remember("the tests", tests().run());

    if failed.is_empty() {
        return Ok(());
    }
    bail!("failed: {}", failed.join("; "))
}

/// Builds the tests, and every executable, because end-to-end tests start executables of other packages.
///
/// Always the whole workspace and its tests together: for a smaller selection cargo picks other features
/// of shared dependencies, and compiles them and all above them a second time. xtask builds itself when
/// it is started, and while it runs Windows would not let it be overwritten.
pub(crate) fn build(ready: &Ready) -> Result<()> {
    if let Some(ui) = &ready.ui {
        ui.build()?;
    }
    say::step("building every executable and test");
    Child::new("cargo")
        .args([
            "build",
            "--workspace",
            "--exclude",
            "xtask",
            "--bins",
            "--tests",
        ])
        .dir(&workspace::root())
        .run_on_stderr()
}

fn tests() -> Child {
    let command = setup::nextest().args(["run", "--workspace", "--profile", "ci"]);
    command.dir(&workspace::root())
}
