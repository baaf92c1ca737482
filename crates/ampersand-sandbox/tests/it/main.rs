//! What must not work inside, tried by programs that mean harm; and what must.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod calls;
mod files;
mod inside;
mod ladder;
mod processes;
mod repository;
mod way;

use std::path::PathBuf;

use ampersand_core::Role;
use ampersand_sandbox::{Launched, Launcher, Policy};
use tokio::io::AsyncReadExt;

/// A worktree, its repository's folder and a secret beside them, under a folder of their own.
struct Place {
    folder: tempfile::TempDir,
    launcher: Launcher,
}

impl Place {
    async fn new() -> Self {
        // Not below the usual temporary folder, of which every sandbox has its own.
        let folder = tempfile::tempdir_in("/var/tmp").unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        let git_dir = folder.path().join("repo/.git");
        write("tree/file", "text");
        write(
            "tree/.git",
            &format!("gitdir: {}/worktrees/tree\n", git_dir.display()),
        );
        write(
            "repo/.git/config",
            "[remote \"origin\"]\n\turl = https://token@host/\n",
        );
        write("repo/.git/hooks/pre-commit", "#!/bin/sh\n");
        write("repo/.git/HEAD", "ref: refs/heads/main\n");
        let gitfile = folder.path().join("tree/.git");
        write(
            "repo/.git/worktrees/tree/gitdir",
            &format!("{}\n", gitfile.display()),
        );
        write(
            "repo/.git/worktrees/tree/config.worktree",
            "[http]\n\textraheader = token\n",
        );
        write("secret", "secret");
        let launcher = Launcher::probe(&folder.path().join("state")).await;
        assert!(launcher.isolation().is_full());
        Self { folder, launcher }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn policy(&self, role: Role) -> Policy {
        let mut policy = Policy::new(role, self.path("tree"));
        policy.git_dir = Some(self.path("repo/.git"));
        policy.env = vec![("OUT".to_owned(), self.folder.path().display().to_string())];
        policy
    }

    async fn shell(&self, policy: &Policy, script: &str) -> Launched {
        self.launcher
            .launch(policy, ["/bin/sh", "-c", script], "it")
            .await
            .unwrap()
    }

    /// What a script prints.
    async fn told(&self, policy: &Policy, script: &str) -> String {
        let mut launched = self.shell(policy, script).await;
        let mut told = String::new();
        let mut stdout = launched.child.take_stdout().unwrap();
        stdout.read_to_string(&mut told).await.unwrap();
        told
    }

    /// Runs each attempt as both roles and checks that it ends as expected: (worker, explorer).
    async fn check(&self, attempts: &[(&str, bool, bool)]) {
        for role in [Role::Worker, Role::Explorer] {
            let policy = self.policy(role);
            let mut script = String::new();
            for (attempt, ..) in attempts {
                script +=
                    &format!("if ({attempt}) >/dev/null 2>&1; then echo y; else echo n; fi\n");
            }
            let told = self.told(&policy, &script).await;
            let told: Vec<_> = told.lines().collect();
            assert_eq!(told.len(), attempts.len(), "{role:?}: {told:?}");
            for ((attempt, worker, explorer), told) in attempts.iter().zip(told) {
                let expected = if role == Role::Worker {
                    *worker
                } else {
                    *explorer
                };
                assert_eq!(told == "y", expected, "{role:?}: {attempt}");
            }
        }
    }
}
