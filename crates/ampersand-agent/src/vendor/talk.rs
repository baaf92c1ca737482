//! The loop: reads the agent's lines, feeds the driver, performs what follows. Everything an agent may do too much of has an
//! end here.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use ampersand_core::{Answer, Failure, Obstacle, Question, counted};
use ampersand_process::lines::Lines;
use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::sync::{mpsc, watch};
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep_until};

use super::asking::placed;
use super::driver::{Driver, Effect, Input};
use super::record::{Entry, Past, Record};
use super::rpc;
use crate::event::AgentEvent;
use crate::host::Gate;
use crate::outcome::Outcome;
use crate::runtime::Attempt;

/// How much of everything.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Quiet for so long while nothing runs means stuck.
    pub(super) silence: Duration,
    /// How long an agent has to come to an end when it is told to.
    pub(super) stop: Duration,
    /// The longest line that is understood.
    pub(super) line_bytes: usize,
    /// Everything it says in an attempt.
    pub(super) total_bytes: u64,
    /// What is shown of the output of what it runs.
    pub(super) shown_bytes: usize,
    /// Lines that are no messages.
    pub(super) nonsense: u32,
    /// Messages to it that it has not read.
    pub(super) unread: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            silence: Duration::from_secs(15 * 60),
            stop: Duration::from_secs(10),
            line_bytes: 4 << 20,
            total_bytes: 8 << 30,
            shown_bytes: 16 << 20,
            nonsense: 100,
            unread: 256,
        }
    }
}

/// How the exchange ended.
#[derive(Debug)]
pub(super) enum Ended {
    With(Box<Outcome>),
    /// The agent said no more; `opened` tells whether it ever was ready.
    Silently {
        opened: bool,
        past: Box<Past>,
    },
}

/// A question that a person is asked.
type Asking = BoxFuture<'static, (u64, Option<String>, Answer)>;

/// One exchange.
pub(super) struct Talk<'a, D> {
    driver: D,
    attempt: &'a mut Attempt,
    record: &'a mut Record,
    past: Past,
    limits: Limits,
    asking: FuturesUnordered<Asking>,
    heard_bytes: u64,
    shown_bytes: usize,
    nonsense: u32,
    /// It was told to end, with this, by then.
    stopping: Option<(Instant, Outcome)>,
}

impl<'a, D: Driver> Talk<'a, D> {
    pub(super) fn new(
        driver: D,
        attempt: &'a mut Attempt,
        record: &'a mut Record,
        past: Past,
        limits: Limits,
    ) -> Self {
        Self {
            driver,
            attempt,
            record,
            past,
            limits,
            asking: FuturesUnordered::new(),
            heard_bytes: 0,
            shown_bytes: 0,
            nonsense: 0,
            stopping: None,
        }
    }

    pub(super) async fn run(
        mut self,
        from: impl AsyncRead + Unpin,
        to: impl AsyncWrite + Unpin + Send + 'static,
    ) -> Ended {
        let (mouth, unread) = mpsc::channel(self.limits.unread);
        let _writing = StopsWhenDropped(tokio::spawn(write(to, unread)).abort_handle());
        let mut lines = Lines::new(from, self.limits.line_bytes);
        let mut gate = self.attempt.host.gate();
        let mut shut = self.attempt.host.model_shut();
        // It may have been seen before anything was said here.
        shut.mark_changed();
        let mut ended = self.feed(Input::Begin, &mouth).await;
        let mut heard_at = Instant::now();
        loop {
            if let Some(outcome) = ended {
                return Ended::With(Box::new(outcome));
            }
            let patience = match &self.stopping {
                Some((by, _)) => *by,
                None => heard_at + self.limits.silence,
            };
            ended = tokio::select! {
                line = lines.next() => {
                    heard_at = Instant::now();
                    match line {
                        Ok(Some(line)) => self.hear(&line, &mouth).await,
                        Ok(None) | Err(_) => return self.fell_silent(),
                    }
                }
                Some(words) = self.attempt.steering.recv() => self.feed(Input::Told(words), &mouth).await,
                Some(answered) = self.asking.next() => {
                    heard_at = Instant::now();
                    self.answered(answered, &mouth).await
                }
                () = sleep_until(patience) => match self.stopping.take() {
                    Some((_, outcome)) => Some(outcome),
                    None if self.may_be_quiet(&gate) => {
                        heard_at = Instant::now();
                        None
                    }
                    None => self.stop(self.stuck(), &mouth).await,
                },
                // Whatever it is at, its model will not answer.
                Ok(()) = shut.changed(), if self.stopping.is_none() => {
                    let outage = shut.borrow_and_update().clone();
                    match outage {
                        Some(outage) => self.stop(Outcome::Limit { outage }, &mouth).await,
                        None => None,
                    }
                }
                // It may have stood still for hours; that was not its own silence.
                Ok(()) = gate.changed() => {
                    heard_at = Instant::now();
                    None
                }
            };
        }
    }

    async fn hear(&mut self, line: &str, mouth: &mpsc::Sender<Vec<u8>>) -> Option<Outcome> {
        self.heard_bytes = self.heard_bytes.saturating_add(line.len() as u64);
        if self.heard_bytes > self.limits.total_bytes {
            return Some(Outcome::failed(Failure::new(
                "agent_floods",
                "The agent says more than any task needs.",
                "Look at what it was doing before you start it again.",
            )));
        }
        // What was said before this is known when it is judged, so that words and an end cannot miss each other.
        while let Ok(words) = self.attempt.steering.try_recv() {
            if let Some(outcome) = self.feed(Input::Told(words), mouth).await {
                return Some(outcome);
            }
        }
        match rpc::read(line) {
            Some(message) => self.feed(Input::Heard(message), mouth).await,
            None if line.trim().is_empty() => None,
            None => {
                if !self.driver.is_open() && asks_for_login(line) {
                    return Some(self.no_login());
                }
                self.nonsense += 1;
                tracing::warn!(
                    bytes = line.len(),
                    "an agent said something that is no message"
                );
                (self.nonsense > self.limits.nonsense).then(|| {
                    Outcome::failed(Failure::new(
                        "agent_nonsense",
                        "What the agent says is not in its protocol.",
                        "Update it, or give the task to another agent.",
                    ))
                })
            }
        }
    }

    /// Nobody is there to log in, and it would wait for ever.
    fn no_login(&self) -> Outcome {
        let vendor = self.attempt.assignment.vendor.as_ref();
        let name = vendor.map_or("The agent", |vendor| &vendor.name);
        Outcome::limit(
            Obstacle::Login,
            Failure::new(
                "unauthorized",
                format!("{name} asks for a login."),
                "Log in with its own program, then resume.",
            ),
        )
    }

    async fn answered(
        &mut self,
        (question, tool, answer): (u64, Option<String>, Answer),
        mouth: &mpsc::Sender<Vec<u8>>,
    ) -> Option<Outcome> {
        if let (Answer::AllowForTask | Answer::AllowForProject, Some(tool)) = (answer, tool)
            && let Some(outcome) = self.keep(Entry::Allowed { tool }).await
        {
            return Some(outcome);
        }
        self.feed(Input::Answered { question, answer }, mouth).await
    }

    /// Lets the driver take in what happened, and performs what follows.
    async fn feed(&mut self, input: Input, mouth: &mpsc::Sender<Vec<u8>>) -> Option<Outcome> {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            for effect in self.driver.step(input) {
                match effect {
                    Effect::Send(message) => {
                        if let Some(outcome) = say(mouth, &message) {
                            return Some(outcome);
                        }
                    }
                    Effect::Tell(event) => self.tell(event).await,
                    Effect::Keep(entry) => {
                        if let Some(outcome) = self.keep(entry).await {
                            return Some(outcome);
                        }
                    }
                    Effect::Ask {
                        question,
                        about,
                        paths,
                    } => {
                        let worktree = &self.attempt.assignment.worktree;
                        let about = placed(about, paths, worktree).await;
                        if let Some(answer) = self.known(&about) {
                            inputs.push_back(Input::Answered { question, answer });
                        } else {
                            self.ask(question, about);
                        }
                    }
                    Effect::End(outcome) => {
                        // What it was told to end with counts for more than how it puts it.
                        let stopped = self.stopping.take().map(|(_, outcome)| outcome);
                        return Some(stopped.unwrap_or(outcome));
                    }
                }
            }
        }
        None
    }

    async fn stop(&mut self, outcome: Outcome, mouth: &mpsc::Sender<Vec<u8>>) -> Option<Outcome> {
        self.stopping = Some((Instant::now() + self.limits.stop, outcome.clone()));
        self.feed(Input::Stop(outcome), mouth).await
    }

    fn known(&self, about: &Question) -> Option<Answer> {
        match about {
            Question::Act { tool, .. } if self.past.allowed.contains(tool) => Some(Answer::Allow),
            _ => None,
        }
    }

    fn ask(&self, question: u64, about: Question) {
        let host = Arc::clone(&self.attempt.host);
        let tool = match &about {
            Question::Act { tool, .. } => Some(tool.clone()),
            _ => None,
        };
        self.asking.push(Box::pin(
            async move { (question, tool, host.ask(about).await) },
        ));
    }

    async fn keep(&mut self, entry: Entry) -> Option<Outcome> {
        if let Err(error) = self.record.add(&entry).await {
            return Some(Outcome::failed(error.failure()));
        }
        self.past.apply(entry);
        None
    }

    async fn tell(&mut self, event: AgentEvent) {
        if let AgentEvent::Output { text } = &event {
            let before = self.shown_bytes;
            self.shown_bytes = before.saturating_add(text.len());
            if self.shown_bytes > self.limits.shown_bytes {
                if before <= self.limits.shown_bytes {
                    let text = "[… more output than is shown …]\n".to_owned();
                    self.attempt.tell(AgentEvent::Output { text }).await;
                }
                return;
            }
        }
        self.attempt.tell(event).await;
    }

    /// Whether silence means nothing: something runs, a person is asked, or everything stands still.
    fn may_be_quiet(&self, gate: &watch::Receiver<Gate>) -> bool {
        !self.asking.is_empty() || self.driver.is_busy() || *gate.borrow() == Gate::Closed
    }

    fn stuck(&self) -> Outcome {
        let minutes = counted(self.limits.silence.as_secs() / 60, "minute");
        Outcome::limit(
            Obstacle::Silence,
            Failure::new(
                "agent_silent",
                format!("The agent said nothing for {minutes}, so it was stopped."),
                "It goes on where it stopped.",
            ),
        )
    }

    fn fell_silent(self) -> Ended {
        match self.stopping {
            Some((_, outcome)) => Ended::With(Box::new(outcome)),
            None => Ended::Silently {
                opened: self.driver.is_open(),
                past: Box::new(self.past),
            },
        }
    }
}

/// Says something to the agent; never waits for it to listen.
fn say(mouth: &mpsc::Sender<Vec<u8>>, message: &Value) -> Option<Outcome> {
    let mut line = message.to_string().into_bytes();
    line.push(b'\n');
    match mouth.try_send(line) {
        // An agent that closed its ears will be seen to end.
        Ok(()) | Err(mpsc::error::TrySendError::Closed(_)) => None,
        Err(mpsc::error::TrySendError::Full(_)) => Some(Outcome::failed(Failure::new(
            "agent_deaf",
            "The agent asks and does not listen to the answers.",
            "Update it, or give the task to another agent.",
        ))),
    }
}

async fn write(mut to: impl AsyncWrite + Unpin, mut unread: mpsc::Receiver<Vec<u8>>) {
    while let Some(line) = unread.recv().await {
        if to.write_all(&line).await.is_err() || to.flush().await.is_err() {
            return;
        }
    }
}

struct StopsWhenDropped(AbortHandle);

impl Drop for StopsWhenDropped {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Whether an agent that is not ready yet shows where a person could log in, in words instead of a message.
fn asks_for_login(line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    line.contains("https://") && line.contains("oauth")
}
