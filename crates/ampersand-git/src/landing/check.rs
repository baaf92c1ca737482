//! Comparing the person's checkout with what landing would replace: nothing uncommitted may be among it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use git2::{Index, ObjectType, Oid, Status};

use super::{LandRefusal, Obstacle, ObstacleReason};
use crate::attach::{self, Repository};
use crate::failure::{Attempting, AttemptingAt, GitFailure};
use crate::folding::{self, Taken};
use crate::names;
use crate::rooted::{self, Content, Root, Standing};
use crate::tree::{Change, GITLINK, LINK, Slot};

/// A refusal names this many paths.
pub(super) const MAX_NAMED: usize = 50;
/// No larger file is replaced: it would have to be read whole to know that nothing is lost, in bytes.
pub(super) const MAX_FILE_BYTES: u64 = 512 << 20;
/// Looking through a folder that is in the way stops here.
const MAX_LISTED: usize = 10_000;

/// One path to change, and what stands there now.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) change: Change,
    /// What was read on disk; `None` if nothing stands there.
    pub(super) seen: Option<Slot>,
    /// Whether what stands on disk stays, and the index alone follows.
    pub(super) stays: bool,
}

impl Step {
    /// Whether the disk already holds what shall be there.
    pub(super) fn is_done(&self) -> bool {
        self.stays || self.seen == self.change.new
    }
}

pub(super) struct Looked {
    pub(super) steps: Vec<Step>,
    pub(super) obstacles: BTreeSet<Obstacle>,
}

/// Looks at every path that changes, in the index and on disk.
pub(super) fn look(
    repository: &Repository,
    git: &git2::Repository,
    changes: &[Change],
) -> Result<Looked, LandRefusal> {
    let root = Root::open(repository.root()).attempting_at("open", repository.root())?;
    let index = Index::open(&repository.git_dir().join("index"))
        .map_err(|source| LandRefusal::IndexUnreadable { source })?;
    if index.has_conflicts() {
        return Err(LandRefusal::InProgress {
            operation: "resolving a conflict",
        });
    }
    let looking = Looking {
        git,
        root,
        staged: index
            .iter()
            .map(|entry| {
                (
                    entry.path.clone(),
                    Slot {
                        oid: entry.id,
                        mode: entry.mode,
                    },
                )
            })
            .collect(),
        removed: changes
            .iter()
            .filter(|change| change.new.is_none())
            .map(|change| change.path.as_slice())
            .collect(),
        knows_executable: knows_executable(git),
    };
    looking.check_collisions(repository, changes)?;
    let mut looked = Looked {
        steps: Vec::new(),
        obstacles: BTreeSet::new(),
    };
    for change in changes {
        check_name(change)?;
        check_servable(git, change)?;
        let mut obstacles = looking.in_index(change);
        match looking
            .on_disk(change)
            .attempting_at("look at files in", repository.root())?
        {
            Ok(seen) => looked.steps.push(Step {
                change: change.clone(),
                seen,
                stays: false,
            }),
            Err(on_disk) => obstacles.extend(on_disk),
        }
        looked.obstacles.extend(obstacles);
    }
    Ok(looked)
}

fn setting(git: &git2::Repository, name: &str, default: bool) -> bool {
    git.config()
        .and_then(|config| config.get_bool(name))
        .unwrap_or(default)
}

/// Whether the disk tells what may be executed.
pub(super) fn knows_executable(git: &git2::Repository) -> bool {
    cfg!(unix) && setting(git, "core.filemode", true)
}

/// Whether a file that was found is of the kind that was stored, as far as the disk tells.
pub(super) fn is_same_kind(found: u32, stored: u32, knows_executable: bool) -> bool {
    found == stored || (!knows_executable && found != LINK && (cfg!(windows) || stored != LINK))
}

/// The refusal that names what stands in the way.
pub(super) fn in_the_way(obstacles: BTreeSet<Obstacle>) -> LandRefusal {
    LandRefusal::InTheWay {
        count: u32::try_from(obstacles.len()).unwrap_or(u32::MAX),
        obstacles: obstacles.into_iter().take(MAX_NAMED).collect(),
    }
}

fn check_name(change: &Change) -> Result<(), GitFailure> {
    let writable = change
        .path
        .split(|byte| *byte == b'/')
        .all(names::is_writable_name);
    // Submodules stay as the branch has them: no work of ours changes one.
    let is_submodule = |slot: Option<Slot>| slot.is_some_and(|slot| slot.mode == GITLINK);
    let moves_submodule = is_submodule(change.old) || is_submodule(change.new);
    let linked_settings = change.new.is_some_and(|new| {
        let last = change
            .path
            .rsplit(|byte| *byte == b'/')
            .next()
            .unwrap_or(&change.path);
        new.mode == LINK && names::is_dot_gitmodules(last)
    });
    if !writable || moves_submodule || linked_settings {
        return Err(GitFailure::UnsafePath {
            path: names::show(&change.path),
        });
    }
    Ok(())
}

/// Attaching refuses a repository that sends files through programs, and everything after it needs attaching.
fn check_servable(git: &git2::Repository, change: &Change) -> Result<(), LandRefusal> {
    let Some(new) = change.new.filter(|_| attach::is_attributes(&change.path)) else {
        return Ok(());
    };
    let blob = git
        .find_blob(new.oid)
        .attempting("read an attributes file")?;
    let refused = attach::refuse_filter(
        &String::from_utf8_lossy(blob.content()),
        &names::show(&change.path),
    );
    refused.map_err(LandRefusal::Unservable)
}

struct Looking<'a> {
    git: &'a git2::Repository,
    root: Root,
    staged: BTreeMap<Vec<u8>, Slot>,
    removed: BTreeSet<&'a [u8]>,
    knows_executable: bool,
}

type OnDisk = Result<Option<Slot>, Vec<Obstacle>>;

fn obstacle(path: &[u8], reason: ObstacleReason) -> Obstacle {
    Obstacle {
        path: names::show(path),
        reason,
    }
}

impl Looking<'_> {
    fn in_index(&self, change: &Change) -> Vec<Obstacle> {
        let mut found = Vec::new();
        let staged = self.staged.get(&change.path).copied();
        if staged != change.old && staged != change.new {
            found.push(obstacle(&change.path, ObstacleReason::Staged));
        }
        if change.new.is_none() {
            return found;
        }
        let below = names::join(&change.path, b"");
        let nested = self
            .staged
            .range(below.clone()..)
            .map(|(path, _)| path.as_slice());
        let nested = nested.take_while(|path| path.starts_with(&below));
        let slashes = change
            .path
            .iter()
            .enumerate()
            .filter(|(_, byte)| **byte == b'/');
        let above = slashes
            .map(|(at, _)| &change.path[..at])
            .filter(|path| self.staged.contains_key(*path));
        let others = nested
            .chain(above)
            .filter(|path| !self.removed.contains(path));
        found.extend(others.map(|path| obstacle(path, ObstacleReason::Staged)));
        found
    }

    fn on_disk(&self, change: &Change) -> std::io::Result<OnDisk> {
        let refuse = |path: &[u8], reason| Ok(Err(vec![obstacle(path, reason)]));
        let standing = self.root.look(&change.path, MAX_FILE_BYTES)?;
        let Some(old) = change.old else {
            return self.at_new_path(change, standing);
        };
        match standing {
            Standing::Content(found)
                if self.same(found, Some(old)) || self.same(found, change.new) =>
            {
                Ok(Ok(Some(found)))
            }
            Standing::Content(found) if self.differs_in_line_ends_alone(&change.path, old)? => {
                Ok(Ok(Some(found)))
            }
            Standing::Absent if change.new.is_none() => Ok(Ok(None)),
            Standing::Behind(above) => refuse(&above, ObstacleReason::Modified),
            Standing::Absent | Standing::Content(_) | Standing::Folder | Standing::Special => {
                refuse(&change.path, ObstacleReason::Modified)
            }
        }
    }

    fn at_new_path(&self, change: &Change, standing: Standing) -> std::io::Result<OnDisk> {
        let refuse = |path: &[u8]| Ok(Err(vec![obstacle(path, ObstacleReason::Untracked)]));
        let path = change.path.as_slice();
        if standing != Standing::Absent && !self.root.is_spelled(path)? {
            return self.under_another_spelling(path, standing);
        }
        match standing {
            Standing::Absent => Ok(Ok(None)),
            Standing::Content(found) if self.same(found, change.new) => Ok(Ok(Some(found))),
            Standing::Behind(above) if self.removed.contains(above.as_slice()) => Ok(Ok(None)),
            Standing::Behind(above) => refuse(&above),
            Standing::Folder => self.in_folder(path, |below| self.removed.contains(below)),
            Standing::Content(_) | Standing::Special => refuse(&change.path),
        }
    }

    /// What the disk takes for a new path and calls otherwise: it must be going away by the same landing.
    fn under_another_spelling(&self, path: &[u8], standing: Standing) -> std::io::Result<OnDisk> {
        let removed: BTreeSet<_> = self
            .removed
            .iter()
            .map(|path| folding::fold(path))
            .collect();
        let goes = |path: &[u8]| removed.contains(&folding::fold(path));
        let path = match &standing {
            Standing::Behind(above) => above.as_slice(),
            _ => path,
        };
        if standing == Standing::Folder {
            self.in_folder(path, goes)
        } else if goes(path) {
            Ok(Ok(None))
        } else {
            Ok(Err(vec![obstacle(path, ObstacleReason::Untracked)]))
        }
    }

    /// A folder where a file shall be: every file in it must be going away by the same landing.
    fn in_folder(&self, path: &[u8], goes: impl Fn(&[u8]) -> bool) -> std::io::Result<OnDisk> {
        let mut obstacles = Vec::new();
        let mut folders = vec![path.to_vec()];
        let mut listed = 0;
        while let Some(folder) = folders.pop() {
            let (parent, name) = self.root.parent(&folder)?;
            let dir = cap_fs_ext::DirExt::open_dir_nofollow(&parent, &name)?;
            for entry in dir.entries()? {
                let entry = entry?;
                listed += 1;
                let below =
                    names::from_os(&entry.file_name()).map(|name| names::join(&folder, &name));
                match below {
                    Some(below) if entry.file_type()?.is_dir() && listed < MAX_LISTED => {
                        folders.push(below)
                    }
                    Some(below) if goes(&below) => {}
                    below => obstacles.push(obstacle(
                        below.as_deref().unwrap_or(path),
                        ObstacleReason::Untracked,
                    )),
                }
            }
        }
        Ok(if obstacles.is_empty() {
            Ok(None)
        } else {
            Err(obstacles)
        })
    }

    /// Refuses new paths that the disk would take for others which stay.
    fn check_collisions(
        &self,
        repository: &Repository,
        changes: &[Change],
    ) -> Result<(), LandRefusal> {
        let new = || changes.iter().filter(|change| change.old.is_none());
        if new().next().is_none() || !folding::folds(repository.root(), ".git") {
            return Ok(());
        }
        let mut taken = Taken::default();
        let staged = self.staged.keys().map(Vec::as_slice);
        for path in staged.filter(|path| !self.removed.contains(path)) {
            // Names that were one before are not what is landed.
            taken.take(path);
        }
        match new().find(|change| !taken.take(&change.path)) {
            Some(change) => Err(LandRefusal::Colliding {
                path: names::show(&change.path),
            }),
            None => Ok(()),
        }
    }

    fn same(&self, found: Slot, stored: Option<Slot>) -> bool {
        let Some(stored) = stored else { return false };
        found.oid == stored.oid && is_same_kind(found.mode, stored.mode, self.knows_executable)
    }

    /// Line ends git converts are no change of the person's. Git's word alone is not enough: it also calls a file
    /// clean that the person told it not to look at.
    fn differs_in_line_ends_alone(&self, path: &[u8], old: Slot) -> std::io::Result<bool> {
        let Some(os) = names::to_os(path) else {
            return Ok(false);
        };
        let status = self.git.status_file(Path::new(&os));
        if !status.is_ok_and(|status| status == Status::CURRENT) {
            return Ok(false);
        }
        let (dir, name) = self.root.parent(path)?;
        let found = dir.symlink_metadata(&name)?;
        let Content::Bytes(bytes) = rooted::read(&dir, &name, &found, MAX_FILE_BYTES)? else {
            return Ok(false);
        };
        let ends = bytes.iter().zip(bytes.iter().skip(1).chain([&0]));
        let plain: Vec<u8> = ends
            .filter(|pair| *pair != (&b'\r', &b'\n'))
            .map(|(byte, _)| *byte)
            .collect();
        let oid = Oid::hash_object(ObjectType::Blob, &plain).map_err(std::io::Error::other)?;
        Ok(oid == old.oid)
    }
}
