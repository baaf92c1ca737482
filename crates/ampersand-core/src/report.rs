//! What a finished task hands back.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Review, Usage};

/// What a finished task hands back: read by people as a card and by the controller as quoted data.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Report {
    /// The finding in one line, never "done".
    pub headline: String,
    /// What was found or done, as plain Markdown text; bounded by whoever makes the report.
    pub summary: String,
    /// Findings in order of weight.
    pub findings: Vec<Finding>,
    /// What changed, if the task could change anything.
    pub diffstat: Option<Diffstat>,
    /// Declared checks that ran after the work.
    pub checks: Vec<Check>,
    /// What a reviewer said of it, if one read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub review: Option<Box<Review>>,
    /// What the models reported as used, those of reviewers apart.
    pub usage: Usage,
}

/// One thing found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// What it is, in one line.
    pub text: String,
    /// The file, relative to the repository.
    pub path: Option<String>,
    /// The line in it, counted from one.
    pub line: Option<u32>,
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Act on it.
    High,
    /// Look at it.
    Medium,
    /// Know it.
    Low,
    /// A fact.
    Note,
}

/// How much changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Diffstat {
    /// The files, sorted by path, at most 200 of them.
    pub files: Vec<ChangedFile>,
    /// How many files changed in all.
    pub count: u32,
    /// Lines added.
    pub added: u32,
    /// Lines removed.
    pub removed: u32,
    /// Paths among the changed that would run later on the person's machine: hooks, build scripts, CI.
    pub executes_later: Vec<String>,
}

/// One file that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ChangedFile {
    /// Relative to the repository, invisible characters made visible.
    pub path: String,
    /// Lines added.
    pub added: u32,
    /// Lines removed.
    pub removed: u32,
}

/// One declared check, run in the worktree's sandbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Check {
    /// Its name in `.ampersand.toml`.
    pub name: String,
    /// The command as declared.
    pub command: String,
    /// How it ended.
    pub outcome: CheckOutcome,
    /// How long it took, in milliseconds.
    pub took_ms: u32,
    /// The end of what it printed, at most 4 KB, control characters made visible.
    pub output: String,
}

/// How a check ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum CheckOutcome {
    /// Exit status zero.
    Passed,
    /// Any other exit status, or a signal.
    Failed {
        /// The status; absent after a signal.
        status: Option<i32>,
    },
    /// It could not be run.
    NotRun {
        /// Why, as a sentence.
        why: String,
    },
}

/// What the checks say together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// All declared checks passed.
    Green,
    /// At least one failed.
    Red,
    /// None is declared.
    Unchecked,
    /// Some are declared, but the repository's commands are not trusted yet, so none ran.
    Untrusted,
}

impl Report {
    /// What the checks say together, for a repository whose commands are trusted.
    pub fn verdict(&self) -> Verdict {
        let failed = |check: &Check| !matches!(check.outcome, CheckOutcome::Passed);
        if self.checks.is_empty() {
            Verdict::Unchecked
        } else if self.checks.iter().any(failed) {
            Verdict::Red
        } else {
            Verdict::Green
        }
    }
}
