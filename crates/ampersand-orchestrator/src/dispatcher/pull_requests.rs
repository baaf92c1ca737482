//! News of branches and pull requests, turned into events: what has to be asked is asked, and what was found is told to the
//! task that can mend it.

use ampersand_core::{
    Actor, Approval, ApprovalId, EventBody, Failure, Opened, PullRequestEffect, PullRequestEvent,
    Push, Question, TaskId,
};
use ampersand_protocol::Command;
use jiff::Timestamp;
use uuid::Uuid;

use super::{Delivery, Dispatcher, Promise, command::not_here};
use crate::{
    input::{Branched, Found, Looked, NotPushed, Outgoing},
    verbs,
};

const BY: Actor = Actor::Orchestrator;

impl Dispatcher {
    /// Decides about work that is to go out, or did.
    pub(super) fn go_out(
        &mut self,
        command: Command,
        found: Found,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let (state, changes) = (&mut self.state, &mut self.unwritten);
        let settings = &self.settings.pull_requests;
        match command {
            Command::PutOnBranch {
                task,
                branch,
                by: Actor::Person,
                ..
            } => verbs::put_on_branch(state, changes, task, branch),
            Command::PutOnBranch {
                task, branch, why, ..
            } => {
                let diffstat = found.diffstat();
                verbs::propose_branch(state, changes, task, (branch, why), diffstat, now)
            }
            Command::OpenPullRequest { task, why, .. } => match found.push() {
                Some(found) => {
                    let budget = settings.budget();
                    verbs::open_pull_request(state, changes, task, found, why, (budget, now))
                }
                None => Err(not_here()),
            },
            Command::Watch { task } => verbs::watch(state, changes, task, settings),
            Command::Unwatch { task } => verbs::unwatch(state, changes, task),
            _ => Err(not_here()),
        }
    }

    /// Takes in what became of work that goes out.
    pub(super) fn hear_outgoing(&mut self, news: Outgoing) -> Vec<Promise> {
        match news {
            Outgoing::Branched { task, outcome } => self.end_branching(task, outcome),
            Outgoing::Prepared { task, outcome } => self.ask_to_push(task, outcome),
            Outgoing::Pushed { task, outcome } => self.end_push(task, outcome),
            Outgoing::Seen { task, outcome } => self.see_pull_request(task, outcome),
        }
        Vec::new()
    }

    fn end_branching(&mut self, task: TaskId, outcome: Result<Branched, Failure>) {
        match outcome {
            Ok(Branched { branch, commit }) => {
                let branched = EventBody::TaskBranched {
                    task,
                    branch,
                    commit,
                };
                self.unwritten.bodies.push(branched);
            }
            Err(failure) => self.notice(task, failure),
        }
    }

    fn ask_to_push(&mut self, task: TaskId, outcome: Result<Box<Push>, Failure>) {
        // It went on meanwhile: what it makes of that is worked out when it hands it back.
        if self.state.is_under_way(task) {
            return;
        }
        let id = ApprovalId::new(Uuid::now_v7());
        let changes = &mut self.unwritten;
        let push = match outcome {
            Err(failure) => {
                let event = PullRequestEvent::NotPrepared { failure };
                self.state.move_pull_request(task, event, changes);
                return;
            }
            Ok(push) => push,
        };
        let (tip, approval) = (push.tip.clone(), id);
        let event = PullRequestEvent::Prepared { tip, approval };
        let effects = self.state.move_pull_request(task, event, changes);
        if effects.contains(&PullRequestEffect::Ask { approval }) {
            let approval = Approval {
                id,
                task,
                question: Question::Push {
                    why: self.why(task),
                    push,
                },
                asked_at: Timestamp::now(),
            };
            self.state.ask(approval, &mut self.unwritten);
        }
    }

    /// Why something more is to be pushed: the headline of what the task handed back is on its card.
    fn why(&self, task: TaskId) -> String {
        let pull = self.state.task(task).ok();
        let found = pull.and_then(|task| task.pull_request.as_ref());
        let Some(found) = found
            .map(|pull| &pull.found)
            .filter(|found| !found.is_empty())
        else {
            return String::new();
        };
        let checks = found.checks.iter().map(|check| check.name.clone());
        let comments = found.comments.iter().filter(|comment| comment.may_write);
        let comments = comments.map(|comment| format!("what {} wrote", comment.author));
        let mut named: Vec<String> = checks.chain(comments).collect();
        named.dedup();
        named.truncate(5);
        match named.is_empty() {
            true => String::new(),
            false => format!("In answer to {}.", named.join(", ")),
        }
    }

    fn end_push(&mut self, task: TaskId, outcome: Result<Opened, NotPushed>) {
        let event = match outcome {
            Ok(opened) => PullRequestEvent::Pushed { opened },
            Err(NotPushed { failure, is_there }) => {
                PullRequestEvent::NotPushed { failure, is_there }
            }
        };
        self.state
            .move_pull_request(task, event, &mut self.unwritten);
    }

    fn see_pull_request(&mut self, task: TaskId, outcome: Result<Box<Looked>, Failure>) {
        let event = match outcome {
            // Something was decided or done meanwhile, after which it is looked at anew: what was seen before says nothing
            // of that.
            Ok(looked) if !self.state.is_at(task, &looked.stage) => return,
            Ok(looked) => PullRequestEvent::Seen {
                seen: looked.seen,
                lineage: looked.lineage,
                can_fix: self.state.can_fix(task),
            },
            Err(failure) => PullRequestEvent::NotSeen { failure },
        };
        let changes = &mut self.unwritten;
        for effect in self.state.move_pull_request(task, event, changes) {
            let PullRequestEffect::Tell { text } = effect else {
                continue;
            };
            let changes = &mut self.unwritten;
            match verbs::steer(&mut self.state, changes, task, &text, BY, false) {
                Ok(()) => self.deliveries.push(Delivery::Words { task, text }),
                Err(failure) => self.notice(task, failure),
            }
        }
    }
}
