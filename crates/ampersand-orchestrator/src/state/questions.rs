//! Open questions: asked, closed, asked next, and withdrawn once nobody waits for their answer any more.

use ampersand_core::{
    Actor, Approval, ApprovalId, EventBody, Question, TaskEvent, TaskId, TaskState,
};

use super::{Changes, State};

impl State {
    pub(crate) fn approvals(&self) -> impl Iterator<Item = &Approval> {
        self.approvals.values()
    }

    pub(crate) fn approval(&self, id: ApprovalId) -> Option<&Approval> {
        self.approvals.get(&id)
    }

    /// Remembers a question.
    pub(crate) fn ask(&mut self, approval: Approval, changes: &mut Changes) {
        changes.bodies.push(EventBody::ApprovalAsked {
            approval: approval.clone(),
        });
        self.approvals.insert(approval.id, approval);
    }

    /// Forgets a question that is answered or fell away.
    pub(crate) fn close(&mut self, approval: ApprovalId) -> Option<Approval> {
        self.approvals.remove(&approval)
    }

    /// Puts a question back that could not be closed after all.
    pub(crate) fn reopen(&mut self, approval: Approval) {
        self.approvals.insert(approval.id, approval);
    }

    /// After an answer: a task whose attempt asked something else meanwhile goes on waiting, for the oldest of those.
    pub(crate) fn ask_next(&mut self, task: TaskId, changes: &mut Changes) {
        let next = self
            .approvals
            .values()
            .find(|open| open.task == task && open.question.is_an_attempts());
        if let Some(approval) = next.map(|open| open.id) {
            let event = TaskEvent::Asked { approval };
            self.apply(task, event, Actor::Orchestrator, changes);
        }
    }

    pub(super) fn withdraw(&mut self, approval: ApprovalId, task: TaskId, changes: &mut Changes) {
        if self.approvals.remove(&approval).is_some() {
            changes
                .bodies
                .push(EventBody::ApprovalWithdrawn { approval, task });
        }
    }

    /// A proposal to land, branch or discard falls away when its task moves: what it was about is no longer so. What an
    /// attempt asked falls away with the attempt.
    pub(super) fn withdraw_stale(&mut self, id: TaskId, was: &TaskState, changes: &mut Changes) {
        let now = self.tasks.get(&id).and_then(|task| task.state.attempt());
        let is_over = was.attempt().is_some() && was.attempt() != now;
        let is_stale = |approval: &&Approval| {
            approval.task == id
                && match approval.question {
                    Question::Land { .. } | Question::Branch { .. } | Question::Discard { .. } => {
                        true
                    }
                    Question::Push { .. } => false,
                    Question::Host { .. } | Question::Act { .. } | Question::Reduced { .. } => {
                        is_over
                    }
                }
        };
        let stale = self.approvals.values().filter(is_stale);
        let stale: Vec<ApprovalId> = stale.map(|approval| approval.id).collect();
        for approval in stale {
            self.withdraw(approval, id, changes);
        }
    }
}
