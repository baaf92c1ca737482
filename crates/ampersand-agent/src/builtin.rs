//! `builtin`: a model loop in our own process, its tools in the sandbox. Ends with a report, a reason or a limit.

mod catalog;
mod consent;
mod exchange;
mod fit;
mod perform;
mod prompt;
pub(crate) mod report;
mod stopped;
mod transcript;

use std::collections::BTreeSet;
use std::path::Path;

use ampersand_core::{Failure, Report};
use ampersand_model::{Message, Model, ModelError, Request, Stop, ToolSpec};
use futures::future::{BoxFuture, FutureExt};
use tokio::sync::watch;

use crate::before::Words;
use crate::event::{Activity, AgentEvent};
use crate::host::Gate;
use crate::ledger::LedgerError;
use crate::outcome::Outcome;
use crate::runtime::{AgentRuntime, Attempt};
use crate::toolhost::{Rights, Toolhost};
use crate::vendor;
use exchange::Turn;
use perform::Performed;
use stopped::stopped;
use transcript::{Entry, Transcript};

/// Requests of one attempt. A task that needs more is too large, or runs in circles.
const MAX_REQUESTS: u32 = 200;
/// With so many left it is told to come to an end.
const FEW_REQUESTS: u32 = 10;
/// Calls of one answer that are carried out.
const MAX_CALLS: usize = 16;
/// Answers in a row that neither say nor call anything.
const MAX_EMPTY: u32 = 2;
/// To an agent that had handed back its report: it was started again, or the report was lost in a crash.
const AGAIN: &str = "You have handed back a report, and the task was started again. Look at the checkout as it is now, \
    do what is missing, and report again.";

pub(crate) struct Builtin;

impl AgentRuntime for Builtin {
    fn run(&self, attempt: Attempt) -> BoxFuture<'static, Outcome> {
        run(attempt).boxed()
    }
}

async fn run(attempt: Attempt) -> Outcome {
    let Some(model) = attempt.assignment.model.clone() else {
        return Outcome::failed(Failure::new(
            "model_missing",
            "This agent needs a model, and none is connected.",
            "Connect a model in the settings, then start the task again.",
        ));
    };
    let transcript = match Transcript::open(&attempt.assignment.transcript).await {
        Ok(transcript) => transcript,
        Err(error) => return Outcome::failed(error.failure()),
    };
    let mut course = Course::new(attempt, model, transcript);
    let outcome = match course.run().await {
        Ok(outcome) => outcome,
        Err(error) => Outcome::failed(error.failure()),
    };
    course.tools.end().await;
    outcome
}

/// What was said after the brief, by the transcript of an agent of this name.
pub(crate) async fn said(path: &Path, name: &str) -> Result<Vec<Words>, LedgerError> {
    let transcript = Transcript::open(path).await?;
    let words = |message: &Message| match message {
        Message::Assistant { text, .. } if !text.trim().is_empty() => Some(Words::by(name, text)),
        Message::User { text } => Some(Words::by_the_person(text)),
        Message::Assistant { .. } | Message::ToolResult { .. } => None,
    };
    let after_the_brief = transcript.messages().iter().skip(1);
    Ok(after_the_brief.filter_map(words).collect())
}

/// One attempt on its way.
struct Course {
    attempt: Attempt,
    model: Model,
    gate: watch::Receiver<Gate>,
    system: String,
    specs: Vec<ToolSpec>,
    tools: Toolhost,
    transcript: Transcript,
    /// Files changed by this attempt.
    files: BTreeSet<String>,
    /// Tokens a request may hold; lowered when the server finds one too long.
    context_tokens: u32,
}

impl Course {
    fn new(attempt: Attempt, model: Model, transcript: Transcript) -> Self {
        let assignment = &attempt.assignment;
        // One that writes but may not execute keeps the right and is not offered the tool: giving it up would take the
        // modes of files along.
        let rights = if assignment.role.writes() {
            Rights::Execute
        } else {
            Rights::LookOnly
        };
        let specs = catalog::offered(assignment.role, &assignment.capabilities);
        Self {
            gate: attempt.host.gate(),
            system: prompt::system(assignment.role, &specs, &assignment.reach()),
            specs,
            tools: Toolhost::new(attempt.host.clone(), assignment, rights),
            context_tokens: assignment.context_tokens,
            files: BTreeSet::new(),
            attempt,
            model,
            transcript,
        }
    }

    async fn run(&mut self) -> Result<Outcome, LedgerError> {
        if self.transcript.is_new() {
            let opening = self.opening().await;
            self.say(&opening).await?;
        }
        if self.transcript.ends_with_a_report() && self.attempt.steering.is_empty() {
            self.say(AGAIN).await?;
        }
        let mut empty = 0;
        for left in (0..MAX_REQUESTS).rev() {
            self.take_steering().await?;
            if left == FEW_REQUESTS {
                self.say("Few requests are left. Bring the work to an end and report.")
                    .await?;
            }
            self.at("thinking").await;
            let turn = match self.ask().await? {
                Ok(turn) => turn,
                Err(ModelError::ContextTooLong { .. }) if self.lower_context() => continue,
                Err(error) => return Ok(stopped(&error)),
            };
            self.note(&turn).await?;
            if turn.stop == Stop::Filtered {
                return Ok(Outcome::failed(Failure::new(
                    "model_filtered",
                    "The provider withheld the answer.",
                    "Say it in other words, or choose another model.",
                )));
            }
            if !turn.calls.is_empty() {
                if let Some(outcome) = self.perform_all(turn).await? {
                    return Ok(outcome);
                }
            } else if turn.stop == Stop::Length {
                self.say(
                    "Your answer was cut off because it was too long. Go on, in smaller steps.",
                )
                .await?;
            } else if turn.text.trim().is_empty() {
                empty += 1;
                if empty > MAX_EMPTY {
                    break;
                }
                self.say("You said nothing. Go on, or call `report` if you are done.")
                    .await?;
            } else if self.attempt.steering.is_empty() {
                let report = report::from_text(&turn.text, self.transcript.usage());
                return self.hand_back(report).await;
            }
        }
        Ok(Outcome::failed(Failure::new(
            "agent_lost",
            "The agent made no report within the requests it has.",
            "Steer it and start it again, or split the task.",
        )))
    }

    /// The brief, and what became of it with agents that had the task before.
    async fn opening(&self) -> String {
        let assignment = &self.attempt.assignment;
        let Some(before) = &assignment.before else {
            return assignment.given.clone();
        };
        let changes = vendor::changes(&self.attempt).await;
        format!(
            "{}\n\n{}",
            assignment.given,
            before.told(changes.as_deref())
        )
    }

    /// Asks until there is an answer, or an error that is one. What is said while everything stands still is in the
    /// next request.
    async fn ask(&mut self) -> Result<Result<Turn, ModelError>, LedgerError> {
        let mut abandoned = 0;
        loop {
            exchange::open(&mut self.gate).await;
            self.take_steering().await?;
            let request = self.request();
            let asked =
                exchange::exchange(&self.model, &request, &mut self.gate, &self.attempt).await;
            match asked {
                Ok(Some(mut turn)) => {
                    // Abandoned ones count, though nobody says what they used.
                    turn.usage.requests = turn.usage.requests.saturating_add(abandoned);
                    return Ok(Ok(turn));
                }
                Ok(None) => abandoned += 1,
                Err(error) => return Ok(Err(error)),
            }
        }
    }

    fn request(&self) -> Request {
        let mut request = Request {
            system: self.system.clone(),
            messages: Vec::new(),
            tools: self.specs.clone(),
            max_output_tokens: None,
        };
        request.messages = fit::fit(
            self.transcript.messages(),
            fit::room(&request, self.context_tokens),
        );
        request
    }

    async fn note(&mut self, turn: &Turn) -> Result<(), LedgerError> {
        self.transcript
            .add(Entry::Usage { usage: turn.usage })
            .await?;
        // Some servers refuse a history with an empty answer in it.
        if !turn.text.is_empty() || !turn.calls.is_empty() {
            let message = Message::Assistant {
                text: turn.text.clone(),
                calls: turn.calls.clone(),
            };
            self.transcript.add(Entry::Message { message }).await?;
        }
        self.attempt
            .tell(AgentEvent::Usage(self.transcript.usage()))
            .await;
        Ok(())
    }

    async fn perform_all(&mut self, turn: Turn) -> Result<Option<Outcome>, LedgerError> {
        let mut end = None;
        let most = self.result_bytes(turn.calls.len().min(MAX_CALLS));
        for (at, call) in turn.calls.into_iter().enumerate() {
            let text = if end.is_some() {
                "Not done: the attempt has ended.".to_owned()
            } else if at >= MAX_CALLS {
                format!("Not done: at most {MAX_CALLS} calls at once.")
            } else {
                exchange::open(&mut self.gate).await;
                match self.perform(&call, most).await? {
                    Performed::Told(text) => text,
                    ended => {
                        end = Some(ended);
                        "The attempt ends.".to_owned()
                    }
                }
            };
            let message = Message::tool_result(call.id, text);
            self.transcript.add(Entry::Message { message }).await?;
        }
        match end {
            Some(Performed::Broken(failure)) => Ok(Some(Outcome::failed(failure))),
            // What a person said meanwhile is heard before the end, not lost.
            Some(Performed::Reported(report)) if self.attempt.steering.is_empty() => {
                self.hand_back(report).await.map(Some)
            }
            Some(Performed::Reported(_) | Performed::Told(_)) | None => Ok(None),
        }
    }

    async fn hand_back(&mut self, report: Report) -> Result<Outcome, LedgerError> {
        self.transcript
            .add(Entry::Reported {
                report: report.clone(),
            })
            .await?;
        Ok(Outcome::Done { report })
    }

    /// What a person said since the last request, each as a message of its own.
    async fn take_steering(&mut self) -> Result<(), LedgerError> {
        while let Ok(text) = self.attempt.steering.try_recv() {
            self.say(&text).await?;
            self.attempt
                .tell(AgentEvent::SteeringDelivered { text })
                .await;
        }
        Ok(())
    }

    async fn say(&mut self, text: &str) -> Result<(), LedgerError> {
        self.transcript
            .add(Entry::Message {
                message: Message::user(text),
            })
            .await
    }

    /// Whether a smaller request is worth trying.
    const fn lower_context(&mut self) -> bool {
        self.context_tokens /= 2;
        self.context_tokens > fit::LEAST_TOKENS
    }

    async fn at(&self, line: impl Into<String>) {
        let steps = self.transcript.steps();
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let usage = self.transcript.usage();
        let activity = Activity {
            line: line.into(),
            steps_done: count(steps.iter().filter(|step| step.done).count()),
            steps: count(steps.len()),
            files: count(self.files.len()),
            tokens: usage.input_tokens.saturating_add(usage.output_tokens),
        };
        self.attempt.tell(AgentEvent::Activity(activity)).await;
    }
}
