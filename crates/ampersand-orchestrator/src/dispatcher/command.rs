//! Commands: each goes to its verb, and its reply is promised or waits for the operating system.

use std::collections::HashSet;

use ampersand_core::{Actor, CommandId, Effect, Failure, Narrowing, TaskEvent, TaskId, TaskState};
use ampersand_protocol::{Command, Reply, TaskSnapshot};
use jiff::Timestamp;
use tokio::sync::oneshot;

use super::{Binds, Delivery, Dispatcher, Promise, overrides::Until};
use crate::{
    input::{Asked, Found},
    verbs,
};

/// What the tasks of a page take in a frame at most, in bytes; a single one may take more.
const PAGE_BYTES_MAX: usize = 1024 * 1024;

type Replying = (CommandId, oneshot::Sender<Result<Reply, Failure>>);

impl Dispatcher {
    /// Decides a command. No promise comes back if the reply waits for the operating system.
    pub(super) fn take_command(&mut self, asked: Asked) -> Vec<Promise> {
        let Asked {
            id,
            command,
            found,
            arrived,
            reply,
        } = asked;
        let replying = (id, reply);
        match command {
            Command::Pause { tasks, by } => {
                let paused = verbs::pause(&mut self.state, &mut self.unwritten, &tasks, by);
                self.confirm_frozen(replying, paused, arrived)
            }
            Command::Cancel { tasks, now, by } => self.cancel(replying, &tasks, now, by, arrived),
            command => {
                let binds = match command {
                    Command::Undo { .. } | Command::ListTasks { .. } => Binds::System,
                    _ => Binds::Journal,
                };
                let outcome = self.decide(command, found);
                let (id, reply) = replying;
                vec![Promise {
                    id,
                    reply,
                    outcome,
                    binds,
                }]
            }
        }
    }

    fn decide(&mut self, command: Command, found: Found) -> Result<Reply, Failure> {
        let (state, changes) = (&mut self.state, &mut self.unwritten);
        let now = Timestamp::now();
        match command {
            Command::SubmitPlan { .. }
            | Command::Resolve { .. }
            | Command::ContinueSession { .. } => self.plan(command, found)?,
            Command::Steer { task, text, by } => return self.steer(task, text, by),
            Command::Rewind { task, text } => {
                verbs::rewind(state, changes, task, &text, Actor::Person)?;
                self.deliveries.push(Delivery::Words { task, text });
            }
            Command::Resume { tasks, by } => {
                return verbs::resume(state, changes, &tasks, by).map(reached);
            }
            Command::Narrow { tasks, what, by } => return self.narrow(&tasks, what, by),
            Command::Undo { tasks } => {
                return verbs::undo(state, changes, &tasks, &self.killing).map(reached);
            }
            Command::Answer { approval, answer } => {
                let answered = verbs::answer(state, changes, approval, answer)?;
                self.deliveries.push(Delivery::Answer {
                    approval: answered.approval.id,
                    answer: answered.answer,
                });
            }
            Command::Propose { task, what, why } => {
                let diffstat = found.diffstat();
                verbs::propose(state, changes, task, what, why, diffstat, now)?;
            }
            command @ (Command::Land { .. }
            | Command::KeepSide { .. }
            | Command::UndoLanding { .. }
            | Command::RunApp { .. }
            | Command::Show { .. }
            | Command::PutBack { .. }
            | Command::Discard { .. }
            | Command::Restart { .. }
            | Command::RestartUnsafe { .. }) => self.decide_afterwards(command, found, now)?,
            command @ (Command::PutOnBranch { .. }
            | Command::OpenPullRequest { .. }
            | Command::Watch { .. }
            | Command::Unwatch { .. }) => self.go_out(command, found, now)?,
            Command::Trust { repository, digest } => {
                verbs::trust(state, changes, &repository, digest);
            }
            Command::ListTasks { after, limit } => return self.list(after, limit),
            Command::Drain => state.start_nothing(),
            Command::Pause { .. }
            | Command::Cancel { .. }
            | Command::Attach { .. }
            | Command::ReadReport { .. }
            | Command::ReadDiff { .. }
            | Command::ReadGiven { .. }
            | Command::ReadOutput { .. }
            | Command::ReadPictures { .. }
            | Command::ReadWorktree { .. }
            | Command::ReadIsolation
            | Command::ReadAgents
            | Command::ReadSessions { .. } => return Err(not_here()),
        }
        Ok(Reply::Done)
    }

    /// What can be done with work that is done, or with a task that ended.
    fn decide_afterwards(
        &mut self,
        command: Command,
        found: Found,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let (state, changes) = (&mut self.state, &mut self.unwritten);
        match command {
            Command::Land { task } => verbs::land(state, changes, task, None)?,
            Command::KeepSide { task, why, .. } => {
                let kept = found.kept().ok_or_else(not_here)?;
                verbs::keep_side(state, changes, task, kept, why, now)?;
            }
            Command::UndoLanding { task } => verbs::undo_landing(state, changes, task)?,
            Command::RunApp { .. } if state.starts_nothing() => return Err(leaving()),
            Command::RunApp { task } => {
                let app = found.app().ok_or_else(not_here)?;
                verbs::run_app(state, changes, task, app, &self.settings, now)?;
            }
            Command::Show { task } => verbs::show(state, changes, task)?,
            Command::PutBack { task } => verbs::put_back(state, changes, task)?,
            Command::Discard { task } => verbs::discard(state, changes, task)?,
            Command::Restart { task } => verbs::restart(state, changes, task)?,
            Command::RestartUnsafe { task, typed } => {
                let consent = verbs::restart_unsafe(state, changes, task, &typed)?;
                self.executor.consent(task, consent);
            }
            _ => return Err(not_here()),
        }
        Ok(())
    }

    /// Commands that new tasks come of.
    fn plan(&mut self, command: Command, found: Found) -> Result<(), Failure> {
        let (state, changes) = (&mut self.state, &mut self.unwritten);
        if state.starts_nothing() {
            return Err(leaving());
        }
        let (settings, now) = (&self.settings, Timestamp::now());
        match command {
            Command::SubmitPlan { plan, .. } => {
                verbs::submit_plan(state, changes, plan, settings, now)
            }
            Command::Resolve { task, by_hand } => {
                verbs::resolve(state, changes, task, by_hand, settings, now)
            }
            Command::ContinueSession { text, .. } => {
                let continued = found.session().ok_or_else(not_here)?;
                verbs::continue_session(state, changes, continued, text, settings, now)
            }
            _ => Err(not_here()),
        }
    }

    /// One page of tasks, within what a frame takes.
    fn list(&self, after: Option<TaskId>, limit: u32) -> Result<Reply, Failure> {
        let (mut page, mut bytes, mut more) = (Vec::new(), 0, false);
        for task in self.state.tasks_after(after)? {
            bytes += serde_json::to_vec(task).map_or(0, |text| text.len());
            let is_full = !page.is_empty() && bytes > PAGE_BYTES_MAX;
            if is_full || page.len() >= limit as usize {
                more = true;
                break;
            }
            page.push(task.clone());
        }
        let approvals = match after {
            None => self.state.approvals().cloned().collect(),
            Some(_) => Vec::new(),
        };
        let snapshot = TaskSnapshot {
            seq: self.journal.newest(),
            tasks: page,
            approvals,
            more,
        };
        Ok(Reply::Tasks { snapshot })
    }

    fn steer(&mut self, id: TaskId, text: String, by: Actor) -> Result<Reply, Failure> {
        let reachable = matches!(
            self.state.task(id)?.state,
            TaskState::Running { .. } | TaskState::NeedsYou { .. }
        );
        let (state, changes) = (&mut self.state, &mut self.unwritten);
        verbs::steer(state, changes, id, &text, by, reachable)?;
        self.deliveries.push(Delivery::Words { task: id, text });
        Ok(Reply::Done)
    }

    fn narrow(&mut self, ids: &[TaskId], what: Narrowing, by: Actor) -> Result<Reply, Failure> {
        let (state, changes) = (&mut self.state, &mut self.unwritten);
        let narrowed = verbs::narrow(state, changes, ids, what, by)?;
        for answered in narrowed.denied {
            self.deliveries.push(Delivery::Answer {
                approval: answered.approval.id,
                answer: answered.answer,
            });
        }
        Ok(reached(narrowed.tasks))
    }

    fn cancel(
        &mut self,
        replying: Replying,
        tasks: &[TaskId],
        now: bool,
        by: Actor,
        arrived: std::time::Instant,
    ) -> Vec<Promise> {
        let kills_at = if now {
            Timestamp::now()
        } else {
            Timestamp::now() + verbs::UNDO_FOR
        };
        let stopping = verbs::cancel(&mut self.state, &mut self.unwritten, tasks, kills_at, by);
        if now && let Ok(stopping) = &stopping {
            return self.kill_now(replying, stopping.clone(), by, arrived);
        }
        self.confirm_frozen(replying, stopping, arrived)
    }

    /// Skips the time to undo. Nobody is told of a freeze, but what is to be killed does no more while that is written.
    fn kill_now(
        &mut self,
        (id, reply): Replying,
        tasks: Vec<TaskId>,
        by: Actor,
        arrived: std::time::Instant,
    ) -> Vec<Promise> {
        let frozen = |(task, effect): &(TaskId, Effect)| {
            matches!(effect, Effect::Freeze { .. }) && tasks.contains(task)
        };
        self.unwritten.effects.retain(|effect| !frozen(effect));
        for task in &tasks {
            if let Ok(Some(attempt)) = self.state.task(*task).map(|task| task.state.attempt()) {
                self.executor.freeze_early(attempt);
            }
            self.killing.insert(*task);
            self.state
                .apply(*task, TaskEvent::KillDue, by, &mut self.unwritten);
        }
        let waits_for = (Until::Gone, tasks.iter().copied().collect());
        let confirmed = self.overrides.begin((id, reply), tasks, waits_for, arrived);
        self.write_confirmed(confirmed)
    }

    fn confirm_frozen(
        &mut self,
        (id, reply): Replying,
        tasks: Result<Vec<TaskId>, Failure>,
        arrived: std::time::Instant,
    ) -> Vec<Promise> {
        let tasks = match tasks {
            Ok(tasks) => tasks,
            Err(failure) => {
                return vec![Promise {
                    id,
                    reply,
                    outcome: Err(failure),
                    binds: Binds::System,
                }];
            }
        };
        let waits_for: HashSet<TaskId> = tasks
            .iter()
            .copied()
            .filter(|task| {
                self.unwritten
                    .effects
                    .iter()
                    .any(|(of, effect)| of == task && matches!(effect, Effect::Freeze { .. }))
            })
            .collect();
        let confirmed =
            self.overrides
                .begin((id, reply), tasks, (Until::Still, waits_for), arrived);
        self.write_confirmed(confirmed)
    }

    pub(super) fn write_confirmed(
        &mut self,
        confirmed: Vec<super::overrides::Confirmed>,
    ) -> Vec<Promise> {
        confirmed
            .into_iter()
            .map(|confirmed| {
                self.unwritten.bodies.push(confirmed.body);
                confirmed.promise
            })
            .collect()
    }
}

/// An override for which no process had to be looked at.
const fn reached(tasks: Vec<TaskId>) -> Reply {
    Reply::Overridden {
        tasks,
        processes: 0,
        took_ms: 0,
    }
}

fn leaving() -> Failure {
    Failure::new(
        "orchestrator_leaving",
        "This orchestrator is handing over to a newer one and starts nothing new.",
        "Send the plan again in a moment.",
    )
}

pub(super) fn not_here() -> Failure {
    Failure::new(
        "not_a_change",
        "This command changes nothing and is answered elsewhere.",
        "Report this: it is a mistake in Ampersand.",
    )
}
