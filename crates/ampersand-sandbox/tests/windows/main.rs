//! The hostile cases that concern Windows, tried by programs that mean harm inside a container, and as users of their own where
//! an administrator has made those. The number of a case is that of `tests/journeys/isolation.toml`.
#![cfg(windows)]
#![expect(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop, and one that looks from outside starts programs"
)]

/// Each case in both tiers: where nothing was set up, and where `isolation set-up` was run for the home that a variable names.
macro_rules! in_both_tiers {
    ($($case:ident),+ $(,)?) => {
        mod contained {
            $(#[tokio::test]
            async fn $case() {
                super::$case(crate::Place::new().await).await;
            })+
        }

        mod as_a_user {
            $(#[tokio::test]
            #[ignore = "needs what `isolation set-up` makes: AMPERSAND_SET_UP_HOME names the home"]
            async fn $case() {
                super::$case(crate::Place::as_a_user().await).await;
            })+
        }
    };
}

mod files;
mod ladder;
mod network;
mod processes;
mod repository;
mod secrets;
mod users;

use std::fs;
use std::os::windows::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use ampersand_core::{Gap, Isolation, Role};
use ampersand_sandbox::{Launched, Launcher, Policy};
use tokio::io::AsyncReadExt;

/// A worktree, its repository's folder and a secret beside them, under a folder of their own.
struct Place {
    folder: tempfile::TempDir,
    launcher: Launcher,
}

impl Place {
    /// Where nothing was set up.
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        let place = Self::with(folder, state).await;
        match place.launcher.isolation() {
            Isolation::Reduced { .. } => place,
            other => panic!("{other:?}"),
        }
    }

    /// Where an administrator has made users.
    async fn as_a_user() -> Self {
        let home = std::env::var_os("AMPERSAND_SET_UP_HOME").unwrap();
        let state = PathBuf::from(home).join("sandbox");
        let place = Self::with(tempfile::tempdir().unwrap(), state).await;
        assert_eq!(place.launcher.isolation(), Isolation::FULL);
        place
    }

    async fn with(folder: tempfile::TempDir, state: PathBuf) -> Self {
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("tree/file", "text");
        write("tree/below/deep", "text");
        write("tree/.git", "gitdir: elsewhere\n");
        write(
            "repo/.git/config",
            "[remote \"origin\"]\n\turl = https://token@host/\n",
        );
        write("secret", "secret");
        write("other/file", "another task's");
        write("state/settings", "ours");
        let launcher = Launcher::probe(&state).await;
        Self { folder, launcher }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// With all that the tier leaves open accepted.
    fn policy(&self, role: Role) -> Policy {
        let mut policy = Policy::new(role, self.path("tree"));
        policy.accepted = self.launcher.isolation().to_accept().to_vec();
        let out = self.folder.path().display().to_string();
        policy.env = vec![("OUT".to_owned(), out)];
        policy
    }

    async fn shell(&self, policy: &Policy, line: &str) -> Launched {
        let argv = ["cmd.exe", "/D", "/S", "/C", line];
        self.launcher.launch(policy, argv, "it").await.unwrap()
    }

    /// What a line prints, and how it ends.
    async fn told(&self, policy: &Policy, line: &str) -> (String, u8) {
        let mut launched = self.shell(policy, line).await;
        let mut told = Vec::new();
        let mut stdout = launched.child.take_stdout().unwrap();
        stdout.read_to_end(&mut told).await.unwrap();
        let code = launched.code().await;
        (String::from_utf8_lossy(&told).into_owned(), code)
    }

    /// Runs each line as both roles and checks whether it succeeds as expected: (worker, explorer).
    async fn check(&self, attempts: &[(&str, bool, bool)]) {
        for role in [Role::Worker, Role::Explorer] {
            let policy = self.policy(role);
            for (line, worker, explorer) in attempts {
                let expected = if role == Role::Worker {
                    *worker
                } else {
                    *explorer
                };
                let line = format!("({line}) >nul 2>nul");
                let (_, code) = self.told(&policy, &line).await;
                assert_eq!(code == 0, expected, "{role:?}: {line}");
            }
        }
    }

    /// Everything a person would miss is as it was.
    fn untouched(&self) {
        for (path, text) in [
            ("secret", "secret"),
            ("other/file", "another task's"),
            ("tree/.git", "gitdir: elsewhere\n"),
        ] {
            assert_eq!(fs::read_to_string(self.path(path)).unwrap(), text);
        }
        assert!(self.path("repo/.git/config").is_file());
        assert!(self.path("tree").is_dir());
    }
}

/// What the system holds of the rights on a file, as `icacls` prints it.
fn rights(path: &Path) -> String {
    let program = Path::new(&std::env::var_os("SystemRoot").unwrap()).join(r"System32\icacls.exe");
    let output = std::process::Command::new(program)
        .arg(path)
        .output()
        .unwrap();
    assert!(output.status.success());
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Returns when no other process holds the file: whatever had it open is gone.
async fn released(path: &Path) {
    const ALONE: u32 = 0;
    let open = || {
        let mut options = fs::File::options();
        options.read(true).share_mode(ALONE).open(path)
    };
    while open().is_err() {
        tokio::task::yield_now().await;
    }
}

fn gaps_of(isolation: &Isolation) -> &[Gap] {
    match isolation {
        Isolation::Reduced { gaps, .. } => gaps,
        other => panic!("{other:?}"),
    }
}
