//! Continue session: a task goes on with a conversation that its agent's own program keeps.

use ampersand_core::{EventBody, Failure, NewTask, PlanId, Role, Settings, Task, TaskId, Work};
use jiff::Timestamp;
use uuid::Uuid;

use crate::input::Continued;
use crate::state::{Changes, State};

/// Plans the task, for a conversation that was found in this repository.
pub(crate) fn continue_session(
    state: &mut State,
    changes: &mut Changes,
    continued: Continued,
    text: String,
    settings: &Settings,
    now: Timestamp,
) -> Result<(), Failure> {
    if text.trim().is_empty() {
        return Err(Failure::new(
            "nothing_to_do",
            "It was not said what is to be done next.",
            "Say it in a sentence; the agent knows the rest from the conversation.",
        ));
    }
    let Continued {
        agent,
        session,
        title,
        repository,
    } = continued;
    let role = Role::Worker;
    let reason = format!(
        "It goes on with {title:?}, a conversation of {}.",
        agent.shown()
    );
    let new = NewTask {
        agent: Some(agent),
        reason: reason.clone(),
        ..NewTask::new(
            TaskId::new(Uuid::now_v7()),
            title,
            role,
            Work::Brief { text },
        )
    };
    let task = Task {
        capabilities: role.capabilities_with(&settings.network.hosts),
        continues: Some(session),
        ..Task::planned(new, PlanId::new(Uuid::now_v7()), repository, now)
    };
    changes.bodies.push(EventBody::PlanAccepted {
        plan: task.plan,
        reason,
        tasks: vec![task.clone()],
    });
    state.add(vec![task], changes);
    Ok(())
}
