//! The tiers on Windows. The full one, where an administrator has helped once: a user of its own for each attempt, network
//! filters, a lesser token and a desktop of its own (`users.rs`). Below it, and reduced: an AppContainer for each attempt
//! (`launch.rs`). Either with a job around it from before its first instruction on, and with rights on files that are given
//! before and taken back after. See `crate::users` and `crate::container` for what is decided, and the files here for what is
//! done.

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
mod text;
mod tries;
mod unfenced;
mod users;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use ampersand_core::{Gap, Isolation, Role, UnsafeConsent};
use ampersand_process::program;

use crate::INSIDER;
use crate::container;
use crate::container::song::Fence;
use crate::launcher::{LaunchError, Launched};
use crate::policy::Policy;
use crate::set_up::SetUpError;
use crate::users::token::Cut;
use crate::users::{isolation, neither, tried};
use launch::Containers;
use started::Started;
use users::Users;

pub(crate) use places::take_back;
pub(crate) use system::{gave_up_executing, starts_nothing};

pub(crate) const HINT: &str = "`ampersand-cli isolation set-up` brings full isolation; without it agents run in AppContainers, for which Windows 10 or newer, a home folder on an NTFS drive and ampersand-enter.exe beside this program are needed; `doctor` quotes the probe";

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

/// A file, as far as it is looked at to tell whether it is still the same.
type Seen = Option<(u64, Option<SystemTime>)>;

/// The canary's program, and the keys of users.
type Identity = (PathBuf, Seen, Seen);

/// What a tier is made of.
#[derive(Debug, Clone)]
enum Tier {
    /// The full one.
    Users(Arc<Users>),
    /// The reduced one, and why there is none above it.
    Containers {
        containers: Arc<Containers>,
        why: String,
    },
}

/// The tier, tried, and what it was found to leave open.
#[derive(Debug, Clone)]
struct Ready {
    tier: Tier,
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
            Ok(ready) => ready.of(true, true),
            Err(why) => Isolation::None { why },
        }
    }

    pub(crate) async fn look(&self, policy: &Policy) -> Isolation {
        match self.ready().await {
            Ok(ready) => ready.isolation(policy),
            Err(why) => Isolation::None { why },
        }
    }

    pub(crate) async fn tier_of(&self, role: Role) -> Isolation {
        match self.ready().await {
            Ok(ready) => ready.of(role.writes(), true),
            Err(why) => Isolation::None { why },
        }
    }

    /// A tier is tried at length here, by many processes: again only where there was none, or something changed.
    pub(crate) async fn look_again(&self) -> Isolation {
        self.tier_of(Role::Worker).await
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
        if policy.way_port.is_some() && !isolation.is_full() {
            // A container reaches nothing on the loopback device, and no administrator has let it.
            let words = "a way out, to a model or to hosts, can be had in the full tier only";
            return Err(LaunchError::Setup {
                words: words.to_owned(),
            });
        }
        if policy.serves.is_some() {
            // A container is reached by nobody, and the filters let no user of an attempt's listen.
            let words = "nothing may listen in an attempt on Windows";
            return Err(LaunchError::Setup {
                words: words.to_owned(),
            });
        }
        let started = ready.tier.start(policy, argv, attempt_id).await?;
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
        let enter = program::beside_us(INSIDER);
        let seen = |path: &Path| {
            let told = fs::metadata(path).ok()?;
            Some((told.len(), told.modified().ok()))
        };
        let keys = users::keys_file(&self.state_dir);
        let identity = enter
            .as_ref()
            .map(|enter| (enter.clone(), seen(enter), seen(&keys)));
        let last = self.verdict();
        // What failed as a whole may do so for a moment, and nobody could start anyway.
        if identity.is_some() && last.identity == identity && last.ready.is_ok() {
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

    /// The highest tier that holds. One that does not is said not to be there, and why.
    async fn try_out(&self, enter: Option<PathBuf>) -> Result<Ready, String> {
        let enter = enter.ok_or(NO_INSIDER)?;
        let why = match self.try_users(&enter).await {
            Ok(ready) => return Ok(ready),
            Err(why) => why,
        };
        tracing::info!(why, "no full isolation");
        let containers =
            Containers::prepare(&self.state_dir).map_err(|below| neither(&why, &below))?;
        let tier = Tier::Containers {
            containers: Arc::new(containers),
            why: why.clone(),
        };
        let sung = canary::sing(&tier, &self.state_dir, &enter).await;
        let open = sung.map_err(|below| neither(&why, &below))?;
        Ok(Ready { tier, open })
    }

    /// By the deepest cut that holds and lets programs run.
    async fn try_users(&self, enter: &Path) -> Result<Ready, String> {
        let mut failed: Option<String> = None;
        for cut in Cut::ALL {
            let tier = Tier::Users(Arc::new(Users::prepare(&self.state_dir, enter, cut)?));
            let why = match tried(canary::sing(&tier, &self.state_dir, enter).await) {
                Ok(()) => {
                    let open = Vec::new();
                    return Ok(Ready { tier, open });
                }
                Err(why) => why,
            };
            tracing::info!(?cut, why, "users of their own do not hold");
            failed = Some(match failed {
                Some(before) if before != why => neither(&before, &why),
                _ => why,
            });
        }
        Err(failed.unwrap_or_default())
    }
}

impl Tier {
    fn fence(&self) -> Fence {
        match self {
            Self::Users(users) => Fence::User(users.cut()),
            Self::Containers { .. } => Fence::Container,
        }
    }

    /// Starts `argv`, whether or not anybody accepted what the tier leaves open.
    async fn start(
        &self,
        policy: &Policy,
        argv: Vec<OsString>,
        attempt_id: &str,
    ) -> Result<Started, LaunchError> {
        match self {
            Self::Users(users) => Box::pin(users.start(policy, argv, attempt_id)).await,
            Self::Containers { containers, .. } => containers.start(policy, argv, attempt_id).await,
        }
    }
}

impl Ready {
    fn isolation(&self, policy: &Policy) -> Isolation {
        let has_git = fs::symlink_metadata(policy.worktree.join(".git")).is_ok();
        self.of(policy.role.writes(), has_git)
    }

    fn of(&self, writes: bool, has_git: bool) -> Isolation {
        match &self.tier {
            Tier::Users(_) => isolation(writes, has_git),
            Tier::Containers { why, .. } => container::isolation(why, &self.open, writes, has_git),
        }
    }
}

pub(crate) fn set_up(state_dir: &Path) -> Result<(), SetUpError> {
    let enter = program::beside_us(INSIDER).ok_or(SetUpError::NoInsider)?;
    users::set_up::set_up(state_dir, &enter)
}

pub(crate) fn remove_set_up(state_dir: &Path) -> Result<bool, SetUpError> {
    if !users::set_up::is_there(state_dir) {
        return Ok(false);
    }
    let enter = program::beside_us(INSIDER).ok_or(SetUpError::NoInsider)?;
    users::set_up::remove(state_dir, &enter).map(|()| true)
}
