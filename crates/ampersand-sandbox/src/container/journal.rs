//! What was changed outside of ours for an attempt, written down before it is changed: whoever comes after a crash puts it
//! back. An entry is held by a lock for as long as somebody looks after it, so that nobody puts back what is in use.

use std::ffi::OsStr;
use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::sid::Sid;

/// What is to be put back: the identity, and where it was named. Without it nothing is left of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Record {
    /// The profile the identity belongs to, where it is an attempt's.
    pub(crate) profile: Option<String>,
    /// A folder of the attempt's own, which goes with all that is in it.
    #[serde(default)]
    pub(crate) folder: Option<PathBuf>,
    pub(crate) identity: Sid,
    /// In the order in which rights were given; each with all that is in it.
    pub(crate) paths: Vec<PathBuf>,
}

/// A record on the disk that somebody looks after. Dropped, it is left for whoever comes later.
#[derive(Debug)]
pub(crate) struct Entry {
    path: PathBuf,
    file: File,
    pub(crate) record: Record,
}

/// Longer than any record is.
const RECORD_MAX: u64 = 1 << 20;

impl Entry {
    /// Writes `record` down under `name`, in place of what there was. It is on the disk when this returns.
    pub(crate) fn write(folder: &Path, name: &str, record: Record) -> io::Result<Self> {
        let mut options = File::options();
        options.create(true).truncate(false);
        Self::begin(&mut options, folder, name, record)
    }

    /// The same where nothing is written down under `name`: what is to be put back there may be in use, or could not be put
    /// back, and then it is nobody's.
    pub(crate) fn claim(folder: &Path, name: &str, record: Record) -> io::Result<Self> {
        Self::begin(File::options().create_new(true), folder, name, record)
    }

    fn begin(
        options: &mut fs::OpenOptions,
        folder: &Path,
        name: &str,
        record: Record,
    ) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let path = folder.join(format!("{name}.json"));
        let mut file = options.read(true).write(true).open(&path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(io::ErrorKind::ResourceBusy.into()),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        file.set_len(0)?;
        file.write_all(&serde_json::to_vec(&record)?)?;
        file.sync_all()?;
        Ok(Self { path, file, record })
    }

    /// Those in `folder` that nobody looks after, oldest names first. What cannot be read was cut off while it was written,
    /// before anything was changed, and goes.
    pub(crate) fn left(folder: &Path) -> Vec<Self> {
        let listed = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut paths: Vec<_> = listed.map(|listed| listed.path()).collect();
        paths.retain(|path| path.extension() == Some(OsStr::new("json")));
        paths.sort();
        let taken = paths.into_iter().filter_map(Self::take);
        taken.collect()
    }

    /// How many there are in `folder`, looked after or not.
    pub(crate) fn count(folder: &Path) -> usize {
        let listed = fs::read_dir(folder).into_iter().flatten().flatten();
        let is_record = |path: &PathBuf| path.extension() == Some(OsStr::new("json"));
        listed.map(|listed| listed.path()).filter(is_record).count()
    }

    /// Whom it names is no more, so that there is nothing to be put back.
    pub(crate) fn forget(self) -> io::Result<()> {
        drop(self.file);
        fs::remove_file(self.path)
    }

    fn take(path: PathBuf) -> Option<Self> {
        let file = File::options().read(true).write(true).open(&path).ok()?;
        file.try_lock().ok()?;
        let mut text = String::new();
        let read = (&file).take(RECORD_MAX).read_to_string(&mut text);
        match read.map(|_| serde_json::from_str(&text)) {
            Ok(Ok(record)) => Some(Self { path, file, record }),
            Ok(Err(error)) => {
                tracing::warn!(%error, path = %path.display(), "a record was cut off");
                drop(file);
                drop(fs::remove_file(path));
                None
            }
            Err(error) => {
                tracing::warn!(%error, path = %path.display(), "a record cannot be read");
                None
            }
        }
    }

    /// Puts everything back, the last first, and forgets it. What fails stays on the record for the next one who looks; all
    /// else is done nevertheless.
    pub(crate) fn undo(
        mut self,
        take_back: impl Fn(&Path, &Sid) -> io::Result<()>,
        remove_profile: impl Fn(&str) -> io::Result<()>,
        remove_folder: impl Fn(&Path) -> io::Result<()>,
    ) -> io::Result<()> {
        let Record {
            profile,
            folder,
            identity,
            paths,
        } = self.record.clone();
        let mut failed = None;
        let mut left = Vec::new();
        for path in paths.into_iter().rev() {
            if let Err(error) = take_back(&path, &identity) {
                left.insert(0, path);
                failed = Some(error);
            }
        }
        let mut kept = None;
        if let Some(profile) = profile
            && let Err(error) = remove_profile(&profile)
        {
            kept = Some(profile);
            failed = Some(error);
        }
        let mut stays = None;
        if let Some(folder) = folder
            && let Err(error) = remove_folder(&folder)
        {
            stays = Some(folder);
            failed = Some(error);
        }
        let Some(failed) = failed else {
            drop(self.file);
            return fs::remove_file(&self.path);
        };
        self.record = Record {
            profile: kept,
            folder: stays,
            identity,
            paths: left,
        };
        let text = serde_json::to_vec(&self.record)?;
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.file.write_all(&text)?;
        Err(failed)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    fn record(profile: Option<&str>, paths: &[&str]) -> Record {
        Record {
            profile: profile.map(str::to_owned),
            folder: None,
            identity: "S-1-15-2-1-2-3".parse().unwrap(),
            paths: paths.iter().map(PathBuf::from).collect(),
        }
    }

    fn none_may(_: &str) -> io::Result<()> {
        panic!("there is no profile")
    }

    fn no_folder(_: &Path) -> io::Result<()> {
        panic!("there is no folder")
    }

    #[test]
    fn a_record_is_on_the_disk_before_and_gone_after() {
        let folder = tempfile::tempdir().unwrap();
        let entry = Entry::write(folder.path(), "one", record(Some("p"), &["/a", "/b"])).unwrap();
        let text = fs::read_to_string(folder.path().join("one.json")).unwrap();
        assert_eq!(serde_json::from_str::<Record>(&text).unwrap(), entry.record);
        let seen = RefCell::new(Vec::new());
        let take_back = |path: &Path, sid: &Sid| {
            assert_eq!(sid.to_string(), "S-1-15-2-1-2-3");
            seen.borrow_mut().push(path.display().to_string());
            Ok(())
        };
        let remove = |profile: &str| {
            seen.borrow_mut().push(profile.to_owned());
            Ok(())
        };
        entry.undo(take_back, remove, no_folder).unwrap();
        assert_eq!(*seen.borrow(), ["/b", "/a", "p"]);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_is_looked_after_is_left_alone_and_what_a_crash_left_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let held = Entry::write(folder.path(), "held", record(None, &["/a"])).unwrap();
        let again = Entry::write(folder.path(), "held", record(None, &[]));
        assert_eq!(again.unwrap_err().kind(), io::ErrorKind::ResourceBusy);
        // Whoever dies without putting anything back does no more than this.
        drop(Entry::write(folder.path(), "left", record(None, &["/b"])).unwrap());
        fs::write(folder.path().join("notes.txt"), "not a record").unwrap();
        let left = Entry::left(folder.path());
        let found: Vec<_> = left.iter().map(|entry| entry.record.clone()).collect();
        assert_eq!(found, [record(None, &["/b"])]);
        // Found, it is looked after: the next one does not find it too.
        assert!(Entry::left(folder.path()).is_empty());
        assert_eq!(Entry::count(folder.path()), 2);
        drop(held);
        let held = Entry::left(folder.path()).pop().unwrap();
        drop(left);
        held.forget().unwrap();
        assert_eq!(Entry::count(folder.path()), 1);
        assert_eq!(Entry::left(folder.path())[0].record, record(None, &["/b"]));
    }

    #[test]
    fn what_was_cut_off_while_it_was_written_goes() {
        let folder = tempfile::tempdir().unwrap();
        let whole = serde_json::to_string(&record(Some("p"), &["/a"])).unwrap();
        let path = folder.path().join("cut.json");
        for length in [0, 1, whole.len() / 2, whole.len() - 1] {
            fs::write(&path, &whole[..length]).unwrap();
            assert!(Entry::left(folder.path()).is_empty());
            assert!(!path.exists(), "{length}");
        }
        fs::write(&path, &whole).unwrap();
        assert_eq!(Entry::left(folder.path()).len(), 1);
    }

    #[test]
    fn what_cannot_be_put_back_stays_on_the_record() {
        let folder = tempfile::tempdir().unwrap();
        let entry = Entry::write(folder.path(), "one", record(Some("p"), &["/a", "/b", "/c"]));
        let refuse = |path: &Path, _: &Sid| match path == Path::new("/b") {
            true => Err(io::ErrorKind::PermissionDenied.into()),
            false => Ok(()),
        };
        let failed = entry.unwrap().undo(refuse, |_| Ok(()), no_folder);
        assert_eq!(failed.unwrap_err().kind(), io::ErrorKind::PermissionDenied);
        let mut left = Entry::left(folder.path());
        let entry = left.pop().unwrap();
        assert_eq!(entry.record, record(None, &["/b"]));
        entry.undo(|_, _| Ok(()), none_may, no_folder).unwrap();
        assert!(Entry::left(folder.path()).is_empty());
    }

    #[test]
    fn what_is_claimed_is_one_ones_until_all_of_it_is_put_back() {
        let folder = tempfile::tempdir().unwrap();
        let claim = || Entry::claim(folder.path(), "user", record(None, &["/a"]));
        let entry = claim().unwrap();
        assert_eq!(claim().unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        let refuse = |_: &Path, _: &Sid| Err(io::ErrorKind::PermissionDenied.into());
        entry.undo(refuse, none_may, no_folder).unwrap_err();
        // Nobody looks after it now, and it is nobody's still.
        assert_eq!(claim().unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        let left = Entry::left(folder.path()).pop().unwrap();
        left.undo(|_, _| Ok(()), none_may, no_folder).unwrap();
        drop(claim().unwrap());
    }

    #[test]
    fn a_folder_of_its_own_goes_or_stays_on_the_record() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("own");
        let mut with = record(None, &["/a"]);
        with.folder = Some(own.clone());
        let entry = Entry::write(folder.path(), "one", with).unwrap();
        let busy = |_: &Path| Err(io::ErrorKind::ResourceBusy.into());
        entry.undo(|_, _| Ok(()), none_may, busy).unwrap_err();
        let left = Entry::left(folder.path()).pop().unwrap();
        assert_eq!(
            (left.record.folder.as_deref(), left.record.paths.len()),
            (Some(&*own), 0)
        );
        let removed = RefCell::new(Vec::new());
        let remove = |path: &Path| {
            removed.borrow_mut().push(path.to_owned());
            Ok(())
        };
        left.undo(|_, _| panic!("no rights are left"), none_may, remove)
            .unwrap();
        assert_eq!(*removed.borrow(), [own]);
        assert!(Entry::left(folder.path()).is_empty());
    }

    #[test]
    fn what_was_written_down_before_there_were_such_folders_is_read() {
        let before = r#"{"profile":"p","identity":"S-1-15-2-1-2-3","paths":["/a"]}"#;
        let read: Record = serde_json::from_str(before).unwrap();
        assert_eq!(read, record(Some("p"), &["/a"]));
    }
}
