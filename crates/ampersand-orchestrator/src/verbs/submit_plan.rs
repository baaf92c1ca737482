//! Submit plan: tasks are taken in, checked as a whole before any of them starts.

use ampersand_core::{
    AgentKind, AgentsSettings, EventBody, Failure, NewTask, Plan, Settings, Task, TaskId,
    TaskState, Work,
};
use jiff::Timestamp;

use crate::state::{Changes, State};

/// Takes in a plan whose repository is already resolved to its root.
pub(crate) fn submit_plan(
    state: &mut State,
    changes: &mut Changes,
    plan: Plan,
    settings: &Settings,
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
            let agent = chosen(&new, &settings.agents)?;
            let reviewer = new.reviewer.as_ref();
            if let Some(reviewer) = reviewer.filter(|agent| !settings.agents.has(agent)) {
                return Err(unknown(&new.title, "reviewed by", reviewer));
            }
            let state = initial_state(state, &new.waits_for());
            let capabilities = new.role.capabilities_with(&settings.network.hosts);
            Ok(Task {
                agent,
                capabilities,
                state,
                ..Task::planned(new, plan_id, repository.clone(), now)
            })
        })
        .collect::<Result<_, Failure>>()?;
    changes.bodies.push(EventBody::PlanAccepted {
        plan: plan_id,
        reason,
        tasks: tasks.clone(),
    });
    state.add(tasks, changes);
    Ok(())
}

/// Who does a task: for a brief whoever was chosen, for the rest the only one that can.
fn chosen(new: &NewTask, agents: &AgentsSettings) -> Result<AgentKind, Failure> {
    let Work::Brief { .. } = new.work else {
        return Ok(new.work.agent());
    };
    let Some(agent) = &new.agent else {
        return Ok(agents.briefs.clone().unwrap_or(AgentKind::Builtin));
    };
    if agents.has(agent) {
        return Ok(agent.clone());
    }
    Err(unknown(&new.title, "given to", agent))
}

fn unknown(title: &str, how: &str, agent: &AgentKind) -> Failure {
    Failure::new(
        "agent_unknown",
        format!(
            "{title:?} was {how} {}, and no agent for briefs has this name.",
            agent.shown()
        ),
        "Choose builtin, codex, claude, gemini, opencode, or one set under [agents] in the settings.",
    )
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
