//! Refilling: how many warm worktrees there are, and how much of the disk they may take.

use std::path::Path;

use super::super::create::{self, Files};
use super::super::populate::Pace;
use super::{Pool, WARM, Warm, WorktreeError, names_in, warm_in};
use crate::failure::{Attempting, GitFailure};
use crate::object::CommitId;
use crate::tree::GITLINK;

/// How many warm worktrees are kept, and how much they may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// For each repository.
    pub count: usize,
    /// Of all repositories together, in bytes.
    pub bytes: u64,
    /// What the disk shall have free afterwards, in bytes.
    pub free_bytes: u64,
}

/// What refilling came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refilled {
    /// One more is warm.
    Filled,
    /// There are enough.
    Enough,
    /// One more would take more room than there is.
    NoRoom,
}

/// What is to be done about one more.
#[derive(Debug, PartialEq, Eq)]
enum Plan {
    Fill {
        /// So many of the others, oldest first, make room for it.
        evict: usize,
    },
    Enough,
    NoRoom,
}

impl Pool {
    /// Fills one more with the files of `commit`, if one more is wanted and there is room. Warm worktrees of other
    /// repositories, in the folders beside this pool's, make room for it, the oldest first. If there are more than
    /// are wanted, the oldest go.
    pub fn refill(
        &self,
        commit: CommitId,
        budget: Budget,
        pace: Pace<'_>,
    ) -> Result<Refilled, WorktreeError> {
        let mine = self.warm()?;
        if mine.len() >= budget.count {
            for warm in mine.iter().take(mine.len() - budget.count) {
                warm.remove()?;
            }
            return Ok(Refilled::Enough);
        }
        let objects = self.repository.open_objects()?;
        let files = create::files_of(&objects, commit)?;
        let tree = objects
            .find_commit(commit.oid())
            .attempting("read the commit to check out")?
            .tree_id();
        let next = match mine.last() {
            Some(warm) => warm.bytes,
            None => size(&objects, &files)?,
        };
        let others = self.others()?;
        let sizes = |warm: &[Warm]| warm.iter().map(Warm::bytes).collect::<Vec<_>>();
        let free = free_bytes(&self.folder);
        match plan(&sizes(&mine), &sizes(&others), next, free, budget) {
            Plan::Enough => Ok(Refilled::Enough),
            Plan::NoRoom => Ok(Refilled::NoRoom),
            Plan::Fill { evict } => {
                for warm in &others[..evict] {
                    warm.remove()?;
                }
                self.fill_with(&files, tree, pace)?;
                Ok(Refilled::Filled)
            }
        }
    }

    /// The warm worktrees of the repositories whose pools lie beside this one, oldest first.
    fn others(&self) -> Result<Vec<Warm>, WorktreeError> {
        let (Some(all), Some(own)) = (self.folder.parent(), self.folder.file_name()) else {
            return Ok(Vec::new());
        };
        let mut others = Vec::new();
        for name in names_in(all)? {
            if own != name.as_str() {
                others.extend(warm_in(&all.join(name).join(WARM))?);
            }
        }
        others.sort_by_key(|warm| warm.made);
        Ok(others)
    }
}

fn plan(mine: &[u64], others: &[u64], next: u64, free: u64, budget: Budget) -> Plan {
    if mine.len() >= budget.count {
        return Plan::Enough;
    }
    let mut taken: u64 = mine.iter().chain(others).sum();
    let mut free = free;
    let mut evict = 0;
    let fits = |taken: u64, free: u64| {
        taken.saturating_add(next) <= budget.bytes && free >= next.saturating_add(budget.free_bytes)
    };
    for other in others {
        if fits(taken, free) {
            break;
        }
        taken -= other;
        free = free.saturating_add(*other);
        evict += 1;
    }
    if fits(taken, free) {
        Plan::Fill { evict }
    } else {
        Plan::NoRoom
    }
}

/// How much these files take, by what the object database says of each.
fn size(objects: &git2::Repository, files: &Files) -> Result<u64, GitFailure> {
    let database = objects.odb().attempting("open the object database")?;
    let mut bytes: u64 = 0;
    // Of a submodule there is no more than a folder.
    for slot in files.values().filter(|slot| slot.mode != GITLINK) {
        let (size, _) = database
            .read_header(slot.oid)
            .attempting("read the size of a file")?;
        bytes = bytes.saturating_add(u64::try_from(size).unwrap_or(u64::MAX));
    }
    Ok(bytes)
}

#[cfg(unix)]
fn free_bytes(folder: &Path) -> u64 {
    let existing = folder.ancestors().find(|folder| folder.is_dir());
    let found = existing.and_then(|folder| rustix::fs::statvfs(folder).ok());
    found.map_or(u64::MAX, |found| {
        found.f_bavail.saturating_mul(found.f_frsize)
    })
}

/// A full disk stops a fill there, and what it wrote is removed.
#[cfg(not(unix))]
const fn free_bytes(_folder: &Path) -> u64 {
    u64::MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUDGET: Budget = Budget {
        count: 2,
        bytes: 100,
        free_bytes: 10,
    };

    #[test]
    fn one_more_is_filled_while_it_is_wanted_and_fits() {
        let none: [u64; 0] = [];
        for (mine, others, next, free, expected) in [
            (&none[..], &none[..], 40, 1_000, Plan::Fill { evict: 0 }),
            (&[40], &[], 40, 1_000, Plan::Fill { evict: 0 }),
            (&[40, 40], &[], 10, 1_000, Plan::Enough),
            (&[], &[50, 40], 40, 1_000, Plan::Fill { evict: 1 }),
            (&[], &[50, 40], 90, 1_000, Plan::Fill { evict: 2 }),
            (&[60], &[50], 60, 1_000, Plan::NoRoom),
            (&[], &[], 101, 1_000, Plan::NoRoom),
            (&[], &[], 40, 49, Plan::NoRoom),
            (&[], &[30], 40, 49, Plan::Fill { evict: 1 }),
        ] {
            assert_eq!(plan(mine, others, next, free, BUDGET), expected);
        }
    }
}
