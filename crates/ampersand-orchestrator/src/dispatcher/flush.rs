//! From a decision to its consequences: what stands still stands still at once, everything is written down, and only
//! then the rest is carried out and promises are kept.

use std::time::{Duration, Instant};

use ampersand_core::{Effect, EventBody, Failure, TaskId, TaskState};
use ampersand_protocol::{Command, Reply};
use ampersand_store::{AppendError, Batch};
use jiff::Timestamp;

use super::{Binds, Delivery, Dispatcher, Promise};
use crate::{
    executor::is_over,
    input::Asked,
    state::{Changes, State},
};

/// How long to wait before writing again what could not be written.
const WRITE_AGAIN_AFTER: Duration = Duration::from_secs(1);

impl Dispatcher {
    /// Carries a command out, once however often it comes.
    pub(super) async fn obey(&mut self, asked: Asked) {
        if let Some(reply) = self.answered.get(asked.id) {
            asked.reply.send(Ok(reply.clone())).ok();
            return;
        }
        let stops = match &asked.command {
            Command::Pause { tasks, .. } | Command::Cancel { tasks, .. } => tasks.clone(),
            _ => Vec::new(),
        };
        let overrides = !stops.is_empty() || matches!(asked.command, Command::Undo { .. });
        // What only reads needs no room on the disk, and what holds processes must not wait for any.
        let reads = matches!(asked.command, Command::ListTasks { .. });
        if !overrides && !reads && !self.unwritten.is_empty() {
            self.flush(None).await;
            if let Some(failure) = self.unwritable.clone() {
                asked.reply.send(Err(failure)).ok();
                return;
            }
        }
        let promises = self.take_command(asked);
        self.flush(promises).await;
        self.thaw_spared(&stops);
    }

    /// Lets go on what was frozen before anybody decided, and was not to be.
    fn thaw_spared(&self, stops: &[TaskId]) {
        for task in stops.iter().filter_map(|id| self.state.task(*id).ok()) {
            if let TaskState::Running { attempt }
            | TaskState::NeedsYou { attempt, .. }
            | TaskState::Checking { attempt } = task.state
            {
                self.executor.thaw(attempt);
            }
        }
    }

    /// Freezes at once, writes everything down, carries the rest out, and keeps the promises.
    pub(super) async fn flush(&mut self, promises: impl IntoIterator<Item = Promise>) {
        self.freeze_now();
        let promises: Vec<Promise> = promises.into_iter().collect();
        if self.unwritten.is_empty() {
            self.keep(promises);
            return;
        }
        match self.write(&promises).await {
            Ok(()) => {
                self.write_again_at = None;
                self.unwritable = None;
                self.narrow_now();
                self.keep(promises);
                let written = std::mem::take(&mut self.unwritten);
                self.forget_landings(&written.bodies);
                for (task, effect) in written.effects {
                    self.carry_out(task, effect);
                }
                let touched = written.touched.iter();
                let tasks = touched.filter_map(|id| self.state.task(*id).ok());
                let over: Vec<_> = tasks.filter(|task| is_over(&task.state)).cloned().collect();
                if !over.is_empty() {
                    self.executor.clear_away(over);
                }
                self.deliver();
            }
            Err(AppendError::AlreadyDone { reply }) => {
                self.take_back().await;
                let earlier = serde_json::from_str(&reply).unwrap_or(Reply::Done);
                for promise in promises {
                    promise.reply.send(Ok(earlier.clone())).ok();
                }
            }
            Err(error) => self.go_on_unwritten(error.into(), promises).await,
        }
    }

    /// What the journal says of a landing now, nobody else needs to know.
    fn forget_landings(&self, written: &[EventBody]) {
        for body in written {
            if let EventBody::TaskLanded { task, .. } = body
                && let Ok(task) = self.state.task(*task)
            {
                self.executor.forget_landing(task.clone());
            }
        }
    }

    /// The journal cannot be written: commands have not happened, overrides hold all the same.
    async fn go_on_unwritten(&mut self, failure: Failure, promises: Vec<Promise>) {
        tracing::error!(
            code = failure.code,
            "the journal cannot be written: {failure}"
        );
        self.write_again_at = Some(Instant::now() + WRITE_AGAIN_AFTER);
        self.unwritable = Some(failure.clone());
        let (on_disk, held): (Vec<_>, Vec<_>) = promises
            .into_iter()
            .partition(|promise| promise.binds == Binds::Journal);
        if !on_disk.is_empty() {
            self.take_back().await;
        }
        for promise in on_disk {
            // Whoever asked does not wait any more.
            promise.reply.send(Err(failure.clone())).ok();
        }
        let holding = |effect: &Effect| {
            matches!(
                effect,
                Effect::Kill { .. }
                    | Effect::ConfirmGone
                    | Effect::Grant { .. }
                    | Effect::Thaw { .. }
            )
        };
        for (task, effect) in self.unwritten.take_effects(holding) {
            if let Effect::Kill { attempt } = effect {
                self.unwritten
                    .effects
                    .retain(|(_, waits)| !begins(waits, attempt));
            }
            self.carry_out(task, effect);
        }
        self.keep(held);
    }

    /// Forgets a command that was decided and not written: how things stand is read from the journal again. Only one
    /// command is decided at a time, and only when nothing else waits to be written.
    async fn take_back(&mut self) {
        let read = async {
            let tasks = self.journal.tasks().await?;
            Ok::<_, ampersand_store::ReadError>((tasks, self.journal.open_approvals().await?))
        };
        let (tasks, approvals) = match read.await {
            Ok(read) => read,
            Err(error) => {
                // It happens as soon as there is room, though its sender was told otherwise.
                tracing::error!(%error, "a command that was not written cannot be taken back");
                return;
            }
        };
        self.unwritten = Changes::default();
        self.deliveries.clear();
        self.executor.forget_consents();
        self.write_again_at = None;
        self.unwritable = None;
        let starts_nothing = self.state.starts_nothing();
        self.state = State::new(self.settings.slots, tasks, approvals);
        if starts_nothing {
            self.state.start_nothing();
        }
        self.state.settle(self.settings.slots, &mut self.unwritten);
    }

    async fn write(&mut self, promises: &[Promise]) -> Result<(), AppendError> {
        let stays = |id: &TaskId| self.state.task(*id).ok().cloned();
        let command = promises
            .iter()
            .filter(|promise| promise.binds == Binds::Journal)
            .find_map(|promise| {
                let reply = serde_json::to_string(promise.outcome.as_ref().ok()?).ok()?;
                Some((promise.id, reply))
            });
        let batch = Batch {
            at: Timestamp::now(),
            bodies: self.unwritten.bodies.clone(),
            tasks: self.unwritten.touched.iter().filter_map(stays).collect(),
            command,
            urgent: self.unwritten.bodies.iter().any(belongs_to_an_override),
        };
        let mut writing = std::pin::pin!(self.journal.append(batch));
        loop {
            tokio::select! {
                biased;
                written = &mut writing => return written.map(drop),
                // A slow disk holds up what is said about an override, not the override.
                stops = self.inbox.next_override() => {
                    for task in stops.iter().filter_map(|id| self.state.task(*id).ok()) {
                        if let Some(attempt) = task.state.attempt() {
                            self.executor.freeze_early(attempt);
                        }
                    }
                }
            }
        }
    }

    fn freeze_now(&mut self) {
        let freeze = self
            .unwritten
            .take_effects(|effect| matches!(effect, Effect::Freeze { .. }));
        let attempts: Vec<_> = freeze
            .into_iter()
            .filter_map(|(task, effect)| match effect {
                Effect::Freeze { attempt } => Some((task, attempt)),
                _ => None,
            })
            .collect();
        if !attempts.is_empty() {
            self.executor.freeze(attempts);
        }
    }

    /// What was taken is gone before anybody is told so.
    fn narrow_now(&mut self) {
        let narrow = |effect: &Effect| matches!(effect, Effect::Narrow { .. });
        for (task, effect) in self.unwritten.take_effects(narrow) {
            self.carry_out(task, effect);
        }
    }

    fn deliver(&mut self) {
        for delivery in std::mem::take(&mut self.deliveries) {
            match delivery {
                Delivery::Words { task, text } => {
                    self.words.keep(task, text);
                    self.hand_over_words(task);
                }
                Delivery::Answer { approval, answer } => {
                    if let Some(waiting) = self.asking.remove(&approval) {
                        // The attempt ended in the meantime.
                        waiting.send(answer).ok();
                    }
                }
            }
        }
    }

    /// Gives the attempt of a task, frozen or not, what it has not been given.
    pub(super) fn hand_over_words(&mut self, task: TaskId) {
        let attempt = self
            .state
            .task(task)
            .ok()
            .and_then(|task| task.state.attempt());
        if let Some(attempt) = attempt {
            let executor = &self.executor;
            self.words
                .give(task, attempt, |text| executor.steer(attempt, text));
        }
    }

    fn keep(&mut self, promises: Vec<Promise>) {
        for promise in promises {
            if let Ok(reply) = &promise.outcome {
                self.answered.keep(promise.id, reply);
            }
            // Whoever asked does not wait any more.
            promise.reply.send(promise.outcome).ok();
        }
    }
}

fn belongs_to_an_override(body: &EventBody) -> bool {
    match body {
        EventBody::OverrideConfirmed { .. } => true,
        EventBody::TaskMoved { state, .. } => matches!(
            state,
            TaskState::Paused { .. } | TaskState::Stopping { .. } | TaskState::Cancelled { .. }
        ),
        _ => false,
    }
}

fn begins(effect: &Effect, of: ampersand_core::AttemptId) -> bool {
    matches!(effect, Effect::Start { attempt } | Effect::RunChecks { attempt } if *attempt == of)
}
