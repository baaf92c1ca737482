//! A repository of the person's, made and read back by the git program, and a task's worktree beside it.

use std::fs;
use std::io::{Seek, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use ampersand_git::{
    CommitId, CommitLimits, CommitOutcome, LandRefusal, Landed, LandingPreview, Manner, Repository,
    Worktree,
};

pub(crate) struct Scratch {
    folder: tempfile::TempDir,
    pub(crate) root: PathBuf,
}

/// Runs git as the person would, apart from their settings; returns what it printed.
#[track_caller]
pub(crate) fn git_in(folder: &Path, args: &[&str]) -> String {
    let (output, worked) = try_git_in(folder, args);
    assert!(worked, "git {args:?}: {output}");
    output
}

#[expect(
    clippy::disallowed_methods,
    reason = "the tests play the person, who runs git"
)]
pub(crate) fn try_git_in(folder: &Path, args: &[&str]) -> (String, bool) {
    let output = Command::new("git")
        .args([
            "-c",
            "init.defaultBranch=main",
            "-c",
            "user.name=P",
            "-c",
            "user.email=p@example.invalid",
        ])
        .args(["-c", "protocol.file.allow=always"])
        .args(args)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    (
        text + &String::from_utf8_lossy(&output.stderr),
        output.status.success(),
    )
}

/// Runs git as an agent does, with a name to commit under; returns what it printed, byte for byte.
#[track_caller]
#[expect(
    clippy::disallowed_methods,
    reason = "the tests play the agent, who runs git"
)]
pub(crate) fn bytes_of_git(folder: &Path, args: &[&str]) -> Vec<u8> {
    let output = Command::new("git")
        .args(args)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {args:?}: {told}");
    output.stdout
}

/// Runs git with this on its input; returns what it printed.
#[track_caller]
#[expect(
    clippy::disallowed_methods,
    reason = "the tests play the person, who runs git"
)]
pub(crate) fn feed_git(folder: &Path, args: &[&str], input: &str) -> String {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(input.as_bytes()).unwrap();
    file.rewind().unwrap();
    let output = Command::new("git")
        .args(args)
        .current_dir(folder)
        .stdin(file)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "git {args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// Runs one test of this program again, by itself and with these variables; returns what it printed.
#[track_caller]
#[expect(
    clippy::disallowed_methods,
    reason = "variables of a process that runs are nobody's to change"
)]
pub(crate) fn run_again(test: &str, variables: &[(&str, String)]) -> String {
    let output = Command::new(std::env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture"])
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}{errors}");
    assert!(told.contains("1 passed"), "it did not run: {told}");
    told
}

/// Makes a named pipe. Not every Unix has the call for it in a folder that is open.
#[cfg(unix)]
#[track_caller]
#[expect(
    clippy::disallowed_methods,
    reason = "the tests play the person, who runs programs"
)]
pub(crate) fn make_pipe(path: &Path) {
    let status = Command::new("mkfifo").arg(path).status().unwrap();
    assert!(status.success(), "mkfifo {}: {status}", path.display());
}

impl Scratch {
    /// An empty repository without commits.
    pub(crate) fn bare_bones() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = dunce::canonicalize(folder.path()).unwrap().join("project");
        fs::create_dir(&root).unwrap();
        git_in(&root, &["init", "-q"]);
        Self { folder, root }
    }

    /// A repository with one commit of these files.
    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        let scratch = Self::bare_bones();
        for (path, text) in files {
            scratch.write(path, text);
        }
        scratch.commit_all("first");
        scratch
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// The folder around the repository.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        dunce::canonicalize(self.folder.path()).unwrap().join(name)
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        write(&self.root, path, text);
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    pub(crate) fn exists(&self, path: &str) -> bool {
        fs::symlink_metadata(self.path(path)).is_ok()
    }

    #[track_caller]
    pub(crate) fn git(&self, args: &[&str]) -> String {
        git_in(&self.root, args)
    }

    #[track_caller]
    pub(crate) fn commit_all(&self, message: &str) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", message]);
    }

    /// The short status, one line per path.
    pub(crate) fn status(&self) -> Vec<String> {
        self.git(&["status", "--porcelain"])
            .lines()
            .map(str::to_owned)
            .collect()
    }

    pub(crate) fn attach(&self) -> Repository {
        Repository::attach(&self.root).unwrap()
    }

    /// A worktree of the task `t1` at HEAD.
    pub(crate) fn worktree(&self) -> Worktree {
        let repository = self.attach();
        let head = repository.head().unwrap();
        repository
            .create_worktree("t1", &self.beside("pool/t1"), head)
            .unwrap()
    }

    /// Commits what the task's worktree holds.
    #[track_caller]
    pub(crate) fn commit(&self, worktree: &Worktree) -> CommitOutcome {
        self.attach()
            .commit(worktree, "work", CommitLimits::default())
            .unwrap()
    }

    /// Lets a task make these changes on HEAD and commits them: `None` removes.
    #[track_caller]
    pub(crate) fn task(&self, changes: &[(&str, Option<&str>)]) -> CommitId {
        let worktree = self.worktree();
        for (path, text) in changes {
            match text {
                Some(text) => write(&worktree.path, path, text),
                None => fs::remove_file(worktree.path.join(path)).unwrap(),
            }
        }
        self.commit(&worktree).commit.unwrap().id
    }

    pub(crate) fn preview(&self) -> Result<LandingPreview, LandRefusal> {
        self.preview_as(Manner::Merge)
    }

    pub(crate) fn preview_as(&self, manner: Manner) -> Result<LandingPreview, LandRefusal> {
        wait(self.attach().landing_preview("t1", manner))
    }

    pub(crate) fn land_as(&self, manner: Manner) -> Result<Landed, LandRefusal> {
        self.attach().land(&self.preview_as(manner)?, "Land t1")
    }

    pub(crate) fn land(&self) -> Result<Landed, LandRefusal> {
        self.attach().land(&self.preview()?, "Land t1")
    }

    /// The person is at work beside: one file untracked, one staged and changed once more, and a commit if the branch `moves`.
    pub(crate) fn at_work(&self, moves: bool) {
        if moves {
            self.write("b", "B\n");
            self.commit_all("meanwhile");
        }
        self.write("mine", "untracked\n");
        self.write("d/e", "staged\n");
        self.git(&["add", "d/e"]);
        self.write("d/e", "staged and dirty\n");
    }

    /// Everything git knows: references, index and status, to compare before and after.
    pub(crate) fn everything(&self) -> String {
        [
            self.git(&["for-each-ref"]),
            self.git(&["ls-files", "--stage"]),
            self.git(&["status", "--porcelain", "--ignored"]),
            self.git(&["rev-parse", "HEAD"]),
        ]
        .concat()
    }
}

/// Runs something to its end.
pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(future)
}

pub(crate) fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}
