//! Narrowing: what a person takes from a task by talking. It takes and never gives, and what was taken stays taken for
//! every attempt that follows.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{AgentKind, Capability, Failure, Isolation, Task, Work};

/// What can be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Narrowing {
    /// Every host, and the web: nothing is reached, searched or fetched any more.
    Network,
    /// The web alone; hosts that were named in the settings stay.
    WebSearch,
    /// Starting programs.
    Execute,
}

impl Narrowing {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::Network, Self::WebSearch, Self::Execute];

    /// The word of it, the same on every layer.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::WebSearch => "web_search",
            Self::Execute => "execute",
        }
    }

    /// As a card says that it is gone.
    pub const fn shown(self) -> &'static str {
        match self {
            Self::Network => "no network",
            Self::WebSearch => "no web",
            Self::Execute => "no commands",
        }
    }

    /// Whether it takes this.
    pub const fn takes(self, capability: &Capability) -> bool {
        match capability {
            Capability::Network { .. } => matches!(self, Self::Network),
            Capability::WebSearch => matches!(self, Self::Network | Self::WebSearch),
            Capability::Execute => matches!(self, Self::Execute),
            Capability::Read | Capability::Search | Capability::Write => false,
        }
    }

    /// What whoever asks for it all the same is told.
    pub fn refusal(self) -> Failure {
        let message = match self {
            Self::Network | Self::WebSearch => "The person took the web from this task.",
            Self::Execute => "The person took running commands from this task.",
        };
        Failure::new("capability_taken", message, "Go on without it, or report.")
    }
}

impl Task {
    /// Takes capabilities away. It has no more of them than before, whatever it is called with.
    pub fn narrow(&mut self, what: Narrowing) {
        self.capabilities
            .retain(|capability| !what.takes(capability));
        if !self.taken.contains(&what) {
            self.taken.push(what);
        }
    }

    /// Whether what would be taken can really be kept from it; an error says why not.
    pub fn can_narrow(&self, what: Narrowing) -> Result<(), Failure> {
        let refused = |why: &str, hint: &str| {
            let title = &self.title;
            Err(Failure::new(
                "cannot_narrow",
                format!("Nothing was taken from {title:?}: {why}"),
                hint,
            ))
        };
        if self.state.is_over() && self.verbs().is_empty() {
            return refused("it is over.", "Say it of a task that can still run.");
        }
        match what {
            Narrowing::Network | Narrowing::WebSearch => {
                let runs = self.state.attempt().is_some();
                if runs && self.isolation == Some(Isolation::Unsafe) {
                    return refused(
                        "it runs without isolation, where nothing can be kept from it.",
                        "Cancel it; started again in the sandbox it can be narrowed.",
                    );
                }
                Ok(())
            }
            Narrowing::Execute => match (&self.work, &self.agent) {
                (Work::Command { .. } | Work::App { .. }, _) => refused(
                    "running that command is all it does.",
                    "Pause or cancel it instead.",
                ),
                (Work::Brief { .. }, AgentKind::Builtin) => Ok(()),
                (Work::Brief { .. }, _) => refused(
                    "its agent starts programs itself, so it cannot be held to that.",
                    "Pause or cancel it, or give the task to the built-in agent.",
                ),
                (Work::Scan | Work::Find { .. } | Work::ByHand, _) => {
                    refused("it runs no commands.", "There is nothing to take.")
                }
            },
        }
    }

    /// Whether its agent asks a model from inside its sandbox: that one endpoint stays reachable whatever was taken.
    pub fn reaches_a_model(&self) -> bool {
        matches!(self.work, Work::Brief { .. }) && self.agent.vendor().is_some()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;
    use crate::{AttemptId, NewTask, PlanId, Role, TaskId, TaskState};

    fn task(role: Role, work: Work, agent: AgentKind) -> Task {
        let new = NewTask {
            agent: Some(agent),
            ..NewTask::new(TaskId::new(Uuid::from_u128(1)), "t", role, work)
        };
        Task {
            capabilities: role.capabilities_with(&["a.test".into(), "b.test".into()]),
            ..Task::planned(new, PlanId::new(Uuid::nil()), "", Timestamp::UNIX_EPOCH)
        }
    }

    fn brief(agent: AgentKind) -> Task {
        task(Role::Worker, Work::Brief { text: "b".into() }, agent)
    }

    #[test]
    fn narrowing_takes_what_it_names_and_gives_nothing() {
        for role in [Role::Explorer, Role::Worker, Role::Default] {
            for first in Narrowing::ALL {
                for second in Narrowing::ALL {
                    let mut task = task(role, Work::Scan, AgentKind::Offline);
                    let before: HashSet<Capability> = task.capabilities.iter().cloned().collect();
                    for what in [first, second, first] {
                        task.narrow(what);
                    }
                    let after: HashSet<Capability> = task.capabilities.iter().cloned().collect();
                    assert!(after.is_subset(&before));
                    for gone in before.difference(&after) {
                        assert!(first.takes(gone) || second.takes(gone), "{gone:?}");
                    }
                    let takes = |left: &Capability| first.takes(left) || second.takes(left);
                    assert!(!after.iter().any(takes), "{after:?}");
                    let expected = if first == second { 1 } else { 2 };
                    assert_eq!(task.taken.len(), expected);
                }
            }
        }
    }

    #[test]
    fn without_the_web_the_named_hosts_stay_and_without_the_network_nothing_does() {
        let mut task = brief(AgentKind::Builtin);
        task.narrow(Narrowing::WebSearch);
        assert_eq!(task.hosts().count(), 2);
        assert!(!task.capabilities.contains(&Capability::WebSearch));
        task.narrow(Narrowing::Network);
        let left = [
            Capability::Read,
            Capability::Search,
            Capability::Write,
            Capability::Execute,
        ];
        assert_eq!(task.capabilities, left);
    }

    #[track_caller]
    fn check(task: &Task, what: Narrowing, refused: Option<&str>) {
        let found = task.can_narrow(what).err().map(|failure| failure.message);
        let found = found.as_deref().map(|words| {
            words
                .strip_prefix("Nothing was taken from \"t\": ")
                .unwrap_or(words)
        });
        assert_eq!(found, refused);
    }

    #[test]
    fn what_cannot_be_kept_from_a_task_is_not_said_to_be() {
        use Narrowing::{Execute, Network};
        let line = "l".into();
        let command = task(Role::Worker, Work::Command { line }, AgentKind::Command);
        let scan = task(Role::Explorer, Work::Scan, AgentKind::Offline);
        let mut builtin = brief(AgentKind::Builtin);
        check(&builtin, Execute, None);
        check(&command, Network, None);
        let all = "running that command is all it does.";
        check(&command, Execute, Some(all));
        check(&scan, Execute, Some("it runs no commands."));
        let own = "its agent starts programs itself, so it cannot be held to that.";
        check(&brief(AgentKind::Codex), Execute, Some(own));
        check(&brief(AgentKind::Codex), Network, None);
        builtin.isolation = Some(Isolation::Unsafe);
        check(&builtin, Network, None);
        builtin.state = TaskState::Running {
            attempt: AttemptId::new(Uuid::nil()),
        };
        let open = "it runs without isolation, where nothing can be kept from it.";
        check(&builtin, Network, Some(open));
        builtin.state = TaskState::Discarded;
        check(&builtin, Network, Some("it is over."));
    }

    #[test]
    fn only_an_agent_of_others_keeps_a_way_to_its_model() {
        assert!(brief(AgentKind::Codex).reaches_a_model());
        assert!(!brief(AgentKind::Builtin).reaches_a_model());
    }
}
