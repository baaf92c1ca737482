//! The conversation under measurement: what is said goes in, updates are noted the moment they are on the channel.

use std::{
    collections::{BTreeSet, HashSet},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use ampersand_controller::{Controller, Options, Updates};
use ampersand_core::{Actor, MessageId, TaskId};
use ampersand_protocol::{Command, Update, UpdateBody};
use anyhow::{Context, Result, anyhow, bail, ensure};
use tokio::{sync::mpsc, time::timeout};
use uuid::Uuid;

use super::stand::Stand;
use crate::{agents, moment::Moment};

/// Beyond this the measurement is stuck.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a busy agent prints begins so.
const TICK: &str = "tick";

/// An open conversation and what it tells.
pub(super) struct Session {
    controller: Controller,
    told: mpsc::UnboundedReceiver<(Moment, UpdateBody)>,
    active: Arc<Mutex<HashSet<TaskId>>>,
}

/// One question to the model.
pub(super) struct Asked {
    /// From saying to the disk.
    pub(super) stored: Duration,
    /// From the model's end of the wire to the channel.
    pub(super) first_token: Duration,
}

/// One override.
pub(super) struct Paused {
    /// From saying to the disk.
    pub(super) stored: Duration,
    /// From saying to knowing.
    pub(super) frozen: Duration,
}

impl Session {
    /// Does `work` in a conversation at this stand. However it ends, by Ctrl-C too, the conversation is closed after
    /// it and the orchestrator ended: otherwise its agents would print for ever.
    pub(super) async fn at<T>(
        stand: &Stand,
        work: impl AsyncFnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        let mut session = Self::open(stand).await?;
        let done = tokio::select! {
            done = work(&mut session) => done,
            _ = tokio::signal::ctrl_c() => Err(anyhow!("interrupted")),
        };
        session.controller.close().await;
        stand.stop()?;
        done
    }

    /// The controller starts the orchestrator as it always does.
    async fn open(stand: &Stand) -> Result<Self> {
        let options = Options {
            home: stand.home.clone(),
            repository: Some(stand.root()),
            orchestrator: None,
            build: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let (controller, updates) = Controller::open(options).await?;
        let (tell, told) = mpsc::unbounded_channel();
        let active: Arc<Mutex<HashSet<TaskId>>> = Arc::default();
        tokio::spawn(listen(updates, tell, Arc::clone(&active)));
        let mut session = Self {
            controller,
            told,
            active,
        };
        session
            .wait("the link", |body| {
                matches!(body, UpdateBody::Link { up: true }).then_some(())
            })
            .await?;
        Ok(session)
    }

    /// Starts busy agents and returns once every one of them was heard.
    pub(super) async fn start_busy(
        &mut self,
        stand: &Stand,
        numbers: std::ops::Range<usize>,
    ) -> Result<Vec<TaskId>> {
        let (command, tasks) = agents::busy(&stand.root(), numbers);
        self.controller.command(command).await?;
        let began = Instant::now();
        loop {
            let heard = self.active();
            if tasks.iter().all(|task| heard.contains(task)) {
                return Ok(tasks);
            }
            if began.elapsed() > PATIENCE {
                bail!(
                    "agents were never heard: {}",
                    self.states(|task| !heard.contains(&task))
                );
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The isolation every task ran in so far, in words, each once.
    pub(super) fn isolation(&self) -> String {
        let tasks = self.controller.tasks().into_iter();
        let shown: BTreeSet<String> = tasks.filter_map(|task| task.isolation).collect();
        Vec::from_iter(shown).join(", ")
    }

    /// Tasks and how they stand, in words.
    fn states(&self, wanted: impl Fn(TaskId) -> bool) -> String {
        let tasks = self.controller.tasks().into_iter();
        let shown = tasks
            .filter(|task| wanted(task.id))
            .map(|task| format!("{} {:?}, {:?}", task.title, task.detail, task.activity));
        Vec::from_iter(shown).join("; ")
    }

    fn active(&self) -> HashSet<TaskId> {
        let active = self.active.lock();
        active.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits for an update that has not been returned yet.
    async fn wait<T>(
        &mut self,
        what: &str,
        mut pick: impl FnMut(&UpdateBody) -> Option<T>,
    ) -> Result<(Moment, T)> {
        let waiting = async {
            while let Some((at, body)) = self.told.recv().await {
                if let UpdateBody::Error { failure } = body {
                    bail!("{}: {failure}", failure.code);
                }
                if let Some(found) = pick(&body) {
                    return Ok((at, found));
                }
            }
            bail!("the conversation was closed")
        };
        let waited = timeout(PATIENCE, waiting).await;
        waited
            .unwrap_or_else(|_| bail!("it never came"))
            .with_context(|| format!("waiting for {what}"))
    }

    /// Asks the model something and waits for the whole answer.
    pub(super) async fn ask(&mut self) -> Result<Asked> {
        let id = MessageId::new(Uuid::now_v7());
        let began = Instant::now();
        let text = "How long is the function that compares session tokens?";
        self.controller.send(id, text).await?;
        let stored = began.elapsed();
        let first = |body: &UpdateBody| match body {
            UpdateBody::MessageDelta { message, text } => Some((*message, text.clone())),
            _ => None,
        };
        let (at, (reply, text)) = self.wait("the first word", first).await?;
        let left = Moment::find(&text).context("the first word says when it left")?;
        self.wait("the end of the answer", |body| match body {
            UpdateBody::MessageDone { message, .. } if *message == reply => Some(()),
            _ => None,
        })
        .await?;
        Ok(Asked {
            stored,
            first_token: at.since(left),
        })
    }

    /// Says that everything is to pause, and waits until the operating system has confirmed it of all `tasks`.
    pub(super) async fn pause(&mut self, tasks: &[TaskId]) -> Result<Paused> {
        let id = MessageId::new(Uuid::now_v7());
        let began = Moment::now();
        self.controller
            .send(id, "pause all background work")
            .await?;
        let stored = Moment::now().since(began);
        let understood = |body: &UpdateBody| match body {
            UpdateBody::Understood {
                message,
                tasks,
                processes,
                ..
            } if *message == id => Some((tasks.len(), *processes as usize)),
            _ => None,
        };
        let (at, (paused, processes)) = self.wait("the confirmation", understood).await?;
        ensure!(
            paused == tasks.len() && processes >= tasks.len(),
            "{paused} of {} tasks paused, {processes} processes frozen",
            tasks.len()
        );
        Ok(Paused {
            stored,
            frozen: at.since(began),
        })
    }

    /// Lets them go on, and waits until each is said to.
    pub(super) async fn resume(&mut self, tasks: &[TaskId]) -> Result<()> {
        let mut still: HashSet<TaskId> = tasks.iter().copied().collect();
        let (tasks, by) = (tasks.to_vec(), Actor::Person);
        self.controller
            .command(Command::Resume { tasks, by })
            .await?;
        let runs = |body: &UpdateBody| {
            if let UpdateBody::Task { task } = body
                && task.state == "running"
            {
                still.remove(&task.id);
            }
            still.is_empty().then_some(())
        };
        self.wait("all to go on", runs).await.map(drop)
    }

    /// Runs a short agent to its end: from its last act to its card.
    pub(super) async fn card(&mut self, stand: &Stand, number: usize) -> Result<Duration> {
        let (command, short) = agents::short(&stand.root(), number);
        self.controller.command(command).await?;
        let result = |body: &UpdateBody| match body {
            UpdateBody::Result { task, report, .. } if *task == short => {
                Some(report.summary.clone())
            }
            _ => None,
        };
        let (at, summary) = self.wait("a result", result).await?;
        let last_act = Moment::find(&summary).context("a short agent says when it ended")?;
        Ok(at.since(last_act))
    }
}

/// Notes when updates are there. What agents do this moment is only counted, as it is most of what comes.
async fn listen(
    mut updates: Updates,
    tell: mpsc::UnboundedSender<(Moment, UpdateBody)>,
    active: Arc<Mutex<HashSet<TaskId>>>,
) {
    while let Some(Update { body, .. }) = updates.next().await {
        let at = Moment::now();
        if let UpdateBody::Activity { activity } = &body {
            let ticks = activity.task.filter(|_| activity.line.starts_with(TICK));
            let mut active = active.lock().unwrap_or_else(PoisonError::into_inner);
            active.extend(ticks);
        } else if tell.send((at, body)).is_err() {
            return;
        }
    }
}
