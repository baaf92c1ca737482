//! Reading trees: every file of a commit, and what differs between two.

use std::collections::BTreeMap;
use std::path::Path;

use git2::{ObjectType, Oid, Tree, TreeEntry};

use crate::failure::{Attempting, GitFailure};
use crate::names;

/// Deeper trees are refused: nobody writes them by hand, and each level costs stack.
pub(crate) const MAX_DEPTH: usize = 128;

/// A regular file.
pub(crate) const FILE: u32 = 0o100_644;
/// A file that may be executed.
pub(crate) const EXECUTABLE: u32 = 0o100_755;
/// A symbolic link, its target as content.
pub(crate) const LINK: u32 = 0o120_000;
/// A commit of another repository.
pub(crate) const GITLINK: u32 = 0o160_000;

/// A folder.
const FOLDER: u32 = 0o040_000;

/// What a tree holds at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slot {
    /// The content.
    pub(crate) oid: Oid,
    /// One of [`FILE`], [`EXECUTABLE`], [`LINK`], [`GITLINK`].
    pub(crate) mode: u32,
}

/// A path whose content or kind differs between two trees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    /// Bytes, `/` between names.
    pub(crate) path: Vec<u8>,
    /// What stood there.
    pub(crate) old: Option<Slot>,
    /// What shall stand there.
    pub(crate) new: Option<Slot>,
}

/// One entry of one tree: what the walks below see.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Node {
    Leaf(Slot),
    Folder(Oid),
}

impl Node {
    fn split(self) -> (Option<Slot>, Option<Oid>) {
        match self {
            Self::Leaf(slot) => (Some(slot), None),
            Self::Folder(oid) => (None, Some(oid)),
        }
    }
}

fn nodes(
    repo: &git2::Repository,
    tree: Option<Oid>,
) -> Result<BTreeMap<Vec<u8>, Node>, GitFailure> {
    let Some(tree) = tree else {
        return Ok(BTreeMap::new());
    };
    let tree = repo
        .find_tree(tree)
        .attempting("read a folder of the commit")?;
    let node = |entry: TreeEntry<'_>| {
        let node = if entry.kind() == Some(ObjectType::Tree) {
            Node::Folder(entry.id())
        } else {
            Node::Leaf(slot(&entry))
        };
        (entry.name_bytes().to_vec(), node)
    };
    Ok(tree.iter().map(node).collect())
}

fn slot(entry: &TreeEntry<'_>) -> Slot {
    Slot {
        oid: entry.id(),
        mode: normal_mode(entry.filemode()),
    }
}

/// What a tree holds at a path; folders are nothing.
pub(crate) fn at(tree: &Tree<'_>, path: &[u8]) -> Option<Slot> {
    let entry = tree.get_path(Path::new(&names::to_os(path)?)).ok()?;
    (entry.kind() != Some(ObjectType::Tree)).then(|| slot(&entry))
}

/// The folder at a path of a tree; the tree itself for no path.
pub(crate) fn folder<'a>(
    git: &'a git2::Repository,
    tree: Oid,
    path: &[u8],
) -> Result<Tree<'a>, git2::Error> {
    let mut found = git.find_tree(tree)?;
    for name in path
        .split(|byte| *byte == b'/')
        .filter(|name| !name.is_empty())
    {
        let missing = || git2::Error::from_str("it is not there");
        let below = found.get_name_bytes(name).map(|entry| entry.id());
        let below = below.ok_or_else(missing)?;
        found = git.find_tree(below)?;
    }
    Ok(found)
}

/// Old writers stored 0664 and the like; git reads the executable bit and the kind.
fn normal_mode(raw: i32) -> u32 {
    match u32::try_from(raw).unwrap_or(FILE) {
        LINK => LINK,
        GITLINK => GITLINK,
        mode if mode & 0o100 != 0 => EXECUTABLE,
        _ => FILE,
    }
}

/// Every file of a tree, sorted by path.
pub(crate) fn files(
    repo: &git2::Repository,
    tree: &Tree<'_>,
) -> Result<BTreeMap<Vec<u8>, Slot>, GitFailure> {
    let changes = changes(repo, None, Some(tree))?;
    Ok(changes
        .into_iter()
        .filter_map(|change| Some((change.path, change.new?)))
        .collect())
}

/// What a tree holds at a path and below it: the file that stands there, or all files of the folder.
pub(crate) fn files_at(
    repo: &git2::Repository,
    tree: &Tree<'_>,
    path: &[u8],
) -> Result<Vec<(Vec<u8>, Slot)>, GitFailure> {
    if path.is_empty() {
        return Ok(files(repo, tree)?.into_iter().collect());
    }
    let found = names::to_os(path).and_then(|path| tree.get_path(Path::new(&path)).ok());
    let Some(entry) = found else {
        return Ok(Vec::new());
    };
    if entry.kind() != Some(ObjectType::Tree) {
        return Ok(vec![(path.to_vec(), slot(&entry))]);
    }
    let folder = repo
        .find_tree(entry.id())
        .attempting("read a folder of the commit")?;
    let below = files(repo, &folder)?.into_iter();
    Ok(below
        .map(|(name, slot)| (names::join(path, &name), slot))
        .collect())
}

/// The paths in which two trees differ, folders never named, equal folders never read.
pub(crate) fn changes(
    repo: &git2::Repository,
    old: Option<&Tree<'_>>,
    new: Option<&Tree<'_>>,
) -> Result<Vec<Change>, GitFailure> {
    let mut found = Vec::new();
    let sides = (old.map(Tree::id), new.map(Tree::id));
    if sides.0 != sides.1 {
        compare(repo, sides, &[], 0, &mut found)?;
    }
    found.sort_by(|left, right| left.path.cmp(&right.path));
    Ok(found)
}

fn compare(
    repo: &git2::Repository,
    (old, new): (Option<Oid>, Option<Oid>),
    prefix: &[u8],
    depth: usize,
    found: &mut Vec<Change>,
) -> Result<(), GitFailure> {
    if depth > MAX_DEPTH {
        return Err(GitFailure::UnsafePath {
            path: names::show(prefix),
        });
    }
    let mut before = nodes(repo, old)?;
    let after = nodes(repo, new)?;
    let pairs = after.into_iter().map(|(name, node)| {
        let previous = before.remove(&name);
        (name, previous, Some(node))
    });
    let mut pairs: Vec<_> = pairs.collect();
    let gone = before.into_iter();
    pairs.extend(gone.map(|(name, node)| (name, Some(node), None)));
    for (name, previous, node) in pairs {
        if previous == node {
            continue;
        }
        let path = names::join(prefix, &name);
        let (old, old_folder) = previous.map_or((None, None), Node::split);
        let (new, new_folder) = node.map_or((None, None), Node::split);
        if old_folder != new_folder {
            compare(repo, (old_folder, new_folder), &path, depth + 1, found)?;
        }
        if old != new {
            found.push(Change { path, old, new });
        }
    }
    Ok(())
}

/// What shall stand under one name of a folder.
#[derive(Default)]
struct Group<'a> {
    leaf: Option<Option<Slot>>,
    below: Vec<(&'a [u8], Option<Slot>)>,
}

/// Writes the tree that `base` becomes when each of these paths holds what is given, or nothing. Folders that become
/// empty are left away; the answer is `None` if nothing is left at all.
pub(crate) fn write_changed(
    repo: &git2::Repository,
    base: Option<Oid>,
    changes: &[(&[u8], Option<Slot>)],
) -> Result<Option<Oid>, GitFailure> {
    let mut groups: BTreeMap<&[u8], Group<'_>> = BTreeMap::new();
    for (path, slot) in changes {
        match path.iter().position(|byte| *byte == b'/') {
            None => groups.entry(path).or_default().leaf = Some(*slot),
            Some(at) => {
                let group = groups.entry(&path[..at]).or_default();
                group.below.push((&path[at + 1..], *slot));
            }
        }
    }
    let base = base.map(|oid| repo.find_tree(oid)).transpose();
    let base = base.attempting("read a folder of the commit")?;
    let mut builder = repo
        .treebuilder(base.as_ref())
        .attempting("begin a folder of a commit")?;
    for (name, group) in groups {
        let os = names::to_os(name).ok_or_else(|| GitFailure::UnsafePath {
            path: names::show(name),
        })?;
        let stands = builder.get(&os).attempting("read a folder of a commit")?;
        let stands = stands.map(|entry| (entry.id(), entry.kind() == Some(ObjectType::Tree)));
        let folder = stands.filter(|(_, is_folder)| *is_folder);
        let next = match (group.leaf.flatten(), group.below.as_slice()) {
            (Some(slot), _) => Some((slot.oid, slot.mode)),
            (None, []) => folder.map(|(oid, _)| (oid, FOLDER)),
            (None, below) => {
                write_changed(repo, folder.map(|(oid, _)| oid), below)?.map(|oid| (oid, FOLDER))
            }
        };
        let written = match next {
            Some((oid, mode)) => builder
                .insert(&os, oid, i32::try_from(mode).unwrap_or_default())
                .map(drop),
            None if stands.is_some() => builder.remove(&os),
            None => Ok(()),
        };
        written.attempting("write a folder of a commit")?;
    }
    if builder.is_empty() {
        return Ok(None);
    }
    let written = builder.write();
    written.map(Some).attempting("write a folder of a commit")
}
