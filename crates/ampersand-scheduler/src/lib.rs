//! Who runs next: told of every move of every task, it answers with what follows from it for others.
//!
//! Pure, and no truth of its own: all it knows can be rebuilt by telling it every task once. Each call costs
//! O(log n) in the tasks that wait, not in all there ever were.

use std::collections::{BTreeMap, HashMap, HashSet};

use ampersand_core::{Slots, Task, TaskId, TaskState};

/// What follows for another task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Give it a slot.
    Start(TaskId),
    /// A task it waits for ended well.
    DependencyDone {
        /// The one that waits.
        task: TaskId,
        /// The one that ended.
        dependency: TaskId,
    },
    /// A task it waits for will never end well.
    DependencyLost {
        /// The one that waits.
        task: TaskId,
        /// The one that ended.
        dependency: TaskId,
    },
}

/// Slots, the queue for them, and who waits for whom.
#[derive(Debug, Clone)]
pub struct Scheduler {
    slots: Slots,
    /// Place in the order of planning; the oldest goes first, so nobody starves.
    places: HashMap<TaskId, u64>,
    queue: BTreeMap<u64, TaskId>,
    /// Given a slot or holding one.
    holders: HashSet<TaskId>,
    dependents: HashMap<TaskId, Vec<TaskId>>,
}

impl Scheduler {
    /// With nothing to do yet.
    pub fn new(slots: Slots) -> Self {
        Self {
            slots,
            places: HashMap::new(),
            queue: BTreeMap::new(),
            holders: HashSet::new(),
            dependents: HashMap::new(),
        }
    }

    /// Changes the number of slots. Fewer than are held lets those that hold one end in their own time.
    pub fn set_slots(&mut self, slots: Slots) -> Vec<Decision> {
        self.slots = slots;
        self.grant()
    }

    /// How many slots are held.
    pub fn held(&self) -> usize {
        self.holders.len()
    }

    /// Takes in that `task` is new or moved to the state it has now.
    pub fn observe(&mut self, task: &Task) -> Vec<Decision> {
        self.remember(task);
        let place = self.places[&task.id];
        if task.state == TaskState::Queued {
            // A slot granted before is given back: whoever is queued holds none.
            self.holders.remove(&task.id);
            self.queue.insert(place, task.id);
        } else {
            self.queue.remove(&place);
            if task.state.holds_slot() {
                self.holders.insert(task.id);
            } else {
                self.holders.remove(&task.id);
            }
        }
        let mut decisions = self.tell_dependents(task);
        decisions.extend(self.grant());
        decisions
    }

    fn remember(&mut self, task: &Task) {
        if self.places.contains_key(&task.id) {
            return;
        }
        self.places.insert(task.id, self.places.len() as u64);
        for dependency in &task.after {
            self.dependents
                .entry(*dependency)
                .or_default()
                .push(task.id);
        }
    }

    fn tell_dependents(&mut self, ended: &Task) -> Vec<Decision> {
        let dependency = ended.id;
        let well = ended.state.ended_well();
        if !well && !ended.state.ended_badly() {
            return Vec::new();
        }
        let dependents = self.dependents.remove(&dependency).unwrap_or_default();
        let tell = |task| {
            if well {
                Decision::DependencyDone { task, dependency }
            } else {
                Decision::DependencyLost { task, dependency }
            }
        };
        dependents.into_iter().map(tell).collect()
    }

    fn grant(&mut self) -> Vec<Decision> {
        let mut decisions = Vec::new();
        while self.holders.len() < self.slots.count() as usize {
            let Some((_, task)) = self.queue.pop_first() else {
                break;
            };
            self.holders.insert(task);
            decisions.push(Decision::Start(task));
        }
        decisions
    }
}

#[cfg(test)]
mod tests;
