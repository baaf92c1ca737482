//! The reduced tier: no namespaces, so that the person's files, processes and network are all there, and the insider's
//! own locks keep the program from them. Also the way in which nothing keeps it, where a person typed so.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use ampersand_core::{Gap, Isolation};
use ampersand_process::{Spec, remove_folder};
use rustix::pipe::{PipeFlags, pipe_with};
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe::Receiver;

use super::enter::{Fence, Order};
use super::environment::{Reach, environment};
use super::root;
use super::start::{Report, of_each, refused, start};
use crate::inward::Inward;
use crate::launcher::{LaunchError, Launched};
use crate::policy::Policy;
use crate::toolchains::Toolchains;

/// Where the insider finds its pipe.
const REPORT: i32 = 10;
/// Held by front and watcher, so that their end is seen.
const HELD: i32 = 11;

/// Everything a launch needs that does not differ from attempt to attempt.
#[derive(Debug)]
pub(super) struct Alone {
    enter: PathBuf,
    /// Folder of the private temporary folders.
    temporary: PathBuf,
    toolchains: Toolchains,
    /// Why the full tier could not be had.
    why: String,
    /// What the canary found open.
    open: BTreeSet<Gap>,
}

impl Alone {
    pub(super) fn prepare(state_dir: &Path, enter: &Path, why: String) -> Result<Self, String> {
        let failed = |error: io::Error| format!("cannot write to {}: {error}", state_dir.display());
        let temporary = state_dir.join("sandbox/tmp");
        fs::create_dir_all(&temporary).map_err(failed)?;
        let temporary = dunce::canonicalize(&temporary).map_err(failed)?;
        sweep(&temporary);
        Ok(Self {
            enter: enter.to_owned(),
            temporary,
            toolchains: Toolchains::find(),
            why,
            open: BTreeSet::new(),
        })
    }

    /// Takes down what the canary found open, which from then on is said of every attempt.
    pub(super) fn found_open(&mut self, gaps: impl IntoIterator<Item = Gap>) {
        self.open.extend(gaps);
    }

    /// The tier as a role has it.
    pub(super) fn isolation(&self, writes: bool) -> Isolation {
        let only_writers = |gap: &Gap| matches!(gap, Gap::Attributes | Gap::GitFile);
        let gaps = self.open.iter().filter(|gap| writes || !only_writers(gap));
        Isolation::Reduced {
            why: self.why.clone(),
            gaps: gaps.copied().collect(),
        }
    }

    /// Starts `argv` behind the insider's locks, whether or not anybody accepted what they leave open.
    pub(super) async fn launch(
        &self,
        policy: &Policy,
        argv: Vec<OsString>,
        attempt_id: &str,
    ) -> Result<Launched, LaunchError> {
        let writes = policy.role.writes();
        let refused = |why| {
            Err(LaunchError::Path {
                what: "the worktree's",
                path: policy.worktree.join(".git"),
                source: io::Error::other(why),
            })
        };
        match fs::symlink_metadata(policy.worktree.join(".git")) {
            Ok(git) if git.is_symlink() => return refused("it is a symbolic link"),
            Ok(git) if git.is_dir() => {
                return refused(
                    "a reduced sandbox cannot keep that folder from being read or written; use a linked worktree",
                );
            }
            _ => {}
        }
        let mut launched = self
            .enter(policy, argv, attempt_id, Fence::Locks { writes })
            .await?;
        launched.isolation = self.isolation(writes);
        Ok(launched)
    }

    /// Starts `argv` with nothing around it but the watcher and its limits.
    pub(super) async fn launch_unfenced(
        &self,
        policy: &Policy,
        argv: Vec<OsString>,
        attempt_id: &str,
    ) -> Result<Launched, LaunchError> {
        self.enter(policy, argv, attempt_id, Fence::Nothing).await
    }

    async fn enter(
        &self,
        policy: &Policy,
        argv: Vec<OsString>,
        attempt_id: &str,
        fence: Fence,
    ) -> Result<Launched, LaunchError> {
        // There is no network of its own in which it could listen without others listening too.
        let words = match (policy.way_port, policy.serves, fence) {
            (Some(_), _, _) => {
                Some("a way out, to a model or to hosts, can be had in the full tier only")
            }
            (None, Some(_), Fence::Namespaces | Fence::Locks { .. }) => {
                Some("what serves a port can be run in the full tier only")
            }
            _ => None,
        };
        if let Some(words) = words {
            return Err(LaunchError::Setup {
                words: words.to_owned(),
            });
        }
        let named = policy.read_only.iter().chain(&policy.writable);
        for path in [&policy.worktree].into_iter().chain(named) {
            drop(root::open("the path", path)?);
        }
        let private =
            Private::make(&self.temporary).map_err(refused("make its temporary folder"))?;
        let home = private.path.join("home");
        let report = Report::open()?;
        let (gone, held) =
            pipe_with(PipeFlags::CLOEXEC).map_err(|error| refused("open a pipe")(error.into()))?;
        let order = self.order(policy, fence, &private.path);
        let order = serde_json::to_string(&order).map_err(|error| LaunchError::Prepare {
            step: "write its order",
            source: error.into(),
        })?;
        let mut spec = Spec::new(&self.enter)
            .arg(order)
            .args(argv)
            .cwd(&policy.worktree)
            .piped_stdin();
        let folders = (home.as_os_str(), private.path.as_os_str());
        let reach = match fence {
            Fence::Nothing => Reach::Anywhere,
            Fence::Namespaces | Fence::Locks { .. } => Reach::Nowhere,
        };
        for (name, value) in environment(&self.toolchains, policy, folders, reach) {
            spec = spec.env(name, value);
        }
        spec.inherit = vec![(report.writer, REPORT), (held, HELD)];
        let temporary = Some(private.path.clone());
        private
            .remove_after(gone)
            .map_err(refused("watch its end"))?;
        let (child, tree) = start(spec, policy, attempt_id, report.reader).await?;
        Ok(Launched {
            child,
            tree,
            isolation: Isolation::Unsafe,
            way: None,
            inward: policy.serves.map(Inward::shared),
            temporary,
        })
    }

    fn order(&self, policy: &Policy, fence: Fence, private: &Path) -> Order {
        let mut writable = vec![private.to_owned()];
        writable.extend(policy.role.writes().then(|| policy.worktree.clone()));
        writable.extend(policy.writable.iter().cloned());
        let system = root::SYSTEM
            .iter()
            .filter(|path| !["/etc", "/run"].contains(path))
            .map(PathBuf::from);
        let etc = root::ETC.iter().chain(&root::PEOPLE);
        let readable = system
            .chain(etc.map(|name| Path::new("/etc").join(name)))
            .chain(self.toolchains.paths.iter().cloned())
            .chain([policy.worktree.clone()])
            .chain(policy.read_only.iter().cloned());
        // The system counts all that the person runs, so that theirs come on top.
        let (mut processes, memory_bytes) = of_each(policy);
        let theirs = running();
        for bound in [&mut processes.now, &mut processes.most] {
            *bound = bound.saturating_add(theirs);
        }
        Order {
            report: REPORT,
            fence,
            way: None,
            inward: None,
            writable,
            readable: readable.collect(),
            processes,
            memory_bytes,
            file_bytes: policy.limits.file_bytes,
        }
    }
}

/// How many threads the person has now.
fn running() -> u64 {
    let us = rustix::process::geteuid().as_raw().to_string();
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let threads = entries.filter_map(|entry| {
        entry.file_name().to_str()?.parse::<u32>().ok()?;
        let status = fs::read_to_string(entry.path().join("status")).ok()?;
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|line| line.split_whitespace().next())
        };
        (field("Uid:")? == us).then(|| field("Threads:")?.parse::<u64>().ok())?
    });
    threads.sum()
}

/// A temporary folder of one attempt.
struct Private {
    path: PathBuf,
}

impl Private {
    fn make(folder: &Path) -> io::Result<Self> {
        use std::os::unix::fs::DirBuilderExt;
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!("{}-{number}", std::process::id()));
        let mut builder = fs::DirBuilder::new();
        builder.mode(0o700);
        builder.create(&path)?;
        builder.create(path.join("home"))?;
        Ok(Self { path })
    }

    /// Removes it when nobody holds the other end of `gone` any more.
    fn remove_after(self, gone: OwnedFd) -> io::Result<()> {
        let mut gone = Receiver::from_owned_fd(gone)?;
        tokio::spawn(async move {
            // However it ends, nobody is there any more.
            drop(gone.read_u8().await);
            let removed = tokio::task::spawn_blocking(move || remove_folder(&self.path));
            if let Ok(Err(error)) = removed.await {
                tracing::debug!(%error, "a temporary folder is left for the next start");
            }
        });
        Ok(())
    }
}

/// Removes what launchers that are no more have left.
fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let owner = name.to_str().and_then(|name| name.split('-').next());
        let alive = owner.is_some_and(|pid| Path::new("/proc").join(pid).exists());
        if !alive && let Err(error) = remove_folder(&entry.path()) {
            tracing::debug!(%error, "an old temporary folder cannot be removed");
        }
    }
}
