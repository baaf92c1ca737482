//! A forge on this machine: a bare repository that is pushed to, and programs that answer as `gh` and `glab` do, from what a
//! test says stands there.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use crate::{TestRepository, program};

/// What stands on the forge, as far as a test says.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Stands {
    /// Whether nobody is logged in.
    pub logged_out: bool,
    /// Checks, each of one commit.
    pub checks: Vec<ForgeCheck>,
    /// What was written under the pull request and on its lines.
    pub comments: Vec<ForgeComment>,
    /// `open`, `merged` or `closed`.
    pub state: String,
    /// How many entries of GitLab's own come after what was written.
    pub own_notes: usize,
    /// Whether a copy of the repository has a pull request from a branch of the same name, and another one leads elsewhere.
    pub has_doubles: bool,
    /// What the programs do instead of answering.
    pub mischief: Mischief,
}

/// A check of one commit.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ForgeCheck {
    /// The commit.
    pub commit: String,
    /// Its name.
    pub name: String,
    /// `success`, `failure` or `pending`.
    pub outcome: String,
    /// What its failed steps printed.
    pub log: String,
}

/// Something that was written.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ForgeComment {
    /// Its number.
    pub id: u64,
    /// Who.
    pub author: String,
    /// Whether they may write to the repository. Whoever writes anything is a member of its owner.
    pub may_write: bool,
    /// The words.
    pub body: String,
    /// The file and the line, of a comment on one.
    pub place: Option<(String, u32)>,
}

/// What the programs do instead of answering.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mischief {
    /// They answer.
    #[default]
    None,
    /// They print without end.
    Endless,
    /// They print what is no answer.
    Garbage,
    /// They ask for something and wait for it.
    Prompt,
    /// They say that the network is gone.
    Unreachable,
}

/// A forge, gone when dropped.
#[derive(Debug)]
pub struct TestForge {
    folder: TempDir,
}

impl TestForge {
    /// With the repository's `main` on it, as the remote `origin`.
    pub fn of(repository: &TestRepository) -> Self {
        let forge = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let bin = forge.bin();
        fs::create_dir_all(&bin).unwrap();
        for name in ["gh", "glab"] {
            link(&program("scripted-forge"), &bin.join(name));
        }
        let state = "open".to_owned();
        forge.stands(&Stands {
            state,
            ..Stands::default()
        });
        let bare = forge.bare();
        fs::create_dir_all(&bare).unwrap();
        git(
            &bare,
            &["init", "--quiet", "--bare", "--initial-branch=main"],
        );
        let url = bare.display().to_string();
        repository.git(&["remote", "add", "origin", &url]);
        repository.git(&["push", "--quiet", "origin", "main"]);
        forge
    }

    /// Where its programs are.
    pub fn bin(&self) -> PathBuf {
        self.folder.path().join("bin")
    }

    /// A path on which its programs come first.
    pub fn path(&self) -> String {
        let before = std::env::var("PATH").unwrap_or_default();
        format!("{}:{before}", self.bin().display())
    }

    /// The repository that is pushed to.
    pub fn bare(&self) -> PathBuf {
        self.folder.path().join("acme/payments.git")
    }

    /// Where a branch stands there, if there is one.
    pub fn tip(&self, branch: &str) -> Option<String> {
        tip(&self.bare(), branch)
    }

    /// Runs git in the repository there and returns what it printed, trimmed.
    pub fn git(&self, args: &[&str]) -> String {
        git(&self.bare(), args)
    }

    /// Somebody commits on top of a branch there; the commit.
    pub fn commits_on(&self, branch: &str) -> String {
        let name = format!("refs/heads/{branch}");
        let tree = format!("{name}^{{tree}}");
        let commit = self.git(&[
            "-c",
            "user.name=Ann",
            "-c",
            "user.email=ann@example.org",
            "commit-tree",
            &tree,
            "-p",
            &name,
            "-m",
            "Take over a suggestion",
        ]);
        self.git(&["update-ref", &name, &commit]);
        commit
    }

    /// The branches there.
    pub fn branches(&self) -> Vec<String> {
        let listed = self.git(&["for-each-ref", "--format=%(refname:short)", "refs/heads"]);
        listed.lines().map(str::to_owned).collect()
    }

    /// From now on this stands there.
    pub fn stands(&self, stands: &Stands) {
        write(&stands_in(self.folder.path()), stands);
    }

    /// Changes what stands there.
    pub fn change(&self, change: impl FnOnce(&mut Stands)) {
        let mut stands = stands(self.folder.path());
        change(&mut stands);
        self.stands(&stands);
    }

    /// How each program was called, in order: its name and what followed, with a space between.
    pub fn calls(&self) -> Vec<String> {
        let text = fs::read_to_string(calls_in(self.folder.path())).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// What was opened there.
    pub fn opened(&self) -> Option<OpenedThere> {
        opened(self.folder.path())
    }
}

/// A pull request as it was opened.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct OpenedThere {
    /// The branch that is to be merged.
    pub branch: String,
    /// The branch it is to be merged into.
    pub onto: String,
    /// Its title.
    pub title: String,
    /// Its text.
    pub body: String,
}

/// Where a branch of a repository stands.
pub fn tip(bare: &Path, branch: &str) -> Option<String> {
    let found = output(
        bare,
        &[
            "rev-parse",
            "--verify",
            "--quiet",
            &format!("refs/heads/{branch}"),
        ],
    );
    found.map(|commit| commit.trim().to_owned())
}

/// Whether a commit of a repository has another one in it.
pub fn is_within(bare: &Path, earlier: &str, later: &str) -> bool {
    output(bare, &["merge-base", "--is-ancestor", earlier, later]).is_some()
}

/// What a test says stands on the forge in this folder.
pub fn stands(folder: &Path) -> Stands {
    let text = fs::read_to_string(stands_in(folder)).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// What was opened on the forge in this folder.
pub fn opened(folder: &Path) -> Option<OpenedThere> {
    let text = fs::read_to_string(folder.join("opened.json")).ok()?;
    Some(serde_json::from_str(&text).unwrap())
}

/// Opens a pull request on the forge in this folder.
pub fn open(folder: &Path, there: &OpenedThere) {
    write(&folder.join("opened.json"), there);
}

/// Where calls are written down.
pub fn calls_in(folder: &Path) -> PathBuf {
    folder.join("calls")
}

fn stands_in(folder: &Path) -> PathBuf {
    folder.join("stands.json")
}

/// In one piece: a program may be reading.
fn write(path: &Path, value: &impl Serialize) {
    let new = path.with_extension("new");
    fs::write(&new, serde_json::to_vec(value).unwrap()).unwrap();
    fs::rename(new, path).unwrap();
}

fn git(folder: &Path, args: &[&str]) -> String {
    let printed = output(folder, args);
    let printed = printed.unwrap_or_else(|| panic!("git {args:?} failed"));
    printed.trim().to_owned()
}

#[expect(clippy::disallowed_methods, reason = "the forge's own git")]
fn output(folder: &Path, args: &[&str]) -> Option<String> {
    let output = Command::new("git")
        .args(args)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    output.status.success().then_some(text)
}

#[cfg(unix)]
fn link(to: &Path, at: &Path) {
    std::os::unix::fs::symlink(to, at).unwrap();
}

#[cfg(not(unix))]
fn link(to: &Path, at: &Path) {
    fs::copy(to, at.with_extension("exe")).unwrap();
}
