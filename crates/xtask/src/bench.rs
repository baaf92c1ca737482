//! `bench`: builds and runs one measurement, and lets only its figures reach standard output.
//!
//! A measurement NAME is an executable `bench-NAME` of any member. It prints lines `name: value unit`.

use std::env;
use std::ffi::OsString;

use anyhow::{Result, bail};

use crate::child::Child;
use crate::say;
use crate::setup::{self, Purpose};
use crate::workspace::{self, Metadata};

const PREFIX: &str = "bench-";

/// The measurements that open the window; the others need not wait until it is built and optimised.
const MEASURE_THE_WINDOW: [&str; 1] = ["window"];

/// Measures in a release build. An error unless the measurement ended well.
pub(crate) fn bench(name: &str, arguments: &[OsString]) -> Result<()> {
    let metadata = Metadata::members()?;
    let program = format!("{PREFIX}{name}");
    let Some(package) = metadata.with_program(&program) else {
        let built: Vec<_> = metadata
            .programs()
            .filter_map(|program| program.strip_prefix(PREFIX))
            .collect();
        match built.as_slice() {
            [] => bail!("{name} not built; no measurement is yet"),
            built => bail!("{name} not built; there is: {}", built.join(", ")),
        }
    };

    let ready = setup::setup(Purpose::Test)?;
    let shell = metadata
        .shell()
        .filter(|_| MEASURE_THE_WINDOW.contains(&name));
    let mut build = Child::new("cargo").args(["build", "--release", "-p", package]);
    build = build.args(workspace::engine_packages());
    if let (Some(shell), Some(ui)) = (shell, &ready.ui) {
        ui.build()?;
        build = build.args(["-p", &shell.name]);
    }
    build.dir(&workspace::root()).run_on_stderr()?;

    say::step(format_args!("measuring {name}"));
    let file = format!("{program}{}", env::consts::EXE_SUFFIX);
    let command = Child::new(metadata.target_directory.join("release").join(file)).args(arguments);
    command.dir(&workspace::root()).for_each_line(|line| {
        if is_figure(line) {
            say::result(line)
        } else {
            eprintln!("{line}")
        }
    })
}

/// `link.send_stored_p99_64: 3.2 ms`: a dotted name, a plain decimal, which may be negative where it is a difference, a unit.
fn is_figure(line: &str) -> bool {
    let Some((name, rest)) = line.split_once(": ") else {
        return false;
    };
    let Some((value, unit)) = rest.split_once(' ') else {
        return false;
    };
    let in_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._".contains(c);
    let in_value = |c: char| c.is_ascii_digit() || c == '.';
    name.contains('.')
        && name.chars().all(in_name)
        && value
            .strip_prefix('-')
            .unwrap_or(value)
            .chars()
            .all(in_value)
        && value.parse::<f64>().is_ok()
        && !unit.is_empty()
        && !unit.contains(' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_told_from_talk() {
        let figures = [
            "link.send_stored_p99_64: 3.2 ms",
            "link.first_token_ratio_64: 1.03 x",
            "link.journal_durable: 61250 events/s",
            "window.pss: 212 MB",
            "agents.overhead_p95: -12.500 ms",
        ];
        let talk = [
            "warming up: 3 runs",
            "link.x: 1e3 ms",
            "link.x: inf ms",
            "link.x: 12",
            "link.x: 1-2 ms",
            "\u{1b}[1mlink.x: 12 ms",
        ];
        assert_eq!(figures.map(is_figure), [true; 5]);
        assert_eq!(talk.map(is_figure), [false; 6]);
    }
}
