//! Continue session: a task goes on with a conversation that its agent's own program keeps.

use ampersand_core::{
    EventBody, Failure, PlanId, Reviewing, Role, Settings, Standoff, Task, TaskId, TaskState, Work,
};
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
    let task = Task {
        id: TaskId::new(Uuid::now_v7()),
        plan: PlanId::new(Uuid::now_v7()),
        title,
        role,
        agent,
        before: Vec::new(),
        work: Work::Brief { text },
        reason: reason.clone(),
        repository,
        after: Vec::new(),
        inputs: Vec::new(),
        capabilities: role.capabilities_with(&settings.network.hosts),
        created_at: now,
        state: TaskState::Queued,
        base: None,
        isolation: None,
        tries: 0,
        clashes: Vec::new(),
        taken: Vec::new(),
        resolves: None,
        standoff: Standoff::default(),
        review: Reviewing::default(),
        showing: None,
        address: None,
        pull_request: None,
        continues: Some(session),
        told: None,
        rewind: None,
    };
    changes.bodies.push(EventBody::PlanAccepted {
        plan: task.plan,
        reason,
        tasks: vec![task.clone()],
    });
    state.add(vec![task], changes);
    Ok(())
}
