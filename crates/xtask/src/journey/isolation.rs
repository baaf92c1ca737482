//! `journey isolation`: the hostile cases of `tests/journeys/isolation.toml`, each held by the tests that are named there.
//!
//! A case is held if all its tests pass, as root and as an ordinary user. One without tests is not held.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use super::junit;
use crate::child::Child;
use crate::setup::{self, Purpose, Ready};
use crate::{say, test, workspace};

/// The name by which the journey is asked for.
pub(super) const NAME: &str = "isolation";

/// Fewer cases than this are not what was promised.
const CASES: usize = 70;

/// The tests that are two users by themselves.
const BOTH_USERS: &str = "ampersand-tests::journeys isolation::";

/// Tests of the page, which no user of the system makes a difference to.
const PAGE: &str = "ui";

/// An ordinary user nobody else is.
const SOMEBODY: &str = "64321";

#[derive(Deserialize)]
struct Table {
    case: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    number: u32,
    title: String,
    /// Each a binary and the path of a test in it, or `ui` and a file.
    tests: Vec<String>,
    /// The same, of what an ordinary user has not everywhere: tried as root alone.
    #[serde(default)]
    as_root: Vec<String>,
}

/// Runs every test that holds a case, says which cases are not held, and how many are.
pub(super) fn run() -> Result<()> {
    let cases = read()?;
    ensure!(
        is_root(),
        "the cases are tried as root and as an ordinary user, which only root can be"
    );
    setup::test_runner()?;
    let ready = setup::setup(Purpose::Test)?;
    test::build(&ready)?;
    let passed = passed(&cases, &ready)?;
    let mut held = 0;
    for case in &cases {
        let missing: Vec<_> = case.all().filter(|test| !passed.contains(*test)).collect();
        match missing.as_slice() {
            [] if !case.tests.is_empty() => held += 1,
            [] => say::step(format_args!(
                "case {} ({}): no test holds it",
                case.number, case.title
            )),
            [first, ..] => say::step(format_args!(
                "case {} ({}): {first} did not pass",
                case.number, case.title
            )),
        }
    }
    say::result(format_args!("{NAME} {held} of {}", cases.len()));
    ensure!(
        held == cases.len() && held >= CASES,
        "not every case is held, or there are fewer than {CASES}"
    );
    Ok(())
}

impl Case {
    fn all(&self) -> impl Iterator<Item = &String> {
        self.tests.iter().chain(&self.as_root)
    }
}

fn read() -> Result<Vec<Case>> {
    let path = workspace::root().join("tests/journeys/isolation.toml");
    let text = fs::read_to_string(&path).context("the table of cases cannot be read")?;
    let table: Table = toml::from_str(&text).context("the table of cases is not as expected")?;
    let numbers: BTreeSet<_> = table.case.iter().map(|case| case.number).collect();
    ensure!(
        numbers.len() == table.case.len(),
        "two cases have one number"
    );
    Ok(table.case)
}

/// The tests that passed for everybody they had to pass for.
fn passed(cases: &[Case], ready: &Ready) -> Result<BTreeSet<String>> {
    let named = || cases.iter().flat_map(Case::all);
    let of_root: BTreeSet<&String> = cases.iter().flat_map(|case| &case.as_root).collect();
    let of_rust: BTreeSet<&str> = named()
        .map(String::as_str)
        .filter(|test| file(test).is_none())
        .collect();
    let alone: BTreeSet<&str> = of_rust
        .iter()
        .copied()
        .filter(|test| !test.starts_with(BOTH_USERS) && !of_root.iter().any(|root| root == test))
        .collect();
    let as_root = outcomes(&of_rust, None)?;
    let as_somebody = outcomes(&alone, Some(&format!("CARGO_TARGET_{}_RUNNER", host()?)))?;
    let both = |test: &&&str| {
        as_root.contains(**test) && (!alone.contains(**test) || as_somebody.contains(**test))
    };
    let mut passed: BTreeSet<String> = of_rust
        .iter()
        .filter(both)
        .map(|test| (*test).to_owned())
        .collect();
    for test in named() {
        if let (Some(file), Some(ui)) = (file(test), &ready.ui) {
            match ui.test_file(file) {
                Ok(()) => drop(passed.insert(test.clone())),
                Err(error) => say::failure(&error),
            }
        }
    }
    Ok(passed)
}

fn file(test: &str) -> Option<&str> {
    test.strip_prefix(PAGE)?.strip_prefix(' ')
}

/// Runs tests of any member and gives those that passed; with a variable that names a runner, as an ordinary user.
fn outcomes(tests: &BTreeSet<&str>, runner: Option<&str>) -> Result<BTreeSet<String>> {
    let report = workspace::root().join("target/nextest/journey/junit.xml");
    if report.exists() {
        fs::remove_file(&report).context("the last run's report cannot be removed")?;
    }
    let filter: Vec<_> = tests
        .iter()
        .filter_map(|test| test.split_once(' '))
        .map(|(binary, path)| format!("(binary_id(={binary}) & test(={path}))"))
        .collect();
    let mut run = setup::nextest()
        .args(["run", "--workspace", "--profile", "journey", "-E"])
        .arg(filter.join(" | "))
        .dir(&workspace::root());
    if let Some(variable) = runner {
        let user = format!(
            "/usr/bin/setpriv --reuid {SOMEBODY} --regid {SOMEBODY} --clear-groups /usr/bin/env HOME=/nonexistent"
        );
        run = run.env(variable, user);
    }
    // What failed stands in the report.
    if let Err(error) = run.run_on_stderr() {
        say::failure(&error);
    }
    let text = fs::read_to_string(&report).context("the test runner left no report")?;
    let passed = junit::parse(&text)
        .into_iter()
        .filter(|outcome| outcome.failure.is_none());
    Ok(passed
        .map(|outcome| format!("{} {}", outcome.binary, outcome.test))
        .collect())
}

fn is_root() -> bool {
    Child::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|id| id.trim() == "0")
}

/// The system we run on, as it stands in the names of cargo's variables.
fn host() -> Result<String> {
    let told = Child::new("rustc").arg("-vV").output()?;
    let Some(host) = told.lines().find_map(|line| line.strip_prefix("host: ")) else {
        bail!("the compiler does not say what it runs on");
    };
    Ok(host.to_uppercase().replace('-', "_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_every_case_once() {
        let cases = read().unwrap();
        let numbers: Vec<_> = cases.iter().map(|case| case.number).collect();
        assert_eq!(numbers, (1..=70).collect::<Vec<_>>());
        assert!(
            cases.iter().all(|case| !case.tests.is_empty()),
            "each is held by a test"
        );
        let named: Vec<_> = cases.iter().flat_map(Case::all).collect();
        assert!(
            named.iter().all(|test| test.split(' ').count() == 2),
            "binary and path"
        );
        assert!(named.len() >= 70);
    }
}
