//! The files git keeps about a linked worktree: `<git>/worktrees/<name>/{commondir,gitdir,HEAD,locked,index}`.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::attach::Repository;
use crate::failure::{AttemptingAt, GitFailure};
use crate::object::CommitId;

/// Sets our worktrees apart from the person's own.
const PREFIX: &str = "ampersand-";

/// How far a worktree's making or unmaking got; kept in the lock that also keeps `git worktree prune` away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Preparing,
    Ready,
    Removing,
}

impl Phase {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Preparing => "ampersand: preparing\n",
            Self::Ready => "ampersand: in use by a task\n",
            Self::Removing => "ampersand: removing\n",
        }
    }

    fn parse(text: &str) -> Self {
        [Self::Preparing, Self::Removing]
            .into_iter()
            .find(|phase| phase.word() == text)
            .unwrap_or(Self::Ready)
    }
}

/// One worktree's folder of bookkeeping.
#[derive(Debug, Clone)]
pub(crate) struct Bookkeeping {
    dir: PathBuf,
}

impl Bookkeeping {
    pub(crate) fn of(repository: &Repository, task: &str) -> Self {
        Self {
            dir: repository
                .common_dir()
                .join("worktrees")
                .join(format!("{PREFIX}{task}")),
        }
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// The index that came with the checkout: what `git status` inside the worktree reads.
    pub(crate) fn index(&self) -> PathBuf {
        self.dir.join("index")
    }

    /// Our private index: file times from the last commit of ours.
    pub(crate) fn private_index(&self) -> PathBuf {
        self.dir.join("ampersand-index")
    }

    pub(super) fn phase(&self) -> Phase {
        fs::read_to_string(self.dir.join("locked")).map_or(Phase::Ready, |text| Phase::parse(&text))
    }

    /// Makes the folder with its lock as first file; `false` if it was there.
    pub(super) fn begin(&self) -> Result<bool, GitFailure> {
        if !self.make()? {
            return Ok(false);
        }
        self.set_phase(Phase::Preparing)?;
        Ok(true)
    }

    /// As [`Bookkeeping::begin`], with a lock that is on disk already and moves in; on another disk it is written.
    pub(super) fn begin_with(&self, locked: &Path) -> Result<bool, GitFailure> {
        if !self.make()? {
            return Ok(false);
        }
        if fs::rename(locked, self.dir.join("locked")).is_err() {
            self.set_phase(Phase::Preparing)?;
        }
        Ok(true)
    }

    fn make(&self) -> Result<bool, GitFailure> {
        let parent = self.dir.parent().unwrap_or(&self.dir);
        fs::create_dir_all(parent).attempting_at("make", parent)?;
        match fs::create_dir(&self.dir) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error).attempting_at("make", &self.dir),
        }
    }

    pub(super) fn set_phase(&self, phase: Phase) -> Result<(), GitFailure> {
        self.write("locked", phase.word().as_bytes())
    }

    /// As [`Bookkeeping::set_phase`] with [`Phase::Ready`], in place and without waiting for the disk: replacing a file
    /// waits for it on some. After a power failure it may still be marked as unfinished, which costs a worktree in
    /// which work began seconds ago.
    pub(super) fn set_ready_quickly(&self) -> Result<(), GitFailure> {
        let path = self.dir.join("locked");
        let write = || -> io::Result<()> {
            let mut file = fs::OpenOptions::new().write(true).open(&path)?;
            // Longer than what stands there, and written at once: nothing of the old word is left.
            file.write_all(Phase::Ready.word().as_bytes())
        };
        write().attempting_at("write", &path)
    }

    /// Writes where the worktree is and what it stands on: HEAD detached, no branch.
    pub(super) fn describe(&self, worktree: &Path, base: CommitId) -> Result<(), GitFailure> {
        for (name, text) in Self::description(worktree, base) {
            self.write(name, text.as_bytes())?;
        }
        Ok(())
    }

    /// As [`Bookkeeping::describe`], for a folder made this moment, without waiting for the disk: whatever a power
    /// failure leaves of it is marked as unfinished.
    pub(super) fn describe_quickly(
        &self,
        worktree: &Path,
        base: CommitId,
    ) -> Result<(), GitFailure> {
        for (name, text) in Self::description(worktree, base) {
            let path = self.dir.join(name);
            fs::write(&path, text).attempting_at("write", &path)?;
        }
        Ok(())
    }

    fn description(worktree: &Path, base: CommitId) -> [(&'static str, String); 3] {
        let gitfile = worktree.join(".git");
        [
            ("commondir", "../..\n".to_owned()),
            ("HEAD", format!("{base}\n")),
            ("gitdir", format!("{}\n", gitfile.display())),
        ]
    }

    /// What the gitfile inside the worktree says.
    pub(super) fn gitfile(&self) -> String {
        format!("gitdir: {}\n", self.dir.display())
    }

    /// The worktree's folder, as our own bookkeeping has it.
    pub(super) fn worktree(&self) -> Option<PathBuf> {
        let text = fs::read_to_string(self.dir.join("gitdir")).ok()?;
        PathBuf::from(text.trim_end_matches('\n'))
            .parent()
            .map(Path::to_owned)
    }

    pub(super) fn base(&self) -> Option<CommitId> {
        fs::read_to_string(self.dir.join("HEAD"))
            .ok()?
            .trim()
            .parse()
            .ok()
    }

    pub(super) fn erase(&self) -> Result<(), GitFailure> {
        match fs::remove_dir_all(&self.dir) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(error).attempting_at("remove", &self.dir)
            }
            _ => Ok(()),
        }
    }

    /// Replaces one file as a whole, on disk before its name is.
    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), GitFailure> {
        let path = self.dir.join(name);
        let replace = || -> io::Result<()> {
            let mut file = tempfile::NamedTempFile::new_in(&self.dir)?;
            file.write_all(bytes)?;
            file.as_file().sync_all()?;
            file.persist(&path)?;
            Ok(())
        };
        replace().attempting_at("write", &path)
    }

    /// The tasks of all our worktrees in a repository, sorted.
    pub(super) fn tasks(repository: &Repository) -> Result<Vec<String>, GitFailure> {
        let folder = repository.common_dir().join("worktrees");
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error).attempting_at("list", &folder),
        };
        let mut tasks = Vec::new();
        for entry in entries {
            let entry = entry.attempting_at("list", &folder)?;
            if let Some(task) = entry
                .file_name()
                .to_str()
                .and_then(|name| name.strip_prefix(PREFIX))
            {
                tasks.push(task.to_owned());
            }
        }
        tasks.sort();
        Ok(tasks)
    }
}
