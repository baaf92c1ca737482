//! Submit plan: tasks are taken in, checked as a whole before any of them starts.

use ampersand_core::{EventBody, Failure, Plan, Task, TaskId, TaskState};
use jiff::Timestamp;

use crate::state::{Changes, State};

/// Takes in a plan whose repository is already resolved to its root.
pub(crate) fn submit_plan(
    state: &mut State,
    changes: &mut Changes,
    plan: Plan,
    now: Timestamp,
) -> Result<(), Failure> {
    plan.check(|id| state.knows(id))?;
    if let Some(known) = plan.tasks.iter().find(|task| state.knows(task.id)) {
        return Err(Failure::new(
            "plan_known_task",
            format!("The task {:?} was planned before.", known.title),
            "Give new tasks new ids.",
        ));
    }
    let Plan {
        id: plan_id,
        reason,
        repository,
        tasks,
    } = plan;
    let tasks: Vec<Task> = tasks
        .into_iter()
        .map(|new| {
            let after = new.waits_for();
            let at_start = initial_state(state, &after);
            Task {
                id: new.id,
                plan: plan_id,
                title: new.title,
                role: new.role,
                agent: new.work.agent(),
                work: new.work,
                reason: new.reason,
                repository: repository.clone(),
                after,
                inputs: new.inputs,
                capabilities: new.role.capabilities(),
                created_at: now,
                state: at_start,
                base: None,
                isolation: None,
            }
        })
        .collect();
    changes.bodies.push(EventBody::PlanAccepted {
        plan: plan_id,
        reason,
        tasks: tasks.clone(),
    });
    state.add(tasks, changes);
    Ok(())
}

/// Waiting for what has not ended well yet; tasks of the same plan are not known yet, so they count as such.
fn initial_state(state: &State, after: &[TaskId]) -> TaskState {
    let known = |id: &TaskId| state.task(*id).ok().map(|task| &task.state);
    if let Some(lost) = after
        .iter()
        .find(|id| known(id).is_some_and(TaskState::ended_badly))
    {
        return TaskState::Skipped { dependency: *lost };
    }
    let on: Vec<TaskId> = after
        .iter()
        .filter(|id| !known(id).is_some_and(TaskState::ended_well))
        .copied()
        .collect();
    if on.is_empty() {
        TaskState::Queued
    } else {
        TaskState::Waiting { on }
    }
}
