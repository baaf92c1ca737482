//! Resolve: a follow-up task brings a task's work and the branch together, where they do not join.

use ampersand_core::{
    AgentKind, EventBody, Failure, NewTask, PlanId, Role, Settings, Task, TaskId, Verb, Work,
};
use jiff::Timestamp;
use uuid::Uuid;

use super::allowed;
use crate::state::{Changes, State};

/// What the agent is asked to do. What both sides want follows, once the worktree is made.
const BRIEF: &str = "\
Another task's work and the branch it belongs in changed the same places. This folder holds both, joined as far as they \
join. Where they do not, its files have conflict markers: what stands between `<<<<<<< branch` and `=======` is the branch's, \
what stands between `=======` and `>>>>>>> work` is the work's.

Edit these files so that what both sides wanted holds, and take every marker out. Where both cannot hold, keep what the \
branch does and say in your report what was given up. Change nothing else, and do not commit: that is done for you.";

/// Plans the follow-up: an agent's, or the person's own.
pub(crate) fn resolve(
    state: &mut State,
    changes: &mut Changes,
    id: TaskId,
    by_hand: bool,
    settings: &Settings,
    now: Timestamp,
) -> Result<(), Failure> {
    let verb = match by_hand {
        true => Verb::ResolveByHand,
        false => Verb::Resolve,
    };
    let task = allowed(state, id, verb, "brought together with the branch")?;
    if let Some(follow_up) = state.live_follow_up(&task) {
        return Err(Failure::new(
            "already_resolving",
            format!("{:?} brings it and the branch together.", follow_up.title),
            "Land that one when it is ready, or cancel or discard it first.",
        ));
    }
    let follow_up = plan(&task, by_hand, settings, now);
    let (follows, plan) = (follow_up.id, follow_up.plan);
    let branch = branch_of(&task);
    changes.bodies.push(EventBody::PlanAccepted {
        plan,
        reason: match by_hand {
            true => format!(
                "{:?} and {branch} differ; you bring them together.",
                task.title
            ),
            false => format!(
                "{:?} and {branch} differ; one task brings them together.",
                task.title
            ),
        },
        tasks: vec![follow_up.clone()],
    });
    state.add(vec![follow_up], changes);
    state.amend(id, changes, |task| task.standoff.follow_up = Some(follows));
    Ok(())
}

fn branch_of(task: &Task) -> &str {
    let branch = task.base.as_ref().and_then(|base| base.branch.as_deref());
    branch.unwrap_or("the branch")
}

fn plan(task: &Task, by_hand: bool, settings: &Settings, now: Timestamp) -> Task {
    let text = BRIEF.to_owned();
    let (work, agent) = match by_hand {
        true => (Work::ByHand, AgentKind::Offline),
        // Whoever did the work knows best what it wanted, if it takes briefs.
        false => (
            Work::Brief { text },
            match task.work {
                Work::Brief { .. } => task.agent.clone(),
                _ => settings.agents.briefs.clone().unwrap_or(AgentKind::Builtin),
            },
        ),
    };
    let branch = branch_of(task);
    let title = format!("Bring {:?} and {branch} together", task.title);
    let new = NewTask {
        agent: Some(agent),
        reviewer: task.review.by.clone(),
        reason: "Its work and the branch changed the same places.".to_owned(),
        inputs: vec![task.id],
        ..NewTask::new(TaskId::new(Uuid::now_v7()), title, Role::Worker, work)
    };
    let plan = PlanId::new(Uuid::now_v7());
    Task {
        resolves: Some(task.id),
        ..Task::child_of(task, new, &settings.network.hosts, plan, now)
    }
}
