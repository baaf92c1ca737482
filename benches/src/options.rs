//! What a measurement is started with, and what its exit code says.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::figures::talk;

/// What was asked for.
pub(crate) struct Options {
    /// Samples for each figure.
    pub(crate) samples: usize,
    /// Whether a limit that is missed is an error.
    check: bool,
}

/// Measures with the arguments of this program and says what went wrong. `samples` are taken unless told otherwise;
/// `measure` answers whether all limits are met.
pub(crate) fn run(samples: usize, measure: impl AsyncFnOnce(&Options) -> Result<bool>) -> ExitCode {
    let arguments = std::env::args().skip(1);
    let measured = Options::parse(samples, arguments).and_then(|options| {
        let runtime = tokio::runtime::Runtime::new()?;
        let all_met = runtime.block_on(measure(&options))?;
        Ok(all_met || !options.check)
    });
    match measured {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            talk(format_args!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

impl Options {
    fn parse(samples: usize, mut arguments: impl Iterator<Item = String>) -> Result<Self> {
        let mut options = Self {
            samples,
            check: false,
        };
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--check" => options.check = true,
                "--samples" => {
                    let number = arguments.next().context("--samples needs a number")?;
                    options.samples = number.parse().context("--samples needs a number")?;
                }
                _ => bail!("{argument} is no argument; there are --check and --samples NUMBER"),
            }
        }
        Ok(options)
    }
}
