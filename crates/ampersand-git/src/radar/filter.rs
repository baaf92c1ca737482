//! Whether two sets of changes can meet at all. Errs towards yes alone: a yes costs a question to git, a wrong no would
//! hide a clash.

use std::collections::BTreeSet;
use std::ops::Bound;

use git2::{ObjectType, Tree};

use crate::names;
use crate::tree::Change;

/// What one side makes of the tree both began with.
pub(super) struct Side<'a> {
    pub(super) changes: &'a [Change],
    pub(super) tree: &'a Tree<'a>,
}

/// Whether joining both sides may come to anything but all of their changes.
pub(super) fn may_meet(ours: &Side<'_>, theirs: &Side<'_>) -> bool {
    share_a_path(ours, theirs) || moves_under(ours, theirs) || moves_under(theirs, ours)
}

/// The same path, or one below the other: that covers files renamed on either side, as a renamed file is one that is
/// gone and one that is new.
fn share_a_path(ours: &Side<'_>, theirs: &Side<'_>) -> bool {
    let paths: BTreeSet<&[u8]> = ours.changes.iter().map(|change| &*change.path).collect();
    theirs.changes.iter().any(|change| {
        let path = change.path.as_slice();
        let below = names::join(path, b"");
        let from = (Bound::Included(below.as_slice()), Bound::Unbounded);
        let next = paths.range::<[u8], _>(from).next();
        paths.contains(path)
            || folders_above(path).any(|folder| paths.contains(folder))
            || next.is_some_and(|next| next.starts_with(&below))
    })
}

/// Whether one side may have renamed a folder in which the other has something new: git then takes that along.
fn moves_under(moving: &Side<'_>, adding: &Side<'_>) -> bool {
    let is_new = |change: &&Change| change.old.is_none();
    if !moving.changes.iter().any(|change| is_new(&change)) {
        return false;
    }
    let gone = moving.changes.iter().filter(|change| change.new.is_none());
    let mut left: BTreeSet<&[u8]> = BTreeSet::new();
    for change in gone {
        let emptied = folders_above(&change.path)
            .take_while(|folder| !left.contains(folder) && !is_folder(moving.tree, folder));
        left.extend(emptied.collect::<Vec<_>>());
        // The topmost folder never goes, but all files that stood in it may have.
        if !change.path.contains(&b'/') {
            left.insert(&[]);
        }
    }
    if left.is_empty() {
        return false;
    }
    let mut added = adding.changes.iter().filter(is_new);
    added.any(|change| {
        left.contains(&[][..]) || folders_above(&change.path).any(|folder| left.contains(folder))
    })
}

/// The folders a path lies in, the innermost first, the topmost left out.
pub(super) fn folders_above(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    let slashes = path.iter().enumerate().rev();
    slashes
        .filter(|(_, byte)| **byte == b'/')
        .map(|(at, _)| &path[..at])
}

fn is_folder(tree: &Tree<'_>, path: &[u8]) -> bool {
    let found = names::to_os(path).and_then(|path| tree.get_path(path.as_ref()).ok());
    found.is_some_and(|entry| entry.kind() == Some(ObjectType::Tree))
}
