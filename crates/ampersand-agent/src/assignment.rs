//! What an agent is told to do, and with what.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ampersand_core::{Capability, Rewind, Role, Work};
use ampersand_model::Model;
use ampersand_sandbox::LEADS_GIT_BY_VARIABLES;

use crate::before::Before;
use crate::home::Lent;

/// One task as an attempt at it needs it.
#[derive(Debug, Clone)]
pub struct Assignment {
    /// What is to be done.
    pub work: Work,
    /// The brief and the named inputs, word for word as a person can see them.
    pub given: String,
    /// What it may do.
    pub role: Role,
    /// What it is granted; never more than the role's.
    pub capabilities: Vec<Capability>,
    /// The checkout it works in, absolute and free of symbolic links.
    pub worktree: PathBuf,
    /// The full id of the commit the checkout was made from.
    pub began: String,
    /// The model, for runtimes that need one.
    pub model: Option<Model>,
    /// How many tokens one request to the model may hold.
    pub context_tokens: u32,
    /// The tool process; see [`crate::find_toolhost`].
    pub toolhost: PathBuf,
    /// Where the exchange with the model is kept, outside the worktree. Present from an earlier attempt, it is gone on
    /// with, also after a report.
    pub transcript: PathBuf,
    /// A wish to take back what the task was told, to be fulfilled once before it goes on.
    pub rewind: Option<Rewind>,
    /// Agents that had the task before; absent for the first one.
    pub before: Option<Before>,
    /// What an agent of others needs besides; absent for our own.
    pub vendor: Option<Vendor>,
}

/// From a repository that its tests make, git would still be led to the checkout.
const TO_OTHER_REPOSITORIES: &str = "Where GIT_DIR is set, it leads git to this checkout from everywhere: unset it and \
    GIT_WORK_TREE for a command that means another repository.";

impl Assignment {
    /// What of the world outside its commands reach, as sentences for its agent.
    pub(crate) fn reach(&self) -> String {
        let network = self.network();
        match LEADS_GIT_BY_VARIABLES {
            true => format!("{network} {TO_OTHER_REPOSITORIES}"),
            false => network,
        }
    }

    fn network(&self) -> String {
        let hosts: Vec<&str> = self
            .capabilities
            .iter()
            .filter_map(Capability::host)
            // Where it really is concerns nobody inside.
            .map(|host| host.split('=').next().unwrap_or(host))
            .collect();
        if hosts.is_empty() {
            return "There is no network.".to_owned();
        }
        format!(
            "Of the network, commands reach {} through the proxy that their variables name, and nothing else.",
            hosts.join(", ")
        )
    }
}

/// An agent of others as it is installed and set up here.
#[derive(Debug, Clone)]
pub struct Vendor {
    /// Its name in the settings and on cards.
    pub name: String,
    /// The program and what belongs before our own arguments. The first is an absolute path.
    pub program: Vec<OsString>,
    /// Files and folders it is made of, free of symbolic links.
    pub reads: Vec<PathBuf>,
    /// Variables the person set for it. `{base_url}` stands for the model's address.
    pub env: Vec<(String, String)>,
    /// A folder of its own that it may write, kept with the task and outside the worktree, so that it can go on with its
    /// conversation.
    pub home: PathBuf,
    /// The model it is to use.
    pub model: VendorModel,
    /// What the person set up for its own program and is not there, in words.
    pub not_loaded: Vec<String>,
    /// An agent that says nothing for so long while nothing runs and nobody is asked is taken for stuck.
    pub silence: Duration,
    /// Of every window of its account so much is not used, of a hundred.
    pub keep_percent: u8,
}

/// A model as an agent of others finds it from inside its sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VendorModel {
    /// Scheme, host and port, without a slash behind. No key is needed there.
    pub origin: String,
    /// Its name; what the agent uses by itself where it is empty.
    pub model: String,
    /// What opens it.
    pub opens: VendorKey,
}

/// What opens a model to an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VendorKey {
    /// A key, put in on the way.
    Key,
    /// The login of an account, put in on the way.
    Login {
        /// The account's plan, as the provider calls it: what the agent has to believe of a login it does not have.
        plan: String,
    },
    /// The login of an account, read by the agent itself. The model is where it is, and `origin` leads nowhere.
    ReadsLogin(Arc<Lent>),
}
