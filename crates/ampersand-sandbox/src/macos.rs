//! Seatbelt on macOS: a profile that denies by default, tried by a canary of each kind of role before it is relied on.
//! Ending a tree is best effort there: a process can leave it between two looks; should we be killed, a program of ours does it
//! (`enter.rs`). Git works inside in a repository of the
//! attempt's own, to which variables lead: the configuration of the person's cannot be replaced, and is not shown.

#[doc(hidden)]
pub mod enter;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use ampersand_core::{Isolation, Role, UnsafeConsent};
use ampersand_process::{Bounds, Spec, program, spawn_tree};
use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};
use tokio::io::AsyncReadExt;

use crate::INSIDER;
use crate::inward::Inward;
use crate::launcher::{LaunchError, Launched};
use crate::policy::Policy;
use crate::seatbelt::{Profile, Song};
use crate::toolchains::Toolchains;

pub(crate) const HINT: &str = "sandbox-exec must be in /usr/bin and allowed, which a managed Mac may forbid, and ampersand-enter beside this program";

/// More than any canary says.
const SONG_BYTES_MAX: u64 = 4096;

const NO_WATCHER: &str = "ampersand-enter is not beside this program";

const BUILDER: &str = "/usr/bin/sandbox-exec";

/// The profile names the one program that may be executed.
pub(crate) const fn gave_up_executing(_builder: u32, _pids: &[u32]) -> bool {
    true
}

#[derive(Debug)]
pub(crate) struct Launcher {
    state_dir: PathBuf,
    toolchains: Toolchains,
    verdict: Result<(), String>,
}

impl Launcher {
    pub(crate) async fn probe(state_dir: &Path) -> Self {
        let toolchains = Toolchains::find();
        let mut launcher = Self {
            state_dir: state_dir.to_owned(),
            toolchains,
            verdict: Ok(()),
        };
        launcher.sweep();
        launcher.verdict = match program::beside_us(INSIDER) {
            Some(enter) => {
                ampersand_process::watched_by(enter, vec![enter::WATCH.into()]);
                launcher.sing().await
            }
            // What is started must end with us.
            None => Err(NO_WATCHER.to_owned()),
        };
        launcher
    }

    pub(crate) fn isolation(&self) -> Isolation {
        match &self.verdict {
            // All that this system has to give; what that is not is in the words.
            Ok(()) => Isolation::FULL,
            Err(why) => Isolation::None { why: why.clone() },
        }
    }

    #[expect(clippy::unused_async, reason = "the other systems look again")]
    pub(crate) async fn look(&self, _policy: &Policy) -> Isolation {
        self.isolation()
    }

    #[expect(clippy::unused_async, reason = "the other systems look again")]
    pub(crate) async fn tier_of(&self, _role: Role) -> Isolation {
        self.isolation()
    }

    #[expect(clippy::unused_async, reason = "the other systems look again")]
    pub(crate) async fn look_again(&self) -> Isolation {
        self.isolation()
    }

    /// Starts the program with a tree around it and nothing else.
    pub(crate) async fn launch_unfenced(
        &self,
        policy: &Policy,
        argv: Vec<OsString>,
        attempt_id: &str,
        _consent: &UnsafeConsent,
    ) -> Result<Launched, LaunchError> {
        let fenced = self.spec(policy, Vec::new(), attempt_id)?;
        let mut spec = Spec::new("/usr/bin/env").arg("--").args(argv).piped_stdin();
        spec.cwd = fenced.cwd;
        spec.env = fenced.env;
        spec.limits = fenced.limits;
        let (child, tree) = spawn_tree(spec, attempt_id, Bounds::default())
            .await
            .map_err(LaunchError::Spawn)?;
        Ok(Launched {
            child,
            tree,
            isolation: Isolation::Unsafe,
            way: None,
            inward: policy.serves.map(Inward::shared),
            temporary: Some(self.private(attempt_id)),
        })
    }

    pub(crate) async fn launch(
        &self,
        policy: &Policy,
        argv: Vec<OsString>,
        attempt_id: &str,
    ) -> Result<Launched, LaunchError> {
        if let Err(why) = &self.verdict {
            return Err(LaunchError::NoIsolation { why: why.clone() });
        }
        let spec = self.spec(policy, argv, attempt_id)?;
        let (child, tree) = spawn_tree(spec, attempt_id, Bounds::default())
            .await
            .map_err(LaunchError::Spawn)?;
        Ok(Launched {
            child,
            tree,
            isolation: self.isolation(),
            way: None,
            inward: policy.serves.map(Inward::shared),
            temporary: Some(self.private(attempt_id)),
        })
    }

    fn spec(
        &self,
        policy: &Policy,
        argv: Vec<OsString>,
        attempt_id: &str,
    ) -> Result<Spec, LaunchError> {
        let below = self.state_dir.join("sandbox");
        straight("our own folder", &below)?;
        let private = self.private(attempt_id);
        std::fs::create_dir_all(&private).map_err(|source| LaunchError::Prepare {
            step: "make its temporary folder",
            source,
        })?;
        let private = real("the temporary folder", &private)?;
        let worktree = real("the worktree", &policy.worktree)?;
        straight("the worktree's .git", &worktree.join(".git"))?;
        let mut policy = policy.clone();
        for path in &mut policy.writable {
            *path = real("a folder of its own", path)?;
        }
        if let Some(own) = &mut policy.own_repository {
            for path in own.read_only.iter_mut().chain([&mut own.git_dir]) {
                *path = real("its own repository", path)?;
            }
        }
        if let Some(path) = &mut policy.git_dir {
            *path = resolved("the repository's folder", path)?;
        }
        let policy = &policy;
        let mut readable = self.toolchains.paths.clone();
        for path in &policy.read_only {
            readable.push(resolved("the readable path", path)?);
        }
        let program = argv.first().map(PathBuf::from).unwrap_or_default();
        let profile = Profile {
            policy,
            program,
            worktree: &worktree,
            private: &private,
            readable,
        };
        let mut spec = Spec::new(BUILDER)
            .args(profile.arguments())
            .arg("--")
            .args(argv);
        spec.cwd = worktree;
        spec.limits.file_bytes = Some(policy.limits.file_bytes);
        spec.env = self.environment(policy, &private);
        Ok(spec.piped_stdin())
    }

    /// The attempt's own temporary folder. Its name begins with us, so that whoever comes later knows whether it is used.
    fn private(&self, attempt_id: &str) -> PathBuf {
        let plain = |c: char| {
            if c.is_ascii_alphanumeric() || c == '-' {
                c
            } else {
                '_'
            }
        };
        let name: String = attempt_id.chars().map(plain).collect();
        let name = format!("{}-{name}", std::process::id());
        self.temporary().join(name)
    }

    fn temporary(&self) -> PathBuf {
        self.state_dir.join("sandbox/tmp")
    }

    /// Removes the temporary folders of launchers that are no more.
    fn sweep(&self) {
        let entries = std::fs::read_dir(self.temporary());
        for entry in entries.into_iter().flatten().flatten() {
            let name = entry.file_name();
            let owner = name.to_str().and_then(|name| name.split('-').next());
            let owner = owner.and_then(|pid| Pid::from_raw(pid.parse().ok()?));
            // One that may not be signalled is there too.
            let alive =
                owner.is_some_and(|pid| !matches!(test_kill_process(pid), Err(Errno::SRCH)));
            if !alive && let Err(error) = ampersand_process::remove_folder(&entry.path()) {
                tracing::debug!(%error, "an old temporary folder cannot be removed");
            }
        }
    }

    fn environment(&self, policy: &Policy, private: &Path) -> Vec<(OsString, OsString)> {
        let system = [
            "/opt/homebrew/bin",
            "/usr/local/bin",
            "/usr/bin",
            "/bin",
            "/usr/sbin",
            "/sbin",
        ];
        let programs = self.toolchains.programs.iter().map(|path| path.as_os_str());
        let programs: Vec<_> = programs
            .chain(system.iter().map(|path| path.as_ref()))
            .collect();
        let mut env: Vec<(OsString, OsString)> = vec![
            ("CI".into(), "1".into()),
            ("GIT_OPTIONAL_LOCKS".into(), "0".into()),
            ("GIT_TERMINAL_PROMPT".into(), "0".into()),
            ("HOME".into(), private.into()),
            ("LANG".into(), "C.UTF-8".into()),
            ("PATH".into(), programs.join(":".as_ref())),
            ("TERM".into(), "dumb".into()),
            ("TMPDIR".into(), private.into()),
        ];
        env.extend(
            self.toolchains
                .env
                .iter()
                .map(|(name, value)| (name.into(), value.clone())),
        );
        let to_git = policy.to_own_repository(Path::to_owned);
        env.extend(to_git.into_iter().map(|(name, value)| (name.into(), value)));
        env.retain(|(name, _)| !policy.env.iter().any(|(other, _)| name == other.as_str()));
        env.extend(
            policy
                .env
                .iter()
                .map(|(name, value)| (name.into(), value.into())),
        );
        env
    }

    /// Tries what each kind of role must be kept from, and what must work.
    async fn sing(&self) -> Result<(), String> {
        for (role, song) in [
            (Role::Explorer, Song::EXPLORER),
            (Role::Worker, Song::WORKER),
        ] {
            let said = self.hear(role, &song).await;
            let judged = said.and_then(|said| song.judge(&said));
            judged.map_err(|why| format!("canary ({}): {why}", role.shown()))?;
        }
        Ok(())
    }

    /// What a canary says.
    async fn hear(&self, role: Role, song: &Song) -> Result<String, String> {
        let failed = |error: std::io::Error| format!("cannot set out its bait: {error}");
        let cage = self.state_dir.join("sandbox/canary");
        let worktree = cage.join("worktree");
        // What the one before left would let this one fail where it must not.
        drop(std::fs::remove_dir_all(&cage));
        std::fs::create_dir_all(&worktree).map_err(failed)?;
        let secret = worktree.with_file_name("secret");
        std::fs::write(&secret, "secret").map_err(failed)?;
        for bait in ["notes", ".git"] {
            std::fs::write(worktree.join(bait), bait).map_err(failed)?;
        }
        let host = std::net::TcpListener::bind("127.0.0.1:0").map_err(failed)?;
        let port = host.local_addr().map_err(failed)?.port().to_string();
        let mut policy = Policy::new(role, &worktree);
        policy.env = vec![
            ("SECRET".to_owned(), secret.display().to_string()),
            ("PORT".to_owned(), port),
            ("HOST_PID".to_owned(), std::process::id().to_string()),
        ];
        let line = song.line();
        let argv = ["/bin/bash", "-c", &line].map(OsString::from).into();
        let words = |error: &dyn std::fmt::Display| error.to_string();
        let spec = self.spec(&policy, argv, "canary");
        let spec = spec.map_err(|error| words(&error))?;
        let spawned = spawn_tree(spec, "canary", Bounds::default()).await;
        let (mut child, tree) = spawned.map_err(|error| words(&error))?;
        let mut said = String::new();
        if let Some(stdout) = child.take_stdout() {
            let mut stdout = stdout.take(SONG_BYTES_MAX);
            let read = stdout.read_to_string(&mut said).await;
            read.map_err(|error| words(&error))?;
        }
        tree.kill().await.map_err(|error| words(&error))?;
        Ok(said)
    }
}

/// Refuses a link: whoever made it would say what it leads to. What is not there yet is none.
fn straight(what: &'static str, path: &Path) -> Result<(), LaunchError> {
    let found = std::fs::symlink_metadata(path);
    if !found.is_ok_and(|found| found.is_symlink()) {
        return Ok(());
    }
    Err(LaunchError::Path {
        what,
        path: path.to_owned(),
        source: Errno::LOOP.into(),
    })
}

/// A folder that is not a link itself, as the system compares it.
fn real(what: &'static str, path: &Path) -> Result<PathBuf, LaunchError> {
    straight(what, path)?;
    resolved(what, path)
}

/// A path as the system compares it, whichever links lead there.
fn resolved(what: &'static str, path: &Path) -> Result<PathBuf, LaunchError> {
    dunce::canonicalize(path).map_err(|source| LaunchError::Path {
        what,
        path: path.to_owned(),
        source,
    })
}
