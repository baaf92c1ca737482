//! Plans of one task, as tests need them.

use ampersand_core::{Actor, NewTask, Plan, PlanId, Role, TaskId, Work};
use ampersand_protocol::Command;
use uuid::Uuid;

use super::Driver;

impl Driver {
    /// Plans one task.
    pub(crate) async fn plan(&self, title: &str, role: Role, work: Work) -> TaskId {
        self.plan_after(title, role, work, &[]).await
    }

    pub(crate) async fn plan_after(
        &self,
        title: &str,
        role: Role,
        work: Work,
        inputs: &[TaskId],
    ) -> TaskId {
        let plan = self.planned(title, role, work, inputs);
        let id = plan.tasks[0].id;
        self.call(Command::SubmitPlan {
            plan,
            by: Actor::Person,
        })
        .await
        .unwrap();
        id
    }

    /// A plan of one task, not submitted.
    pub(crate) fn planned(&self, title: &str, role: Role, work: Work, inputs: &[TaskId]) -> Plan {
        let task = NewTask {
            id: TaskId::new(Uuid::now_v7()),
            title: title.to_owned(),
            role,
            work,
            agent: None,
            reviewer: None,
            reason: "it was asked for".to_owned(),
            after: Vec::new(),
            inputs: inputs.to_vec(),
        };
        Plan {
            id: PlanId::new(Uuid::now_v7()),
            reason: "one will do".to_owned(),
            repository: self.repository.root().display().to_string(),
            tasks: vec![task],
        }
    }

    /// Plans one task for the built-in agent.
    pub(crate) async fn brief(&self, role: Role, text: &str) -> TaskId {
        let text = text.to_owned();
        self.plan("Brief", role, Work::Brief { text }).await
    }

    pub(crate) async fn run(&self, title: &str, line: &str) -> TaskId {
        self.plan(
            title,
            Role::Worker,
            Work::Command {
                line: line.to_owned(),
            },
        )
        .await
    }
}
