//! Effects: what was decided and written down is handed to whoever can do it.

use ampersand_core::{Effect, TaskId};

use super::Dispatcher;

impl Dispatcher {
    pub(super) fn carry_out(&mut self, task: TaskId, effect: Effect) {
        let Ok(task) = self.state.task(task).cloned() else {
            return;
        };
        match effect {
            Effect::Start { attempt } => {
                let id = task.id;
                self.executor.start(task, attempt);
                // Long before its first request, which comes after a worktree and a sandbox.
                self.hand_over_words(id);
            }
            Effect::RunChecks { attempt } => self.executor.run_checks(task, attempt),
            Effect::Thaw { attempt } => self.executor.thaw(attempt),
            Effect::Narrow { attempt, what } => self.executor.narrow(attempt, what),
            Effect::Grant { which } => self.executor.grant(task.id, which),
            Effect::Kill { attempt } => self.executor.kill(task, Some(attempt)),
            Effect::Park { attempt } => self.executor.park(task.id, attempt),
            Effect::ConfirmGone => self.executor.kill(task, None),
            Effect::Show => self.executor.show(task),
            Effect::PutBack => self.executor.put_back(task),
            Effect::Land => self.executor.land(task),
            Effect::PutOnBranch { branch } => self.executor.put_on_branch(task, branch),
            Effect::PreparePush => self.executor.prepare_push(task),
            Effect::Push => self.executor.push(task),
            Effect::UndoLanding => self.executor.undo_landing(task),
            Effect::LandChecked { attempt } => self.executor.land_checked(task, attempt),
            // Frozen before anything was written; withdrawn where the state was changed.
            Effect::Freeze { .. } | Effect::Withdraw { .. } => {}
        }
    }
}
