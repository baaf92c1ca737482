//! What one attempt may do, in the terms of the product.

use std::path::PathBuf;

use ampersand_core::{Gap, Isolation, Role};

use crate::launcher::LaunchError;

/// The fence around one attempt. What is not named is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Whether the worktree is writable follows from the role.
    pub role: Role,
    /// Whether it may start programs. Without this, the program must give the right up itself, first thing, through
    /// [`crate::deny_exec`].
    pub execute: bool,
    /// The folder it works in, absolute and free of symbolic links. Seen under its own path. Its `.git` is never
    /// writable.
    pub worktree: PathBuf,
    /// The repository's own folder: readable, without hooks, and with a configuration that tells nothing.
    pub git_dir: Option<PathBuf>,
    /// Other files and folders it may read, under their own paths, free of symbolic links.
    pub read_only: Vec<PathBuf>,
    /// Folders of the agent's own that it may write whatever its role, under their own paths, free of symbolic links.
    pub writable: Vec<PathBuf>,
    /// The port on its loopback address where it finds its model; see [`crate::Launched::model`].
    pub model_port: Option<u16>,
    /// Variables; they override the few that every attempt has. Nothing secret belongs here.
    pub env: Vec<(String, String)>,
    /// What a person accepted for this project that a reduced tier does not enforce. A role that writes runs there with
    /// all of its gaps accepted, or not at all.
    pub accepted: Vec<Gap>,
    /// Size of its private temporary folder, in bytes.
    pub tmp_bytes: u64,
    /// What the whole attempt may use.
    pub limits: Limits,
}

/// What an attempt may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Processes and threads at one time.
    pub processes: u64,
    /// Memory: of the attempt as a whole where the system counts that, of each process always; in bytes.
    pub memory_bytes: u64,
    /// Largest single file, in bytes.
    pub file_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            processes: 1024,
            memory_bytes: 8 << 30,
            file_bytes: 4 << 30,
        }
    }
}

impl Policy {
    /// The policy of a role in a worktree, with the usual limits.
    pub fn new(role: Role, worktree: impl Into<PathBuf>) -> Self {
        Self {
            role,
            execute: true,
            worktree: worktree.into(),
            git_dir: None,
            read_only: Vec::new(),
            writable: Vec::new(),
            model_port: None,
            env: Vec::new(),
            accepted: Vec::new(),
            tmp_bytes: 1 << 30,
            limits: Limits::default(),
        }
    }

    /// Whether the policy may run in a tier as it is.
    pub(crate) fn accepts(&self, isolation: &Isolation) -> Result<(), LaunchError> {
        let Isolation::Reduced { why, gaps } = isolation else {
            return Ok(());
        };
        let not_accepted = |gap: &Gap| !self.accepted.contains(gap);
        if !self.role.writes() || !gaps.iter().any(not_accepted) {
            return Ok(());
        }
        Err(LaunchError::NotAccepted {
            why: why.clone(),
            gaps: gaps.iter().copied().filter(not_accepted).collect(),
        })
    }
}
