//! Files below one folder, reached name by name from its descriptor, never through a symbolic link.
//!
//! What lies below may be written by an agent while we read, so a path is never resolved as a whole.

mod spelling;

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::Path;

use cap_fs_ext::{DirExt, FollowSymlinks, OpenOptionsFollowExt};
use cap_std::fs::{Dir, Metadata, OpenOptions};
use git2::{IndexEntry, IndexTime, ObjectType, Oid};

use crate::names;
#[cfg(unix)]
use crate::tree::EXECUTABLE;
use crate::tree::{FILE, LINK, Slot};

/// A folder and the right to touch what is below it.
#[derive(Debug)]
pub(crate) struct Root(Dir);

/// What stands at a path.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Nothing, and every folder above it is a folder or absent.
    Absent,
    /// A file or a symbolic link.
    Content(Slot),
    /// A folder.
    Folder,
    /// Neither: a pipe, a socket, a device, or a file larger than anything landed.
    Special,
    /// A name above it is a file or a symbolic link: the path up to and including that name.
    Behind(Vec<u8>),
}

impl Root {
    /// Opens the folder itself; the path to it is the caller's own and may contain links.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        Dir::open_ambient_dir(path, cap_std::ambient_authority()).map(Self)
    }

    /// The folder itself.
    pub(crate) const fn dir(&self) -> &Dir {
        &self.0
    }

    /// The folder above a path and the path's last name.
    pub(crate) fn parent(&self, path: &[u8]) -> io::Result<(Dir, OsString)> {
        self.walk(path, |dir, name| dir.open_dir_nofollow(name))
    }

    /// As [`Root::parent`], making the folders that are not there; `made` hears of each.
    pub(crate) fn make_parent(
        &self,
        path: &[u8],
        mut made: impl FnMut(&[u8]),
    ) -> io::Result<(Dir, OsString)> {
        let mut walked = Vec::new();
        self.walk(path, |dir, name| {
            walked = names::join(
                &walked,
                &names::from_os(name.as_os_str()).unwrap_or_default(),
            );
            match dir.create_dir(name) {
                Ok(()) => made(&walked),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
            dir.open_dir_nofollow(name)
        })
    }

    fn walk(
        &self,
        path: &[u8],
        mut enter: impl FnMut(&Dir, &OsString) -> io::Result<Dir>,
    ) -> io::Result<(Dir, OsString)> {
        let mut dir = self.0.try_clone()?;
        let mut names = path.split(|byte| *byte == b'/').peekable();
        while let Some(name) = names.next() {
            let name = Some(name)
                .filter(|name| names::is_writable_name(name))
                .and_then(names::to_os);
            let name = name.ok_or(io::ErrorKind::InvalidInput)?;
            if names.peek().is_none() {
                return Ok((dir, name));
            }
            dir = enter(&dir, &name)?;
        }
        Err(io::ErrorKind::InvalidInput.into())
    }

    /// Removes the folders above a path as far as they are empty, as git does.
    pub(crate) fn remove_empty_above(&self, path: &[u8]) {
        let mut above = path;
        while let Some(slash) = above.iter().rposition(|byte| *byte == b'/') {
            above = &above[..slash];
            let removed = self
                .parent(above)
                .and_then(|(dir, name)| dir.remove_dir(name));
            if removed.is_err() {
                return;
            }
        }
    }

    /// What stands at a path now, its content hashed.
    pub(crate) fn look(&self, path: &[u8], max_bytes: u64) -> io::Result<Standing> {
        if let Some(behind) = self.first_blocker(path)? {
            return Ok(Standing::Behind(behind));
        }
        match self.parent(path) {
            Ok((dir, name)) => standing(&dir, &name, max_bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Standing::Absent),
            Err(error) => Err(error),
        }
    }

    fn first_blocker(&self, path: &[u8]) -> io::Result<Option<Vec<u8>>> {
        let mut dir = self.0.try_clone()?;
        for (at, _) in path.iter().enumerate().filter(|(_, byte)| **byte == b'/') {
            let above = &path[..at];
            let start = above
                .iter()
                .rposition(|byte| *byte == b'/')
                .map_or(0, |slash| slash + 1);
            let name = names::to_os(&above[start..]).ok_or(io::ErrorKind::InvalidInput)?;
            match dir.symlink_metadata(&name) {
                Ok(found) if found.is_dir() => dir = dir.open_dir_nofollow(&name)?,
                Ok(_) => return Ok(Some(above.to_vec())),
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }
}

/// What stands under one name of a folder.
pub(crate) fn standing(dir: &Dir, name: &OsString, max_bytes: u64) -> io::Result<Standing> {
    let found = match dir.symlink_metadata(name) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Standing::Absent),
        Err(error) => return Err(error),
    };
    if found.is_dir() {
        return Ok(Standing::Folder);
    }
    let content = match read(dir, name, &found, max_bytes)? {
        Content::Bytes(bytes) => bytes,
        Content::TooLarge(_) | Content::Special => return Ok(Standing::Special),
    };
    let oid = Oid::hash_object(ObjectType::Blob, &content).map_err(io::Error::other)?;
    Ok(Standing::Content(Slot {
        oid,
        mode: mode_of(&found, None),
    }))
}

/// What a file held.
pub(crate) enum Content {
    /// The whole of it; a link's target for a link.
    Bytes(Vec<u8>),
    /// More than asked for: its size in bytes.
    TooLarge(u64),
    /// Not a file at all.
    Special,
}

/// Reads a file or a link. Never waits on a pipe, never follows a link put there meanwhile.
pub(crate) fn read(
    dir: &Dir,
    name: &OsString,
    found: &Metadata,
    max_bytes: u64,
) -> io::Result<Content> {
    if found.is_symlink() {
        let target = dir.read_link_contents(name)?;
        let bytes = names::from_os(target.as_os_str()).ok_or(io::ErrorKind::InvalidData)?;
        return Ok(Content::Bytes(bytes));
    }
    if !found.is_file() {
        return Ok(Content::Special);
    }
    let mut options = OpenOptions::new();
    options.read(true).follow(FollowSymlinks::No);
    #[cfg(unix)]
    {
        use cap_std::fs::OpenOptionsExt;
        let nonblock = rustix::fs::OFlags::NONBLOCK.bits();
        options.custom_flags(i32::try_from(nonblock).map_err(io::Error::other)?);
    }
    let file = dir.open_with(name, &options)?;
    let opened = file.metadata()?;
    if !opened.is_file() {
        return Ok(Content::Special);
    }
    if opened.len() > max_bytes {
        return Ok(Content::TooLarge(opened.len()));
    }
    let mut bytes = Vec::new();
    let read = file
        .take(max_bytes.saturating_add(1))
        .read_to_end(&mut bytes)?;
    if u64::try_from(read).is_ok_and(|read| read > max_bytes) {
        return Ok(Content::TooLarge(max_bytes.saturating_add(1)));
    }
    Ok(Content::Bytes(bytes))
}

/// Whether this name, where it stands, is what makes git take the folder for a repository that needs no `.git`.
pub(crate) fn makes_bare_repository(dir: &Dir, name: &[u8]) -> bool {
    let is_there = |name: &str| dir.symlink_metadata(name).is_ok();
    name.eq_ignore_ascii_case(b"HEAD")
        && (is_there("commondir") || is_there("objects") && is_there("refs"))
}

/// Writes a file or a link where nothing stands; an existing name is an error, never replaced. Answers how it
/// stands there.
pub(crate) fn write_new(
    dir: &Dir,
    name: &OsString,
    mode: u32,
    bytes: &[u8],
) -> io::Result<Metadata> {
    if mode == LINK {
        let target = names::to_os(bytes).ok_or(io::ErrorKind::InvalidData)?;
        make_link(dir, &target, name)?;
        return dir.symlink_metadata(name);
    }
    let mut file = create_new(dir, name, mode)?;
    file.write_all(bytes)?;
    file.metadata()
}

/// Makes a file where nothing stands that shares its content with another until one of them is written to. An error
/// where the disk cannot: then nothing is left.
pub(crate) fn clone_new(
    from: &Dir,
    own: &OsString,
    dir: &Dir,
    name: &OsString,
    mode: u32,
) -> io::Result<Metadata> {
    let mut options = OpenOptions::new();
    options.read(true).follow(FollowSymlinks::No);
    let source = from.open_with(own, &options)?;
    share(&source, dir, name, mode)
}

#[cfg(target_os = "linux")]
fn share(
    source: &cap_std::fs::File,
    dir: &Dir,
    name: &OsString,
    mode: u32,
) -> io::Result<Metadata> {
    let file = create_new(dir, name, mode)?;
    if let Err(refused) = rustix::fs::ioctl_ficlone(&file, source) {
        dir.remove_file(name)?;
        return Err(refused.into());
    }
    file.metadata()
}

#[cfg(target_os = "macos")]
fn share(
    source: &cap_std::fs::File,
    dir: &Dir,
    name: &OsString,
    _mode: u32,
) -> io::Result<Metadata> {
    let flags = rustix::fs::CloneFlags::empty();
    rustix::fs::fclonefileat(source, dir, name.as_os_str(), flags)?;
    dir.symlink_metadata(name)
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn share(_: &cap_std::fs::File, _: &Dir, _: &OsString, _: u32) -> io::Result<Metadata> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Makes an empty file where nothing stands.
pub(crate) fn create_new(dir: &Dir, name: &OsString, mode: u32) -> io::Result<cap_std::fs::File> {
    let mut options = OpenOptions::new();
    options
        .write(true)
        .create_new(true)
        .follow(FollowSymlinks::No);
    #[cfg(unix)]
    {
        use cap_std::fs::OpenOptionsExt;
        options.mode(if mode == EXECUTABLE { 0o777 } else { 0o666 });
    }
    #[cfg(not(unix))]
    let _ = mode;
    dir.open_with(name, &options)
}

#[cfg(unix)]
fn make_link(dir: &Dir, target: &OsString, name: &OsString) -> io::Result<()> {
    dir.symlink_contents(target, name)
}

/// Links need a right most accounts lack on Windows; git then keeps the target as text, and so do we.
#[cfg(not(unix))]
fn make_link(dir: &Dir, target: &OsString, name: &OsString) -> io::Result<()> {
    let text = target.to_str().ok_or(io::ErrorKind::InvalidData)?;
    write_new(dir, name, FILE, text.as_bytes()).map(drop)
}

/// Brings a file's content to the disk; on macOS it is there for good after the next [`sync_folder`] alone, as each such
/// order empties the disk's own memory.
pub(crate) fn sync_file(file: &std::fs::File) -> io::Result<()> {
    #[cfg(unix)]
    return Ok(rustix::fs::fsync(file)?);
    #[cfg(not(unix))]
    match file.sync_all() {
        // Windows does so for those alone that may be written to, and objects of git's are read-only.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        synced => synced,
    }
}

/// Brings the names in a folder to the disk. On Windows they are with the files, and no folder is opened for it.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    sync_names(&std::fs::File::open(path)?)?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// As [`sync_folder`], of a folder that is open.
pub(crate) fn sync_dir(dir: &Dir) -> io::Result<()> {
    #[cfg(unix)]
    {
        use rustix::fs::{Mode, OFlags, openat};
        // The one that is open may be good for nothing but finding what is in it.
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        sync_names(&openat(dir, ".", flags, Mode::empty())?.into())?;
    }
    #[cfg(not(unix))]
    let _ = dir;
    Ok(())
}

#[cfg(unix)]
fn sync_names(folder: &std::fs::File) -> io::Result<()> {
    let plainly = |_| sync_file(folder);
    match folder.sync_all().or_else(plainly) {
        // Some network disks know no such order for folders.
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported
            ) =>
        {
            Ok(())
        }
        synced => synced,
    }
}

/// Whether what was found is the file that was put there, with nothing written to it since.
pub(crate) fn is_untouched(put: &Metadata, found: &Metadata) -> bool {
    let times = [put, found].map(|about| about.modified().ok().map(|at| at.into_std()));
    times[0].is_some()
        && times[0] == times[1]
        && put.len() == found.len()
        && put.file_type() == found.file_type()
        && is_one_file(put, found) != Some(false)
}

/// Whether both are the same file under two names; `None` where the system does not say.
pub(crate) fn is_one_file(one: &Metadata, other: &Metadata) -> Option<bool> {
    #[cfg(unix)]
    {
        use cap_std::fs::MetadataExt;
        Some((one.dev(), one.ino()) == (other.dev(), other.ino()))
    }
    #[cfg(not(unix))]
    {
        let _ = (one, other);
        None
    }
}

/// The mode git would store. `previous` decides where the file system keeps no executable bit.
pub(crate) fn mode_of(found: &Metadata, previous: Option<u32>) -> u32 {
    if found.is_symlink() {
        return LINK;
    }
    #[cfg(unix)]
    {
        use cap_std::fs::MetadataExt;
        let _ = previous;
        if found.mode() & 0o100 != 0 {
            EXECUTABLE
        } else {
            FILE
        }
    }
    #[cfg(not(unix))]
    {
        previous.unwrap_or(FILE)
    }
}

/// An index entry carrying the file's times and identity, so that the next look can skip reading it.
pub(crate) fn index_entry(path: &[u8], slot: Slot, found: Option<&Metadata>) -> IndexEntry {
    let mut entry = IndexEntry {
        ctime: IndexTime::new(0, 0),
        mtime: IndexTime::new(0, 0),
        dev: 0,
        ino: 0,
        mode: slot.mode,
        uid: 0,
        gid: 0,
        file_size: 0,
        id: slot.oid,
        flags: 0,
        flags_extended: 0,
        path: path.to_vec(),
    };
    if let Some(found) = found {
        stamp(&mut entry, found);
    }
    entry
}

/// The index stores the low 32 bits of each figure, by its format.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the index format keeps 32 bits"
)]
#[cfg_attr(
    unix,
    expect(clippy::cast_sign_loss, reason = "the index format keeps 32 bits")
)]
fn stamp(entry: &mut IndexEntry, found: &Metadata) {
    entry.file_size = found.len() as u32;
    #[cfg(unix)]
    {
        use cap_std::fs::MetadataExt;
        entry.ctime = IndexTime::new(found.ctime() as i32, found.ctime_nsec() as u32);
        entry.mtime = IndexTime::new(found.mtime() as i32, found.mtime_nsec() as u32);
        entry.dev = found.dev() as u32;
        entry.ino = found.ino() as u32;
        entry.uid = found.uid();
        entry.gid = found.gid();
    }
    #[cfg(not(unix))]
    if let Some(since) = found
        .modified()
        .ok()
        .and_then(|at| at.into_std().duration_since(std::time::UNIX_EPOCH).ok())
    {
        entry.mtime = IndexTime::new(since.as_secs() as i32, since.subsec_nanos());
    }
}
