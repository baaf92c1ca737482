//! What a measurement is started with, and what its exit code says.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::figures::talk;

/// What was asked for.
pub(crate) struct Options {
    /// Samples for each figure.
    pub(crate) samples: usize,
}

/// Measures with the arguments of this program and says what went wrong. `samples` are taken unless told otherwise;
/// `measure` answers whether all limits are met.
pub(crate) fn run(samples: usize, measure: impl AsyncFnOnce(&Options) -> Result<bool>) -> ExitCode {
    let mut options = Options { samples };
    let check = parse(
        std::env::args().skip(1),
        &mut [("--samples", &mut options.samples)],
    );
    exit_code(check, || {
        let runtime = tokio::runtime::Runtime::new()?;
        runtime.block_on(measure(&options))
    })
}

/// Takes numbers by their names, and whether a limit that is missed is an error.
pub(crate) fn parse(
    mut arguments: impl Iterator<Item = String>,
    numbers: &mut [(&str, &mut usize)],
) -> Result<bool> {
    let mut check = false;
    while let Some(argument) = arguments.next() {
        if argument == "--check" {
            check = true;
            continue;
        }
        let Some((name, number)) = numbers.iter_mut().find(|(name, _)| *name == argument) else {
            let names: Vec<_> = numbers.iter().map(|(name, _)| *name).collect();
            bail!(
                "{argument} is no argument; there are --check, and with a NUMBER: {}",
                names.join(", ")
            );
        };
        let given = arguments.next().and_then(|number| number.parse().ok());
        **number = given.with_context(|| format!("{name} needs a number"))?;
    }
    Ok(check)
}

/// Measures unless the arguments were wrong, and says what went wrong. `measure` answers whether all limits are met.
pub(crate) fn exit_code(check: Result<bool>, measure: impl FnOnce() -> Result<bool>) -> ExitCode {
    match check.and_then(|check| Ok(measure()? || !check)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            talk(format_args!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}
