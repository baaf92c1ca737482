//! `check`: everything about the code that a machine can see without running it.
//!
//! Each rule has one file here. All of them are looked at even when one fails, cheapest first, so that
//! one run tells everything there is to mend.

mod edges;
mod elsewhere;
mod licences;
mod table;
mod tidy;
mod verbs;

use anyhow::{Context, Result, bail};

pub(crate) use elsewhere::{Target, check_target};

use crate::child::Child;
use crate::setup::{self, Purpose, Ready};
use crate::workspace::{self, Metadata};
use crate::{generate, say};

/// What to do when cargo may not change Cargo.lock and would have to. The build machines say so before
/// xtask is even built: started without `--locked`, cargo would have mended it by now.
const STALE: &str =
    "`cargo check` brings Cargo.lock up to date; commit it with the manifest it belongs to";

/// Sets up what compiling needs, then checks.
pub(crate) fn check() -> Result<()> {
    check_with(&setup::setup(Purpose::Check)?)
}

/// Checks on a machine that is already set up.
pub(crate) fn check_with(ready: &Ready) -> Result<()> {
    let mut failed = Vec::new();
    let mut look_at = |rule: &'static str, verdict: Result<()>| {
        if let Err(error) = verdict {
            say::failure(&error.context(rule));
            failed.push(rule);
        } else {
            say::step(format_args!("{rule}: ok"));
        }
    };

    look_at("format", format());
    look_at("house rules", tidy::check(&workspace::root()));
    look_at("verbs", verbs::check(&workspace::root()));
    look_at("README's table", table::check(&workspace::root()));
    look_at("dependency rules", edges::check());
    match Metadata::complete() {
        Ok(all) => look_at("licences", licences::check(&all)),
        Err(error) => look_at("lock file", Err(error.context(STALE))),
    }
    look_at("generated types", generate::check());
    if let Some(ui) = &ready.ui {
        look_at("user interface", ui.check());
        // The window embeds the page when it is compiled, by clippy too.
        look_at("the page builds", ui.build());
    }
    look_at("lints", lints());

    if failed.is_empty() {
        return Ok(());
    }
    bail!("not as it should be: {}", failed.join(", "))
}

fn format() -> Result<()> {
    let command = Child::new("cargo")
        .args(["fmt", "--all", "--check"])
        .dir(&workspace::root());
    command
        .run_on_stderr()
        .context("`cargo fmt --all` mends this")
}

fn lints() -> Result<()> {
    Child::new("cargo")
        .args([
            "clippy",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ])
        .dir(&workspace::root())
        .run_on_stderr()
}

/// Turns a list of findings into one error, or into nothing.
fn verdict(findings: &[String]) -> Result<()> {
    if findings.is_empty() {
        return Ok(());
    }
    bail!("{}", findings.join("\n  "))
}
