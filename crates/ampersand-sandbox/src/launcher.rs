//! The one way to start an attempt's program, and the words for why it did not start.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use ampersand_core::Isolation;
use ampersand_process::{Child, SpawnError, Tree, TreeError};

#[cfg(target_os = "linux")]
use crate::linux as platform;
#[cfg(target_os = "macos")]
use crate::macos as platform;
use crate::policy::Policy;
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
use crate::unsupported as platform;

/// Starts programs in a sandbox that has been tried.
#[derive(Debug)]
pub struct Launcher {
    platform: platform::Launcher,
}

/// A program that runs in its sandbox.
#[derive(Debug)]
pub struct Launched {
    /// Its pipes and its end. Standard input is always a pipe.
    pub child: Child,
    /// Everything it starts. Dropping the last handle kills it all.
    pub tree: Tree,
    /// The tier it really runs in.
    pub isolation: Isolation,
}

/// Why a program was not started. Nothing of it ran.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// No sandbox can be had here.
    #[error("no isolation is available: {why}")]
    NoIsolation {
        /// The probe that failed, and its own words.
        why: String,
    },
    /// A path of the policy is not what it must be.
    #[error("{what} {} cannot be handed to a sandbox", path.display())]
    Path {
        /// Which path of the policy.
        what: &'static str,
        /// The path.
        path: PathBuf,
        /// What is wrong with it; a symbolic link anywhere in it shows as a loop.
        #[source]
        source: io::Error,
    },
    /// The sandbox was not complete, so that the program was not let in.
    #[error("the sandbox could not be set up: {words}")]
    Setup {
        /// What the failing step said.
        words: String,
    },
    /// Something of our own is missing.
    #[error("cannot prepare the sandbox: {step}")]
    Prepare {
        /// The step.
        step: &'static str,
        /// The system's answer.
        #[source]
        source: io::Error,
    },
    /// The sandbox program itself did not start.
    #[error("cannot start the sandbox")]
    Spawn(#[source] SpawnError),
}

impl Launched {
    /// Whether every process in the sandbox has given up executing, as seen from outside. To be asked once the program
    /// has said that it is ready; a program that was to call [`crate::deny_exec`] and has not must be killed.
    pub async fn gave_up_executing(&self) -> Result<bool, TreeError> {
        let pids = self.tree.pids().await?;
        Ok(platform::gave_up_executing(self.child.pid(), &pids))
    }
}

impl LaunchError {
    /// A stable name for the failure.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoIsolation { .. } => "sandbox_none",
            Self::Path { .. } => "sandbox_path",
            Self::Setup { .. } => "sandbox_setup",
            Self::Prepare { .. } => "sandbox_prepare",
            Self::Spawn(_) => "sandbox_spawn",
        }
    }

    /// What a person can do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::NoIsolation { .. } => platform::HINT,
            Self::Path { .. } => "use the real path of an existing folder, without symbolic links",
            Self::Setup { .. } => "check the paths of the task; the failing step is quoted",
            Self::Prepare { .. } => "check that Ampersand's own folder is writable and not full",
            Self::Spawn(_) => "too many processes may be running; close some and try again",
        }
    }
}

impl Launcher {
    /// Tries the sandbox on a canary. `state_dir` is a folder of ours, outside every worktree; stand-ins for system
    /// files are written to it. Never fails: what is wrong is told by [`Self::isolation`].
    pub async fn probe(state_dir: &Path) -> Self {
        Self {
            platform: platform::Launcher::probe(state_dir).await,
        }
    }

    /// The tier a launch would have now, as far as the last canary tells.
    pub fn isolation(&self) -> Isolation {
        self.platform.isolation()
    }

    /// Starts `argv` under `policy`. `attempt_id` names the attempt to people looking at the system. The first of
    /// `argv` is an absolute path, or a name found on the sandbox's own `PATH`.
    ///
    /// Returns once the program has taken over inside the finished sandbox.
    pub async fn launch(
        &self,
        policy: &Policy,
        argv: impl IntoIterator<Item = impl Into<OsString>>,
        attempt_id: &str,
    ) -> Result<Launched, LaunchError> {
        let argv = argv.into_iter().map(Into::into).collect();
        self.platform.launch(policy, argv, attempt_id).await
    }
}
