//! Overrides that were begun and are not confirmed: who waits for which trees.

use std::{collections::HashSet, time::Instant};

use ampersand_core::{CommandId, EventBody, Failure, FrozenTask, TaskId};
use ampersand_protocol::Reply;
use tokio::sync::oneshot;

use super::{Binds, Promise};

/// What the operating system is to confirm. Gone is still, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Until {
    Still,
    Gone,
}

/// An override whose reply says what the operating system confirmed.
struct Override {
    id: CommandId,
    reply: oneshot::Sender<Result<Reply, Failure>>,
    tasks: Vec<TaskId>,
    until: Until,
    /// Tasks whose trees are not confirmed yet.
    waits_for: HashSet<TaskId>,
    confirmed: Vec<FrozenTask>,
    failed: Option<Failure>,
    since: Instant,
}

/// All of them, oldest first.
#[derive(Default)]
pub(super) struct Overrides {
    open: Vec<Override>,
}

/// One that is confirmed, to be written down and replied to.
pub(super) struct Confirmed {
    pub(super) body: EventBody,
    pub(super) promise: Promise,
}

impl Overrides {
    /// Begins to wait. With nothing to wait for it is confirmed at once.
    pub(super) fn begin(
        &mut self,
        (id, reply): (CommandId, oneshot::Sender<Result<Reply, Failure>>),
        tasks: Vec<TaskId>,
        (until, waits_for): (Until, HashSet<TaskId>),
        since: Instant,
    ) -> Vec<Confirmed> {
        let confirmed = Vec::new();
        self.open.push(Override {
            id,
            reply,
            tasks,
            until,
            waits_for,
            confirmed,
            failed: None,
            since,
        });
        self.finished()
    }

    /// Takes in what was found of one task's tree.
    pub(super) fn found(
        &mut self,
        task: TaskId,
        what: Until,
        processes: Result<u32, Failure>,
    ) -> Vec<Confirmed> {
        for waiting in self
            .open
            .iter_mut()
            .filter(|waiting| waiting.until <= what && waiting.waits_for.contains(&task))
        {
            waiting.waits_for.remove(&task);
            match &processes {
                Ok(processes) => {
                    waiting.confirmed.push(FrozenTask {
                        task,
                        processes: *processes,
                    });
                }
                Err(failure) => waiting.failed = Some(failure.clone()),
            }
        }
        self.finished()
    }

    fn finished(&mut self) -> Vec<Confirmed> {
        let is_finished = |open: &mut Override| open.waits_for.is_empty();
        self.open
            .extract_if(.., is_finished)
            .map(Override::confirm)
            .collect()
    }
}

impl Override {
    fn confirm(self) -> Confirmed {
        let Self {
            id,
            reply,
            tasks,
            confirmed,
            failed,
            since,
            ..
        } = self;
        let took_ms = u32::try_from(since.elapsed().as_millis()).unwrap_or(u32::MAX);
        let processes = confirmed.iter().map(|task| task.processes).sum();
        let outcome = match failed {
            None => Ok(Reply::Overridden {
                tasks,
                processes,
                took_ms,
            }),
            Some(failure) => Err(failure),
        };
        let body = EventBody::OverrideConfirmed {
            frozen: confirmed,
            took_ms,
        };
        Confirmed {
            body,
            promise: Promise {
                id,
                reply,
                outcome,
                binds: Binds::System,
            },
        }
    }
}
