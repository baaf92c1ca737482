//! Roles, and the capabilities each of them grants.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What an agent is for, and so what its sandbox lets it do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Looks: nothing it runs can write or reach the network; the built-in one cannot execute at all.
    Explorer,
    /// Writes in its own worktree and executes there.
    Worker,
    /// A worker that asks first.
    Default,
}

impl Role {
    /// The word a person sees.
    pub const fn shown(self) -> &'static str {
        match self {
            Self::Explorer => "explorer",
            Self::Worker => "worker",
            Self::Default => "ask first",
        }
    }

    /// Whether the worktree is writable for it.
    pub const fn writes(self) -> bool {
        match self {
            Self::Explorer => false,
            Self::Worker | Self::Default => true,
        }
    }

    /// The one of both that may do less: who asks first does nothing that a worker does not, and who looks least of all.
    pub const fn meet(self, other: Self) -> Self {
        match (self, other) {
            (Self::Explorer, _) | (_, Self::Explorer) => Self::Explorer,
            (Self::Default, _) | (_, Self::Default) => Self::Default,
            (Self::Worker, Self::Worker) => Self::Worker,
        }
    }

    /// What the role grants when nothing narrows it.
    pub fn capabilities(self) -> Vec<Capability> {
        let mut granted = vec![Capability::Read, Capability::Search];
        if self.writes() {
            granted.extend([Capability::Write, Capability::Execute]);
        }
        granted.push(Capability::WebSearch);
        granted
    }

    /// The same, with the hosts a person opened to whatever writes.
    pub fn capabilities_with(self, hosts: &[String]) -> Vec<Capability> {
        let mut granted = self.capabilities();
        if self.writes() {
            let network = |host: &String| Capability::Network { host: host.clone() };
            granted.extend(hosts.iter().map(network));
        }
        granted
    }
}

/// One thing a role may do. A child's are never more than its parent's.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum Capability {
    /// Read files of the worktree.
    Read,
    /// Search them.
    Search,
    /// Change files of the worktree.
    Write,
    /// Start programs in the worktree's sandbox.
    Execute,
    /// Search the web and fetch pages, carried out by the orchestrator under the host policy.
    WebSearch,
    /// Reach one host from inside the sandbox.
    Network {
        /// The host, as it stands in the settings.
        host: String,
    },
}

impl Capability {
    /// The host, of one that is about a host.
    pub const fn host(&self) -> Option<&String> {
        if let Self::Network { host } = self {
            Some(host)
        } else {
            None
        }
    }
}
