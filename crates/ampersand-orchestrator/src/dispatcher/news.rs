//! News: what attempts, trees and landings tell, turned into events for their tasks.

use ampersand_core::{
    Actor, Approval, ApprovalId, AttemptId, EventBody, Failure, Settings, TaskEvent, TaskId,
    TaskState,
};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{Dispatcher, Promise, overrides::Until};
use crate::input::{LandedAt, News, NotLanded, Said};

/// When a kill that was not confirmed is tried again.
const KILL_AGAIN_AFTER: SignedDuration = SignedDuration::from_secs(2);

const BY: Actor = Actor::Orchestrator;

impl Dispatcher {
    /// Takes in what happened; promises come back that it lets be kept.
    pub(super) fn take_news(&mut self, news: News) -> Vec<Promise> {
        match news {
            News::Attempt {
                task,
                attempt,
                said,
            } => {
                self.hear(task, attempt, said);
                Vec::new()
            }
            News::Frozen { trees } => {
                let mut confirmed = Vec::new();
                for tree in trees {
                    match &tree.processes {
                        Ok(processes) => {
                            let event = TaskEvent::Frozen {
                                processes: *processes,
                            };
                            self.state.apply(tree.task, event, BY, &mut self.unwritten);
                        }
                        Err(failure) => self.notice(tree.task, failure.clone()),
                    }
                    confirmed.extend(
                        self.overrides
                            .found(tree.task, Until::Still, tree.processes),
                    );
                }
                self.write_confirmed(confirmed)
            }
            News::Gone {
                task,
                processes,
                files_kept,
                failed,
            } => self.bury(task, processes, files_kept, failed),
            News::Parked {
                task,
                attempt,
                failed,
            } => {
                self.park(task, attempt, failed);
                Vec::new()
            }
            news @ (News::LandingEnded { .. }
            | News::UndoEnded { .. }
            | News::Shown { .. }
            | News::PutBack { .. }
            | News::LandingUnmerged { .. }) => {
                self.take_afterwards(news);
                Vec::new()
            }
            News::Noticed { task, failure } => {
                let noticed = EventBody::Noticed { task, failure };
                self.unwritten.bodies.push(noticed);
                Vec::new()
            }
            News::Clashes { found } => {
                for (task, clashes) in found {
                    self.state.collide(task, clashes, &mut self.unwritten);
                }
                Vec::new()
            }
            News::Outgoing(news) => self.hear_outgoing(news),
            News::SettingsRead(read) => {
                self.take_settings(*read);
                Vec::new()
            }
        }
    }

    /// What became of work that is done.
    fn take_afterwards(&mut self, news: News) {
        match news {
            News::LandingEnded { task, outcome } => self.end_landing(task, outcome),
            News::UndoEnded { task, outcome } => self.end_undoing(task, outcome),
            News::Shown { task, outcome } => self.shown(task, outcome),
            News::PutBack { task, outcome } => self.put_back(task, outcome),
            News::LandingUnmerged { task } => {
                let attempt = AttemptId::new(Uuid::now_v7());
                let event = TaskEvent::Unmerged { attempt };
                self.state.apply(task, event, BY, &mut self.unwritten);
            }
            _ => {}
        }
    }

    fn take_settings(&mut self, read: Result<Settings, Failure>) {
        match read {
            Ok(settings) => {
                self.state.set_slots(settings.slots, &mut self.unwritten);
                self.executor.use_settings(settings.clone());
                self.settings = settings;
            }
            Err(failure) => {
                let task = None;
                let noticed = EventBody::Noticed { task, failure };
                self.unwritten.bodies.push(noticed);
            }
        }
    }

    fn bury(
        &mut self,
        task: TaskId,
        processes: u32,
        files_kept: u32,
        failed: Option<Failure>,
    ) -> Vec<Promise> {
        self.killing.remove(&task);
        let attempt = self
            .state
            .task(task)
            .ok()
            .and_then(|task| task.state.attempt());
        if let Some(attempt) = attempt.filter(|_| failed.is_none()) {
            self.executor.forget(attempt);
        }
        let (event, found) = match failed {
            None => (
                TaskEvent::Gone {
                    processes,
                    files_kept,
                },
                Ok(processes),
            ),
            Some(failure) => {
                self.notice(task, failure.clone());
                let kills_at = Timestamp::now() + KILL_AGAIN_AFTER;
                (TaskEvent::CancelAsked { kills_at }, Err(failure))
            }
        };
        self.state.apply(task, event, BY, &mut self.unwritten);
        let confirmed = self.overrides.found(task, Until::Gone, found);
        self.write_confirmed(confirmed)
    }

    /// An attempt that stood still has no processes any more.
    fn park(&mut self, id: TaskId, attempt: AttemptId, failed: Option<Failure>) {
        self.standing.parked(attempt);
        if let Some(failure) = failed {
            return self.notice(id, failure);
        }
        let is_checking = self
            .state
            .task(id)
            .is_ok_and(|task| task.state.attempt() == Some(attempt) && task.state.is_checking());
        let event = if is_checking {
            // Its work was committed in the instant in which it froze.
            let attempt = AttemptId::new(Uuid::now_v7());
            TaskEvent::ChecksAllowed { attempt }
        } else {
            TaskEvent::Parked { attempt }
        };
        self.state.apply(id, event, BY, &mut self.unwritten);
        self.executor.forget(attempt);
        self.forget_closed_questions();
    }

    pub(super) fn notice(&mut self, task: TaskId, failure: Failure) {
        self.unwritten.bodies.push(EventBody::Noticed {
            task: Some(task),
            failure,
        });
    }

    /// What an attempt says counts only while it is the one its task has.
    fn hear(&mut self, task: TaskId, attempt: AttemptId, said: Said) {
        let current = self
            .state
            .task(task)
            .is_ok_and(|task| task.state.attempt() == Some(attempt));
        if !current {
            return;
        }
        let changes = &mut self.unwritten;
        match said {
            Said::Started {
                base,
                isolation,
                reads_login,
                not_loaded,
                given,
            } => {
                self.state.amend(task, changes, |task| {
                    task.isolation = Some(isolation.clone());
                    task.reads_login = reads_login;
                    task.not_loaded.clone_from(&not_loaded);
                    if base.is_some() {
                        task.base.clone_from(&base);
                    }
                });
                changes.bodies.push(EventBody::AttemptStarted {
                    task,
                    attempt,
                    base,
                    isolation,
                    reads_login,
                    not_loaded,
                });
                changes.bodies.push(EventBody::TaskGiven {
                    task,
                    attempt,
                    given,
                });
            }
            Said::Asks { question, reply } => {
                let id = ApprovalId::new(Uuid::now_v7());
                let approval = Approval {
                    id,
                    task,
                    question,
                    asked_at: Timestamp::now(),
                };
                self.state.ask(approval, changes);
                self.state
                    .apply(task, TaskEvent::Asked { approval: id }, BY, changes);
                self.asking.insert(id, reply);
            }
            Said::Heard { text } => {
                self.words.heard(task, &text);
                changes
                    .bodies
                    .push(EventBody::SteeringDelivered { task, text });
            }
            Said::Serves { address } => {
                let at = Some(address.clone());
                self.state.amend(task, changes, |task| task.address = at);
                changes.bodies.push(EventBody::AppServes { task, address });
            }
            Said::Reached { limit } => {
                self.state
                    .apply(task, TaskEvent::ReachedLimit { limit }, BY, changes);
            }
            Said::Ended(ended) => self.end_attempt(task, attempt, ended),
        }
    }

    fn end_landing(&mut self, task: TaskId, outcome: Result<LandedAt, NotLanded>) {
        let checked_by = self
            .state
            .task(task)
            .ok()
            .and_then(|task| task.state.attempt());
        if let Some(attempt) = checked_by {
            self.executor.forget(attempt);
        }
        let changes = &mut self.unwritten;
        match outcome {
            Ok(LandedAt { branch, from, to }) => {
                let landed = TaskEvent::Landed {
                    commit: to.clone(),
                    branch: branch.clone(),
                    from: from.clone(),
                    at: Timestamp::now(),
                };
                let commit = to.clone();
                changes.bodies.push(EventBody::TaskLanded {
                    task,
                    branch,
                    from,
                    to,
                });
                self.state.apply(task, landed, BY, changes);
                self.state.settle_resolved(task, &commit, changes);
            }
            Err(NotLanded { failure, conflicts }) => {
                let files = conflicts.clone();
                self.state.amend(task, changes, |task| {
                    task.standoff.files = files;
                    task.standoff.keeps = None;
                });
                changes.bodies.push(EventBody::LandingRefused {
                    task,
                    failure,
                    conflicts,
                });
                self.state
                    .apply(task, TaskEvent::LandingRefused, BY, changes);
            }
        }
    }

    fn end_undoing(&mut self, task: TaskId, outcome: Result<(), Failure>) {
        let Ok(TaskState::Undoing { commit, back }) =
            self.state.task(task).map(|task| task.state.clone())
        else {
            return;
        };
        let changes = &mut self.unwritten;
        let (body, event) = match outcome {
            Ok(()) => {
                let (branch, from, to) = (back.branch, commit, back.from);
                let undone = EventBody::LandingUndone {
                    task,
                    branch,
                    from,
                    to,
                };
                (undone, TaskEvent::LandingUndone)
            }
            Err(failure) => (
                EventBody::LandingStands { task, failure },
                TaskEvent::LandingStands,
            ),
        };
        let is_undone = event == TaskEvent::LandingUndone;
        changes.bodies.push(body);
        self.state.apply(task, event, BY, changes);
        if is_undone {
            self.state.unsettle_resolved(task, changes);
        }
    }
}
