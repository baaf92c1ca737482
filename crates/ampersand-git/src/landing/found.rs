//! What the person's checkout already held, uncommitted, when the same content landed: undoing that landing leaves it.
//!
//! One small file for each landing that met such files, in the checkout's git folder, named by the commit that landed.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use git2::Oid;

use super::check::Step;
use crate::attach::Repository;
use crate::failure::{AttemptingAt, GitFailure};
use crate::rooted;

fn file(repository: &Repository, landed: Oid) -> PathBuf {
    let folder = repository.git_dir().join("ampersand-found");
    folder.join(landed.to_string())
}

/// Remembers them before the branch moves; for a landing that then does not take place it is never asked.
pub(super) fn keep(repository: &Repository, landed: Oid, steps: &[Step]) -> Result<(), GitFailure> {
    let theirs = steps
        .iter()
        .filter(|step| step.seen.is_some() && step.is_done());
    let paths: BTreeSet<&[u8]> = theirs.map(|step| step.change.path.as_slice()).collect();
    let path = file(repository, landed);
    if paths.is_empty() {
        // The same commit may have landed before, been undone, and find nothing of the kind now.
        return match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(error).attempting_at("remove", &path)
            }
            _ => Ok(()),
        };
    }
    let write = || -> io::Result<()> {
        let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
        fs::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(&serde_json::to_vec(&paths)?)?;
        file.as_file().sync_all()?;
        file.persist(&path)?;
        rooted::sync_folder(folder)
    };
    write().attempting_at("write", &path)
}

/// The paths that a landing found as they were to become.
pub(super) fn read(repository: &Repository, landed: Oid) -> Result<BTreeSet<Vec<u8>>, GitFailure> {
    let path = file(repository, landed);
    match fs::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeSet::new()),
        // Guessing would mean to take away what may be the person's.
        read => read
            .and_then(|bytes| Ok(serde_json::from_slice(&bytes)?))
            .attempting_at("read", &path),
    }
}
