//! `setup`: makes sure that what the other verbs need is on this machine, and installs what is missing.
//!
//! Every part first looks whether it is satisfied, so that a second run costs well under a second.
//! What cannot be installed without asking is named, with the exact command, and nothing goes on.

mod agents;
mod interface;
mod needs;
mod node;
mod packages;
mod python;

use anyhow::{Context, Result, ensure};

pub(crate) use interface::{Interface, Lock};

use crate::child::{self, Child};
use crate::{say, workspace};

/// The test runner installed where there is none, or one older than .config/nextest.toml asks for.
const NEXTEST: &str = "0.9.143";
const OLDEST_NEXTEST: (u32, u32, u32) = (0, 9, 115);

/// What the machine is about to be used for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The terminal chat: no window, nothing graphical.
    RunInTerminal,
    /// The program with its window.
    Run,
    /// The checks: compiles everything, runs nothing.
    Check,
    /// Every test, the real window in a virtual display included.
    Test,
}

/// What set-up found or made, for the verbs that go on from there.
pub(crate) struct Ready {
    /// The user interface, with the Node that builds it; absent until `ui/` is part of the checkout.
    pub(crate) ui: Option<Interface>,
}

/// Installs what is missing for a purpose.
pub(crate) fn setup(purpose: Purpose) -> Result<Ready> {
    packages::install(&needs::of(purpose))?;
    if matches!(purpose, Purpose::Check | Purpose::Test) {
        toolchain_parts()?;
    }
    if purpose == Purpose::Test {
        test_runner()?;
        agents::install()?;
        python::download()?;
    }
    let ui = match purpose {
        Purpose::RunInTerminal => None,
        Purpose::Run | Purpose::Check | Purpose::Test => Interface::find_or_install()?,
    };
    Ok(Ready { ui })
}

/// The test runner, ours if it was installed by `setup`, else the person's own.
pub(crate) fn nextest() -> Child {
    let ours = own_nextest();
    let program = if ours.is_file() {
        ours.into_os_string()
    } else {
        "cargo-nextest".into()
    };
    Child::new(program).arg("nextest")
}

fn toolchain_parts() -> Result<()> {
    for (part, program) in [("rustfmt", "fmt"), ("clippy", "clippy")] {
        if Child::new("cargo").args([program, "--version"]).succeeds() {
            continue;
        }
        ensure!(
            child::on_path("rustup").is_some(),
            "`cargo {program}` is missing; install {part} for this toolchain, or install Rust by rustup"
        );
        say::step(format_args!("installing {part}"));
        Child::new("rustup")
            .args(["component", "add", part])
            .run()?;
    }
    Ok(())
}

/// Installs the runner beside the build, not into the person's own programs, and without optimising
/// it: that is several times quicker, and tests do not run faster for it.
pub(crate) fn test_runner() -> Result<()> {
    if own_nextest().is_file() || nextest_on_path() >= Some(OLDEST_NEXTEST) {
        return Ok(());
    }
    say::step(
        "installing the test runner cargo-nextest into the target folder (some minutes, once)",
    );
    Child::new("cargo")
        .args(["install", "cargo-nextest", "--locked", "--debug", "--version", NEXTEST, "--root"])
        .arg(workspace::tools())
        .run()
        .context("the test runner could not be installed; `cargo install cargo-nextest` by hand also does")
}

fn nextest_on_path() -> Option<(u32, u32, u32)> {
    child::on_path("cargo-nextest")?;
    let printed = Child::new("cargo-nextest")
        .args(["nextest", "--version"])
        .output()
        .ok()?;
    let mut numbers = printed
        .split_whitespace()
        .nth(1)?
        .split('.')
        .map(str::parse);
    Some((
        numbers.next()?.ok()?,
        numbers.next()?.ok()?,
        numbers.next()?.ok()?,
    ))
}

fn own_nextest() -> std::path::PathBuf {
    let name = format!("cargo-nextest{}", std::env::consts::EXE_SUFFIX);
    workspace::tools().join("bin").join(name)
}
