//! `journey`: runs the end-to-end tests of named journeys and says how each went in one line.
//!
//! A journey is a module of the test binaries `agents`, `journeys` and `window` in `tests/`: J2's tests are the functions in
//! `mod j2`. Progress goes to standard error; standard output has the verdicts alone.

mod isolation;
mod junit;
mod matrix;

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::child::Child;
use crate::setup::{self, Purpose};
use crate::{say, test, workspace};

/// Tasks in each test of the journey `landing`, of which there are two; the suite has a part of it.
const LANDINGS: &str = "250";

/// Minutes of the clock in the test of the same journey that has one.
const HOUR: &str = "60";

/// How a journey went.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Ok,
    Failed { step: String },
    NotBuilt,
}

/// Runs all tests of the named journeys in one go; an error unless every one of them is ok.
pub(crate) fn run(names: &[String]) -> Result<()> {
    let (cases, names): (Vec<_>, Vec<_>) = names
        .iter()
        .cloned()
        .partition(|name| module(name) == isolation::NAME);
    if !cases.is_empty() {
        isolation::run()?;
    }
    if !names.is_empty() {
        run_named(&names)?;
    }
    Ok(())
}

fn run_named(names: &[String]) -> Result<()> {
    let verdicts = verdicts(names).unwrap_or_else(|error| {
        say::failure(&error);
        names
            .iter()
            .map(|_| Verdict::Failed {
                step: error.to_string(),
            })
            .collect()
    });
    for (name, verdict) in names.iter().zip(&verdicts) {
        say::result(match verdict {
            Verdict::Ok => format!("{name} ok"),
            Verdict::Failed { step } => format!("{name} failed: {step}"),
            Verdict::NotBuilt => format!("{name} not built"),
        });
    }
    ensure!(
        verdicts.iter().all(|verdict| *verdict == Verdict::Ok),
        "not every journey is ok"
    );
    Ok(())
}

/// One for each name, in their order.
fn verdicts(names: &[String]) -> Result<Vec<Verdict>> {
    setup::test_runner()?;
    let known = tests_by_journey()?;
    let modules: Vec<_> = names.iter().map(|name| module(name)).collect();
    let wanted: Vec<_> = modules
        .iter()
        .filter(|module| known.contains_key(*module))
        .cloned()
        .collect();
    let outcomes = if wanted.is_empty() {
        Vec::new()
    } else {
        test::build(&setup::setup(Purpose::Test)?)?;
        junit::parse(&run_modules(&wanted)?)
    };
    let missing = if wanted.iter().any(|module| module == matrix::NAME) {
        let seen = matrix::compare(&outcomes);
        seen.lines.iter().for_each(say::result);
        seen.missing
    } else {
        None
    };
    let judge = |module: &String| match (known.get(module), &missing) {
        (Some(_), Some(step)) if module == matrix::NAME => Verdict::Failed { step: step.clone() },
        (Some(tests), _) => verdict(module, tests, &outcomes),
        (None, _) => Verdict::NotBuilt,
    };
    Ok(modules.iter().map(judge).collect())
}

/// Prints the name of every journey that has tests.
pub(crate) fn list() -> Result<()> {
    setup::test_runner()?;
    for module in tests_by_journey()?.keys() {
        say::result(title(module));
    }
    Ok(())
}

/// The tests of each journey, by module name.
fn tests_by_journey() -> Result<BTreeMap<String, Vec<String>>> {
    let json = nextest("list")
        .args(["--message-format", "json"])
        .output()?;
    let listed: Listed =
        serde_json::from_str(&json).context("the test runner's list is not as expected")?;
    let mut journeys = BTreeMap::<_, Vec<_>>::new();
    let names = listed
        .rust_suites
        .into_values()
        .flat_map(|suite| suite.testcases.into_keys());
    for name in names {
        if let Some((module, _)) = name.split_once("::") {
            journeys.entry(module.to_owned()).or_default().push(name);
        }
    }
    Ok(journeys)
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Listed {
    rust_suites: BTreeMap<String, Suite>,
}

#[derive(Deserialize)]
struct Suite {
    testcases: BTreeMap<String, serde::de::IgnoredAny>,
}

/// Runs the tests and returns the report, whether or not they passed.
fn run_modules(modules: &[String]) -> Result<String> {
    // Under the repository wherever cargo builds: the runner does not follow CARGO_TARGET_DIR here.
    let report = workspace::root().join("target/nextest/journey/junit.xml");
    if report.exists() {
        fs::remove_file(&report).context("the last run's report cannot be removed")?;
    }
    let filter: Vec<_> = modules
        .iter()
        .map(|module| format!("test(/^{module}::/)"))
        .collect();
    let outcome = nextest("run")
        .env("LANDINGS", LANDINGS)
        .env("HOUR", HOUR)
        .args(["--profile", "journey", "-E", &filter.join(" | ")])
        .run_on_stderr();
    match (fs::read_to_string(&report), outcome) {
        (Ok(text), _) => Ok(text),
        (Err(_), Err(error)) => Err(error.context("the tests did not run to their end")),
        (Err(error), Ok(())) => Err(error).context("the test runner left no report"),
    }
}

/// All members take part, though only one has such binaries: see `test::build`. A journey may have tests in both: through
/// the terminal and through the window.
fn nextest(verb: &str) -> Child {
    setup::nextest()
        .args([
            verb,
            "--workspace",
            "--test",
            "agents",
            "--test",
            "journeys",
            "--test",
            "window",
        ])
        .dir(&workspace::root())
}

/// The first failing test in the order of names, which does not change from run to run.
fn verdict(module: &str, tests: &[String], outcomes: &[junit::Outcome]) -> Verdict {
    let failed = tests.iter().find_map(|test| {
        let failure = match outcomes.iter().find(|outcome| outcome.test == *test) {
            Some(outcome) => outcome.failure.as_deref()?,
            None => "was not run",
        };
        let name = test
            .strip_prefix(module)
            .and_then(|rest| rest.strip_prefix("::"));
        Some(format!("{}: {failure}", name.unwrap_or(test)))
    });
    failed.map_or(Verdict::Ok, |step| Verdict::Failed { step })
}

/// J2 is the module `j2`; anything else is its own name.
fn module(name: &str) -> String {
    name.to_lowercase().replace('-', "_")
}

fn title(module: &str) -> String {
    let number = module
        .strip_prefix('j')
        .filter(|rest| rest.parse::<u32>().is_ok());
    number.map_or_else(|| module.to_owned(), |number| format!("J{number}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(test: &str, failure: Option<&str>) -> junit::Outcome {
        junit::Outcome {
            test: test.to_owned(),
            binary: String::new(),
            failure: failure.map(str::to_owned),
        }
    }

    #[test]
    fn a_journey_fails_at_its_first_failing_test() {
        let tests = ["j2::a", "j2::b", "j2::c"].map(str::to_owned);
        let outcomes = [
            outcome("j2::a", None),
            outcome("j2::b", Some("x")),
            outcome("j2::c", Some("y")),
        ];
        let step = "b: x".to_owned();
        assert_eq!(verdict("j2", &tests, &outcomes), Verdict::Failed { step });
        assert_eq!(verdict("j2", &tests[..1], &outcomes), Verdict::Ok);
    }

    #[test]
    fn a_test_that_never_ran_is_no_success() {
        let tests = ["j2::a".to_owned()];
        let step = "a: was not run".to_owned();
        assert_eq!(verdict("j2", &tests, &[]), Verdict::Failed { step });
    }

    #[test]
    fn journeys_are_called_by_their_number_and_others_by_name() {
        assert_eq!(
            (module("J2"), title("j2")),
            ("j2".to_owned(), "J2".to_owned())
        );
        assert_eq!(
            (module("bad-input"), title("bad_input")),
            ("bad_input".into(), "bad_input".into())
        );
    }
}
