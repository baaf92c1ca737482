//! A report as it enters the conversation: at most 8 KB, and what was cut is said in it.

use ampersand_core::{Finding, Report, counted};
use ampersand_model::tokens::bound;

/// The most a report may take in a card, as JSON.
pub(crate) const REPORT_BYTES_MAX: usize = 8 * 1024;

const SUMMARY_BYTES: usize = 3 * 1024;
const HEADLINE_BYTES: usize = 300;
const LINE_BYTES: usize = 300;
const OUTPUT_BYTES: usize = 400;
const CHECKS_MAX: usize = 6;
const FILES_MAX: usize = 20;
const FINDINGS_MAX: usize = 40;
const OBJECTIONS_MAX: usize = 10;

/// One of what is left out, and what follows it whatever their number.
type Noun = (&'static str, &'static str);
const CHECK: Noun = ("check", "");
const CHANGED: Noun = ("changed file", "");
const OBJECTION: Noun = ("objection", "");
const LATER: Noun = ("file", " that can run later");

/// The report within its bounds.
pub(crate) fn bounded(mut report: Report) -> Report {
    if size(&report) <= REPORT_BYTES_MAX {
        return report;
    }
    let mut cut = Vec::new();
    let summary = bound(&report.summary, SUMMARY_BYTES);
    if summary.cut_bytes > 0 {
        let bytes = counted(summary.cut_bytes as u64, "byte");
        cut.push(format!("{bytes} of the summary"));
    }
    report.summary = summary.text;
    report.headline = bound(&report.headline, HEADLINE_BYTES).text;
    report.findings.iter_mut().for_each(bound_finding);
    if let Some(review) = &mut report.review {
        review.headline = bound(&review.headline, HEADLINE_BYTES).text;
        review.findings.iter_mut().for_each(bound_finding);
        shorten(&mut review.findings, OBJECTIONS_MAX, OBJECTION, &mut cut);
    }
    for check in &mut report.checks {
        check.output = bound(&check.output, OUTPUT_BYTES).text;
        check.command = bound(&check.command, LINE_BYTES).text;
        check.name = bound(&check.name, LINE_BYTES).text;
    }
    shorten(&mut report.checks, CHECKS_MAX, CHECK, &mut cut);
    if let Some(diffstat) = &mut report.diffstat {
        shorten(&mut diffstat.files, FILES_MAX, CHANGED, &mut cut);
        let later = &mut diffstat.executes_later;
        shorten(later, FILES_MAX, LATER, &mut cut);
    }
    shrink_to_fit(&mut report, &mut cut);
    if !cut.is_empty() {
        let said = format!(
            "\n\n(Cut here: {}. The full report has all.)",
            cut.join(", ")
        );
        report.summary.push_str(&said);
    }
    report
}

fn bound_finding(finding: &mut Finding) {
    finding.text = bound(&finding.text, LINE_BYTES).text;
    let path = finding.path.take();
    finding.path = path.map(|path| bound(&path, LINE_BYTES).text);
}

/// Takes from the end, the findings first, as they are in order of weight.
fn shrink_to_fit(report: &mut Report, cut: &mut Vec<String>) {
    const ROOM_FOR_WORDS: usize = 300;
    let limit = REPORT_BYTES_MAX - ROOM_FOR_WORDS;
    let before = report.findings.len();
    report.findings.truncate(FINDINGS_MAX);
    while size(report) > limit && report.findings.pop().is_some() {}
    if report.findings.len() < before {
        let gone = before - report.findings.len();
        cut.push(counted(gone as u64, "finding"));
    }
    if size(report) > limit
        && let Some(review) = &mut report.review
    {
        shorten(&mut review.findings, 3, OBJECTION, cut);
    }
    if size(report) > limit
        && let Some(diffstat) = &mut report.diffstat
    {
        shorten(&mut diffstat.files, 0, CHANGED, cut);
        shorten(&mut diffstat.executes_later, 3, LATER, cut);
    }
    while size(report) > limit && report.checks.pop().is_some() {}
    if size(report) > limit {
        // What is escaped in JSON can take six times its size.
        report.summary = bound(&report.summary, SUMMARY_BYTES / 8).text;
        report.headline = bound(&report.headline, HEADLINE_BYTES / 4).text;
    }
}

fn shorten<T>(list: &mut Vec<T>, limit: usize, noun: Noun, cut: &mut Vec<String>) {
    if list.len() > limit {
        let (one, what) = noun;
        let gone = counted((list.len() - limit) as u64, one);
        cut.push(format!("{gone}{what}"));
        list.truncate(limit);
    }
}

fn size(report: &Report) -> usize {
    serde_json::to_vec(report).map_or(usize::MAX, |json| json.len())
}

#[cfg(test)]
mod tests {
    use ampersand_core::{Finding, Severity};

    use super::*;

    #[test]
    fn a_report_that_fits_is_left_alone_and_one_that_does_not_says_what_is_gone() {
        let small = Report {
            headline: "4 findings".into(),
            summary: "All of it.".into(),
            ..Report::default()
        };
        assert_eq!(bounded(small.clone()), small);
        let finding = Finding {
            severity: Severity::Low,
            text: "x".repeat(1000),
            path: Some("a".repeat(500)),
            line: Some(1),
        };
        for filler in ["word ", "\u{1}", "\"\\"] {
            let large = Report {
                headline: filler.repeat(2000),
                summary: filler.repeat(20_000),
                findings: vec![finding.clone(); 100],
                ..Report::default()
            };
            let bounded = bounded(large);
            assert!(size(&bounded) <= REPORT_BYTES_MAX, "{}", size(&bounded));
            assert!(bounded.summary.contains("findings"), "{}", bounded.summary);
        }
    }
}
