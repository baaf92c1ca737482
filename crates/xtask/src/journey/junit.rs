//! Reads the test runner's report, as far as a verdict needs it: each test's name, and how it failed.
//!
//! The report is JUnit XML because that format, unlike what the runner prints, does not change.

/// How one test went.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) test: String,
    /// The binary it is in, as the runner calls it.
    pub(super) binary: String,
    /// One line saying what did not hold and where; absent for a test that passed.
    pub(super) failure: Option<String>,
}

/// Every test in the report, in the order in which they ended.
pub(super) fn parse(report: &str) -> Vec<Outcome> {
    report
        .split("<testcase ")
        .skip(1)
        .filter_map(outcome)
        .collect()
}

fn outcome(testcase: &str) -> Option<Outcome> {
    let (head, _) = testcase.split_once('>')?;
    let failed = ["<failure", "<error"]
        .into_iter()
        .find_map(|tag| testcase.split_once(tag));
    let failure = failed.map(|(_, failure)| reason(failure));
    Some(Outcome {
        test: attribute(head, "name")?,
        binary: attribute(head, "classname").unwrap_or_default(),
        failure,
    })
}

/// The panic's first line and its place; for a test that was ended, what the runner says of it.
fn reason(failure: &str) -> String {
    let (head, body) = failure.split_once('>').unwrap_or((failure, ""));
    let body = unescaped(body.split("</").next().unwrap_or_default());
    let mut lines = body.lines().map(str::trim).filter(|line| !line.is_empty());
    let place = lines.by_ref().find_map(|line| {
        let (_, place) = line.split_once("panicked at ")?;
        Some(place.trim_end_matches(':').to_owned())
    });
    match (place, lines.next()) {
        (Some(place), Some(message)) => format!("{message} ({place})"),
        (Some(place), None) => place,
        (None, _) => {
            let said = attribute(head, "message").or_else(|| attribute(head, "type"));
            said.unwrap_or_else(|| "ended without saying why".to_owned())
        }
    }
}

fn attribute(head: &str, name: &str) -> Option<String> {
    let (_, rest) = head.split_once(&format!("{name}=\""))?;
    let (value, _) = rest.split_once('"')?;
    Some(unescaped(value))
}

fn unescaped(text: &str) -> String {
    let named = text
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"");
    named
        .replace("&apos;", "'")
        .replace("&#10;", "\n")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(report: &str, test: &str, failure: Option<&str>) {
        let binary = report.contains("classname").then(|| "c".to_owned());
        let expected = Outcome {
            test: test.to_owned(),
            binary: binary.unwrap_or_default(),
            failure: failure.map(str::to_owned),
        };
        assert_eq!(parse(report), [expected]);
    }

    #[test]
    fn a_passing_test_has_a_name_and_no_failure() {
        let report = r#"<testcase name="j2::a" classname="c" time="0.1">
            </testcase>"#;
        check(report, "j2::a", None);
    }

    #[test]
    fn a_panic_is_told_by_its_message_and_place() {
        let report = "<testcase name=\"j2::a\"><failure message=\"x\" type=\"y\">\
            thread &apos;j2::a&apos; (7) panicked at tests/journeys/j2.rs:4:9:\n\
            assertion `left == right` failed\n  left: 1\n right: 2\n</failure></testcase>";
        let told = "assertion `left == right` failed (tests/journeys/j2.rs:4:9)";
        check(report, "j2::a", Some(told));
    }

    #[test]
    fn a_test_without_a_panic_is_told_by_what_the_runner_says() {
        let report = r#"<testcase name="j2::a"><failure type="test timeout"/></testcase>"#;
        check(report, "j2::a", Some("test timeout"));
    }
}
