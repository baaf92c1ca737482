//! The files git keeps about a linked worktree: `<git>/worktrees/<name>/{commondir,gitdir,HEAD,locked,index}`.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use git2::{ObjectType, Oid};

use crate::attach::Repository;
use crate::failure::{Attempting, AttemptingAt, GitFailure};
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

/// Every lock begins with one of these, and names its owner after it. That of [`Phase::Ready`] is the longest.
const PHASES: [(Phase, &str); 3] = [
    (Phase::Preparing, "ampersand: preparing for "),
    (Phase::Ready, "ampersand: in use by a task of "),
    (Phase::Removing, "ampersand: removing for "),
];

/// Whose a worktree is: the folder it was made in, as forty hex digits. Several of ours may serve one repository, each
/// with a home of its own, and none may touch what another is at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Owner(String);

impl Owner {
    /// The owner of what lies directly in `folder`, whose path is a real one.
    pub(super) fn of_folder(folder: &Path) -> Result<Self, GitFailure> {
        let path = folder.as_os_str().as_encoded_bytes();
        let digest = Oid::hash_object(ObjectType::Blob, path);
        Ok(Self(digest.attempting("name a folder")?.to_string()))
    }

    /// The owner of the worktree at `path`.
    pub(super) fn of(path: &Path) -> Result<Self, GitFailure> {
        Self::of_folder(path.parent().unwrap_or(path))
    }
}

/// What the lock of a worktree of ours says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lock {
    pub(super) phase: Phase,
    pub(super) owner: Owner,
}

impl Lock {
    pub(super) fn text(&self) -> String {
        let words = PHASES.iter().find(|(phase, _)| *phase == self.phase);
        let words = words.map_or("", |(_, words)| words);
        format!("{words}{}\n", self.owner.0)
    }

    /// Exactly what [`Lock::text`] writes; anything else was written by somebody else.
    fn parse(text: &str) -> Option<Self> {
        let (phase, owner) = PHASES
            .iter()
            .find_map(|(phase, words)| Some((*phase, text.strip_prefix(words)?)))?;
        let owner = owner.strip_suffix('\n')?;
        let is_digest = owner.len() == 40 && owner.bytes().all(|byte| byte.is_ascii_hexdigit());
        let owner = Owner(owner.to_owned());
        is_digest.then_some(Self { phase, owner })
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

    /// What the lock says; `None` if there is none of ours.
    pub(super) fn lock(&self) -> Option<Lock> {
        Lock::parse(&fs::read_to_string(self.dir.join("locked")).ok()?)
    }

    /// Makes the folder with its lock as first file; `false` if somebody else has it.
    pub(super) fn begin(&self, owner: &Owner) -> Result<bool, GitFailure> {
        self.make()?;
        let path = self.dir.join("locked");
        let made = self.written(Self::preparing(owner).text().as_bytes());
        let made = made.attempting_at("write", &path)?;
        self.is_first(made.persist_noclobber(&path).map_err(|error| error.error))
    }

    /// As [`Bookkeeping::begin`], with a lock that is on disk already and moves in; on another disk it is written.
    pub(super) fn begin_with(&self, locked: &Path, owner: &Owner) -> Result<bool, GitFailure> {
        let is_fit =
            fs::read_to_string(locked).is_ok_and(|text| text == Self::preparing(owner).text());
        if !is_fit {
            return self.begin(owner);
        }
        self.make()?;
        match fs::hard_link(locked, self.dir.join("locked")) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => self.begin(owner),
            linked => self.is_first(linked),
        }
    }

    fn preparing(owner: &Owner) -> Lock {
        Lock {
            phase: Phase::Preparing,
            owner: owner.clone(),
        }
    }

    /// Makes the folder, or takes one that a crash left before anything was in it.
    fn make(&self) -> Result<(), GitFailure> {
        fs::create_dir_all(&self.dir).attempting_at("make", &self.dir)
    }

    /// Whether a lock that came without replacing another is the first file here.
    fn is_first(&self, locked: io::Result<impl Sized>) -> Result<bool, GitFailure> {
        let path = self.dir.join("locked");
        match locked {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(false),
            locked => drop(locked.attempting_at("write", &path)?),
        }
        let is_theirs = ["gitdir", "HEAD"].map(|name| self.dir.join(name).exists());
        if is_theirs.contains(&true) {
            fs::remove_file(&path).attempting_at("remove", &path)?;
            return Ok(false);
        }
        Ok(true)
    }

    pub(super) fn set_lock(&self, lock: &Lock) -> Result<(), GitFailure> {
        self.write("locked", lock.text().as_bytes())
    }

    /// As [`Bookkeeping::set_lock`] with [`Phase::Ready`], in place and without waiting for the disk: replacing a file
    /// waits for it on some. After a power failure it may still be marked as unfinished, which costs a worktree in
    /// which work began seconds ago.
    pub(super) fn set_ready_quickly(&self, owner: &Owner) -> Result<(), GitFailure> {
        let path = self.dir.join("locked");
        let ready = Lock {
            phase: Phase::Ready,
            owner: owner.clone(),
        };
        let write = || -> io::Result<()> {
            let mut file = fs::OpenOptions::new().write(true).open(&path)?;
            // Longer than what stands there, and written at once: nothing of the old words is left.
            file.write_all(ready.text().as_bytes())
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

    /// Writes that the worktree is at another place now.
    pub(super) fn move_to(&self, worktree: &Path) -> Result<(), GitFailure> {
        let text = format!("{}\n", worktree.join(".git").display());
        self.write("gitdir", text.as_bytes())
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
            self.written(bytes)?.persist(&path)?;
            Ok(())
        };
        replace().attempting_at("write", &path)
    }

    /// A file in here that has no name yet, safe on disk.
    fn written(&self, bytes: &[u8]) -> io::Result<tempfile::NamedTempFile> {
        let mut file = tempfile::NamedTempFile::new_in(&self.dir)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        Ok(file)
    }

    /// The tasks of all worktrees in a repository that are called as ours are, sorted. Whose they are their locks say.
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
