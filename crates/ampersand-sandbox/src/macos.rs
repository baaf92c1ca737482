//! Seatbelt on macOS: a profile that denies by default, with every path given as a parameter and never as text of the
//! profile. Ending a tree is best effort there: a process can leave it between two looks.

mod profile;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use ampersand_core::{Isolation, UnsafeConsent};
use ampersand_process::{Bounds, Spec, spawn_tree};
use tokio::io::AsyncReadExt;

use crate::launcher::{LaunchError, Launched};
use crate::policy::Policy;
use crate::toolchains::Toolchains;

pub(crate) const HINT: &str =
    "sandbox-exec must be in /usr/bin and allowed; a managed Mac may forbid it";

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
        launcher.verdict = launcher.sing().await;
        launcher
    }

    pub(crate) fn isolation(&self) -> Isolation {
        match &self.verdict {
            // All that this system has to give; that ending a tree is best effort is said where it is ended.
            Ok(()) => Isolation::Full,
            Err(why) => Isolation::None { why: why.clone() },
        }
    }

    #[expect(clippy::unused_async, reason = "the other systems look again")]
    pub(crate) async fn look(&self, _policy: &Policy) -> Isolation {
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
        if policy.way_port.is_some() {
            let words = "on this system there is no way out yet, to a model or to hosts";
            return Err(LaunchError::Setup {
                words: words.to_owned(),
            });
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
        })
    }

    fn spec(
        &self,
        policy: &Policy,
        argv: Vec<OsString>,
        attempt_id: &str,
    ) -> Result<Spec, LaunchError> {
        let plain = |c: char| {
            if c.is_ascii_alphanumeric() || c == '-' {
                c
            } else {
                '_'
            }
        };
        let name: String = attempt_id.chars().map(plain).collect();
        let private = self.state_dir.join("sandbox/tmp").join(name);
        std::fs::create_dir_all(&private).map_err(|source| LaunchError::Prepare {
            step: "make its temporary folder",
            source,
        })?;
        let real = |what, path: &Path| {
            std::fs::canonicalize(path).map_err(|source| LaunchError::Path {
                what,
                path: path.to_owned(),
                source,
            })
        };
        let private = real("the temporary folder", &private)?;
        let worktree = real("the worktree", &policy.worktree)?;
        let mut readable = self.toolchains.paths.clone();
        for path in policy.git_dir.iter().chain(&policy.read_only) {
            readable.push(real("the readable path", path)?);
        }
        let program = argv.first().map(PathBuf::from).unwrap_or_default();
        let profile = profile::Profile {
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
        env.retain(|(name, _)| !policy.env.iter().any(|(other, _)| name == other.as_str()));
        env.extend(
            policy
                .env
                .iter()
                .map(|(name, value)| (name.into(), value.into())),
        );
        env
    }

    /// Tries the profile on what must not work.
    async fn sing(&self) -> Result<(), String> {
        let failed = |error: std::io::Error| format!("canary: cannot set out its bait: {error}");
        let worktree = self.state_dir.join("sandbox/canary/worktree");
        std::fs::create_dir_all(&worktree).map_err(failed)?;
        let secret = worktree.with_file_name("secret");
        std::fs::write(&secret, "secret").map_err(failed)?;
        let host = std::net::TcpListener::bind("127.0.0.1:0").map_err(failed)?;
        let port = host.local_addr().map_err(failed)?.port().to_string();
        let script = "try() { if eval \"$2\" 2>/dev/null; then echo \"$1\"; fi; }; \
            try write-outside 'echo x > \"$SECRET\"'; try read-secret 'cat \"$SECRET\" >&2'; \
            try write-explorer 'echo x > song'; try connect 'nc -z -w 1 127.0.0.1 \"$PORT\"'; \
            try signal 'kill -0 \"$HOST_PID\"'; echo end";
        let mut policy = Policy::new(ampersand_core::Role::Explorer, &worktree);
        policy.env = vec![
            ("SECRET".to_owned(), secret.display().to_string()),
            ("PORT".to_owned(), port),
            ("HOST_PID".to_owned(), std::process::id().to_string()),
        ];
        let argv = ["/bin/sh", "-c", script].map(OsString::from).into();
        let spec = self
            .spec(&policy, argv, "canary")
            .map_err(|error| error.to_string())?;
        let (mut child, tree) = spawn_tree(spec, "canary", Bounds::default())
            .await
            .map_err(|error| format!("canary: {error}"))?;
        let mut song = String::new();
        if let Some(stdout) = child.take_stdout() {
            stdout
                .take(4096)
                .read_to_string(&mut song)
                .await
                .map_err(failed)?;
        }
        tree.kill()
            .await
            .map_err(|error| format!("canary: {error}"))?;
        match song.trim() {
            "end" => Ok(()),
            "" => Err("canary: sandbox-exec did not start it".to_owned()),
            worked => Err(format!("canary: this worked and must not: {worked}")),
        }
    }
}
