//! Looking at a few paths of a checkout as the whole walk would, for whoever knows that nothing else has changed.

use std::collections::BTreeSet;
use std::ffi::OsString;

use cap_fs_ext::DirExt;
use cap_std::fs::Dir;
use git2::IndexEntry;

use super::{Entered, Inside, Source, Walk};
use crate::commit::{CommitError, CommitLimits, LeftOutReason};
use crate::ignore_rules::{IgnoreRules, Kind};
use crate::names;
use crate::tree::MAX_DEPTH;

/// Paths to look at, and who hears of the folders among them.
pub(crate) struct Paths<'a> {
    /// Files and folders, sorted; a folder stands for all below it, the empty path for everything.
    pub(crate) paths: &'a BTreeSet<Vec<u8>>,
    /// The rules that hold besides those of ignore files.
    pub(crate) personal: IgnoreRules,
    pub(crate) entered: Entered<'a>,
}

/// What a commit would hold of these paths, as the whole walk would find it.
pub(crate) fn scan_paths(
    objects: &git2::Repository,
    source: Source<'_>,
    limits: CommitLimits,
    looked_for: Paths<'_>,
) -> Result<Vec<IndexEntry>, CommitError> {
    let Paths {
        paths,
        personal,
        entered,
    } = looked_for;
    let (root, mut walk) = Walk::new(objects, source, limits, personal, entered)?;
    for path in paths {
        let depths = (walk.rules.depth(), walk.base_rules.depth());
        walk.path(root.dir(), path)?;
        walk.rules.truncate(depths.0);
        walk.base_rules.truncate(depths.1);
    }
    Ok(walk.entries)
}

impl Walk<'_> {
    /// One path with the rules of the folders above it; whoever leads there through a link leads nowhere.
    fn path(&mut self, root: &Dir, path: &[u8]) -> Result<(), CommitError> {
        if path.is_empty() {
            return self.folder(root, &[], 0, Inside::Open);
        }
        let Ok(mut dir) = root.try_clone() else {
            self.keep_tracked_at(path, LeftOutReason::Unreadable);
            return Ok(());
        };
        let (mut start, mut depth, mut inside) = (0, 0, Inside::Open);
        while let Some(slash) = path[start..].iter().position(|byte| *byte == b'/') {
            let (prefix, above) = (&path[..start.saturating_sub(1)], &path[..start + slash]);
            self.push_rules(&dir, prefix)?;
            let name = &above[start..];
            let name = names::to_os(name).filter(|_| names::is_writable_name(name));
            let is_folder = |name: &OsString| {
                let found = dir.symlink_metadata(name);
                found.is_ok_and(|found| found.is_dir())
            };
            let Some(name) = name.filter(is_folder) else {
                return Ok(());
            };
            if self.submodule(above).is_some() {
                return Ok(());
            }
            let ignored = inside == Inside::Ignored || self.is_left_to_rules(above, Kind::Folder);
            if ignored && !self.tracked.has_below(above) {
                return Ok(());
            }
            match dir.open_dir_nofollow(&name) {
                Ok(below) if depth < MAX_DEPTH => dir = below,
                _ => {
                    self.keep_tracked_at(path, LeftOutReason::Unreadable);
                    return Ok(());
                }
            }
            inside = match ignored {
                true => Inside::Ignored,
                false => Inside::Open,
            };
            start += slash + 1;
            depth += 1;
        }
        let prefix = &path[..start.saturating_sub(1)];
        self.push_rules(&dir, prefix)?;
        match names::to_os(&path[start..]) {
            // What is gone is not unreadable.
            Some(name) if dir.symlink_metadata(&name).is_ok() => {
                self.entry(&dir, prefix, &name, depth, inside)
            }
            _ => Ok(()),
        }
    }
}
