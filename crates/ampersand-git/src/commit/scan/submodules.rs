//! What a commit names of another repository: it stays as it was, whatever an agent makes of the folder it stands for.
//!
//! A worktree has an empty folder there. The person's has that repository's files, which are not this one's.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;

use cap_fs_ext::DirExt;
use cap_std::fs::Dir;

use super::{Walk, Whose};
use crate::commit::LeftOutReason;
use crate::names;
use crate::rooted;
use crate::tree::{GITLINK, Slot};

impl Walk<'_> {
    /// The submodule that is tracked at a path.
    pub(super) fn submodule(&self, path: &[u8]) -> Option<Slot> {
        self.tracked.at(path).filter(|slot| slot.mode == GITLINK)
    }

    /// Keeps a submodule as it is tracked. What an agent put there is left out and named.
    pub(super) fn keep_submodule(&mut self, dir: &Dir, path: &[u8], name: &OsString, slot: Slot) {
        self.entries.push(rooted::index_entry(path, slot, None));
        let is_empty_folder = || {
            let folder = dir.open_dir_nofollow(name).ok()?;
            Some(folder.entries().ok()?.next().is_none())
        };
        if matches!(self.whose, Whose::Agent) && is_empty_folder() != Some(true) {
            self.leave_out(path, LeftOutReason::Submodule);
        }
    }

    /// After the whole walk: keeps the submodules whose folders were not met, and in place of what stands above them.
    pub(super) fn keep_absent_submodules(&mut self) {
        let met: BTreeSet<&[u8]> = self
            .entries
            .iter()
            .map(|entry| entry.path.as_slice())
            .collect();
        let tracked = self.tracked.below(&[]).into_iter();
        let absent: BTreeMap<_, _> = tracked
            .filter(|(path, slot)| slot.mode == GITLINK && !met.contains(path.as_slice()))
            .collect();
        if absent.is_empty() {
            return;
        }
        let is_above = |path: &[u8]| {
            let below = names::join(path, b"");
            let next = absent.range(below.clone()..).next();
            next.is_some_and(|(submodule, _)| submodule.starts_with(&below))
        };
        let (above, kept): (Vec<_>, Vec<_>) = std::mem::take(&mut self.entries)
            .into_iter()
            .partition(|entry| is_above(&entry.path));
        self.entries = kept;
        for entry in above {
            self.leave_out(&entry.path, LeftOutReason::Submodule);
        }
        for (path, slot) in absent {
            self.entries.push(rooted::index_entry(&path, slot, None));
        }
    }
}
