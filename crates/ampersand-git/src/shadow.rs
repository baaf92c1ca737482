//! A private repository for an agent that must commit, or that git can be led to where the person's cannot be shown: its own
//! HEAD, index, references and new objects, and the person's objects to read. What an agent writes there is never opened from
//! outside; see [`crate::Repository::import_bundle`].

use std::fs;
use std::path::{Path, PathBuf};

use ampersand_process::remove_folder;
use serde::{Deserialize, Serialize};

use crate::attach::Repository;
use crate::failure::{AttemptingAt, GitFailure};
use crate::folding::folds;
use crate::worktree::{Bookkeeping, Worktree};

/// The branch an agent finds itself on.
const BRANCH: &str = "work";

/// Nothing in it runs anything or tells anything of the person.
const CONFIG: &str = "[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n\
    [user]\n\tname = Agent\n\temail = agent@ampersand.invalid\n\
    [core]\n\trepositoryformatversion = 0\n\tbare = false\n\tlogallrefupdates = true\n";

/// Where an agent's private repository is. Its own sandbox alone writes into `git_dir`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shadow {
    /// The folder git keeps everything in.
    pub git_dir: PathBuf,
    /// A file that leads to it, to be seen in place of the worktree's own `.git`.
    pub gitfile: PathBuf,
}

impl Shadow {
    /// What of `git_dir` decides how git behaves there: to be readable alone, though the rest is writable.
    pub fn settings(&self) -> [PathBuf; 4] {
        ["config", "hooks", "info", "objects/info"].map(|name| self.git_dir.join(name))
    }
}

impl Repository {
    /// Makes the private repository of a task's worktree in `folder`, which is outside of it, or finds the one an earlier
    /// attempt left there.
    pub fn make_shadow(&self, worktree: &Worktree, folder: &Path) -> Result<Shadow, GitFailure> {
        let shadow = Shadow {
            git_dir: folder.join("git"),
            gitfile: folder.join("gitfile"),
        };
        // Written last: where it is, everything is.
        if shadow.gitfile.is_file() {
            return Ok(shadow);
        }
        remove_folder(folder).attempting_at("replace", folder)?;
        for name in [
            "hooks",
            "info",
            "objects/info",
            "objects/pack",
            "refs/heads",
            "logs",
        ] {
            let path = shadow.git_dir.join(name);
            fs::create_dir_all(&path).attempting_at("make", &path)?;
        }
        let objects = self.common_dir().join("objects");
        let exclude = fs::read_to_string(self.common_dir().join("info/exclude"));
        for (name, text) in [
            ("HEAD", format!("ref: refs/heads/{BRANCH}\n")),
            ("config", config(&worktree.path)),
            ("info/exclude", exclude.unwrap_or_default()),
            (
                "objects/info/alternates",
                format!("{}\n", objects.display()),
            ),
        ] {
            put(&shadow.git_dir.join(name), text.as_bytes())?;
        }
        let branch = shadow.git_dir.join("refs/heads").join(BRANCH);
        put(&branch, format!("{}\n", worktree.base).as_bytes())?;
        // With it git need not read every file again to see that none has changed.
        let index = Bookkeeping::of(self, &worktree.task).index();
        let index = fs::read(&index).attempting_at("read", &index)?;
        put(&shadow.git_dir.join("index"), &index)?;
        let leads = format!("gitdir: {}\n", shadow.git_dir.display());
        put(&shadow.gitfile, leads.as_bytes())?;
        Ok(shadow)
    }
}

/// With what git itself finds out of a disk when it makes a repository there.
fn config(worktree: &Path) -> String {
    let (modes, folds) = (cfg!(unix), folds(worktree, ".git"));
    let long = if cfg!(windows) {
        "\tlongpaths = true\n"
    } else {
        ""
    };
    format!("{CONFIG}\tfilemode = {modes}\n\tignorecase = {folds}\n{long}")
}

fn put(path: &Path, bytes: &[u8]) -> Result<(), GitFailure> {
    fs::write(path, bytes).attempting_at("write", path)
}
