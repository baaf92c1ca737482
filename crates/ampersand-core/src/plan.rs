//! Plans: tasks and the dependencies between them, checked before anything starts.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{AgentKind, Failure, PlanId, Role, TaskId, Work};

/// Tasks and the dependencies between them, made by one turn, with the reason for each choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Plan {
    /// Names it; submitting it again changes nothing.
    pub id: PlanId,
    /// Why these tasks, and why this many.
    pub reason: String,
    /// The repository they work on: an absolute path inside it.
    pub repository: String,
    /// The tasks, in the order they were thought of.
    pub tasks: Vec<NewTask>,
}

/// A task as planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct NewTask {
    /// Names it.
    pub id: TaskId,
    /// A few words.
    pub title: String,
    /// What it may do.
    pub role: Role,
    /// What is to be done.
    pub work: Work,
    /// The agent chosen for it; absent means the one the settings name for briefs, or the only one that can.
    #[serde(default)]
    pub agent: Option<AgentKind>,
    /// Who reads its work before the person does; absent means whoever the settings name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub reviewer: Option<AgentKind>,
    /// Why this task, this role and this agent.
    pub reason: String,
    /// Tasks that must have ended well before it starts.
    pub after: Vec<TaskId>,
    /// Tasks whose reports it is given; each is waited for as well.
    pub inputs: Vec<TaskId>,
}

/// A plan that cannot be carried out, found before anything started.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// No tasks.
    #[error("the plan has no tasks")]
    Empty,
    /// The same id twice.
    #[error("two tasks of the plan have the id {0}")]
    Repeated(TaskId),
    /// A dependency that exists nowhere.
    #[error("{title:?} waits for a task that does not exist: {missing}")]
    Unknown {
        /// The task that waits.
        title: String,
        /// What it waits for.
        missing: TaskId,
    },
    /// Tasks that wait for each other.
    #[error("these tasks wait for each other: {}", .0.join(" -> "))]
    Cycle(Vec<String>),
}

impl From<PlanError> for Failure {
    fn from(error: PlanError) -> Self {
        let (code, hint) = match &error {
            PlanError::Empty => ("plan_empty", "Name at least one task."),
            PlanError::Repeated(_) => ("plan_repeated_task", "Give each task its own id."),
            PlanError::Unknown { .. } => (
                "plan_unknown_task",
                "Wait only for tasks of this plan or ones that exist.",
            ),
            PlanError::Cycle(_) => ("plan_cycle", "Let one of them start without the others."),
        };
        Self::new(code, error.to_string(), hint)
    }
}

impl NewTask {
    /// Every task it waits for, each once.
    pub fn waits_for(&self) -> Vec<TaskId> {
        let mut seen = HashSet::new();
        self.after
            .iter()
            .chain(&self.inputs)
            .copied()
            .filter(|id| seen.insert(*id))
            .collect()
    }
}

impl Plan {
    /// Whether it can be carried out beside tasks that `exists` knows already.
    pub fn check(&self, exists: impl Fn(TaskId) -> bool) -> Result<(), PlanError> {
        if self.tasks.is_empty() {
            return Err(PlanError::Empty);
        }
        let mut by_id = HashMap::new();
        for task in &self.tasks {
            if by_id.insert(task.id, task).is_some() {
                return Err(PlanError::Repeated(task.id));
            }
        }
        for task in &self.tasks {
            for missing in task.waits_for() {
                if !by_id.contains_key(&missing) && !exists(missing) {
                    return Err(PlanError::Unknown {
                        title: task.title.clone(),
                        missing,
                    });
                }
            }
        }
        self.check_order(&by_id)
    }

    /// Takes away tasks that wait for nothing left until none is; what remains holds a cycle.
    fn check_order(&self, by_id: &HashMap<TaskId, &NewTask>) -> Result<(), PlanError> {
        let mut left: HashSet<TaskId> = by_id.keys().copied().collect();
        loop {
            let free: Vec<TaskId> = left
                .iter()
                .filter(|id| by_id[*id].waits_for().iter().all(|on| !left.contains(on)))
                .copied()
                .collect();
            if free.is_empty() {
                break;
            }
            for id in free {
                left.remove(&id);
            }
        }
        let Some(first) = self
            .tasks
            .iter()
            .map(|task| task.id)
            .find(|id| left.contains(id))
        else {
            return Ok(());
        };
        Err(PlanError::Cycle(cycle_from(first, &left, by_id)))
    }
}

/// The titles along a cycle; every task in `left` waits for another one in it, so walking ends in one.
fn cycle_from(
    first: TaskId,
    left: &HashSet<TaskId>,
    by_id: &HashMap<TaskId, &NewTask>,
) -> Vec<String> {
    let mut path = vec![first];
    let mut at = first;
    while let Some(next) = by_id[&at]
        .waits_for()
        .into_iter()
        .find(|on| left.contains(on))
    {
        if let Some(start) = path.iter().position(|seen| *seen == next) {
            path.drain(..start);
            break;
        }
        path.push(next);
        at = next;
    }
    let mut titles: Vec<String> = path.iter().map(|id| by_id[id].title.clone()).collect();
    titles.extend(titles.first().cloned());
    titles
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn id(n: u128) -> TaskId {
        TaskId::new(Uuid::from_u128(n))
    }

    fn plan(tasks: &[(u128, &[u128])]) -> Plan {
        Plan {
            id: PlanId::new(Uuid::from_u128(1)),
            reason: String::new(),
            repository: "/r".into(),
            tasks: tasks
                .iter()
                .map(|(n, after)| NewTask {
                    id: id(*n),
                    title: format!("t{n}"),
                    role: Role::Explorer,
                    work: Work::Scan,
                    agent: None,
                    reviewer: None,
                    reason: String::new(),
                    after: after.iter().map(|n| id(*n)).collect(),
                    inputs: vec![],
                })
                .collect(),
        }
    }

    #[track_caller]
    fn check(tasks: &[(u128, &[u128])], expected: Result<(), &str>) {
        let found = plan(tasks)
            .check(|known| known == id(99))
            .map_err(|error| error.to_string());
        assert_eq!(found, expected.map_err(str::to_owned));
    }

    #[test]
    fn a_plan_is_checked_before_anything_starts() {
        check(&[(1, &[]), (2, &[1]), (3, &[1, 2, 99])], Ok(()));
        check(&[], Err("the plan has no tasks"));
        check(
            &[(1, &[1])],
            Err("these tasks wait for each other: t1 -> t1"),
        );
        check(
            &[(1, &[]), (4, &[3]), (2, &[3, 1]), (3, &[2])],
            Err("these tasks wait for each other: t3 -> t2 -> t3"),
        );
        check(
            &[(1, &[7])],
            Err(
                "\"t1\" waits for a task that does not exist: 00000000-0000-0000-0000-000000000007",
            ),
        );
        check(
            &[(1, &[]), (1, &[])],
            Err("two tasks of the plan have the id 00000000-0000-0000-0000-000000000001"),
        );
    }
}
