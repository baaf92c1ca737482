//! All tasks and open questions, and the one way in which they change: an event goes through the pure step,
//! what follows for others is followed up, and the result is collected as lines for the journal.
//!
//! No I/O: the dispatcher writes the changes down and carries the effects out.

mod clashes;
mod follow_ups;
mod pull_requests;
mod questions;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use ampersand_core::{
    Actor, Approval, ApprovalId, AttemptId, Effect, EventBody, Failure, Slots, Task, TaskEvent,
    TaskId, TaskState, step,
};
use ampersand_scheduler::{Decision, Scheduler};
use indexmap::{IndexMap, IndexSet};
use uuid::Uuid;

/// Everything the dispatcher decides by.
pub(crate) struct State {
    /// In the order of planning.
    tasks: IndexMap<TaskId, Task>,
    /// Those that are not over: few, however many ended.
    open: BTreeSet<TaskId>,
    /// Those whose work may land.
    landable: BTreeSet<TaskId>,
    /// Those whose pull requests are looked at.
    watched: BTreeSet<TaskId>,
    approvals: BTreeMap<ApprovalId, Approval>,
    scheduler: Scheduler,
    /// What is queued stays queued, for the orchestrator after this one.
    starts_nothing: bool,
}

/// What one or more events changed, to be written in one transaction and carried out after it.
#[derive(Default)]
pub(crate) struct Changes {
    pub(crate) bodies: Vec<EventBody>,
    pub(crate) touched: IndexSet<TaskId>,
    pub(crate) effects: VecDeque<(TaskId, Effect)>,
}

impl Changes {
    pub(crate) fn is_empty(&self) -> bool {
        self.bodies.is_empty() && self.touched.is_empty() && self.effects.is_empty()
    }

    /// Takes away the effects `wanted` picks, in order.
    pub(crate) fn take_effects(
        &mut self,
        wanted: impl Fn(&Effect) -> bool,
    ) -> Vec<(TaskId, Effect)> {
        let (taken, left): (VecDeque<_>, VecDeque<_>) = self
            .effects
            .drain(..)
            .partition(|(_, effect)| wanted(effect));
        self.effects = left;
        Vec::from(taken)
    }
}

/// The task a person or a model named does not exist.
pub(crate) fn unknown_task(task: TaskId) -> Failure {
    Failure::new(
        "unknown_task",
        format!("There is no task {task}."),
        "List the tasks to see the ones there are.",
    )
}

impl State {
    pub(crate) fn new(slots: Slots, tasks: Vec<Task>, approvals: Vec<Approval>) -> Self {
        let mut state = Self {
            tasks: IndexMap::new(),
            open: BTreeSet::new(),
            landable: BTreeSet::new(),
            watched: BTreeSet::new(),
            approvals: approvals
                .into_iter()
                .map(|approval| (approval.id, approval))
                .collect(),
            scheduler: Scheduler::new(slots),
            starts_nothing: false,
        };
        for task in tasks {
            // What follows is followed up by `settle`, once all tasks are known.
            state.scheduler.observe(&task);
            state.keep(task);
        }
        state
    }

    pub(crate) fn tasks(&self) -> impl Iterator<Item = &Task> {
        self.tasks.values()
    }

    /// Tasks that were planned after this one, or all.
    pub(crate) fn tasks_after(
        &self,
        after: Option<TaskId>,
    ) -> Result<impl Iterator<Item = &Task>, Failure> {
        let from = match after {
            None => 0,
            Some(id) => {
                let place = self.tasks.get_index_of(&id);
                place.ok_or_else(|| unknown_task(id))? + 1
            }
        };
        Ok(self.tasks.values().skip(from))
    }

    /// Tasks that are not over.
    pub(crate) fn open(&self) -> impl Iterator<Item = &Task> {
        self.open.iter().filter_map(|id| self.tasks.get(id))
    }

    fn keep(&mut self, task: Task) {
        if !task.state.is_over() {
            self.open.insert(task.id);
        }
        if task.may_land() {
            self.landable.insert(task.id);
        }
        if (task.pull_request.as_ref()).is_some_and(|pull| pull.is_watched()) {
            self.watched.insert(task.id);
        }
        self.tasks.insert(task.id, task);
    }

    pub(crate) fn task(&self, id: TaskId) -> Result<&Task, Failure> {
        self.tasks.get(&id).ok_or_else(|| unknown_task(id))
    }

    pub(crate) fn knows(&self, id: TaskId) -> bool {
        self.tasks.contains_key(&id)
    }

    /// Takes in tasks that are new. Those that are over from the start come last, so that the ones waiting for
    /// them are there to be told.
    pub(crate) fn add(&mut self, tasks: Vec<Task>, changes: &mut Changes) {
        let mut decisions = Vec::new();
        let (over, open): (Vec<Task>, Vec<Task>) =
            tasks.iter().cloned().partition(|task| task.state.is_over());
        for task in &tasks {
            changes.touched.insert(task.id);
            self.keep(task.clone());
        }
        for task in open.iter().chain(&over) {
            decisions.extend(self.scheduler.observe(task));
        }
        self.follow_up(decisions, changes);
    }

    /// Changes something about a task that is not its state.
    pub(crate) fn amend(
        &mut self,
        id: TaskId,
        changes: &mut Changes,
        amend: impl FnOnce(&mut Task),
    ) {
        if let Some(task) = self.tasks.get_mut(&id) {
            amend(task);
            if task.may_land() {
                self.landable.insert(id);
            }
            changes.touched.insert(id);
        }
    }

    /// Lets `event` happen to a task, and whatever follows from it to others.
    pub(crate) fn apply(&mut self, id: TaskId, event: TaskEvent, by: Actor, changes: &mut Changes) {
        let decisions = self.move_one(id, event, by, changes);
        self.follow_up(decisions, changes);
    }

    /// From now on no task starts.
    pub(crate) const fn start_nothing(&mut self) {
        self.starts_nothing = true;
    }

    pub(crate) const fn starts_nothing(&self) -> bool {
        self.starts_nothing
    }

    /// Changes the number of slots.
    pub(crate) fn set_slots(&mut self, slots: Slots, changes: &mut Changes) {
        let decisions = self.scheduler.set_slots(slots);
        self.follow_up(decisions, changes);
    }

    /// Starts what can start, after everything that stood in the journal was taken in.
    pub(crate) fn settle(&mut self, slots: Slots, changes: &mut Changes) {
        let tasks: Vec<Task> = self.tasks.values().cloned().collect();
        let mut scheduler = Scheduler::new(slots);
        let decisions = tasks
            .iter()
            .flat_map(|task| scheduler.observe(task))
            .collect();
        self.scheduler = scheduler;
        self.follow_up(decisions, changes);
    }

    fn follow_up(&mut self, decisions: Vec<Decision>, changes: &mut Changes) {
        let mut open: VecDeque<Decision> = decisions.into();
        while let Some(decision) = open.pop_front() {
            let (id, event) = match decision {
                Decision::Start(_) if self.starts_nothing => continue,
                Decision::Start(id) => {
                    let attempt = AttemptId::new(Uuid::now_v7());
                    (id, TaskEvent::SlotGranted { attempt })
                }
                Decision::DependencyDone { task, dependency } => {
                    (task, TaskEvent::DependencyDone { task: dependency })
                }
                Decision::DependencyLost { task, dependency } => {
                    (task, TaskEvent::DependencyLost { task: dependency })
                }
            };
            open.extend(self.move_one(id, event, Actor::Orchestrator, changes));
        }
    }

    fn move_one(
        &mut self,
        id: TaskId,
        event: TaskEvent,
        by: Actor,
        changes: &mut Changes,
    ) -> Vec<Decision> {
        let Some(task) = self.tasks.get_mut(&id) else {
            return Vec::new();
        };
        // The step takes the state by value; the one left behind is overwritten before anybody looks.
        let before = task.state.clone();
        let after = step(std::mem::replace(&mut task.state, TaskState::Queued), event);
        let moved = after.state != before;
        task.state = before.clone();
        task.move_to(after.state);
        for effect in after.effects {
            if let Effect::Withdraw { approval } = effect {
                self.withdraw(approval, id, changes);
            } else {
                changes.effects.push_back((id, effect));
            }
        }
        if !moved {
            return Vec::new();
        }
        self.withdraw_stale(id, &before, changes);
        let Some(task) = self.tasks.get(&id) else {
            return Vec::new();
        };
        if task.state.is_over() {
            self.open.remove(&id);
        } else {
            self.open.insert(id);
        }
        if task.may_land() {
            self.landable.insert(id);
        } else {
            self.landable.remove(&id);
        }
        changes.touched.insert(id);
        changes.bodies.push(EventBody::TaskMoved {
            task: id,
            state: task.state.clone(),
            by,
        });
        let decisions = self.scheduler.observe(task);
        self.clear_clashes(id, changes);
        self.pull_request_follows(id, &before, changes);
        decisions
    }
}
