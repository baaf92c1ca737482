//! A task at its beginning: what was planned, and nothing that happened to it yet.

use jiff::Timestamp;

use super::{Task, TaskState, Work};
use crate::{NewTask, PlanId, Reviewing, Role, Standoff, TaskId};

impl NewTask {
    /// A task for whom its work is for, waiting for nothing, with no reason given yet.
    pub fn new(id: TaskId, title: impl Into<String>, role: Role, work: Work) -> Self {
        Self {
            id,
            title: title.into(),
            role,
            work,
            agent: None,
            reviewer: None,
            reason: String::new(),
            after: Vec::new(),
            inputs: Vec::new(),
        }
    }
}

impl Task {
    /// The task as planned: queued, granted what its role grants, and done by whoever was chosen or its work is for.
    pub fn planned(
        new: NewTask,
        plan: PlanId,
        repository: impl Into<String>,
        now: Timestamp,
    ) -> Self {
        let after = new.waits_for();
        let agent = new.agent.unwrap_or_else(|| new.work.agent());
        Self {
            id: new.id,
            plan,
            title: new.title,
            role: new.role,
            agent,
            before: Vec::new(),
            work: new.work,
            reason: new.reason,
            repository: repository.into(),
            after,
            inputs: new.inputs,
            capabilities: new.role.capabilities(),
            created_at: now,
            state: TaskState::Queued,
            base: None,
            isolation: None,
            reads_login: false,
            not_loaded: Vec::new(),
            tries: 0,
            held_up_by: None,
            clashes: Vec::new(),
            taken: Vec::new(),
            resolves: None,
            standoff: Standoff::default(),
            review: Reviewing {
                by: new.reviewer,
                ..Reviewing::default()
            },
            showing: None,
            address: None,
            pull_request: None,
            continues: None,
            told: None,
            rewind: None,
        }
    }
}
