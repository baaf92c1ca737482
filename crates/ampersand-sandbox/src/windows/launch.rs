//! Starting a program in a container of its own: written down, given its rights, started, followed to the end of the last of
//! its processes, and put back. Whatever fails on the way is put back at once, and nothing is started.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ampersand_core::Isolation;
use ampersand_process::{Child, Container, Spec, Tree, TreeError, spawn_tree};

use super::{access, profile, system};
use crate::container::environment::{PRIVATE, System, environment, find_program};
use crate::container::grants::{Grant, Right, plan};
use crate::container::journal::{Entry, Record};
use crate::container::sid::Sid;
use crate::container::{installation, plain, profile_name, tools_name};
use crate::launcher::{LaunchError, Launched};
use crate::policy::Policy;
use crate::toolchains::Toolchains;

/// Everything a launch needs that does not differ from attempt to attempt.
#[derive(Debug)]
pub(super) struct Containers {
    places: Places,
    installation: String,
    toolchains: Toolchains,
    system: System,
    /// By this all attempts are let at the toolchains.
    tools: Sid,
}

/// Where it is written down what has to be put back.
#[derive(Debug, Clone)]
struct Places {
    folder: PathBuf,
}

/// A program that runs in its container.
pub(super) struct Started {
    pub(super) child: Child,
    pub(super) tree: Tree,
    private: PathBuf,
    entry: Entry,
    places: Places,
}

/// When it is tried again to remove a folder that somebody held: a scanner of viruses lets go by then.
const LATER: Duration = Duration::from_secs(5);

/// A step that failed.
type Failed = (&'static str, io::Error);

impl Places {
    fn of(state_dir: &Path) -> Self {
        Self {
            folder: state_dir.join("sandbox"),
        }
    }

    /// Records of attempts.
    fn attempts(&self) -> PathBuf {
        self.folder.join("attempts")
    }

    /// The record of what stays from attempt to attempt.
    fn tools(&self) -> PathBuf {
        self.folder.join("tools")
    }

    /// Rights are read, changed and written: one at a time, whichever process does it.
    fn alone(&self) -> io::Result<File> {
        fs::create_dir_all(&self.folder)?;
        let mut options = File::options();
        let path = self.folder.join("rights.lock");
        let lock = options
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        lock.lock()?;
        Ok(lock)
    }

    fn put_back(&self, entry: Entry) -> io::Result<()> {
        let _alone = self.alone()?;
        entry.undo(access::revoke, profile::remove)
    }

    /// Of all attempts that nobody looks after.
    fn put_back_all(&self) {
        for entry in Entry::left(&self.attempts()) {
            tell(self.put_back(entry));
        }
    }
}

impl Containers {
    pub(super) fn prepare(state_dir: &Path) -> Result<Self, String> {
        let failed = |what: &'static str| move |error: io::Error| format!("{what}: {error}");
        let places = Places::of(state_dir);
        fs::create_dir_all(&places.folder).map_err(failed("its own folder cannot be made"))?;
        is_straight(&places.folder).map_err(failed("its own folder cannot be used"))?;
        let installation = installation(state_dir);
        let tools = profile::capability(&tools_name(&installation))
            .map_err(failed("this system knows no AppContainers"))?;
        Ok(Self {
            places,
            installation,
            toolchains: Toolchains::find(),
            system: system::look().map_err(failed("the system's folder is not known"))?,
            tools,
        })
    }

    /// Starts `argv` in a container of its own, whether or not anybody accepted what that leaves open.
    pub(super) async fn start(
        &self,
        policy: &Policy,
        argv: Vec<OsString>,
        attempt_id: &str,
    ) -> Result<Started, LaunchError> {
        let git = checked(policy)?;
        let name = self.name();
        let (places, own) = (self.places.clone(), policy.clone());
        let furnishing = move || furnish(&places, &own, git.as_deref(), &name);
        let (entry, private) = blocking(furnishing).await.map_err(prepare)?;
        if policy.execute {
            let (places, tools) = (self.places.clone(), self.tools.clone());
            let paths = self.toolchains.paths.clone();
            blocking(move || show_tools(&places, &tools, &paths)).await;
        }
        let spec = self.spec(policy, argv, &entry.record.identity, &private);
        let spawned = match spec {
            Ok(spec) => spawn_tree(spec, attempt_id, policy.limits.bounds())
                .await
                .map_err(LaunchError::Spawn),
            Err(error) => Err(error),
        };
        let places = self.places.clone();
        match spawned {
            Ok((child, tree)) => Ok(Started {
                child,
                tree,
                private,
                entry,
                places,
            }),
            Err(error) => {
                blocking(move || tell(places.put_back(entry))).await;
                Err(error)
            }
        }
    }

    fn name(&self) -> String {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let at = SystemTime::now().duration_since(UNIX_EPOCH);
        let at = at.map_or(0, |at| at.as_millis());
        profile_name(&self.installation, std::process::id(), at, number)
    }

    fn spec(
        &self,
        policy: &Policy,
        argv: Vec<OsString>,
        identity: &Sid,
        private: &Path,
    ) -> Result<Spec, LaunchError> {
        let env = environment(&self.system, &self.toolchains, policy, private);
        let mut spec = spec(policy, argv, env)?;
        spec.container = Some(Container {
            package: identity.bytes().to_owned(),
            capabilities: vec![self.tools.bytes().to_owned()],
            executes: policy.execute,
        });
        Ok(spec)
    }
}

impl Started {
    /// Handed out; what was given for it is taken back when the last of its processes has ended.
    pub(super) fn followed(self, isolation: Isolation) -> Launched {
        let Self {
            child,
            tree,
            private,
            entry,
            places,
        } = self;
        let emptied = tree.emptied();
        tokio::spawn(async move {
            emptied.await;
            let again = places.clone();
            if blocking(move || places.put_back(entry)).await.is_err() {
                tokio::time::sleep(LATER).await;
                blocking(move || again.put_back_all()).await;
            }
        });
        Launched {
            child,
            tree,
            isolation,
            way: None,
            inward: None,
            temporary: Some(private),
        }
    }

    /// Ends it and takes everything back. Whether its rights are gone is to be looked at; its folder may be held for a while
    /// by whoever looks for viruses, and is then left for later.
    pub(super) async fn ended(self) -> Result<(), TreeError> {
        let killed = self.tree.kill().await;
        let (places, entry) = (self.places, self.entry);
        blocking(move || tell(places.put_back(entry))).await;
        killed.map(drop)
    }

    pub(super) const fn identity(&self) -> &Sid {
        &self.entry.record.identity
    }
}

/// Starts `argv` with nothing around it but its job, as a person typed.
pub(super) async fn unfenced(
    state_dir: &Path,
    policy: &Policy,
    argv: Vec<OsString>,
    attempt_id: &str,
) -> Result<Launched, LaunchError> {
    let private = temporary(state_dir).join(folder_name(attempt_id));
    let made = PRIVATE
        .iter()
        .try_for_each(|name| fs::create_dir_all(private.join(name)));
    made.map_err(|source| prepare(("make its temporary folder", source)))?;
    let system = system::look().map_err(|source| prepare(("look at the system", source)))?;
    let mut env = environment(&system, &Toolchains::find(), policy, &private);
    // It reaches whatever the person's own programs reach.
    let offline = |name: &OsString| {
        let mut words = crate::toolchains::OFFLINE.iter();
        words.any(|(word, _)| name == word)
            && policy.env.iter().all(|(own, _)| name != own.as_str())
    };
    env.retain(|(name, _)| !offline(name));
    let spec = spec(policy, argv, env)?;
    let (child, tree) = spawn_tree(spec, attempt_id, policy.limits.bounds())
        .await
        .map_err(LaunchError::Spawn)?;
    let (emptied, folder) = (tree.emptied(), private.clone());
    tokio::spawn(async move {
        emptied.await;
        blocking(move || tell(fs::remove_dir_all(folder))).await;
    });
    Ok(Launched {
        child,
        tree,
        isolation: Isolation::Unsafe,
        way: None,
        inward: None,
        temporary: Some(private),
    })
}

/// Where those have their temporary folders that have no container.
fn temporary(state_dir: &Path) -> PathBuf {
    state_dir.join("sandbox").join("tmp")
}

/// Begins with us, so that whoever comes later knows whether it is used.
fn folder_name(attempt_id: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let name: String = attempt_id.chars().map(plain).collect();
    format!("{}-{name}", std::process::id())
}

/// Puts back what launchers that are no more have left.
pub(super) async fn sweep(state_dir: &Path) {
    let (places, temporary) = (Places::of(state_dir), temporary(state_dir));
    blocking(move || {
        places.put_back_all();
        for folder in fs::read_dir(temporary).into_iter().flatten().flatten() {
            let name = folder.file_name();
            let owner = name.to_str().and_then(|name| name.split('-').next());
            let owner = owner.and_then(|pid| pid.parse().ok());
            if !owner.is_some_and(system::is_there) {
                tell(fs::remove_dir_all(folder.path()));
            }
        }
    })
    .await;
}

/// Takes back what stays from attempt to attempt: reading the toolchains.
pub(crate) fn take_back(state_dir: &Path) -> io::Result<usize> {
    let places = Places::of(state_dir);
    let mut count = 0;
    for entry in Entry::left(&places.attempts())
        .into_iter()
        .chain(Entry::left(&places.tools()))
    {
        count += entry.record.paths.len();
        places.put_back(entry)?;
    }
    Ok(count)
}

/// The worktree's `.git` file, if it has one. Any path of the policy that is not what it says is refused.
fn checked(policy: &Policy) -> Result<Option<PathBuf>, LaunchError> {
    let refused = |what, path: &Path, source| LaunchError::Path {
        what,
        path: path.to_owned(),
        source,
    };
    let named = policy.read_only.iter().chain(&policy.writable);
    for path in [&policy.worktree].into_iter().chain(named) {
        is_straight(path).map_err(|source| refused("the path", path, source))?;
    }
    let git = policy.worktree.join(".git");
    let not = |why: &'static str| Err(refused("the worktree's", &git, io::Error::other(why)));
    match fs::symlink_metadata(&git) {
        Ok(told) if told.is_symlink() => not("it is a symbolic link"),
        Ok(told) if told.is_dir() && policy.role.writes() => {
            not("a reduced sandbox does not keep that folder from being written")
        }
        Ok(told) if told.is_dir() => Ok(None),
        Ok(_) => Ok(Some(git)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(refused("the worktree's", &git, source)),
    }
}

/// That a path is there, absolute, and leads through no link.
fn is_straight(path: &Path) -> io::Result<()> {
    if !path.is_absolute() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    for part in path.ancestors() {
        if fs::symlink_metadata(part)?.is_symlink() {
            return Err(io::Error::other(format!("{} is a link", part.display())));
        }
    }
    Ok(())
}

/// Writes down what is about to be given, then gives it. Where any of it fails all of it is taken back.
fn furnish(
    places: &Places,
    policy: &Policy,
    git: Option<&Path>,
    name: &str,
) -> Result<(Entry, PathBuf), Failed> {
    let said = |step| move |error| (step, error);
    let identity = profile::identity(name).map_err(said("name its container"))?;
    let grants = plan(policy, git);
    let record = Record {
        profile: Some(name.to_owned()),
        identity: identity.clone(),
        paths: grants.iter().map(|grant| grant.path.clone()).collect(),
    };
    let entry = Entry::write(&places.attempts(), name, record)
        .map_err(said("write down what has to be put back"))?;
    let furnished = || -> Result<PathBuf, Failed> {
        let private = profile::make(name, &identity).map_err(said("make its container"))?;
        for folder in PRIVATE {
            fs::create_dir_all(private.join(folder)).map_err(said("make its temporary folder"))?;
        }
        let _alone = places.alone().map_err(said("give it rights"))?;
        for grant in &grants {
            access::grant(grant, &identity).map_err(said("give it rights"))?;
        }
        Ok(private)
    };
    match furnished() {
        Ok(private) => Ok((entry, private)),
        Err(failed) => {
            tell(places.put_back(entry));
            Err(failed)
        }
    }
}

/// Lets all attempts of this installation read the toolchains that none could read yet. That takes long once for each, and
/// stays. What fails is not seen inside, and nothing else.
fn show_tools(places: &Places, tools: &Sid, paths: &[PathBuf]) {
    let show = || -> io::Result<()> {
        let _alone = places.alone()?;
        let straight = paths.iter().filter(|path| is_straight(path).is_ok());
        let straight: Vec<PathBuf> = straight.cloned().collect();
        let is_new = |path: &&PathBuf| !access::names(path, tools).unwrap_or(false);
        let new: Vec<_> = straight.iter().filter(is_new).collect();
        if new.is_empty() {
            return Ok(());
        }
        let mut record = Record {
            profile: None,
            identity: tools.clone(),
            paths: straight.clone(),
        };
        for left in Entry::left(&places.tools()) {
            // Where a toolchain was before it may still be.
            let other = left.record.paths.iter();
            record
                .paths
                .extend(other.filter(|path| !straight.contains(path)).cloned());
        }
        let _kept = Entry::write(&places.tools(), "tools", record)?;
        for path in new {
            let grant = Grant {
                path: path.clone(),
                right: Right::Read,
            };
            tell(access::grant(&grant, tools));
        }
        Ok(())
    };
    tell(show());
}

/// The program and what is around it, but for its container.
fn spec(
    policy: &Policy,
    argv: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
) -> Result<Spec, LaunchError> {
    let mut argv = argv.into_iter();
    let name = PathBuf::from(argv.next().unwrap_or_default());
    let program = find_program(&name, &env, Path::is_file).ok_or_else(|| LaunchError::Setup {
        words: format!("{} is not on the sandbox's own PATH", name.display()),
    })?;
    let mut spec = Spec::new(plain(&program))
        .args(argv)
        .cwd(plain(&policy.worktree))
        .piped_stdin();
    spec.env = env;
    Ok(spec)
}

fn prepare((step, source): Failed) -> LaunchError {
    LaunchError::Prepare { step, source }
}

/// What cannot be done now is left on the record for the next start.
fn tell(done: io::Result<()>) {
    if let Err(error) = done {
        tracing::warn!(%error, "rights of a container are left for the next start");
    }
}

/// Files are many, and giving rights on them must not hold up the caller's thread.
async fn blocking<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> R {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(failed) => std::panic::resume_unwind(failed.into_panic()),
    }
}
