//! The tiers on Linux. Full: namespaces with a minimal root, a filter on system calls that holds for the first process
//! too, Landlock inside as a second lock, and a control group around it all. Reduced: filter and Landlock alone.

mod alone;
mod canary;
#[doc(hidden)]
pub mod enter;
mod environment;
pub(crate) mod filter;
mod namespaces;
mod repository;
mod root;
pub(crate) mod sockets;
mod start;
#[cfg(test)]
mod tests;
mod tier;
mod way;

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ampersand_core::{Isolation, Role, UnsafeConsent};
use ampersand_process::program;

use crate::INSIDER;
use crate::launcher::{LaunchError, Launched};
use crate::policy::Policy;
use alone::Alone;
use tier::{Ready, Tier};

pub(crate) const HINT: &str = "install bubblewrap (the package of that name) and allow unprivileged user namespaces; `doctor` quotes the probe";

const NO_INSIDER: &str = "ampersand-enter is not beside this program";

/// Fixed places only: a `bwrap` on the `PATH` could be anybody's.
const BUILDERS: [&str; 2] = ["/usr/bin/bwrap", "/usr/local/bin/bwrap"];

/// How long a verdict below the full tier holds though nothing is seen to have changed: what the canary met may have been a
/// full disk or a busy machine. Each canary costs the start it precedes.
const LOWER_HOLDS: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub(crate) struct Launcher {
    state_dir: PathBuf,
    builders: Vec<PathBuf>,
    tried: tokio::sync::Mutex<()>,
    verdict: Mutex<Verdict>,
}

/// What the last canary said, and about which system.
#[derive(Debug, Clone)]
struct Verdict {
    identity: Option<Identity>,
    tried: Instant,
    ready: Result<Arc<Ready>, String>,
}

/// What a verdict holds for; a change of any part calls for a new canary. What else can change, such as a profile that is
/// loaded for the builder, shows as a launch that fails, after which no verdict holds.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Identity(Vec<String>);

impl Launcher {
    pub(crate) async fn probe(state_dir: &Path) -> Self {
        Self::probe_with(state_dir, BUILDERS.map(PathBuf::from).into()).await
    }

    async fn probe_with(state_dir: &Path, builders: Vec<PathBuf>) -> Self {
        let verdict = Verdict {
            identity: None,
            tried: Instant::now(),
            ready: Err("not tried yet".to_owned()),
        };
        let launcher = Self {
            state_dir: state_dir.to_owned(),
            builders,
            tried: tokio::sync::Mutex::default(),
            verdict: Mutex::new(verdict),
        };
        // What it says is kept, and asked for where it matters.
        drop(launcher.ready(LOWER_HOLDS).await);
        launcher
    }

    /// The tier a worker would have.
    pub(crate) fn isolation(&self) -> Isolation {
        match self.verdict().ready {
            Ok(ready) => ready.isolation(true),
            Err(why) => Isolation::None { why },
        }
    }

    /// The tier a launch would have now, tried again if anything it rests on changed.
    pub(crate) async fn look(&self, policy: &Policy) -> Isolation {
        self.tier_of(policy.role).await
    }

    pub(crate) async fn tier_of(&self, role: Role) -> Isolation {
        match self.ready(LOWER_HOLDS).await {
            Ok(ready) => ready.isolation(role.writes()),
            Err(why) => Isolation::None { why },
        }
    }

    pub(crate) async fn look_again(&self) -> Isolation {
        match self.ready(Duration::ZERO).await {
            Ok(ready) => ready.isolation(true),
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
            .ready(LOWER_HOLDS)
            .await
            .map_err(|why| LaunchError::NoIsolation { why })?;
        policy.accepts(&ready.isolation(policy.role.writes()))?;
        let launched = ready.launch(policy, argv, attempt_id).await;
        if matches!(launched, Err(LaunchError::Setup { .. })) {
            self.locked_verdict().identity = None;
        }
        launched
    }

    pub(crate) async fn launch_unfenced(
        &self,
        policy: &Policy,
        argv: Vec<OsString>,
        attempt_id: &str,
        _consent: &UnsafeConsent,
    ) -> Result<Launched, LaunchError> {
        let setup = |words| LaunchError::Setup { words };
        let enter = program::beside_us(INSIDER).ok_or_else(|| setup(NO_INSIDER.to_owned()))?;
        let alone = Alone::prepare(&self.state_dir, &enter, String::new()).map_err(setup)?;
        alone.launch_unfenced(policy, argv, attempt_id).await
    }

    fn locked_verdict(&self) -> MutexGuard<'_, Verdict> {
        self.verdict.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn verdict(&self) -> Verdict {
        self.locked_verdict().clone()
    }

    /// The last verdict if it still holds, which costs a few looks; else a new canary's. One below the full tier holds for
    /// `lower_holds`, and that there is none at all for no time: nobody could start anyway.
    async fn ready(&self, lower_holds: Duration) -> Result<Arc<Ready>, String> {
        let _one_at_a_time = self.tried.lock().await;
        let builder = self.builders.iter().find(|path| path.is_file());
        let enter = program::beside_us(INSIDER);
        let identity = Identity::look(builder.into_iter().chain(enter.as_ref()));
        let last = self.verdict();
        let holds = match &last.ready {
            Ok(ready) => ready.tier() == Tier::Full || last.tried.elapsed() < lower_holds,
            Err(_) => false,
        };
        if holds && last.identity.as_ref() == Some(&identity) {
            return last.ready;
        }
        let ready = self.try_out(builder, enter.as_deref()).await;
        if let Err(why) = &ready {
            tracing::warn!(why, "no isolation");
        }
        let verdict = Verdict {
            identity: Some(identity),
            tried: Instant::now(),
            ready: ready.clone(),
        };
        *self.locked_verdict() = verdict;
        ready
    }

    async fn try_out(
        &self,
        builder: Option<&PathBuf>,
        enter: Option<&Path>,
    ) -> Result<Arc<Ready>, String> {
        let builder = builder.map(PathBuf::as_path).ok_or_else(|| {
            let places: Vec<_> = self
                .builders
                .iter()
                .map(|path| path.display().to_string())
                .collect();
            format!("bubblewrap is not installed ({})", places.join(", "))
        });
        let enter = enter.ok_or(NO_INSIDER)?;
        is_ours(&self.state_dir)?;
        Ready::try_out(&self.state_dir, builder, enter)
            .await
            .map(Arc::new)
    }
}

impl Identity {
    fn look<'a>(programs: impl Iterator<Item = &'a PathBuf>) -> Self {
        let mut seen = vec![
            rustix::system::uname()
                .release()
                .to_string_lossy()
                .into_owned(),
        ];
        for path in programs {
            let told = fs::metadata(path).map(|meta| {
                let changed = (meta.ctime(), meta.ctime_nsec());
                format!(
                    "{} {} {} {changed:?}",
                    path.display(),
                    meta.dev(),
                    meta.ino()
                )
            });
            seen.push(told.unwrap_or_default());
        }
        for setting in [
            "/proc/sys/user/max_user_namespaces",
            "/proc/sys/kernel/unprivileged_userns_clone",
            "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
        ] {
            seen.push(fs::read_to_string(setting).unwrap_or_default());
        }
        Self(seen)
    }
}

/// Whether everybody but two processes of ours holds the filters of a reader too: the one known outside and, below it,
/// the first process of the namespace or the watcher. Neither of the two runs anything that comes from an agent.
pub(crate) fn gave_up_executing(known: u32, pids: &[u32]) -> bool {
    let mut readers = 0;
    for pid in pids.iter().filter(|pid| **pid != known) {
        // Whoever cannot be looked at is not believed; who has ended cannot execute.
        let Ok(status) = fs::read_to_string(format!("/proc/{pid}/status")) else {
            continue;
        };
        let field = |name: &str| {
            let value = status.lines().find_map(|line| line.strip_prefix(name))?;
            value.split_whitespace().next_back()?.parse::<u32>().ok()
        };
        if field("NSpid:") == Some(1) || field("PPid:") == Some(known) {
            continue;
        }
        if field("Seccomp_filters:").is_none_or(|filters| filters < filter::OF_READERS) {
            return false;
        }
        readers += 1;
    }
    readers > 0
}

/// What is shown to every sandbox is written below it: a link would lead there whoever made it.
fn is_ours(state_dir: &Path) -> Result<(), String> {
    let below = state_dir.join("sandbox");
    let is_link = |path: &&Path| fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink());
    match [state_dir, &below].into_iter().find(is_link) {
        Some(link) => Err(format!("{} is a symbolic link", link.display())),
        None => Ok(()),
    }
}
