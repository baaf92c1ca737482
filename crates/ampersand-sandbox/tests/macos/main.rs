//! The hostile cases that concern macOS, tried under the profile by what every Mac has, as both kinds of role. Each attempt is
//! made outside first, where it has to work: one that works nowhere shows nothing. The number of a case is that of
//! `tests/journeys/isolation.toml`.
#![cfg(target_os = "macos")]
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop, and one that looks from outside starts programs"
)]

mod files;
mod ladder;
mod network;
mod processes;
mod repository;
mod secrets;

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ampersand_core::{Isolation, Role};
use ampersand_sandbox::{Launched, Launcher, Policy};
use tokio::io::AsyncReadExt;

/// A worktree, its repository's folder and much that is none of its business, under a folder of their own: `$OUT`.
struct Scene(tempfile::TempDir);

/// A sandbox that was tried, and its state: `$STATE`.
struct Place {
    state: tempfile::TempDir,
    launcher: Launcher,
}

/// A line for a shell, and for whom it works inside.
struct Attempt {
    line: String,
    worker: bool,
    explorer: bool,
    /// It has to, to show anything.
    works_outside: bool,
}

impl Attempt {
    fn new(line: impl Into<String>, worker: bool, explorer: bool) -> Self {
        Self {
            line: line.into(),
            worker,
            explorer,
            works_outside: true,
        }
    }

    /// What works outside, and for nobody inside.
    fn never(line: impl Into<String>) -> Self {
        Self::new(line, false, false)
    }

    /// What works for everybody.
    fn always(line: impl Into<String>) -> Self {
        Self::new(line, true, true)
    }

    /// What works for those that write.
    fn writers(line: impl Into<String>) -> Self {
        Self::new(line, true, false)
    }

    /// What works for nobody inside, and not for every person on every Mac outside either.
    fn refused(line: impl Into<String>) -> Self {
        Self {
            works_outside: false,
            ..Self::never(line)
        }
    }
}

/// What a person would miss, and what it says.
const KEPT: &[(&str, &str)] = &[
    ("secret", "secret"),
    ("other/file", "another task's"),
    ("other/.git", "gitdir: elsewhere\n"),
    ("person/.ssh/id", "secret"),
    ("person/.aws/credentials", "secret"),
    ("person/Library/Keychains/login.keychain-db", "secret"),
    ("person/Library/Application Support/app/cookies", "secret"),
    ("repo/src", "the person's"),
    ("repo/.git/HEAD", "ref: refs/heads/main\n"),
    ("repo/.git/refs/heads/main", "0123\n"),
    ("repo/.git/objects/aa/bb", "object"),
    ("repo/.git/hooks/pre-commit", "#!/bin/sh\n"),
    ("repo/.git/logs/HEAD", "token of an address\n"),
    (
        "repo/.git/config",
        "[remote \"origin\"]\n\turl = https://token@host/\n",
    ),
    (
        "repo/.git/worktrees/tree/config.worktree",
        "[http]\n\textraheader = token\n",
    ),
];

impl Scene {
    fn new() -> Self {
        // The system's own link leads here, and sockets have short names only.
        let scene = Self(tempfile::tempdir_in("/private/tmp").unwrap());
        for (path, text) in KEPT {
            scene.write(path, text);
        }
        let git_dir = scene.path("repo/.git/worktrees/tree");
        scene.write("tree/.git", &format!("gitdir: {}\n", git_dir.display()));
        scene.write("tree/file", "text");
        scene.write("tree/below/deep", "text");
        symlink(scene.path("secret"), scene.path("tree/absolute")).unwrap();
        symlink("../secret", scene.path("tree/relative")).unwrap();
        symlink("../other", scene.path("tree/folder")).unwrap();
        scene.write("tmp/there", "");
        scene
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn policy(&self, role: Role) -> Policy {
        let mut policy = Policy::new(role, self.path("tree"));
        policy.git_dir = Some(self.path("repo/.git"));
        let out = self.0.path().display().to_string();
        policy.env = vec![("OUT".to_owned(), out)];
        policy
    }

    /// Whether a line works for somebody who is not kept in.
    fn works(&self, line: &str) -> bool {
        let command = Command::new("/bin/bash")
            .args(["-c", line])
            .current_dir(self.path("tree"))
            .env("OUT", self.0.path())
            .env("STATE", self.path("tmp"))
            .env("TMPDIR", self.path("tmp"))
            .env("HOME", self.path("person"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        command.unwrap().success()
    }

    /// Everything a person would miss is as it was.
    fn untouched(&self) {
        for (path, text) in KEPT {
            let path = self.path(path);
            assert_eq!(std::fs::read_to_string(&path).unwrap(), *text, "{path:?}");
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o7777, 0o644, "{path:?}");
        }
        let gitfile = std::fs::read_to_string(self.path("tree/.git")).unwrap();
        assert!(gitfile.starts_with("gitdir: ") && gitfile.ends_with("/worktrees/tree\n"));
    }
}

impl Place {
    async fn new() -> Self {
        let state = tempfile::tempdir_in("/private/tmp").unwrap();
        std::fs::write(state.path().join("settings"), "ours").unwrap();
        let launcher = Launcher::probe(state.path()).await;
        assert_eq!(launcher.isolation(), Isolation::FULL);
        Self { state, launcher }
    }

    async fn shell(&self, policy: &Policy, script: &str) -> Launched {
        let mut policy = policy.clone();
        let state = self.state.path().display().to_string();
        policy.env.push(("STATE".to_owned(), state));
        let argv = ["/bin/bash", "-c", script];
        self.launcher.launch(&policy, argv, "it").await.unwrap()
    }

    /// What a script prints.
    async fn told(&self, policy: &Policy, script: &str) -> String {
        let mut launched = self.shell(policy, script).await;
        let mut told = String::new();
        let mut stdout = launched.child.take_stdout().unwrap();
        stdout.read_to_string(&mut told).await.unwrap();
        told
    }
}

/// Makes each attempt outside, each in a scene of its own, and then all of them inside as both roles.
async fn hold(attempts: &[Attempt]) {
    hold_in(attempts, |_| Vec::new()).await;
}

/// The same, with variables that something in the scene gives rise to.
async fn hold_in(attempts: &[Attempt], set: impl Fn(&Scene) -> Vec<(String, String)>) {
    for attempt in attempts.iter().filter(|attempt| attempt.works_outside) {
        let scene = Scene::new();
        let mut line = String::new();
        for (name, value) in set(&scene) {
            line += &format!("{name}='{value}'; ");
        }
        line += &attempt.line;
        assert!(scene.works(&line), "works nowhere: {line}");
    }
    let place = Place::new().await;
    for role in [Role::Worker, Role::Explorer] {
        let scene = Scene::new();
        let mut policy = scene.policy(role);
        policy.env.extend(set(&scene));
        let mut script = String::new();
        for attempt in attempts {
            let line = &attempt.line;
            script +=
                &format!("if ({line}) </dev/null >/dev/null 2>&1; then echo y; else echo n; fi\n");
        }
        let told = place.told(&policy, &script).await;
        let told: Vec<_> = told.lines().collect();
        assert_eq!(told.len(), attempts.len(), "{role:?}: {told:?}");
        for (attempt, told) in attempts.iter().zip(told) {
            let expected = match role {
                Role::Worker | Role::Default => attempt.worker,
                Role::Explorer => attempt.explorer,
            };
            assert_eq!(told == "y", expected, "{role:?}: {}", attempt.line);
        }
        scene.untouched();
        let ours = place.state.path().join("settings");
        assert_eq!(std::fs::read_to_string(ours).unwrap(), "ours");
    }
}

/// How many processes were started with these words.
fn alive(mark: &Path) -> usize {
    let listed = Command::new("/bin/ps")
        .args(["-A", "-ww", "-o", "args="])
        .output();
    let listed = String::from_utf8_lossy(&listed.unwrap().stdout).into_owned();
    let mark = mark.display().to_string();
    listed.lines().filter(|line| line.contains(&mark)).count()
}
