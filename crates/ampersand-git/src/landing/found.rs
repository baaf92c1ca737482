//! What the person's checkout already held, uncommitted, when the same content landed: undoing that landing leaves it.
//!
//! One small file for each landing that met such files, in the checkout's git folder, named by the commit that landed.

use std::collections::BTreeSet;
use std::path::PathBuf;

use git2::Oid;

use super::check::Step;
use crate::attach::Repository;
use crate::durable;
use crate::failure::GitFailure;

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
        return durable::forget(&path);
    }
    durable::note(&path, &paths)
}

/// The paths that a landing found as they were to become.
pub(super) fn read(repository: &Repository, landed: Oid) -> Result<BTreeSet<Vec<u8>>, GitFailure> {
    Ok(durable::noted(&file(repository, landed))?.unwrap_or_default())
}
