//! Pull requests beside the tasks whose work they hold: an event goes through the pure step, and what follows for the task
//! and for the person is collected with it.

use ampersand_core::{
    Actor, EventBody, PullRequest, PullRequestEffect, PullRequestEvent, PullRequestStage, Task,
    TaskEvent, TaskId, TaskState, Usage, Verb, Verdict, step_pull_request,
};

use super::{Changes, State};
use crate::executor::Watched;

use ampersand_core::Effect;

impl State {
    /// The pull requests that are looked at.
    pub(crate) fn watched(&self) -> Vec<Watched> {
        let tasks = self.watched.iter().filter_map(|id| self.tasks.get(id));
        tasks.filter_map(Watched::of).collect()
    }

    /// How many those are.
    pub(crate) fn watched_count(&self) -> usize {
        self.watched.len()
    }

    /// Whether a task can be sent back with what was found on its pull request.
    pub(crate) fn can_fix(&self, id: TaskId) -> bool {
        self.tasks.get(&id).is_some_and(|task| {
            matches!(task.state, TaskState::Ready { .. }) && task.verbs().contains(&Verb::Steer)
        })
    }

    /// Whether a task's pull request is so far.
    pub(crate) fn is_at(&self, id: TaskId, stage: &PullRequestStage) -> bool {
        let task = self.tasks.get(&id);
        let pull = task.and_then(|task| task.pull_request.as_ref());
        pull.is_some_and(|pull| pull.stage == *stage)
    }

    /// Whether a task is on its way to handing something back.
    pub(crate) fn is_under_way(&self, id: TaskId) -> bool {
        let state = self.tasks.get(&id).map(|task| &task.state);
        state.is_some_and(|state| {
            let runs = state.attempt().is_some() && state.merging().is_none();
            runs || matches!(state, TaskState::Queued)
        })
    }

    /// A task's work goes out.
    pub(crate) fn put_pull_request(
        &mut self,
        id: TaskId,
        pull: PullRequest,
        changes: &mut Changes,
    ) {
        let Some(task) = self.tasks.get_mut(&id) else {
            return;
        };
        let pull = Box::new(pull);
        match pull.is_watched() {
            true => self.watched.insert(id),
            false => self.watched.remove(&id),
        };
        task.pull_request = Some(pull.clone());
        changes.touched.insert(id);
        changes.bodies.push(EventBody::PullRequestMoved {
            task: id,
            pull_request: pull,
        });
    }

    /// Lets `event` happen to a task's pull request. What only the dispatcher can carry out comes back: asking the person
    /// and telling the task.
    pub(crate) fn move_pull_request(
        &mut self,
        id: TaskId,
        event: PullRequestEvent,
        changes: &mut Changes,
    ) -> Vec<PullRequestEffect> {
        let known = self
            .tasks
            .get(&id)
            .and_then(|task| task.pull_request.clone());
        let Some(before) = known else {
            return Vec::new();
        };
        let after = step_pull_request((*before).clone(), event);
        if after.pull != *before {
            self.put_pull_request(id, after.pull, changes);
        }
        let mut left = Vec::new();
        for effect in after.effects {
            match effect {
                PullRequestEffect::Withdraw { approval } => {
                    if self.approvals.remove(&approval).is_some() {
                        let task = id;
                        let withdrawn = EventBody::ApprovalWithdrawn { approval, task };
                        changes.bodies.push(withdrawn);
                    }
                }
                PullRequestEffect::Prepare => self.prepare_push(id, changes),
                PullRequestEffect::Push => changes.effects.push_back((id, Effect::Push)),
                PullRequestEffect::Merged { commit } => {
                    let merged = TaskEvent::MergedElsewhere { commit };
                    self.apply(id, merged, Actor::Orchestrator, changes);
                }
                PullRequestEffect::Ask { .. } | PullRequestEffect::Tell { .. } => left.push(effect),
            }
        }
        left
    }

    /// Only work that is ready can go out.
    fn prepare_push(&self, id: TaskId, changes: &mut Changes) {
        let state = self.tasks.get(&id).map(|task| &task.state);
        if matches!(state, Some(TaskState::Ready { verdict }) if *verdict != Verdict::Red) {
            changes.effects.push_back((id, Effect::PreparePush));
        }
    }

    /// What it means for its pull request that a task has moved.
    pub(super) fn pull_request_follows(
        &mut self,
        id: TaskId,
        before: &TaskState,
        changes: &mut Changes,
    ) {
        let Some(task) = self.tasks.get(&id) else {
            return;
        };
        if let Some(event) = follows(task, before) {
            // Neither asks nor tells.
            self.move_pull_request(id, event, changes);
        }
    }

    /// What a task did to mend what was found counts.
    pub(crate) fn spend(&mut self, id: TaskId, usage: Usage, changes: &mut Changes) {
        let tokens = usage.input_tokens.saturating_add(usage.output_tokens);
        if tokens > 0 {
            self.move_pull_request(id, PullRequestEvent::Spent { tokens }, changes);
        }
    }

    /// What was under way when the orchestrator before this one ended begins again: it may be repeated.
    pub(crate) fn recover_pull_requests(&mut self, changes: &mut Changes) {
        let mut pushes = Vec::new();
        let mut prepares = Vec::new();
        for task in self.tasks.values() {
            match task.pull_request.as_ref().map(|pull| &pull.stage) {
                Some(PullRequestStage::Pushing) => pushes.push(task.id),
                Some(PullRequestStage::Fixing) => prepares.push(task.id),
                _ => {}
            }
        }
        for id in pushes {
            changes.effects.push_back((id, Effect::Push));
        }
        for id in prepares {
            self.prepare_push(id, changes);
        }
    }
}

fn follows(task: &Task, before: &TaskState) -> Option<PullRequestEvent> {
    let is_open = task.pull_request.as_ref()?.opened.is_some();
    let was_landing = before.merging().is_some()
        || matches!(
            before,
            TaskState::Landing { .. } | TaskState::Undoing { .. } | TaskState::Landed { .. }
        );
    match &task.state {
        TaskState::Queued | TaskState::Running { .. } => Some(PullRequestEvent::WentOn),
        TaskState::Ready { .. } if was_landing => None,
        TaskState::Ready {
            verdict: Verdict::Red,
        } => Some(PullRequestEvent::Failed),
        TaskState::Ready { .. } => Some(PullRequestEvent::HandedBack),
        TaskState::Failed { .. } | TaskState::Cancelled { .. } => Some(PullRequestEvent::Failed),
        TaskState::Discarded => Some(PullRequestEvent::PutAside),
        // It landed here instead.
        TaskState::Landed { .. } if !is_open => Some(PullRequestEvent::PutAside),
        _ => None,
    }
}
