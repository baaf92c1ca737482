//! Runtime by verb: the tests of the journey `agents` as the table they are.

use super::junit::Outcome;

/// One line for each agent and verb, in the order of names: `codex steers: seen`.
pub(super) fn lines(outcomes: &[Outcome]) -> Vec<String> {
    let cell = |outcome: &Outcome| {
        let (agent, verb) = outcome.test.strip_prefix("agents::on_")?.split_once("::")?;
        let seen = match &outcome.failure {
            None => "seen".to_owned(),
            Some(why) => format!("not seen: {why}"),
        };
        Some(format!("{agent} {}: {seen}", verb.replace('_', " ")))
    };
    let mut lines: Vec<_> = outcomes.iter().filter_map(cell).collect();
    lines.sort();
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_verb_of_each_agent_is_one_line() {
        let outcome = |test: &str, failure: Option<&str>| Outcome {
            binary: "ampersand-tests::agents".to_owned(),
            test: test.to_owned(),
            failure: failure.map(str::to_owned),
        };
        let outcomes = [
            outcome("agents::on_codex::asks_first", None),
            outcome("agents::on_claude::steers", Some("it did not")),
            outcome("j2::a", None),
        ];
        assert_eq!(
            lines(&outcomes),
            [
                "claude steers: not seen: it did not",
                "codex asks first: seen"
            ]
        );
    }
}
