//! Removing a worktree whose content an agent chose: deep, unreadable, full of links.

use std::io;
use std::path::Path;

use cap_fs_ext::DirExt;
use cap_std::fs::Dir;

use super::bookkeeping::{Bookkeeping, Lock, Owner, Phase};
use super::{Worktree, WorktreeError, check_task};
use crate::attach::Repository;
use crate::failure::AttemptingAt;
use crate::rooted::Root;

/// Folders nested deeper than this are moved up before they are emptied, so that no depth runs us out of
/// descriptors or stack.
const MAX_NESTING: usize = 64;

impl Repository {
    /// Removes the task's folder and git's bookkeeping about it. What was committed stays under
    /// `refs/ampersand/<task>/`; what was not is gone. Removing what is not there is no error.
    pub fn remove_worktree(&self, worktree: &Worktree) -> Result<(), WorktreeError> {
        check_task(&worktree.task)?;
        let books = Bookkeeping::of(self, &worktree.task);
        if books.dir().is_dir() {
            let (phase, owner) = (Phase::Removing, Owner::of(&worktree.path)?);
            books.set_lock(&Lock { phase, owner })?;
        }
        remove_folder(&worktree.path).attempting_at("remove", &worktree.path)?;
        books.erase()?;
        Ok(())
    }
}

/// Removes a folder and all below it, never following a link out of it.
pub(super) fn remove_folder(folder: &Path) -> io::Result<()> {
    let root = match Root::open(folder) {
        Ok(root) => root,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let mut moved_up = 0_u64;
    loop {
        let before = moved_up;
        empty(root.dir(), root.dir(), 0, &mut moved_up)?;
        if moved_up == before {
            break;
        }
    }
    drop(root);
    std::fs::remove_dir(folder)
}

fn empty(top: &Dir, dir: &Dir, depth: usize, moved_up: &mut u64) -> io::Result<()> {
    for entry in dir.entries()? {
        let entry = entry?;
        let name = entry.file_name();
        if !entry.file_type()?.is_dir() {
            dir.remove_file_or_symlink(&name)?;
        } else if depth >= MAX_NESTING {
            *moved_up += 1;
            dir.rename(&name, top, format!(".ampersand-removing-{moved_up}"))?;
        } else {
            empty(top, &open_for_removal(dir, &name)?, depth + 1, moved_up)?;
            dir.remove_dir(&name)?;
        }
    }
    Ok(())
}

/// A folder its maker closed against reading and writing is opened again first: it is ours to remove.
fn open_for_removal(dir: &Dir, name: &std::ffi::OsString) -> io::Result<Dir> {
    #[cfg(unix)]
    {
        use cap_std::fs::{MetadataExt, Permissions, PermissionsExt};
        let mode = dir.symlink_metadata(name)?.mode();
        if mode & 0o700 != 0o700 {
            dir.set_symlink_permissions(name, Permissions::from_mode(0o700))
                .or_else(|_| dir.set_permissions(name, Permissions::from_mode(0o700)))?;
        }
    }
    dir.open_dir_nofollow(name)
}
