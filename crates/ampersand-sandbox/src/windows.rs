//! The tier on Windows, which is a reduced one: an AppContainer for each attempt, made from before its first instruction on
//! with a job around it. Its rights on files are given before and taken back after; see `container.rs` for what is decided
//! and the files here for what is done.

mod access;
mod canary;
#[doc(hidden)]
pub mod enter;
mod launch;
mod places;
mod prepare;
mod profile;
mod started;
mod system;
mod unfenced;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use ampersand_core::{Gap, Isolation, UnsafeConsent};

use crate::container;
use crate::launcher::{LaunchError, Launched};
use crate::policy::Policy;
use launch::Containers;

pub(crate) use places::take_back;
pub(crate) use system::{gave_up_executing, starts_nothing};

pub(crate) const HINT: &str = "agents run in AppContainers here: Windows 10 or newer, a home folder on an NTFS drive, and ampersand-enter.exe beside this program; `doctor` quotes the probe";

const NO_INSIDER: &str = "ampersand-enter.exe is not beside this program";

#[derive(Debug)]
pub(crate) struct Launcher {
    state_dir: PathBuf,
    tried: tokio::sync::Mutex<()>,
    verdict: Mutex<Verdict>,
}

/// What the last canary said, and about which program. The system itself does not change without starting anew.
#[derive(Debug, Clone)]
struct Verdict {
    identity: Option<Identity>,
    ready: Result<Ready, String>,
}

type Identity = (PathBuf, u64, Option<SystemTime>);

/// The tier, tried.
#[derive(Debug, Clone)]
struct Ready {
    containers: Arc<Containers>,
    open: Vec<Gap>,
}

impl Launcher {
    pub(crate) async fn probe(state_dir: &Path) -> Self {
        let verdict = Verdict {
            identity: None,
            ready: Err("not tried yet".to_owned()),
        };
        let launcher = Self {
            state_dir: state_dir.to_owned(),
            tried: tokio::sync::Mutex::default(),
            verdict: Mutex::new(verdict),
        };
        places::sweep(state_dir).await;
        // What it says is kept, and asked for where it matters.
        drop(launcher.ready().await);
        launcher
    }

    /// The tier a worker would have in a worktree of ours, which has a `.git` file.
    pub(crate) fn isolation(&self) -> Isolation {
        match self.verdict().ready {
            Ok(ready) => container::isolation(&ready.open, true, true),
            Err(why) => Isolation::None { why },
        }
    }

    pub(crate) async fn look(&self, policy: &Policy) -> Isolation {
        match self.ready().await {
            Ok(ready) => ready.isolation(policy),
            Err(why) => Isolation::None { why },
        }
    }

    pub(crate) async fn launch(
        &self,
        policy: &Policy,
        argv: Vec<OsString>,
        attempt_id: &str,
    ) -> Result<Launched, LaunchError> {
        let ready = self
            .ready()
            .await
            .map_err(|why| LaunchError::NoIsolation { why })?;
        let isolation = ready.isolation(policy);
        policy.accepts(&isolation)?;
        if policy.way_port.is_some() {
            // A container reaches nothing on the loopback device, and no administrator has let it.
            let words = "a way out, to a model or to hosts, cannot be had in an AppContainer";
            return Err(LaunchError::Setup {
                words: words.to_owned(),
            });
        }
        if policy.serves.is_some() {
            let words = "nothing reaches what listens in an AppContainer";
            return Err(LaunchError::Setup {
                words: words.to_owned(),
            });
        }
        let started = ready.containers.start(policy, argv, attempt_id).await?;
        Ok(started.followed(isolation))
    }

    pub(crate) async fn launch_unfenced(
        &self,
        policy: &Policy,
        argv: Vec<OsString>,
        attempt_id: &str,
        _consent: &UnsafeConsent,
    ) -> Result<Launched, LaunchError> {
        unfenced::unfenced(&self.state_dir, policy, argv, attempt_id).await
    }

    fn verdict(&self) -> Verdict {
        self.verdict
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The last verdict if it still holds, which costs a look; else a new canary's.
    async fn ready(&self) -> Result<Ready, String> {
        let _one_at_a_time = self.tried.lock().await;
        let enter = find_enter();
        let identity = enter.as_ref().map(|enter| {
            let told = fs::metadata(enter).ok();
            let changed = told.as_ref().and_then(|told| told.modified().ok());
            (enter.clone(), told.map_or(0, |told| told.len()), changed)
        });
        let last = self.verdict();
        if identity.is_some() && last.identity == identity {
            return last.ready;
        }
        let ready = self.try_out(enter).await;
        if let Err(why) = &ready {
            tracing::warn!(why, "no isolation");
        }
        let verdict = Verdict {
            identity,
            ready: ready.clone(),
        };
        *self.verdict.lock().unwrap_or_else(PoisonError::into_inner) = verdict;
        ready
    }

    async fn try_out(&self, enter: Option<PathBuf>) -> Result<Ready, String> {
        let enter = enter.ok_or(NO_INSIDER)?;
        let containers = Containers::prepare(&self.state_dir)?;
        let open = canary::sing(&containers, &self.state_dir, &enter).await?;
        Ok(Ready {
            containers: Arc::new(containers),
            open,
        })
    }
}

impl Ready {
    fn isolation(&self, policy: &Policy) -> Isolation {
        let has_git = fs::symlink_metadata(policy.worktree.join(".git")).is_ok();
        container::isolation(&self.open, policy.role.writes(), has_git)
    }
}

/// Beside this program, or above it, where test programs of a build are.
fn find_enter() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    let places = program.ancestors().skip(1).take(2);
    places
        .map(|folder| folder.join("ampersand-enter.exe"))
        .find(|path| path.is_file())
}
