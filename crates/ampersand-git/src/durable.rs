//! Bringing what was written to a repository to its disk, before anybody is told that it is there: its objects and
//! references, and what we note down beside them.
//!
//! The library brings nothing there by itself, and could only be told to do so for everything: also for what the clash
//! radar throws away again, and on the way of a claim, for which somebody waits.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use git2::{ObjectType, Oid, Tree};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::failure::{Attempting, AttemptingAt, GitFailure};
use crate::rooted;

/// Replaces a note as a whole, making the folder it is in. Whoever reads it later finds what was there before or this.
pub(crate) fn note<T: Serialize>(path: &Path, noted: &T) -> Result<(), GitFailure> {
    let write = || -> io::Result<()> {
        let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
        fs::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(&serde_json::to_vec(noted)?)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        rooted::sync_folder(folder)
    };
    write().attempting_at("write", path)
}

/// A note; `None` where there is none. One that cannot be read is an error: guessing could take away somebody's files.
pub(crate) fn noted<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, GitFailure> {
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        read => read
            .and_then(|bytes| Ok(serde_json::from_slice(&bytes)?))
            .map(Some)
            .attempting_at("read", path),
    }
}

/// Removes a note, if there is one.
pub(crate) fn forget(path: &Path) -> Result<(), GitFailure> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).attempting_at("remove", path)
        }
        _ => Ok(()),
    }
}

/// Brings the commits from `tip` down to one of `known` to the disk, first parent by first parent, with all they hold that
/// no parent of theirs does. What `known` and other parents hold is there already.
pub(crate) fn sync_commits(
    git: &git2::Repository,
    common_dir: &Path,
    tip: Oid,
    known: &[Oid],
) -> Result<(), GitFailure> {
    let new = new_objects(git, tip, known).attempting("look through what was written")?;
    let folder = common_dir.join("objects");
    let mut folders = BTreeSet::from([folder.clone()]);
    for oid in new {
        let name = oid.to_string();
        let within = folder.join(&name[..2]);
        let path = within.join(&name[2..]);
        match open(&path).and_then(|file| rooted::sync_file(&file)) {
            // Packed, or in a repository that this one borrows from.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            synced => {
                synced.attempting_at("bring to the disk", &path)?;
                folders.insert(within);
            }
        }
    }
    for folder in folders {
        rooted::sync_folder(&folder).attempting_at("bring to the disk", &folder)?;
    }
    Ok(())
}

/// Brings a reference to the disk that was just moved. It stands where it was moved to, whatever comes of this.
pub(crate) fn sync_reference(common_dir: &Path, name: &str) {
    let path = common_dir.join(name);
    let folder = path.parent().map_or_else(PathBuf::new, Path::to_owned);
    let synced = open(&path).and_then(|file| rooted::sync_file(&file));
    match synced.and_then(|()| rooted::sync_folder(&folder)) {
        // Packed with the others meanwhile, by a git that brings them to the disk.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => tracing::warn!(%error, name, "a reference may not be on the disk yet"),
        Ok(()) => {}
    }
}

/// Objects are read-only files, and only Windows asks for more than reading.
fn open(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::File::options();
    options.read(true);
    #[cfg(windows)]
    options.write(!fs::metadata(path)?.permissions().readonly());
    options.open(path)
}

fn new_objects(
    git: &git2::Repository,
    tip: Oid,
    known: &[Oid],
) -> Result<BTreeSet<Oid>, git2::Error> {
    let mut found = BTreeSet::new();
    let mut next = Some(tip);
    while let Some(id) = next.filter(|id| !known.contains(id)) {
        let commit = git.find_commit(id)?;
        found.insert(id);
        let parents: Result<Vec<_>, _> = commit.parents().map(|parent| parent.tree()).collect();
        collect(git, &commit.tree()?, &parents?, &mut found)?;
        next = commit.parent_ids().next();
    }
    Ok(found)
}

fn collect(
    git: &git2::Repository,
    tree: &Tree<'_>,
    before: &[Tree<'_>],
    found: &mut BTreeSet<Oid>,
) -> Result<(), git2::Error> {
    let is_known = before.iter().any(|known| known.id() == tree.id());
    if is_known || !found.insert(tree.id()) {
        return Ok(());
    }
    for entry in tree {
        let stood = before
            .iter()
            .filter_map(|tree| tree.get_name_bytes(entry.name_bytes()));
        let stood: Vec<_> = stood.map(|entry| entry.id()).collect();
        match entry.kind() {
            Some(ObjectType::Blob) if !stood.contains(&entry.id()) => {
                found.insert(entry.id());
            }
            Some(ObjectType::Tree) => {
                let below: Vec<_> = stood
                    .iter()
                    .filter_map(|id| git.find_tree(*id).ok())
                    .collect();
                collect(git, &git.find_tree(entry.id())?, &below, found)?;
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attach::Repository;

    #[test]
    fn what_a_merge_adds_to_its_parents_is_found_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let git = git2::Repository::init_bare(folder.path()).unwrap();
        let signature = Repository::signature().unwrap();
        let tree = |files: &[(&str, Oid)], below: Option<Oid>| {
            let mut tree = git.treebuilder(None).unwrap();
            for (name, blob) in files {
                tree.insert(name, *blob, 0o100_644).unwrap();
            }
            if let Some(below) = below {
                tree.insert("d", below, 0o040_000).unwrap();
            }
            tree.write().unwrap()
        };
        let commit = |tree: Oid, parents: &[Oid]| {
            let tree = git.find_tree(tree).unwrap();
            let parents: Vec<_> = parents
                .iter()
                .map(|id| git.find_commit(*id).unwrap())
                .collect();
            let parents: Vec<_> = parents.iter().collect();
            let made = git.commit(None, &signature, &signature, "m", &tree, &parents);
            made.unwrap()
        };
        let [a, b, ours, theirs, joined] =
            ["a", "b", "ours", "theirs", "joined"].map(|text| git.blob(text.as_bytes()).unwrap());
        let below = tree(&[("x", a), ("y", b)], None);
        let base = commit(tree(&[("f", a)], Some(below)), &[]);
        let one = tree(&[("f", ours), ("g", ours)], Some(below));
        let one = commit(one, &[base]);
        let other_below = tree(&[("x", theirs), ("y", b)], None);
        let other_tree = tree(&[("f", theirs)], Some(other_below));
        let other = commit(other_tree, &[base]);
        let tip_tree = tree(&[("f", joined), ("g", ours)], Some(other_below));
        let tip = commit(tip_tree, &[one, other]);

        let found = new_objects(&git, tip, &[one]).unwrap();
        assert_eq!(found, BTreeSet::from([tip, tip_tree, joined]));
        let found = new_objects(&git, other, &[base]).unwrap();
        let expected = [other, other_tree, theirs, other_below];
        assert_eq!(found, BTreeSet::from(expected));
        assert_eq!(new_objects(&git, one, &[one]).unwrap(), BTreeSet::new());
        sync_commits(&git, folder.path(), tip, &[one]).unwrap();
        git.reference("refs/heads/main", tip, false, "").unwrap();
        sync_reference(folder.path(), "refs/heads/main");
    }
}
