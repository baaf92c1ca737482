//! Agent by verb: the tests of the journey `agents`, held against what is declared of each agent.

use super::junit::Outcome;
use crate::facts::{self, FACTS, Fact, NO};

/// The journey whose tests these are.
pub(super) const NAME: &str = "agents";

/// What was seen.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Seen {
    /// One line for each agent and fact, `codex steers: mid turn, seen`, then one for each other verb.
    pub(super) lines: Vec<String>,
    /// The first thing that is declared and was not seen.
    pub(super) missing: Option<String>,
}

/// Compares the outcomes with the facts.
pub(super) fn compare(outcomes: &[Outcome]) -> Seen {
    let mut lines = Vec::new();
    let mut missing = None;
    for agent in facts::agents() {
        if !facts::RUN.contains(&agent) {
            lines.push(format!("{agent}: not run, so nothing of it is seen"));
            continue;
        }
        for fact in &FACTS {
            let (line, is_held) = cell(agent, fact, outcomes);
            if !is_held && missing.is_none() {
                missing = Some(line.clone());
            }
            lines.push(line);
        }
    }
    lines.extend(others(outcomes));
    Seen { lines, missing }
}

/// The line of a fact, and whether what is declared holds.
fn cell(agent: &str, fact: &Fact, outcomes: &[Outcome]) -> (String, bool) {
    let declared = fact.of(agent);
    let test = format!("agents::on_{agent}::{}", fact.test);
    let outcome = outcomes.iter().find(|outcome| outcome.test == test);
    let seen = match outcome {
        Some(outcome) => seen(outcome),
        // What an agent does not do needs no test.
        None if declared == NO => String::new(),
        None => "not seen: nothing tries it".to_owned(),
    };
    let comma = if seen.is_empty() { "" } else { ", " };
    let is_held = seen.is_empty() || seen == "seen";
    let name = fact.name;
    (format!("{agent} {name}: {declared}{comma}{seen}"), is_held)
}

/// Verbs of which nothing is declared, because every agent has them.
fn others(outcomes: &[Outcome]) -> Vec<String> {
    let line = |outcome: &Outcome| {
        let (agent, verb) = outcome.test.strip_prefix("agents::on_")?.split_once("::")?;
        let is_fact = FACTS.iter().any(|fact| fact.test == verb);
        (!is_fact).then(|| format!("{agent} {}: {}", verb.replace('_', " "), seen(outcome)))
    };
    let mut lines: Vec<_> = outcomes.iter().filter_map(line).collect();
    lines.sort();
    lines
}

fn seen(outcome: &Outcome) -> String {
    match &outcome.failure {
        None => "seen".to_owned(),
        Some(why) => format!("not seen: {why}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(test: &str, failure: Option<&str>) -> Outcome {
        Outcome {
            binary: "ampersand-tests::agents".to_owned(),
            test: test.to_owned(),
            failure: failure.map(str::to_owned),
        }
    }

    /// Every fact of every agent, seen.
    fn all() -> Vec<Outcome> {
        let tests = facts::RUN.iter().flat_map(|agent| {
            let of = move |fact: &Fact| format!("agents::on_{agent}::{}", fact.test);
            FACTS.iter().map(of)
        });
        tests.map(|test| outcome(&test, None)).collect()
    }

    #[test]
    fn what_is_declared_and_seen_is_one_line_and_so_is_every_other_verb() {
        let mut outcomes = all();
        outcomes.push(outcome("agents::on_codex::waits_it_out", None));
        outcomes.push(outcome("j2::a", Some("it did not")));
        let seen = compare(&outcomes);
        assert_eq!(seen.missing, None);
        for line in ["codex steers: mid turn, seen", "codex waits it out: seen"] {
            assert!(seen.lines.iter().any(|has| has == line), "{seen:#?}");
        }
        let others = facts::agents().count() - facts::RUN.len();
        let lines = facts::RUN.len() * FACTS.len() + others + 1;
        assert_eq!(seen.lines.len(), lines, "{seen:#?}");
    }

    #[test]
    fn what_is_declared_and_was_not_tried_or_did_not_hold_is_missing() {
        let mut outcomes = all();
        outcomes.retain(|outcome| outcome.test != "agents::on_codex::steers");
        let missing = compare(&outcomes).missing;
        let untried = "codex steers: mid turn, not seen: nothing tries it";
        assert_eq!(missing.as_deref(), Some(untried));
        outcomes.push(outcome("agents::on_codex::steers", Some("it did not")));
        let missing = compare(&outcomes).missing;
        let failed = "codex steers: mid turn, not seen: it did not";
        assert_eq!(missing.as_deref(), Some(failed));
        assert!(compare(&[]).missing.is_some());
    }

    #[test]
    fn what_an_agent_does_not_do_needs_no_test_and_fails_with_the_one_it_has() {
        let mut outcomes = all();
        outcomes.retain(|outcome| outcome.test != "agents::on_codex::cost");
        let seen = compare(&outcomes);
        assert_eq!(seen.missing, None);
        assert!(seen.lines.iter().any(|line| line == "codex cost: no"));
        for outcome in &mut outcomes {
            if outcome.test == "agents::on_codex::subagents" {
                outcome.failure = Some("it has some".to_owned());
            }
        }
        let missing = compare(&outcomes).missing;
        let failed = "codex subagents: no, not seen: it has some";
        assert_eq!(missing.as_deref(), Some(failed));
    }
}
