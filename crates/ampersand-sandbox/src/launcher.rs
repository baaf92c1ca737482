//! The one way to start an attempt's program, and the words for why it did not start.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use ampersand_core::{Gap, Isolation, Role, UnsafeConsent, list_gaps};
use ampersand_process::{Child, Exit, SpawnError, Tree, TreeError};

use crate::inward::Inward;
#[cfg(target_os = "linux")]
use crate::linux as platform;
#[cfg(target_os = "macos")]
use crate::macos as platform;
use crate::policy::Policy;
#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
use crate::unsupported as platform;
#[cfg(windows)]
use crate::windows as platform;

/// Whether this system has a way out of a sandbox at all, to a model or to hosts.
pub const LEADS_OUT: bool = cfg!(any(target_os = "linux", target_os = "macos", windows));

/// Whether a way out, to a model or to hosts, can be had in a tier. Where nothing stands around an attempt it would be the
/// machine's own loopback device, which Linux does not hand in.
pub const fn leads_out_in(isolation: &Isolation) -> bool {
    match isolation {
        Isolation::Full { .. } => LEADS_OUT,
        Isolation::Unsafe => cfg!(any(target_os = "macos", windows)),
        Isolation::Reduced { .. } | Isolation::None { .. } => false,
    }
}

/// Whether what runs in a tier can serve a port.
pub const fn serves_in(isolation: &Isolation) -> bool {
    match isolation {
        Isolation::Full { .. } => cfg!(not(windows)),
        Isolation::Unsafe => true,
        Isolation::Reduced { .. } | Isolation::None { .. } => false,
    }
}

/// Whether variables alone lead git anywhere inside, from wherever it is started: what the person's repository must not tell
/// cannot be covered here, and nothing put in the place of a worktree's `.git`.
pub const LEADS_GIT_BY_VARIABLES: bool = cfg!(not(target_os = "linux"));

/// Whether git works in a tier only in a repository of the attempt's own, see [`crate::OwnRepository`]: for an attempt that
/// commits by itself, and for any where variables have to lead there.
pub const fn needs_own_repository_in(isolation: &Isolation, commits: bool) -> bool {
    match isolation {
        Isolation::Full { .. } => commits || LEADS_GIT_BY_VARIABLES,
        Isolation::Reduced { .. } | Isolation::None { .. } | Isolation::Unsafe => false,
    }
}

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
    /// Its one way out, if its policy names a port and its network is its own: to be served by whoever launched it, see
    /// [`crate::Gateway::of`]. Unserved, it leads nowhere.
    pub way: Option<std::net::TcpListener>,
    /// The way in to the port its policy says it serves.
    pub inward: Option<Inward>,
    /// Its private temporary folder where that is on the disk, gone with it. In the full tier on Linux it is in memory.
    pub temporary: Option<PathBuf>,
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
    /// There is a reduced sandbox, and nobody accepted for this project what it does not enforce.
    #[error(
        "only reduced isolation is available ({why}), and it was not accepted for this project: {}",
        list_gaps(gaps)
    )]
    NotAccepted {
        /// Why the full tier could not be had.
        why: String,
        /// What was not accepted.
        gaps: Vec<Gap>,
    },
    /// The sandbox there is now does not enforce what was said of it when the attempt began.
    #[error(
        "isolation is not what was said when the attempt began ({told}): it is {found} now, and the program was ended"
    )]
    Changed {
        /// The tier that was said.
        told: &'static str,
        /// The tier it got.
        found: &'static str,
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
    /// Waits for its end: the code it returned, or 128 and the signal that ended it, as shells say it.
    pub async fn code(&mut self) -> u8 {
        let code = match self.child.wait().await {
            Ok(Exit::Code(code)) => code,
            Ok(Exit::Signal(signal)) => 128 + signal,
            Err(_) => 255,
        };
        u8::try_from(code).unwrap_or(u8::MAX)
    }

    /// Refuses a program whose sandbox does not enforce what was `told` of it.
    pub fn keeps_to(&self, told: &Isolation) -> Result<(), LaunchError> {
        if self.isolation.holds(told) {
            return Ok(());
        }
        Err(LaunchError::Changed {
            told: told.tier(),
            found: self.isolation.tier(),
        })
    }

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
            Self::NotAccepted { .. } => "sandbox_not_accepted",
            Self::Changed { .. } => "sandbox_changed",
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
            Self::NotAccepted { .. } => {
                "enable full isolation, or accept the reduced one for this project when you are asked"
            }
            Self::Changed { .. } => {
                "restart the task: it is then said, and asked about, what there is now; `doctor` says why"
            }
            Self::Path { .. } => "use the real path of an existing folder, without symbolic links",
            Self::Setup { .. } => "check the paths of the task; the failing step is quoted",
            Self::Prepare { .. } => "check that Ampersand's own folder is writable and not full",
            Self::Spawn(_) => "too many processes may be running; close some and try again",
        }
    }
}

/// Takes back what isolation has changed outside of our own folders and keeps from attempt to attempt; in how many places
/// that was. Attempts under way keep what was given to them alone. On most systems there is nothing of the kind.
#[cfg(windows)]
pub fn take_back(state_dir: &Path) -> io::Result<usize> {
    platform::take_back(state_dir)
}

/// Takes back what isolation has changed outside of our own folders: nothing, on this system.
#[cfg(not(windows))]
pub const fn take_back(_state_dir: &Path) -> io::Result<usize> {
    Ok(0)
}

impl Launcher {
    /// Tries the sandbox on a canary. `state_dir` is a folder of ours, outside every worktree; stand-ins for system
    /// files are written to it. Never fails: what is wrong is told by [`Self::isolation`].
    pub async fn probe(state_dir: &Path) -> Self {
        Self {
            platform: platform::Launcher::probe(state_dir).await,
        }
    }

    /// The tier a worker would have now, as far as the last canary tells.
    pub fn isolation(&self) -> Isolation {
        self.platform.isolation()
    }

    /// The tier a launch under `policy` would have now. Costs a few looks, or a canary where something changed.
    pub async fn look(&self, policy: &Policy) -> Isolation {
        self.platform.look(policy).await
    }

    /// The tier an attempt of a role would have now in a worktree of ours. Costs as much as [`Self::look`].
    pub async fn tier_of(&self, role: Role) -> Isolation {
        self.platform.tier_of(role).await
    }

    /// The tier a worker would have now, by a new canary wherever the last one found less than there may be.
    pub async fn look_again(&self) -> Isolation {
        self.platform.look_again().await
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

    /// Starts `argv` with nothing around it but its limits and its tree: what a person consented to, for one attempt.
    pub async fn launch_unfenced(
        &self,
        policy: &Policy,
        argv: impl IntoIterator<Item = impl Into<OsString>>,
        attempt_id: &str,
        consent: &UnsafeConsent,
    ) -> Result<Launched, LaunchError> {
        let argv = argv.into_iter().map(Into::into).collect();
        tracing::warn!(attempt_id, "isolation is switched off by typed consent");
        self.platform
            .launch_unfenced(policy, argv, attempt_id, consent)
            .await
    }
}
