//! Copying what git does not keep from the person's checkout into a new worktree: settings, caches, dependencies.

use std::ffi::OsString;
use std::fs;
use std::io;

use cap_fs_ext::DirExt;
use cap_std::fs::{Dir, Metadata, OpenOptions};

use super::bookkeeping::Bookkeeping;
use super::{Worktree, WorktreeError};
use crate::attach::Repository;
use crate::failure::{AttemptingAt, GitFailure};
use crate::names;
use crate::rooted::{self, Root};
use crate::tree::{EXECUTABLE, FILE, LINK, MAX_DEPTH};

/// More content than this is not copied where the disk cannot share it, in bytes.
const MAX_COPIED_BYTES: u64 = 4 << 30;
/// In the bookkeeping of a worktree that has everything it gets.
const FURNISHED: &str = "ampersand-furnished";

impl Repository {
    /// Copies these files and folders of the checkout into the worktree, where nothing stands there yet; what is not
    /// in the checkout is passed over. Content is shared with the original where the disk can. Links stay links.
    pub fn bring(&self, worktree: &Worktree, paths: &[String]) -> Result<(), WorktreeError> {
        let from = Root::open(self.root()).attempting_at("open", self.root())?;
        let into = Root::open(&worktree.path).attempting_at("open", &worktree.path)?;
        let mut bringing = Bringing {
            shares: true,
            left_bytes: MAX_COPIED_BYTES,
        };
        for path in paths {
            let path = path.trim_end_matches('/').as_bytes();
            let brought = bringing.path(&from, &into, path);
            match brought {
                Err(error) if error.kind() == io::ErrorKind::FileTooLarge => {
                    return Err(WorktreeError::TooMuch {
                        path: names::show(path),
                    });
                }
                brought => brought.map_err(|source| GitFailure::Files {
                    attempt: "copy into the worktree",
                    path: self.root().join(names::show(path)),
                    source,
                })?,
            }
        }
        Ok(())
    }

    /// Whether the worktree has everything it gets before work begins in it.
    pub fn is_furnished(&self, worktree: &Worktree) -> bool {
        let books = Bookkeeping::of(self, &worktree.task);
        books.dir().join(FURNISHED).exists()
    }

    /// Remembers that it has.
    pub fn mark_furnished(&self, worktree: &Worktree) -> Result<(), GitFailure> {
        let mark = Bookkeeping::of(self, &worktree.task).dir().join(FURNISHED);
        fs::write(&mark, "").attempting_at("write", &mark)
    }
}

struct Bringing {
    /// Until the disk refused once.
    shares: bool,
    left_bytes: u64,
}

impl Bringing {
    fn path(&mut self, from: &Root, into: &Root, path: &[u8]) -> io::Result<()> {
        let (dir, name) = match from.parent(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            parent => parent?,
        };
        match dir.symlink_metadata(&name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            found => {
                let (parent, _) = into.make_parent(path, |_| {})?;
                self.entry(&dir, &parent, &name, &found?, 0)
            }
        }
    }

    fn entry(
        &mut self,
        from: &Dir,
        into: &Dir,
        name: &OsString,
        found: &Metadata,
        depth: usize,
    ) -> io::Result<()> {
        let is_own_git = names::from_os(name).is_none_or(|bytes| names::is_dot_git(&bytes));
        if is_own_git || depth > MAX_DEPTH {
            return Ok(());
        }
        if found.is_dir() {
            return self.folder(from, into, name, depth);
        }
        if into.symlink_metadata(name).is_ok() {
            return Ok(());
        }
        if found.is_symlink() {
            let target = from.read_link_contents(name)?;
            let target = names::from_os(target.as_os_str()).ok_or(io::ErrorKind::InvalidData)?;
            rooted::write_new(into, name, LINK, &target)?;
        } else if found.is_file() {
            self.file(from, into, name, found)?;
        }
        Ok(())
    }

    fn folder(&mut self, from: &Dir, into: &Dir, name: &OsString, depth: usize) -> io::Result<()> {
        match into.create_dir(name) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        let (from, into) = (from.open_dir_nofollow(name)?, into.open_dir_nofollow(name)?);
        for entry in from.entries()? {
            let name = entry?.file_name();
            let found = from.symlink_metadata(&name)?;
            self.entry(&from, &into, &name, &found, depth + 1)?;
        }
        Ok(())
    }

    fn file(
        &mut self,
        from: &Dir,
        into: &Dir,
        name: &OsString,
        found: &Metadata,
    ) -> io::Result<()> {
        let mode = match rooted::mode_of(found, None) {
            EXECUTABLE => EXECUTABLE,
            _ => FILE,
        };
        if self.shares {
            match rooted::clone_new(from, name, into, name, mode) {
                Ok(_) => {}
                Err(_refused) => self.shares = false,
            }
        }
        if !self.shares {
            self.left_bytes = self
                .left_bytes
                .checked_sub(found.len())
                .ok_or(io::ErrorKind::FileTooLarge)?;
            let mut source = from.open(name)?;
            let mut copy = rooted::create_new(into, name, mode)?;
            io::copy(&mut source, &mut copy)?;
        }
        // Caches tell by their times what they were made from.
        let mut options = OpenOptions::new();
        options.write(true);
        let copy = into.open_with(name, &options)?.into_std();
        copy.set_modified(found.modified()?.into_std())
    }
}
