//! Making a worktree fit for programs of the person's own, which run in it what git's settings there name.
//!
//! A settings file of git's can name programs, and whoever looks at a folder with git, as editors and prompts do by
//! themselves, runs them. So the gitfile says what we wrote, and nothing below it may be a repository of its own.

use std::ffi::{OsStr, OsString};
use std::io::{self, Read};

use cap_fs_ext::{DirExt, FollowSymlinks, OpenOptionsFollowExt};
use cap_std::fs::{Dir, OpenOptions};

use super::bookkeeping::Bookkeeping;
use super::{Worktree, WorktreeError, check_task};
use crate::attach::Repository;
use crate::failure::{Attempting, AttemptingAt};
use crate::names;
use crate::rooted::{self, Root};
use crate::tree::{self, FILE, MAX_DEPTH};

/// A worktree with more than this many files and folders is not looked through.
const MAX_ENTRIES: u32 = 2_000_000;

/// The gitfile holds one path.
const MAX_GITFILE_BYTES: u64 = 1 << 16;

impl Repository {
    /// Lets the worktree's gitfile say what our books say, whatever it has become, and makes sure that no repository
    /// lies below: refused by name, nothing of it removed. What the task's base itself holds is the person's own.
    pub fn make_fit_to_open(&self, worktree: &Worktree) -> Result<(), WorktreeError> {
        check_task(&worktree.task)?;
        let (path, books) = (&worktree.path, Bookkeeping::of(self, &worktree.task));
        let root = Root::open(path).attempting_at("open", path)?;
        if let Ok(found) = root.dir().symlink_metadata(".git")
            && found.is_dir()
        {
            let path = ".git".to_owned();
            return Err(WorktreeError::HoldsRepository { path });
        }
        let objects = self.open_objects()?;
        let base = objects.find_commit(worktree.base.oid());
        let base = base.and_then(|base| base.tree());
        let mut looking = Looking {
            base: base.attempting("read the commit the worktree starts from")?,
            left: MAX_ENTRIES,
        };
        let looked = looking.folder(root.dir(), &[], 0);
        looked.map_err(|stopped| match stopped {
            Stopped::At(error) => error,
            Stopped::By(source) => {
                let failed: Result<(), _> = Err(source);
                match failed.attempting_at("look at files in", path) {
                    Err(failure) => failure.into(),
                    Ok(()) => WorktreeError::Stopped,
                }
            }
        })?;
        let wanted = books.gitfile();
        write_gitfile(root.dir(), &wanted).attempting_at("write into", path)?;
        Ok(())
    }
}

/// Why looking came to no good end.
enum Stopped {
    At(WorktreeError),
    By(io::Error),
}

impl From<io::Error> for Stopped {
    fn from(error: io::Error) -> Self {
        Self::By(error)
    }
}

struct Looking<'a> {
    base: git2::Tree<'a>,
    left: u32,
}

impl Looking<'_> {
    fn folder(&mut self, dir: &Dir, prefix: &[u8], depth: usize) -> Result<(), Stopped> {
        for entry in dir.entries()? {
            let entry = entry?;
            let name = entry.file_name();
            let path = names::join(prefix, name.as_encoded_bytes());
            self.left = self.left.saturating_sub(1);
            if self.left == 0 || depth > MAX_DEPTH {
                let path = names::show(&path);
                return Err(Stopped::At(WorktreeError::TooMuchToLookAt { path }));
            }
            if self.begins_repository(dir, &name, &path) {
                let path = names::show(&path);
                return Err(Stopped::At(WorktreeError::HoldsRepository { path }));
            }
            if !entry.file_type()?.is_dir() {
                continue;
            }
            match dir.open_dir_nofollow(&name) {
                Ok(below) => self.folder(&below, &path, depth + 1)?,
                // Gone meanwhile, or closed to everybody who would look.
                Err(error) if is_shut(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Whether git would take this name, or the folder it is in, for where a repository is.
    fn begins_repository(&self, dir: &Dir, name: &OsStr, path: &[u8]) -> bool {
        let bytes = name.as_encoded_bytes();
        // The worktree's own stands at the top.
        if path == b".git" {
            return false;
        }
        let is_bare =
            || rooted::makes_bare_repository(dir, bytes) && tree::at(&self.base, path).is_none();
        names::is_dot_git(bytes) || is_bare()
    }
}

fn is_shut(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied
    )
}

fn write_gitfile(dir: &Dir, wanted: &str) -> io::Result<()> {
    let name = OsString::from(".git");
    if read_gitfile(dir).is_ok_and(|text| text == wanted) {
        return Ok(());
    }
    match dir.remove_file_or_symlink(&name) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    rooted::write_new(dir, &name, FILE, wanted.as_bytes()).map(drop)
}

fn read_gitfile(dir: &Dir) -> io::Result<String> {
    let mut options = OpenOptions::new();
    options.read(true).follow(FollowSymlinks::No);
    if !dir.symlink_metadata(".git")?.is_file() {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut text = String::new();
    let file = dir.open_with(".git", &options)?;
    file.take(MAX_GITFILE_BYTES).read_to_string(&mut text)?;
    Ok(text)
}
