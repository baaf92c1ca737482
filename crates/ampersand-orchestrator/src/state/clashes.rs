//! Which works are followed for clashes, and what a task is known to collide with: told once for each change.

use ampersand_core::{Clash, ClashWith, EventBody, Task, TaskId};

use super::{Changes, State};
use crate::executor::{Followed, Stands};

/// Works followed at one time: every two of them are held against each other.
const FOLLOWED_MAX: usize = 24;

impl State {
    /// The works that may land, in the order of planning: those under way before those that wait to land, the newest
    /// before the older.
    pub(crate) fn followed(&self) -> Vec<Followed> {
        let newest_first = self.landable.iter().rev();
        // What brings a work and the branch together holds that work.
        let alone = |task: &&Task| self.live_follow_up(task).is_none();
        let works = newest_first
            .filter_map(|id| self.tasks.get(id))
            .filter(alone)
            .filter_map(Followed::of);
        let (mut followed, committed): (Vec<_>, Vec<_>) =
            works.partition(|work| work.stands == Stands::Live);
        followed.extend(committed);
        followed.truncate(FOLLOWED_MAX);
        followed.sort_by_key(|work| work.task);
        followed
    }

    /// A task collides with these now. What cannot land any more collides with nothing.
    pub(crate) fn collide(&mut self, id: TaskId, mut clashes: Vec<Clash>, changes: &mut Changes) {
        let may_land = |id: &TaskId| self.tasks.get(id).is_some_and(Task::may_land);
        if !may_land(&id) {
            return;
        }
        clashes.retain(|clash| match &clash.with {
            ClashWith::Task { task, .. } => may_land(task),
            ClashWith::Branch { .. } | ClashWith::Uncommitted => true,
        });
        self.set_clashes(id, clashes, changes);
    }

    /// A task that has moved to where its work lands no more collides with nothing.
    pub(super) fn clear_clashes(&mut self, id: TaskId, changes: &mut Changes) {
        if self.tasks.get(&id).is_some_and(|task| !task.may_land()) {
            self.set_clashes(id, Vec::new(), changes);
        }
    }

    fn set_clashes(&mut self, id: TaskId, clashes: Vec<Clash>, changes: &mut Changes) {
        if let Some(task) = self.tasks.get_mut(&id)
            && task.clashes != clashes
        {
            task.clashes.clone_from(&clashes);
            changes.touched.insert(id);
            changes
                .bodies
                .push(EventBody::ClashesFound { task: id, clashes });
        }
    }
}
