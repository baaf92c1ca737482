//! A task that is planned for the sake of another one, and so has no more than that one.

use jiff::Timestamp;

use super::Task;
use crate::{NewTask, PlanId};

impl Task {
    /// The task as planned for its parent's sake, in its parent's repository. `hosts` are those that a person opened to
    /// whatever writes. Role, capabilities and what was taken are what both have, whatever is wanted.
    pub fn child_of(
        parent: &Self,
        new: NewTask,
        hosts: &[String],
        plan: PlanId,
        now: Timestamp,
    ) -> Self {
        let role = new.role.meet(parent.role);
        let new = NewTask { role, ..new };
        let mut capabilities = role.capabilities_with(hosts);
        capabilities.retain(|wanted| parent.capabilities.contains(wanted));
        let mut child = Self {
            capabilities,
            ..Self::planned(new, plan, parent.repository.clone(), now)
        };
        for what in &parent.taken {
            child.narrow(*what);
        }
        child
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{Capability, Narrowing, Role, TaskId, Work};

    const ROLES: [Role; 3] = [Role::Explorer, Role::Worker, Role::Default];

    fn new(role: Role) -> NewTask {
        NewTask::new(TaskId::new(Uuid::nil()), "t", role, Work::Scan)
    }

    /// Those of `all` whose bit is set.
    fn subset<T: Clone>(all: &[T], bits: usize) -> Vec<T> {
        let chosen = all.iter().enumerate().filter(|(at, _)| bits >> at & 1 == 1);
        chosen.map(|(_, one)| one.clone()).collect()
    }

    /// What a role lets an agent do without asking, as an order: more bits, more rights.
    const fn rights(role: Role) -> u8 {
        match role {
            Role::Explorer => 0b00,
            Role::Default => 0b01,
            Role::Worker => 0b11,
        }
    }

    #[test]
    fn a_child_has_no_more_than_its_parent_and_than_its_role() {
        let hosts = ["a.test".to_owned(), "b.test".to_owned()];
        let all = Role::Worker.capabilities_with(&hosts);
        for (parent_role, wanted) in ROLES.iter().flat_map(|one| ROLES.map(|two| (*one, two))) {
            for granted in 0..1 << all.len() {
                for (taken, open) in (0..8).flat_map(|one| (0..4).map(move |two| (one, two))) {
                    let mut parent = Task::planned(
                        new(parent_role),
                        PlanId::new(Uuid::nil()),
                        "/repository",
                        Timestamp::UNIX_EPOCH,
                    );
                    parent.capabilities = subset(&all, granted);
                    for what in subset(&Narrowing::ALL, taken) {
                        parent.narrow(what);
                    }
                    let open = subset(&hosts, open);
                    let (plan, now) = (parent.plan, parent.created_at);
                    let child = Task::child_of(&parent, new(wanted), &open, plan, now);
                    let within = |one: &Capability| {
                        parent.capabilities.contains(one)
                            && wanted.capabilities_with(&open).contains(one)
                    };
                    assert!(child.capabilities.iter().all(within), "{child:?}");
                    assert_eq!(rights(child.role) & !rights(parent_role), 0);
                    assert_eq!(rights(child.role) & !rights(wanted), 0);
                    assert_eq!(child.taken, parent.taken);
                    assert_eq!(child.repository, parent.repository);
                }
            }
        }
    }

    #[test]
    fn a_child_of_an_unnarrowed_worker_is_one() {
        let hosts = ["a.test".to_owned()];
        let plan = PlanId::new(Uuid::nil());
        let mut parent = Task::planned(new(Role::Worker), plan, "", Timestamp::UNIX_EPOCH);
        parent.capabilities = Role::Worker.capabilities_with(&hosts);
        let now = parent.created_at;
        let child = Task::child_of(&parent, new(Role::Worker), &hosts, plan, now);
        assert_eq!(child.capabilities, parent.capabilities);
        assert_eq!(child.role, Role::Worker);
    }
}
