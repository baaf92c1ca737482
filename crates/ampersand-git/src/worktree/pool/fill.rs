//! Filling: a whole checkout written aside, and put among the warm ones when it is complete.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use git2::IndexEntry;

use super::super::bookkeeping::{Lock, Owner, Phase};
use super::super::create::{self, Files};
use super::super::donor::Donor;
use super::super::index_file;
use super::super::populate::{Pace, Wanted, Writing, write_files};
use super::{About, Pool, Warm, WorktreeError};
use crate::failure::{Attempting, AttemptingAt};
use crate::folding;
use crate::object::CommitId;

/// What a file takes on disk is a multiple of this on most systems.
const BLOCK_BYTES: u64 = 4096;

impl Pool {
    /// Fills one more warm worktree with the files of `commit`. On error nothing is left.
    pub fn fill(&self, commit: CommitId, pace: Pace<'_>) -> Result<Warm, WorktreeError> {
        let objects = self.repository.open_objects()?;
        let files = create::files_of(&objects, commit)?;
        let tree = objects
            .find_commit(commit.oid())
            .attempting("read the commit to check out")?
            .tree_id();
        self.fill_with(&files, tree, pace)
    }

    pub(super) fn fill_with(
        &self,
        files: &Files,
        tree: git2::Oid,
        pace: Pace<'_>,
    ) -> Result<Warm, WorktreeError> {
        let folder = self.warm_folder();
        fs::create_dir_all(&folder).attempting_at("make", &folder)?;
        // Removed again unless it becomes warm.
        let part = tempfile::Builder::new()
            .prefix("part-")
            .tempdir_in(&folder)
            .attempting_at("make a folder in", &folder)?;
        let owner = Owner::of(&create::place(&self.folder.join("any"))?)?;
        lock(part.path(), owner).attempting_at("write into", part.path())?;
        let into = part.path().join("files");
        fs::create_dir(&into).attempting_at("make", &into)?;
        create::check_collisions(files, folding::folds(part.path(), "files"))?;

        let donor = self.warm()?.pop();
        let donor = donor.and_then(|warm| Donor::open(&warm.files(), &warm.index()));
        let writing = Writing {
            repository: &self.repository,
            donor: donor.as_ref(),
            pace,
        };
        let wanted: Vec<Wanted<'_>> = files
            .iter()
            .map(|(path, slot)| (path.as_slice(), *slot))
            .collect();
        let entries = write_files(&into, &wanted, &writing)?;
        let index = part.path().join("index");
        index_file::write(&index, &entries).attempting_at("write", &index)?;
        let bytes = entries.iter().map(on_disk).sum();
        let about = About {
            tree: tree.to_string(),
            bytes,
        };
        serde_json::to_vec(&about)
            .map_err(io::Error::other)
            .and_then(|about| fs::write(part.path().join("tree"), about))
            .attempting_at("write into", part.path())?;
        let name = part.path().file_name().and_then(|name| name.to_str());
        let name = name.and_then(|name| name.strip_prefix("part-"));
        let path = folder.join(format!("warm-{}", name.unwrap_or_default()));
        let part = part.keep();
        fs::rename(&part, &path).attempting_at("complete", &part)?;
        let found = Warm::read(path.clone());
        found.ok_or(WorktreeError::FolderExists { path })
    }
}

/// Writes the mark a claim begins with, and waits for the disk: here nobody else does, and it is little yet.
fn lock(part: &Path, owner: Owner) -> io::Result<()> {
    let phase = Phase::Preparing;
    let mut locked = File::create(part.join("locked"))?;
    locked.write_all(Lock { phase, owner }.text().as_bytes())?;
    locked.sync_all()
}

/// What a file takes, its directory entry and inode left away.
fn on_disk(entry: &IndexEntry) -> u64 {
    u64::from(entry.file_size).div_ceil(BLOCK_BYTES) * BLOCK_BYTES
}
