//! The paths a commit keeps, whatever the ignore rules say.

use std::collections::BTreeMap;
use std::path::Path;

use git2::ObjectType;

use crate::names;
use crate::tree::{self, Slot};

/// What is tracked already.
pub(crate) enum Tracked<'a> {
    /// All of it, for whoever looks at everything.
    Listed(BTreeMap<Vec<u8>, Slot>),
    /// What a tree holds, looked up name by name: for whoever looks at a few paths of a large one.
    In(&'a git2::Repository, git2::Tree<'a>),
}

impl Tracked<'_> {
    /// What is tracked at a path; folders are nothing.
    pub(super) fn at(&self, path: &[u8]) -> Option<Slot> {
        match self {
            Self::Listed(paths) => paths.get(path).copied(),
            Self::In(_, tree) => tree::at(tree, path),
        }
    }

    /// Whether anything is tracked below a folder.
    pub(super) fn has_below(&self, folder: &[u8]) -> bool {
        match self {
            Self::Listed(paths) => {
                let below = names::join(folder, b"");
                let first = paths.range(below.clone()..).next();
                first.is_some_and(|(path, _)| path.starts_with(&below))
            }
            Self::In(_, tree) => self::folder(tree, folder).is_some(),
        }
    }

    /// Everything tracked below a folder. What cannot be read there is not known to be tracked.
    pub(super) fn below(&self, folder: &[u8]) -> Vec<(Vec<u8>, Slot)> {
        match self {
            Self::Listed(paths) => {
                if folder.is_empty() {
                    return paths
                        .iter()
                        .map(|(path, slot)| (path.clone(), *slot))
                        .collect();
                }
                let below = names::join(folder, b"");
                paths
                    .range(below.clone()..)
                    .take_while(|(path, _)| path.starts_with(&below))
                    .map(|(path, slot)| (path.clone(), *slot))
                    .collect()
            }
            Self::In(objects, tree) => tree::files_at(objects, tree, folder).unwrap_or_default(),
        }
    }
}

fn folder(tree: &git2::Tree<'_>, path: &[u8]) -> Option<git2::Oid> {
    let entry = tree.get_path(Path::new(&names::to_os(path)?)).ok()?;
    (entry.kind() == Some(ObjectType::Tree)).then(|| entry.id())
}
