//! Tasks that bring others' work and a branch together: who does it for whom, and what that means for the others when they
//! land.

use ampersand_core::{Actor, Task, TaskEvent, TaskId, TaskState};

use super::{Changes, State};

const BY: Actor = Actor::Orchestrator;

impl State {
    /// The task that brings this one and its branch together, unless that will come to nothing.
    pub(crate) fn live_follow_up(&self, task: &Task) -> Option<&Task> {
        let follow_up = self.tasks.get(&task.standoff.follow_up?)?;
        (!follow_up.state.ended_badly()).then_some(follow_up)
    }

    /// A task landed, and with it the work that it brought together with the branch.
    pub(crate) fn settle_resolved(&mut self, landed: TaskId, commit: &str, changes: &mut Changes) {
        let mut by = landed;
        while let Some(resolved) = self.resolved_by(by)
            && self
                .tasks
                .get(&resolved)
                .is_some_and(|task| task.standoff.follow_up == Some(by))
        {
            let commit = commit.to_owned();
            self.apply(
                resolved,
                TaskEvent::LandedBy { task: by, commit },
                BY,
                changes,
            );
            by = resolved;
        }
    }

    /// Its landing was undone, and with it theirs.
    pub(crate) fn unsettle_resolved(&mut self, undone: TaskId, changes: &mut Changes) {
        let mut by = undone;
        while let Some(resolved) = self.resolved_by(by)
            && matches!(
                self.tasks.get(&resolved).map(|task| &task.state),
                Some(TaskState::Landed { by: Some(landed), .. }) if landed.task == by
            )
        {
            self.apply(resolved, TaskEvent::FollowUpUndone, BY, changes);
            by = resolved;
        }
    }

    fn resolved_by(&self, id: TaskId) -> Option<TaskId> {
        self.tasks.get(&id)?.resolves
    }
}
