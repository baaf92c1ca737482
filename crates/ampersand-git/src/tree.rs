//! Reading trees: every file of a commit, and what differs between two.

use std::collections::BTreeMap;

use git2::{ObjectType, Oid, Tree};

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
enum Node<'repo> {
    Leaf(Slot),
    Folder(Tree<'repo>),
}

type Nodes<'repo> = BTreeMap<Vec<u8>, (Oid, Node<'repo>)>;

fn nodes<'repo>(
    repo: &'repo git2::Repository,
    tree: Option<&Tree<'_>>,
) -> Result<Nodes<'repo>, GitFailure> {
    let mut found = BTreeMap::new();
    let Some(tree) = tree else { return Ok(found) };
    for entry in tree {
        let node = if entry.kind() == Some(ObjectType::Tree) {
            Node::Folder(
                repo.find_tree(entry.id())
                    .attempting("read a folder of the commit")?,
            )
        } else {
            Node::Leaf(Slot {
                oid: entry.id(),
                mode: normal_mode(entry.filemode()),
            })
        };
        found.insert(entry.name_bytes().to_vec(), (entry.id(), node));
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

/// The paths in which two trees differ, folders never named, equal folders never read.
pub(crate) fn changes(
    repo: &git2::Repository,
    old: Option<&Tree<'_>>,
    new: Option<&Tree<'_>>,
) -> Result<Vec<Change>, GitFailure> {
    let mut found = Vec::new();
    compare(repo, (old, new), &[], 0, &mut found)?;
    found.sort_by(|left, right| left.path.cmp(&right.path));
    Ok(found)
}

fn compare(
    repo: &git2::Repository,
    (old, new): (Option<&Tree<'_>>, Option<&Tree<'_>>),
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
    for (name, (oid, node)) in after {
        let path = names::join(prefix, &name);
        let previous = before.remove(&name);
        let (old_leaf, old_folder) = match previous {
            Some((old_oid, Node::Folder(_))) if old_oid == oid => continue,
            Some((_, Node::Folder(tree))) => (None, Some(tree)),
            Some((_, Node::Leaf(slot))) => (Some(slot), None),
            None => (None, None),
        };
        let (new_leaf, new_folder) = match node {
            Node::Folder(tree) => (None, Some(tree)),
            Node::Leaf(slot) => (Some(slot), None),
        };
        if old_folder.is_some() || new_folder.is_some() {
            compare(
                repo,
                (old_folder.as_ref(), new_folder.as_ref()),
                &path,
                depth + 1,
                found,
            )?;
        }
        if old_leaf != new_leaf {
            found.push(Change {
                path,
                old: old_leaf,
                new: new_leaf,
            });
        }
    }
    for (name, (_, node)) in before {
        let path = names::join(prefix, &name);
        match node {
            Node::Folder(tree) => compare(repo, (Some(&tree), None), &path, depth + 1, found)?,
            Node::Leaf(slot) => found.push(Change {
                path,
                old: Some(slot),
                new: None,
            }),
        }
    }
    Ok(())
}
