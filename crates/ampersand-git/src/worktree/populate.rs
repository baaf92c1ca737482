//! Writing a commit's files into an empty folder, and the index that says they are unchanged.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::Path;

use cap_std::fs::Dir;
use git2::Index;

use super::WorktreeError;
use super::create::Files;
use crate::failure::{Attempting, AttemptingAt};
use crate::names;
use crate::rooted::{self, Root};
use crate::tree::Slot;

/// Writes every file below `folder`, which holds nothing but the gitfile.
pub(super) fn populate(
    objects: &git2::Repository,
    folder: &Path,
    index_path: &Path,
    files: &Files,
) -> Result<(), WorktreeError> {
    let root = Root::open(folder).attempting_at("open", folder)?;
    let mut index = Index::open(index_path).attempting("start the worktree's index")?;
    let mut open = OpenFolder::default();
    for (path, slot) in files {
        let dir = open
            .enter(&root, path)
            .map_err(|error| collision(error, folder, path))?;
        let blob = objects
            .find_blob(slot.oid)
            .attempting("read a file of the commit")?;
        let name = last_name(path).attempting_at("write", folder)?;
        rooted::write_new(dir, &name, slot.mode, blob.content())
            .map_err(|error| collision(error, folder, path))?;
        let found = dir
            .symlink_metadata(&name)
            .attempting_at("look at a new file in", folder)?;
        index
            .add(&rooted::index_entry(path, *slot, Some(&found)))
            .attempting("add to the worktree's index")?;
    }
    index.write().attempting("write the worktree's index")?;
    Ok(())
}

/// An index that names every file and trusts none of them to be unchanged.
pub(super) fn index_without_times(
    index_path: &Path,
    files: &BTreeMap<Vec<u8>, Slot>,
) -> Result<(), WorktreeError> {
    let mut index = Index::open(index_path).attempting("start the worktree's index")?;
    for (path, slot) in files {
        index
            .add(&rooted::index_entry(path, *slot, None))
            .attempting("add to the worktree's index")?;
    }
    index.write().attempting("write the worktree's index")?;
    Ok(())
}

fn collision(error: io::Error, folder: &Path, path: &[u8]) -> WorktreeError {
    match Err::<(), _>(error).attempting_at("write a file below", folder) {
        Err(crate::GitFailure::Files { source, .. })
            if matches!(
                source.kind(),
                io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory
            ) =>
        {
            WorktreeError::Colliding {
                path: names::show(path),
            }
        }
        Err(failure) => failure.into(),
        Ok(()) => WorktreeError::Colliding {
            path: names::show(path),
        },
    }
}

fn last_name(path: &[u8]) -> io::Result<OsString> {
    let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or(path);
    names::to_os(name).ok_or_else(|| io::ErrorKind::InvalidInput.into())
}

/// The folder of the file written last: paths come sorted, so most files need no walk at all.
#[derive(Default)]
struct OpenFolder(Option<(Vec<u8>, Dir)>);

impl OpenFolder {
    fn enter(&mut self, root: &Root, path: &[u8]) -> io::Result<&Dir> {
        let above = path
            .iter()
            .rposition(|byte| *byte == b'/')
            .map_or(&path[..0], |slash| &path[..slash]);
        let same = self.0.take().filter(|(open, _)| open == above);
        let dir = match same {
            Some((_, dir)) => dir,
            None => root.make_parent(path, |_| {})?.0,
        };
        Ok(&self.0.insert((above.to_vec(), dir)).1)
    }
}
