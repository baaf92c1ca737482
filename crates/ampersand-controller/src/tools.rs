//! The verbs of the controller's model. Each checks what it is given and answers in words; what cannot be done comes
//! back as words too, and the turn goes on. Whatever lands, leaves or discards is only proposed.

mod control;
mod dispatch;
mod look;
mod outgoing;
mod propose;
mod read;
mod resolve;
mod show;
mod steer;

use std::{fmt::Write, sync::Arc, time::Duration};

use ampersand_core::{
    CheckOutcome, Failure, Finding, MessageId, Report, Severity, TaskId, counted,
};
use ampersand_model::{Call, ToolSpec};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{desk::Desk, order, turn::prompt};

/// How long a tool waits for the orchestrator.
pub(crate) const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// How often a turn is asked to think again because others acted meanwhile.
const RETHINKS_MAX: u8 = 2;

/// A turn as far as its tools need it.
pub(crate) struct Acting<'a> {
    pub(crate) desk: Arc<Desk>,
    turn: &'a order::Turn,
    /// What it answers.
    pub(crate) said: MessageId,
    basis: u64,
    rethinks: u8,
    /// Tasks it started.
    started: usize,
    /// Whether anything was done or shown.
    pub(crate) has_acted: bool,
}

/// Why a tool did nothing, in words for the model.
type Refusal = String;

impl<'a> Acting<'a> {
    pub(crate) fn new(desk: Arc<Desk>, turn: &'a order::Turn, said: MessageId) -> Self {
        let basis = desk.order.version();
        Self {
            desk,
            turn,
            said,
            basis,
            rethinks: 0,
            started: 0,
            has_acted: false,
        }
    }

    /// Does what is called for, and says what came of it.
    pub(crate) async fn perform(&mut self, call: &Call) -> String {
        let arguments = match serde_json::from_str::<Value>(&call.arguments) {
            Ok(arguments) => arguments,
            Err(error) => {
                return format!(
                    "Not done: the arguments are not JSON ({error}). Call again with a JSON object."
                );
            }
        };
        let outcome = match call.name.as_str() {
            dispatch::NAME => dispatch::dispatch(self, arguments).await,
            steer::NAME => steer::steer(self, arguments).await,
            resolve::NAME => resolve::resolve(self, arguments).await,
            control::PAUSE => control::pause(self, arguments).await,
            control::RESUME => control::resume(self, arguments).await,
            control::CANCEL => control::cancel(self, arguments).await,
            control::NARROW => control::narrow(self, arguments).await,
            read::REPORT => read::report(self, arguments).await,
            read::DIFF => read::diff(self, arguments).await,
            show::NAME => show::show(self, arguments),
            look::NAME => look::look(self, arguments).await,
            propose::LANDING => propose::landing(self, arguments).await,
            propose::DISCARD => propose::discard(self, arguments).await,
            outgoing::BRANCH => outgoing::branch(self, arguments).await,
            outgoing::PULL_REQUEST => outgoing::pull_request(self, arguments).await,
            outgoing::WATCH => outgoing::watch(self, arguments).await,
            outgoing::UNWATCH => outgoing::unwatch(self, arguments).await,
            unknown => {
                let names: Vec<String> = specs().into_iter().map(|spec| spec.name).collect();
                Err(format!(
                    "there is no tool {unknown:?}; there are {}.",
                    names.join(", ")
                ))
            }
        };
        outcome.unwrap_or_else(|refusal| format!("Not done: {refusal}"))
    }

    /// Waits for the turns before this one, and claims the right to act on what this one saw.
    async fn claim(&mut self) -> Result<(), Refusal> {
        self.turn.first().await;
        let mut basis = self.basis;
        loop {
            match self.turn.claim(basis) {
                Ok(now) => {
                    self.basis = now;
                    self.has_acted = true;
                    return Ok(());
                }
                Err(now) if self.rethinks < RETHINKS_MAX => {
                    self.rethinks += 1;
                    self.basis = now;
                    let standing = prompt::standing(&self.desk.board());
                    return Err(format!(
                        "the plan changed while you were thinking. {standing}\nDecide again, and call again if it is still right."
                    ));
                }
                Err(now) => basis = now,
            }
        }
    }

    /// The task a handle or title names.
    fn task(&self, name: &str) -> Result<TaskId, Refusal> {
        let board = self.desk.board();
        board
            .named(name)
            .ok_or_else(|| format!("there is no task {name:?}. {}", prompt::standing(&board)))
    }
}

/// Everything the model may call.
pub(crate) fn specs() -> Vec<ToolSpec> {
    let mut specs = vec![dispatch::spec(), steer::spec()];
    specs.extend(control::specs());
    specs.extend(read::specs());
    specs.extend([show::spec(), look::spec(), resolve::spec()]);
    specs.extend(propose::specs());
    specs.extend(outgoing::specs());
    specs
}

fn spec(name: &str, description: &str, parameters: Value) -> ToolSpec {
    ToolSpec {
        name: name.to_owned(),
        description: description.to_owned(),
        parameters,
    }
}

/// The arguments as what a tool takes.
fn read_arguments<T: DeserializeOwned>(arguments: Value) -> Result<T, Refusal> {
    serde_json::from_value(arguments).map_err(|error| format!("the arguments do not fit: {error}."))
}

/// A failure for the model.
fn refusal(failure: &Failure) -> Refusal {
    format!("{} {}", failure.message, failure.hint)
}

/// A report as plain text.
pub(crate) fn report_text(report: &Report) -> String {
    let mut text = format!("{}\n\n{}\n", report.headline, report.summary);
    list(&mut text, &report.findings);
    if let Some(diffstat) = &report.diffstat {
        let (added, removed) = (diffstat.added, diffstat.removed);
        let files = counted(u64::from(diffstat.count), "file");
        writeln!(text, "{files} changed, +{added} -{removed}").ok();
        for file in &diffstat.files {
            writeln!(text, "- {} +{} -{}", file.path, file.added, file.removed).ok();
        }
    }
    for check in &report.checks {
        let outcome = match &check.outcome {
            CheckOutcome::Passed => "passed".to_owned(),
            CheckOutcome::Failed { .. } => format!("failed\n{}", check.output),
            CheckOutcome::NotRun { why } => format!("not run: {why}"),
        };
        writeln!(text, "check {}: {outcome}", check.name).ok();
    }
    if let Some(review) = &report.review {
        writeln!(text, "review: {}. {}", review.told(), review.headline).ok();
        list(&mut text, &review.findings);
    }
    text
}

fn list(text: &mut String, findings: &[Finding]) {
    for finding in findings {
        let severity = match finding.severity {
            Severity::High => "high",
            Severity::Medium => "medium",
            Severity::Low => "low",
            Severity::Note => "note",
        };
        let place = match (&finding.path, finding.line) {
            (Some(path), Some(line)) => format!(" {path}:{line}"),
            (Some(path), None) => format!(" {path}"),
            (None, _) => String::new(),
        };
        writeln!(text, "- {severity}{place}: {}", finding.text).ok();
    }
}
