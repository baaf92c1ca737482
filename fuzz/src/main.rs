//! Throws made-up bytes at the readers of bytes that agents or the network make: one target to a process, for a while.
//!
//! `cargo xtask fuzz` builds it with the readers counting their branches, starts it for each target and judges how it
//! ended. An input is written down before it is tried, so that whatever ends the process leaves what ended it. Not here:
//! what the readers are (each crate names its own), and which findings are errors (all of them).

#![expect(
    clippy::expect_used,
    reason = "a target that cannot go on says where, and ends"
)]

mod corpus;
mod coverage;
mod dice;
mod mutate;
mod run;
mod target;
mod tree;
#[cfg(unix)]
mod watch;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

/// Tries one target; without a name, lists them.
#[derive(Parser)]
struct Arguments {
    /// The target
    name: Option<String>,
    /// For how long
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Where its corpus is kept
    #[arg(long, default_value = "fuzz/corpus")]
    corpus: PathBuf,
    /// Where the input under way is written down
    #[arg(long, default_value = "input")]
    input: PathBuf,
    /// Try what that file holds, once
    #[arg(long)]
    again: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match perform(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

#[expect(
    clippy::print_stdout,
    reason = "its results are lines of standard output"
)]
fn perform(arguments: &Arguments) -> anyhow::Result<()> {
    let Some(name) = &arguments.name else {
        for target in target::ALL {
            println!("{}", target.name);
        }
        return Ok(());
    };
    let target = target::ALL.iter().find(|target| target.name == name);
    let target = target.ok_or_else(|| anyhow::anyhow!("there is no target {name}"))?;
    if let Some(again) = &arguments.again {
        (target.read)(&std::fs::read(again)?);
        return Ok(());
    }
    let file = arguments.corpus.join(format!("{name}.txt"));
    let seconds = Duration::from_secs(arguments.seconds);
    run::run(target, &file, &arguments.input, seconds)
}
