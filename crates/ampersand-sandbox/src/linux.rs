//! The full tier on Linux: namespaces with a minimal root, a filter on system calls that holds for the first process
//! too, Landlock inside as a second lock, and a control group around it all.

mod canary;
#[doc(hidden)]
pub mod enter;
pub(crate) mod filter;
mod ready;
mod root;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ampersand_core::Isolation;

use crate::launcher::{LaunchError, Launched};
use crate::policy::Policy;
use ready::Ready;

pub(crate) const HINT: &str =
    "install bubblewrap (the package of that name) and allow unprivileged user namespaces";

/// Fixed places only: a `bwrap` on the `PATH` could be anybody's.
const BUILDERS: [&str; 2] = ["/usr/bin/bwrap", "/usr/local/bin/bwrap"];

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
    ready: Result<Arc<Ready>, String>,
}

/// What a verdict holds for; a change of any part calls for a new canary.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Identity(Vec<String>);

impl Launcher {
    pub(crate) async fn probe(state_dir: &Path) -> Self {
        Self::probe_with(state_dir, BUILDERS.map(PathBuf::from).into()).await
    }

    async fn probe_with(state_dir: &Path, builders: Vec<PathBuf>) -> Self {
        let verdict = Verdict {
            identity: None,
            ready: Err("not tried yet".to_owned()),
        };
        let launcher = Self {
            state_dir: state_dir.to_owned(),
            builders,
            tried: tokio::sync::Mutex::default(),
            verdict: Mutex::new(verdict),
        };
        // What it says is kept, and asked for where it matters.
        drop(launcher.ready().await);
        launcher
    }

    pub(crate) fn isolation(&self) -> Isolation {
        match self.verdict().ready {
            Ok(_) => Isolation::Full,
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
        ready.launch(policy, argv, attempt_id).await
    }

    fn verdict(&self) -> Verdict {
        self.verdict
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The last verdict if it still holds, which costs a few looks; else a new canary's.
    async fn ready(&self) -> Result<Arc<Ready>, String> {
        let _one_at_a_time = self.tried.lock().await;
        let builder = self.builders.iter().find(|path| path.is_file());
        let enter = find_enter();
        let identity = Identity::look(builder.into_iter().chain(enter.as_ref()));
        let last = self.verdict();
        if last.identity.as_ref() == Some(&identity) {
            return last.ready;
        }
        let ready = self.try_out(builder, enter.as_deref()).await;
        if let Err(why) = &ready {
            tracing::warn!(why, "no isolation");
        }
        let verdict = Verdict {
            identity: Some(identity),
            ready: ready.clone(),
        };
        *self.verdict.lock().unwrap_or_else(PoisonError::into_inner) = verdict;
        ready
    }

    async fn try_out(
        &self,
        builder: Option<&PathBuf>,
        enter: Option<&Path>,
    ) -> Result<Arc<Ready>, String> {
        let builder = builder.ok_or_else(|| {
            let places: Vec<_> = self
                .builders
                .iter()
                .map(|path| path.display().to_string())
                .collect();
            format!("bubblewrap is not installed ({})", places.join(", "))
        })?;
        let enter = enter.ok_or("ampersand-enter is not beside this program")?;
        let ready = Ready::prepare(&self.state_dir, builder, enter)?;
        canary::sing(&ready, &self.state_dir).await?;
        Ok(Arc::new(ready))
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

/// Whether everybody but the builder outside and its first process inside holds the filters of a reader too. Neither of
/// the two runs anything that comes from an agent.
pub(crate) fn gave_up_executing(builder: u32, pids: &[u32]) -> bool {
    let mut readers = 0;
    for pid in pids.iter().filter(|pid| **pid != builder) {
        // Whoever cannot be looked at is not believed; who has ended cannot execute.
        let Ok(status) = fs::read_to_string(format!("/proc/{pid}/status")) else {
            continue;
        };
        let field = |name: &str| {
            let value = status.lines().find_map(|line| line.strip_prefix(name))?;
            value.split_whitespace().next_back()?.parse::<u32>().ok()
        };
        if field("NSpid:") == Some(1) {
            continue;
        }
        if field("Seccomp_filters:").is_none_or(|filters| filters < filter::OF_READERS) {
            return false;
        }
        readers += 1;
    }
    readers > 0
}

/// Beside this program, or above it, where test programs of a build are.
fn find_enter() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    let places = program.ancestors().skip(1).take(2);
    places
        .map(|folder| folder.join("ampersand-enter"))
        .find(|path| path.is_file())
}
