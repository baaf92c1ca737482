//! An open folder and what is beneath it, in one of two ways: held by a handle from which nothing leads out, or by names,
//! where a sandbox that is all the fence there is does not let a handle be asked for its name.

#[cfg(any(windows, test))]
mod named;

use std::ffi::{OsStr, OsString};
#[cfg(any(windows, test))]
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use cap_fs_ext::{DirExt, FollowSymlinks, OpenOptionsFollowExt, OpenOptionsSyncExt};
use cap_std::ambient_authority;
use cap_std::fs::{Dir, File, FileType, Metadata, OpenOptions};
#[cfg(any(windows, test))]
use named::{Last, told, verbatim, within};

/// A folder. Every path given to it is relative, without `..`.
#[derive(Debug)]
pub(crate) enum Folder {
    /// By its handle. Links that stay inside are followed.
    Held(Dir),
    /// By its name. No link is followed.
    #[cfg(any(windows, test))]
    Named(PathBuf),
}

/// What is in a folder.
pub(crate) type Entries = Vec<io::Result<(OsString, FileType)>>;

impl Folder {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        Dir::open_ambient_dir(path, ambient_authority()).map(Self::Held)
    }

    /// By its name alone: for whoever is fenced in by the system.
    #[cfg(any(windows, test))]
    pub(crate) fn open_by_name(path: &Path) -> io::Result<Self> {
        let path = verbatim(&std::path::absolute(path)?);
        match fs::metadata(&path)?.is_dir() {
            true => Ok(Self::Named(path)),
            false => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    pub(crate) fn try_clone(&self) -> io::Result<Self> {
        match self {
            Self::Held(dir) => dir.try_clone().map(Self::Held),
            #[cfg(any(windows, test))]
            Self::Named(root) => Ok(Self::Named(root.clone())),
        }
    }

    pub(crate) fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        match self {
            Self::Held(dir) => dir.metadata(path),
            #[cfg(any(windows, test))]
            Self::Named(root) => told(&within(root, path, Last::Refused)?),
        }
    }

    /// Of the link itself, if it is one.
    pub(crate) fn symlink_metadata(&self, path: &Path) -> io::Result<Metadata> {
        match self {
            Self::Held(dir) => dir.symlink_metadata(path),
            #[cfg(any(windows, test))]
            Self::Named(root) => told(&within(root, path, Last::Meant)?),
        }
    }

    /// To be read; opening it waits for nobody.
    pub(crate) fn open_file(&self, path: &Path) -> io::Result<File> {
        match self {
            Self::Held(dir) => dir.open_with(path, OpenOptions::new().read(true).nonblock(true)),
            #[cfg(any(windows, test))]
            Self::Named(root) => {
                let file = fs::File::open(within(root, path, Last::Refused)?)?;
                Ok(File::from_std(file))
            }
        }
    }

    /// As [`Self::open_file`], of what has this name in here, and is no link.
    pub(crate) fn open_entry(&self, name: &OsStr) -> io::Result<File> {
        match self {
            Self::Held(dir) => {
                let mut options = OpenOptions::new();
                options.read(true).nonblock(true).follow(FollowSymlinks::No);
                dir.open_with(name, &options)
            }
            #[cfg(any(windows, test))]
            Self::Named(_) => self.open_file(Path::new(name)),
        }
    }

    pub(crate) fn create_new(&self, path: &Path) -> io::Result<File> {
        match self {
            Self::Held(dir) => dir.open_with(path, OpenOptions::new().write(true).create_new(true)),
            #[cfg(any(windows, test))]
            Self::Named(root) => {
                let file = fs::File::create_new(within(root, path, Last::Refused)?)?;
                Ok(File::from_std(file))
            }
        }
    }

    /// The folder of this name in here, if it is no link.
    pub(crate) fn open_dir(&self, name: &OsStr) -> io::Result<Self> {
        match self {
            Self::Held(dir) => dir.open_dir_nofollow(name).map(Self::Held),
            #[cfg(any(windows, test))]
            Self::Named(root) => {
                let path = within(root, Path::new(name), Last::Refused)?;
                match fs::symlink_metadata(&path)?.is_dir() {
                    true => Ok(Self::Named(path)),
                    false => Err(io::ErrorKind::NotADirectory.into()),
                }
            }
        }
    }

    /// What is in here, at most `most`, and whether there is more.
    pub(crate) fn entries(&self, most: usize) -> io::Result<(Entries, bool)> {
        match self {
            Self::Held(dir) => {
                let listing = dir.entries()?;
                let entries = listing.map(|entry| {
                    let entry = entry?;
                    Ok((entry.file_name(), entry.file_type()?))
                });
                Ok(bounded(entries, most))
            }
            #[cfg(any(windows, test))]
            Self::Named(root) => {
                let entries = fs::read_dir(root)?.map(|entry| {
                    let entry = entry?;
                    let metadata = Metadata::from_just_metadata(entry.metadata()?);
                    Ok((entry.file_name(), metadata.file_type()))
                });
                Ok(bounded(entries, most))
            }
        }
    }

    pub(crate) fn read_link(&self, name: &OsStr) -> io::Result<PathBuf> {
        match self {
            Self::Held(dir) => dir.read_link_contents(name),
            #[cfg(any(windows, test))]
            Self::Named(root) => fs::read_link(within(root, Path::new(name), Last::Meant)?),
        }
    }

    pub(crate) fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        match self {
            Self::Held(dir) => dir.create_dir_all(path),
            #[cfg(any(windows, test))]
            Self::Named(root) => {
                let mut made = PathBuf::new();
                for part in path.components() {
                    made.push(part);
                    match fs::create_dir(within(root, &made, Last::Refused)?) {
                        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                        made => made?,
                    }
                }
                Ok(())
            }
        }
    }

    pub(crate) fn remove_dir(&self, path: &Path) -> io::Result<()> {
        match self {
            Self::Held(dir) => dir.remove_dir(path),
            #[cfg(any(windows, test))]
            Self::Named(root) => fs::remove_dir(within(root, path, Last::Meant)?),
        }
    }

    pub(crate) fn remove_file(&self, path: &Path) -> io::Result<()> {
        match self {
            Self::Held(dir) => dir.remove_file(path),
            #[cfg(any(windows, test))]
            Self::Named(root) => fs::remove_file(within(root, path, Last::Meant)?),
        }
    }

    pub(crate) fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        match self {
            Self::Held(dir) => dir.rename(from, dir, to),
            #[cfg(any(windows, test))]
            Self::Named(root) => {
                let from = within(root, from, Last::Meant)?;
                fs::rename(from, within(root, to, Last::Meant)?)
            }
        }
    }
}

fn bounded(
    entries: impl Iterator<Item = io::Result<(OsString, FileType)>>,
    most: usize,
) -> (Entries, bool) {
    let mut entries = entries.peekable();
    let listed = entries.by_ref().take(most).collect();
    (listed, entries.peek().is_some())
}

#[cfg(test)]
mod tests;
