//! The folder beside the index where new files wait and old ones are kept until a landing is over.
//!
//! It holds the plan too, so that an interrupted landing can be finished or taken back after a restart; and its
//! being there keeps a second landing out.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use cap_fs_ext::{DirExt, FollowSymlinks, OpenOptionsFollowExt};
use cap_std::fs::{Dir, Metadata};
use serde::{Deserialize, Serialize};

use super::LandRefusal;
use super::check::{self, MAX_FILE_BYTES, Step};
use super::index::IndexLock;
use super::turn::Turn;
use crate::attach::Repository;
use crate::durable;
use crate::failure::{Attempting, AttemptingAt, GitFailure};
use crate::object::CommitId;
use crate::rooted::{self, Root, Standing};
use crate::tree::{Change, LINK, Slot};

/// What an interrupted landing was about.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Plan {
    pub(super) task: String,
    pub(super) branch: String,
    pub(super) from: CommitId,
    pub(super) to: CommitId,
    steps: Vec<PlannedStep>,
    /// Folders that were not there before, each before those in it.
    #[serde(default)]
    pub(super) made: Vec<Vec<u8>>,
    /// The home whose doing it is, of what stays until it is put back.
    #[serde(default)]
    pub(super) home: Option<PathBuf>,
}

#[derive(Debug, Serialize, Deserialize)]
struct PlannedStep {
    path: Vec<u8>,
    old: Option<(String, u32)>,
    new: Option<(String, u32)>,
    seen: Option<(String, u32)>,
    #[serde(default)]
    stays: bool,
}

impl Plan {
    pub(super) fn new(
        task: &str,
        branch: &str,
        (from, to): (CommitId, CommitId),
        steps: &[Step],
    ) -> Self {
        let written = |slot: Option<Slot>| slot.map(|slot| (slot.oid.to_string(), slot.mode));
        let steps = steps.iter().map(|step| PlannedStep {
            path: step.change.path.clone(),
            old: written(step.change.old),
            new: written(step.change.new),
            seen: written(step.seen),
            stays: step.stays,
        });
        Self {
            task: task.to_owned(),
            branch: branch.to_owned(),
            from,
            to,
            steps: steps.collect(),
            made: Vec::new(),
            home: None,
        }
    }

    /// With the folders that are made on the way.
    pub(super) fn making(self, made: Vec<Vec<u8>>) -> Self {
        Self { made, ..self }
    }

    /// With the home that puts it back.
    pub(super) fn of(self, home: &Path) -> Self {
        let home = Some(home.to_owned());
        Self { home, ..self }
    }

    pub(super) fn steps(&self) -> Result<Vec<Step>, GitFailure> {
        let slot = |written: &Option<(String, u32)>| {
            let slot = written.as_ref().map(|(oid, mode)| {
                let oid =
                    git2::Oid::from_str(oid).attempting("read the interrupted landing's plan")?;
                Ok(Slot { oid, mode: *mode })
            });
            slot.transpose()
        };
        let step = |step: &PlannedStep| {
            let change = Change {
                path: step.path.clone(),
                old: slot(&step.old)?,
                new: slot(&step.new)?,
            };
            Ok(Step {
                change,
                seen: slot(&step.seen)?,
                stays: step.stays,
            })
        };
        self.steps.iter().map(step).collect()
    }
}

/// The folder itself.
#[derive(Debug)]
pub(super) struct Staging {
    pub(super) path: PathBuf,
    dir: Dir,
    /// Whether the disk tells what may be executed.
    knows_executable: bool,
}

/// How far a step of a plan got.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reached {
    /// Nothing was moved: what stands there is the person's.
    Nothing,
    /// Moves began; what stood there, if anything did, is kept here.
    Begun,
    /// What stood there stands there again, and is kept here under a second name.
    Back,
}

/// The name under which the new file of a step waits.
fn new_name(at: usize) -> OsString {
    format!("new-{at}").into()
}

/// The name under which the old file of a step is kept.
fn old_name(at: usize) -> OsString {
    format!("old-{at}").into()
}

/// The file of the plan.
const PLAN: &str = "plan.json";

/// What is set aside while a task's work lands.
const LANDING: &str = "ampersand-landing";

/// What is set aside while a task's work is shown.
pub(super) const SHOWN: &str = "ampersand-shown";

impl Staging {
    /// Both begin only for whoever has the [`Turn`].
    pub(super) fn begin(repository: &Repository, turn: &Turn) -> Result<Self, LandRefusal> {
        Self::clear_unbegun(repository)?;
        if repository.git_dir().join(SHOWN).exists() {
            return Err(LandRefusal::Shown);
        }
        Self::begin_in(repository, LANDING, turn)
    }

    /// Removes what is left of showing that was cut off before anything was touched: no home may be left that would.
    fn clear_unbegun(repository: &Repository) -> Result<(), LandRefusal> {
        match Self::find_in(repository, SHOWN)? {
            Some(staging) if staging.read_plan()?.is_none() => {
                drop(IndexLock::adopt(repository));
                Ok(staging.close()?)
            }
            _ => Ok(()),
        }
    }

    pub(super) fn begin_in(
        repository: &Repository,
        folder: &'static str,
        _turn: &Turn,
    ) -> Result<Self, LandRefusal> {
        if folder == SHOWN {
            Self::clear_unbegun(repository)?;
        }
        let path = repository.git_dir().join(folder);
        match fs::create_dir(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => match folder {
                SHOWN => Err(LandRefusal::Shown),
                _ => Err(LandRefusal::LandingUnderWay),
            },
            made => {
                made.attempting_at("make", &path)?;
                Ok(Self::open(repository, path)?)
            }
        }
    }

    pub(super) fn find(repository: &Repository) -> Result<Option<Self>, GitFailure> {
        Self::find_in(repository, LANDING)
    }

    pub(super) fn find_in(
        repository: &Repository,
        folder: &'static str,
    ) -> Result<Option<Self>, GitFailure> {
        let path = repository.git_dir().join(folder);
        if path.is_dir() {
            Self::open(repository, path).map(Some)
        } else {
            Ok(None)
        }
    }

    fn open(repository: &Repository, path: PathBuf) -> Result<Self, GitFailure> {
        let dir = Dir::open_ambient_dir(&path, cap_std::ambient_authority())
            .attempting_at("open", &path)?;
        let knows_executable = check::knows_executable(&repository.open()?);
        Ok(Self {
            path,
            dir,
            knows_executable,
        })
    }

    /// How far a step of a plan got, by what is kept here alone: the same content under the path proves nothing, as a
    /// step may change no more than a file's mode.
    pub(super) fn reached(&self, root: &Root, at: usize, step: &Step) -> io::Result<Reached> {
        if step.is_done() {
            return Ok(Reached::Nothing);
        }
        let kept = self.kept(&old_name(at))?;
        if let Some(kept) = kept {
            let is_back = is_at(root, &step.change.path, &kept);
            return Ok(if is_back {
                Reached::Back
            } else {
                Reached::Begun
            });
        }
        if step.seen.is_some() || step.change.new.is_none() {
            return Ok(Reached::Nothing);
        }
        let is_placed = match self.kept(&new_name(at))? {
            None => true,
            Some(waits) => is_at(root, &step.change.path, &waits),
        };
        Ok(if is_placed {
            Reached::Begun
        } else {
            Reached::Nothing
        })
    }

    fn kept(&self, name: &OsString) -> io::Result<Option<Metadata>> {
        match self.dir.symlink_metadata(name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            found => found.map(Some),
        }
    }

    /// Whether what was found is this, its content and its kind.
    pub(super) fn is(&self, found: Slot, this: Slot) -> bool {
        found.oid == this.oid && check::is_same_kind(found.mode, this.mode, self.knows_executable)
    }

    pub(super) fn write_plan(&self, plan: &Plan) -> Result<(), GitFailure> {
        durable::note(&self.path.join(PLAN), plan)
    }

    /// The plan; `None` where it was not written yet, so that nothing was moved.
    pub(super) fn read_plan(&self) -> Result<Option<Plan>, GitFailure> {
        durable::noted(&self.path.join(PLAN))
    }

    /// Writes the new file of a step here, so that a full disk is noticed before anything is touched.
    pub(super) fn prepare(&self, at: usize, mode: u32, bytes: &[u8]) -> io::Result<()> {
        rooted::write_new(&self.dir, &new_name(at), mode, bytes).map(drop)
    }

    /// Brings the new file of a step to the disk: one by one after all are written, which costs less than in between.
    pub(super) fn sync(&self, at: usize) -> io::Result<()> {
        if self.dir.symlink_metadata(new_name(at))?.is_symlink() {
            return Ok(());
        }
        let mut options = cap_std::fs::OpenOptions::new();
        options.write(true).follow(FollowSymlinks::No);
        let file = self.dir.open_with(new_name(at), &options)?;
        rooted::sync_file(&file.into_std())
    }

    /// Moves what stands at a path in here.
    pub(super) fn capture(&self, root: &Root, path: &[u8], at: usize) -> io::Result<()> {
        let (parent, name) = root.parent(path)?;
        parent.rename(name, &self.dir, old_name(at))
    }

    pub(super) fn captured(&self, at: usize) -> io::Result<Standing> {
        rooted::standing(&self.dir, &old_name(at), MAX_FILE_BYTES)
    }

    /// Lets go of the old file of a step.
    pub(super) fn forget(&self, at: usize) -> io::Result<()> {
        match self.dir.remove_file_or_symlink(old_name(at)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Puts the new file of a step in its place, and answers how it stands there. Fails rather than replace what stands
    /// there already.
    pub(super) fn place(&self, parent: &Dir, name: &OsString, at: usize) -> io::Result<Metadata> {
        self.put(parent, name, &new_name(at))
    }

    /// Puts the old file of a step back. Fails rather than replace what stands there.
    pub(super) fn put_back(&self, parent: &Dir, name: &OsString, at: usize) -> io::Result<()> {
        self.put(parent, name, &old_name(at)).map(drop)
    }

    fn put(&self, parent: &Dir, name: &OsString, kept: &OsString) -> io::Result<Metadata> {
        let mut found = self.dir.symlink_metadata(kept)?;
        if found.is_symlink() {
            let target = self.dir.read_link_contents(kept)?;
            let bytes =
                crate::names::from_os(target.as_os_str()).ok_or(io::ErrorKind::InvalidData)?;
            found = rooted::write_new(parent, name, LINK, &bytes)?;
        } else if let Err(error) = self.dir.hard_link(kept, parent, name) {
            // Disks without hard links: the name is seen to be free just before it is taken.
            let free = parent
                .symlink_metadata(name)
                .is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
            if error.kind() == io::ErrorKind::AlreadyExists || !free {
                return Err(error);
            }
            return self.dir.rename(kept, parent, name).map(|()| found);
        }
        self.dir.remove_file_or_symlink(kept).map(|()| found)
    }

    /// Takes a placed file away again: out of the checkout, and gone with this folder. What is not `this` once it is out,
    /// as somebody wrote there after it was looked at, goes back and is an error.
    pub(super) fn take_away(
        &self,
        parent: &Dir,
        name: &OsString,
        at: usize,
        this: Slot,
    ) -> io::Result<()> {
        // A name of its own: where the waiting file is the same file, renaming onto it would do nothing.
        let gone = OsString::from(format!("gone-{at}"));
        parent.rename(name, &self.dir, &gone)?;
        match rooted::standing(&self.dir, &gone, MAX_FILE_BYTES)? {
            Standing::Content(found) if self.is(found, this) => Ok(()),
            _ => {
                self.put(parent, name, &gone)?;
                Err(io::Error::other("it changed meanwhile"))
            }
        }
    }

    pub(super) fn close(self) -> Result<(), GitFailure> {
        fs::remove_dir_all(&self.path).attempting_at("remove", &self.path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// Whether a file that is kept stands under its path too: cut off between giving it one name and taking the other.
fn is_at(root: &Root, path: &[u8], kept: &Metadata) -> bool {
    let found = root
        .parent(path)
        .and_then(|(dir, name)| dir.symlink_metadata(name));
    found.is_ok_and(|found| rooted::is_one_file(kept, &found) == Some(true))
}
