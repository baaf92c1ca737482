//! Taking over the commits an agent made by itself: a bundle is read into a quarantine, judged there object by object, and
//! only what is new and harmless is copied out of it. Nothing of the repository that made the bundle is opened, and no
//! branch is moved: what was taken stands under the task's own references.

mod bundle;
mod error;
mod judge;
mod pack;
pub(crate) mod strangers;

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

use git2::{Indexer, Odb, Oid};
use serde::{Deserialize, Serialize};

pub use error::ImportError;
pub(crate) use judge::folder;

use crate::attach::Repository;
use crate::commit::find_ref;
use crate::failure::{Attempting, AttemptingAt, GitFailure};
use crate::object::CommitId;
use crate::worktree::{check_task, own_ref};

/// How much one bundle may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportLimits {
    /// The bundle itself, in bytes.
    pub bundle_bytes: u64,
    /// Objects in it.
    pub objects: u32,
    /// One object, unpacked, in bytes.
    pub object_bytes: u64,
    /// All objects together, unpacked, in bytes.
    pub total_bytes: u64,
    /// Commits in it.
    pub commits: usize,
}

impl Default for ImportLimits {
    fn default() -> Self {
        Self {
            bundle_bytes: 256 << 20,
            objects: 200_000,
            object_bytes: 32 << 20,
            total_bytes: 1 << 30,
            commits: 1000,
        }
    }
}

/// What was taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// The newest of the commits.
    pub tip: CommitId,
    /// How many there are since the commit the task started from.
    pub commits: u32,
}

impl Repository {
    /// Takes over the commits of a bundle that stand on `base`, to `refs/ampersand/<task>/own`. Either all of them are
    /// taken or none; what was read of a refused bundle is gone.
    pub fn import_bundle(
        &self,
        task: &str,
        base: CommitId,
        bundle: impl Read,
        limits: ImportLimits,
    ) -> Result<Imported, ImportError> {
        check_task(task).map_err(|_| ImportError::TaskName)?;
        let quarantine = Quarantine::make(self)?;
        let mut bundle = BufReader::new(bundle.take(limits.bundle_bytes.saturating_add(1)));
        let header = bundle::read(&mut bundle)?;
        if header.needs != [base.oid()] {
            return Err(ImportError::Foreign);
        }
        let mut pack = quarantine.keep(&mut bundle)?;
        if bundle.get_ref().limit() == 0 {
            return Err(ImportError::TooLarge {
                what: "the bundle",
                limit: limits.bundle_bytes,
            });
        }
        let main = self.objects()?;
        pack::scan(&mut BufReader::new(&mut pack), limits, |oid| {
            main.exists(oid)
        })?;
        quarantine.index(&mut pack, &main)?;

        let inside = odb([&quarantine.objects()])?;
        let both = odb([&quarantine.objects(), &self.common_dir().join("objects")])?;
        let both = git2::Repository::from_odb(both).attempting("open a bundle")?;
        let new = judge::objects(&inside, &main)?;
        let earlier = find_ref(&self.open_objects()?, &own_ref(task))?;
        let commits = judge::commits(&both, &main, (base.oid(), header.tip), earlier, limits)?;
        self.take_over(&both, &new)?;
        self.point(task, header.tip)?;
        Ok(Imported {
            tip: CommitId::new(header.tip),
            commits,
        })
    }

    /// The newest commit an agent made by itself, if any was taken over.
    pub fn task_own(&self, task: &str) -> Result<Option<CommitId>, GitFailure> {
        Ok(find_ref(&self.open_objects()?, &own_ref(task))?.map(CommitId::new))
    }

    fn objects(&self) -> Result<Odb<'static>, GitFailure> {
        odb([&self.common_dir().join("objects")])
    }

    /// Copies the new objects as one pack. One that is there already is not written again, whatever the bundle called by
    /// its name.
    fn take_over(&self, from: &git2::Repository, new: &[Oid]) -> Result<(), GitFailure> {
        let mut pack = from.packbuilder().attempting("pack what is taken over")?;
        for oid in new {
            pack.insert_object(*oid, None)
                .attempting("pack what is taken over")?;
        }
        let folder = self.common_dir().join("objects").join("pack");
        std::fs::create_dir_all(&folder).attempting_at("make", &folder)?;
        pack.write(&folder, 0)
            .attempting("write what is taken over")
    }

    fn point(&self, task: &str, tip: Oid) -> Result<(), GitFailure> {
        let objects = self.open_objects()?;
        let log = "ampersand: the agent's own commits";
        let pointed = objects.reference(&own_ref(task), tip, true, log);
        pointed.map(drop).attempting("keep what was taken over")
    }
}

/// A folder beside the objects that nothing refers to; gone when this is dropped.
struct Quarantine {
    folder: tempfile::TempDir,
}

impl Quarantine {
    fn make(repository: &Repository) -> Result<Self, GitFailure> {
        let within = repository.common_dir();
        let folder = tempfile::Builder::new()
            .prefix("ampersand-quarantine-")
            .tempdir_in(within)
            .attempting_at("make a folder in", within)?;
        let quarantine = Self { folder };
        let pack = quarantine.objects().join("pack");
        std::fs::create_dir_all(&pack).attempting_at("make", &pack)?;
        Ok(quarantine)
    }

    fn objects(&self) -> std::path::PathBuf {
        self.folder.path().join("objects")
    }

    /// Puts the rest of the bundle, which is a pack, into a file.
    fn keep(&self, rest: &mut impl Read) -> Result<File, GitFailure> {
        let path = self.folder.path().join("pack");
        let mut keep = || -> std::io::Result<File> {
            let mut file = File::options()
                .read(true)
                .write(true)
                .create_new(true)
                .open(&path)?;
            std::io::copy(rest, &mut file)?;
            file.seek(SeekFrom::Start(0))?;
            Ok(file)
        };
        keep().attempting_at("write", &path)
    }

    /// Lets git's library check every object's form, and that nothing they name is missing.
    fn index(&self, pack: &mut File, main: &Odb<'_>) -> Result<(), ImportError> {
        let folder = self.objects().join("pack");
        pack.seek(SeekFrom::Start(0))
            .attempting_at("read", &folder)?;
        let mut indexer =
            Indexer::new(Some(main), &folder, 0o600, true).attempting("read a bundle")?;
        let refused = |error: &dyn std::fmt::Display| ImportError::Malformed {
            why: error.to_string(),
        };
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let read = pack.read(&mut buffer).attempting_at("read", &folder)?;
            if read == 0 {
                break;
            }
            indexer
                .write_all(&buffer[..read])
                .map_err(|error| refused(&error))?;
        }
        indexer
            .commit()
            .map_err(|error| refused(&error.message()))?;
        Ok(())
    }
}

/// Objects of these folders and of no other.
fn odb<const N: usize>(folders: [&Path; N]) -> Result<Odb<'static>, GitFailure> {
    let odb = Odb::new().attempting("open objects")?;
    for folder in folders {
        let text = folder.to_str().ok_or_else(|| GitFailure::Files {
            attempt: "open objects in",
            path: folder.to_owned(),
            source: std::io::ErrorKind::InvalidFilename.into(),
        })?;
        odb.add_disk_alternate(text).attempting("open objects")?;
    }
    Ok(odb)
}
