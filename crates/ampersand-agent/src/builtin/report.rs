//! A report as a model writes it, brought within bounds.

use ampersand_core::{Finding, Report, Severity, Usage, visible, visible_prose};
use serde::Deserialize;

const MAX_HEADLINE_BYTES: usize = 200;
const MAX_SUMMARY_BYTES: usize = 8 * 1024;
const MAX_FINDINGS: usize = 100;
const MAX_FINDING_BYTES: usize = 500;

/// Arguments of the model's `report`.
#[derive(Debug, Deserialize)]
pub(super) struct Reported {
    headline: String,
    #[serde(default)]
    summary: String,
    #[serde(default)]
    findings: Vec<ReportedFinding>,
}

#[derive(Debug, Deserialize)]
struct ReportedFinding {
    #[serde(default = "note")]
    severity: Severity,
    text: String,
    #[serde(default)]
    path: Option<String>,
    #[serde(default)]
    line: Option<u32>,
}

const fn note() -> Severity {
    Severity::Note
}

impl Reported {
    /// The report, or what is wrong with it in words for the model.
    pub(super) fn accepted(self) -> Result<Report, String> {
        let headline = headline(&self.headline);
        let bare = headline.trim_end_matches(['.', '!']).to_lowercase();
        if [
            "",
            "done",
            "finished",
            "completed",
            "task completed",
            "task done",
        ]
        .contains(&bare.as_str())
        {
            return Err(
                "The headline says nothing. Put the finding itself there, in one line.".to_owned(),
            );
        }
        let mut findings: Vec<Finding> = self
            .findings
            .into_iter()
            .take(MAX_FINDINGS)
            .map(|finding| Finding {
                severity: finding.severity,
                text: cut(visible_prose(&finding.text), MAX_FINDING_BYTES),
                path: finding
                    .path
                    .map(|path| cut(visible(&path), MAX_FINDING_BYTES)),
                line: finding.line,
            })
            .collect();
        findings.sort_by_key(|finding| finding.severity);
        let summary = cut(visible_prose(self.summary.trim()), MAX_SUMMARY_BYTES);
        Ok(Report {
            headline,
            summary,
            findings,
            ..Report::default()
        })
    }
}

/// A report from a model that just said how it ended.
pub(crate) fn from_text(text: &str, usage: Usage) -> Report {
    let text = visible_prose(text.trim());
    let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
    let summary = if first.len() > MAX_HEADLINE_BYTES {
        text.as_str()
    } else {
        rest.trim()
    };
    Report {
        headline: headline(first),
        summary: cut(summary.to_owned(), MAX_SUMMARY_BYTES),
        usage,
        ..Report::default()
    }
}

/// One line, without the marks of a Markdown heading.
fn headline(text: &str) -> String {
    let line = visible_prose(text.trim()).replace(['\n', '\t'], " ");
    let line = line.trim_start_matches('#').trim().trim_matches('*').trim();
    cut(line.to_owned(), MAX_HEADLINE_BYTES)
}

fn cut(mut text: String, most: usize) -> String {
    if text.len() > most {
        text.truncate(text.floor_char_boundary(most));
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_of_a_last_word_is_the_headline() {
        for (text, headline, summary) in [
            ("Found it.", "Found it.", ""),
            ("## **Found it**\n\nIn a.rs.\n", "Found it", "In a.rs."),
            ("a\u{202e}b\nc", "a\\u{202e}b", "c"),
        ] {
            let report = from_text(text, Usage::default());
            assert_eq!(
                (report.headline.as_str(), report.summary.as_str()),
                (headline, summary)
            );
        }
        let long = "x".repeat(1_000);
        let report = from_text(&long, Usage::default());
        assert!(report.headline.len() < 210 && report.summary == long);
    }

    #[test]
    fn a_headline_that_says_nothing_is_sent_back() {
        let reported = |headline: &str| Reported {
            headline: headline.to_owned(),
            summary: String::new(),
            findings: Vec::new(),
        };
        for headline in ["", " \n", "Done.", "Task completed!", "## Done"] {
            assert!(reported(headline).accepted().is_err(), "{headline:?}");
        }
        assert!(reported("Done is never called").accepted().is_ok());
    }
}
