//! A person's repository, made with the real git program.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

/// A repository in a folder of its own, gone with it.
#[derive(Debug)]
pub struct TestRepository {
    folder: TempDir,
    root: PathBuf,
}

impl TestRepository {
    /// With one commit of a small Rust program on `main`.
    pub fn new() -> Self {
        let repository = Self::empty();
        repository.write("README.md", "# Payments\n\nTODO: say what it does\n");
        repository.write(
            "src/auth/session.rs",
            "//! Sessions.\n\npub fn matches(token: &str, other: &str) -> bool {\n    token == other // TODO: constant time\n}\n",
        );
        repository.write("src/main.rs", "fn main() {\n    println!(\"hello\");\n}\n");
        repository.write(
            "Cargo.toml",
            "[package]\nname = \"payments\"\nversion = \"0.1.0\"\n",
        );
        repository.commit("First");
        repository
    }

    /// Initialised, without a commit.
    pub fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("payments-api");
        fs::create_dir(&root).unwrap();
        let repository = Self { folder, root };
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository.git(&["config", "user.name", "A Person"]);
        repository.git(&["config", "user.email", "person@example.com"]);
        repository
    }

    /// The folder a person works in.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A folder beside it that goes with it.
    pub fn beside(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file, folders included.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Reads a file.
    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root.join(path)).unwrap()
    }

    /// Commits everything.
    pub fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", message]);
    }

    /// The commit `HEAD` stands on.
    pub fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"])
    }

    /// What `git status` says, one line a path.
    pub fn status(&self) -> String {
        self.git(&["status", "--porcelain"])
    }

    /// Runs git here and returns what it printed, trimmed.
    #[expect(
        clippy::disallowed_methods,
        reason = "a person's own git, outside the product"
    )]
    pub fn git(&self, args: &[&str]) -> String {
        let output = Command::new("git")
            .args(args)
            .current_dir(&self.root)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .output()
            .unwrap();
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {args:?}: {words}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}

impl Default for TestRepository {
    fn default() -> Self {
        Self::new()
    }
}
