//! The commands a person working on Ampersand types: `cargo xtask VERB`, one file per verb.
//!
//! Owns the way from an empty clone to a running, tested program, and the rules a machine can check.
//! What the program itself does is not here.

mod bench;
mod check;
mod child;
mod facts;
mod fuzz;
mod generate;
mod journey;
mod run;
mod say;
mod setup;
mod test;
mod workspace;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

/// Build, run, test and check Ampersand.
#[derive(Parser)]
#[command(bin_name = "cargo xtask", version)]
enum Verb {
    /// Install what is missing on this machine: system packages, Node, the test runner.
    Setup,
    /// Build everything and open Ampersand; without a display, start the terminal chat.
    Run {
        /// Passed on to the program: `cargo xtask run -- --home DIR`.
        #[arg(last = true)]
        arguments: Vec<OsString>,
    },
    /// Check everything, then run every test.
    Test,
    /// Format, lints, dependency rules, house rules, generated types, licences, user interface.
    Check {
        /// Type-check for another system instead.
        #[arg(long)]
        target: Option<check::Target>,
        /// With --target: only this package (may be given several times).
        #[arg(long, short, requires = "target")]
        package: Vec<String>,
    },
    /// Write the TypeScript types and docs/protocol.md from the protocol.
    Gen {
        /// Write nothing; fail when a file is not current.
        #[arg(long)]
        check: bool,
    },
    /// Run the end-to-end tests of journeys; one line each: `J2 ok`, `J2 failed: STEP`, `J2 not built`.
    Journey {
        /// J1, J2, … or the name of another group of end-to-end tests.
        #[arg(required_unless_present = "list")]
        names: Vec<String>,
        /// Print the names of the journeys that have tests.
        #[arg(long)]
        list: bool,
    },
    /// Measure; one line per figure on standard output: `name: value unit`.
    Bench {
        /// The measurement: `link`, `window`, …
        name: String,
        /// Passed on to the measurement.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// Throw made-up bytes at what reads strangers' bytes; one line each: `NAME: N executions, M findings`.
    Fuzz {
        /// For how long each target is tried.
        #[arg(long, default_value_t = 30.0)]
        minutes: f64,
        /// The targets; all of them if none is named.
        targets: Vec<String>,
    },
}

fn main() -> ExitCode {
    if let Some(ended) = fuzz::in_front_of_compiler() {
        return ended;
    }
    match perform(Verb::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say::failure(&error);
            ExitCode::FAILURE
        }
    }
}

fn perform(verb: Verb) -> Result<()> {
    match verb {
        Verb::Setup => setup::setup(setup::Purpose::Test).map(drop),
        Verb::Run { arguments } => run::run(&arguments),
        Verb::Test => test::test(),
        Verb::Check { target: None, .. } => check::check(),
        Verb::Check {
            target: Some(target),
            package,
        } => check::check_target(target, &package),
        Verb::Gen { check: false } => generate::write(),
        Verb::Gen { check: true } => generate::check(),
        Verb::Journey { list: true, .. } => journey::list(),
        Verb::Journey { names, .. } => journey::run(&names),
        Verb::Bench { name, arguments } => bench::bench(&name, &arguments),
        Verb::Fuzz { minutes, targets } => fuzz::fuzz(minutes, &targets),
    }
}
