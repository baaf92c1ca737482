//! One group of version 2, held open: what is asked of it costs one name to look up, however deep it lies.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags, openat};

use super::emptied::Events;

/// A group and the folder it is. Others may have removed it.
#[derive(Debug)]
pub(super) struct Unified {
    path: PathBuf,
    folder: OwnedFd,
}

impl Unified {
    pub(super) fn create(path: PathBuf) -> io::Result<Self> {
        fs::create_dir(&path)?;
        let folder = File::open(&path)?.into();
        Ok(Self { path, folder })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The directory to be born in.
    pub(super) fn folder(&self) -> io::Result<OwnedFd> {
        self.folder.try_clone()
    }

    /// Sets one of its values; nothing where the group is gone.
    pub(super) fn tell(&self, file: &str, value: &str) -> io::Result<()> {
        let told = self
            .file(file, OFlags::WRONLY)
            .and_then(|mut file| file.write_all(value.as_bytes()));
        unless_removed(told, ())
    }

    /// The numbers of its processes: none where it is gone.
    pub(super) fn pids(&self) -> io::Result<Vec<u32>> {
        let procs = unless_removed(self.read("cgroup.procs"), String::new())?;
        Ok(procs.lines().filter_map(|pid| pid.parse().ok()).collect())
    }

    /// Whether the kernel says this of it; `None` where it is gone or says nothing.
    pub(super) fn says(&self, line: &str) -> Option<bool> {
        let events = self.read("cgroup.events").ok()?;
        Some(events.lines().any(|event| event == line))
    }

    /// What the kernel says of it, to wait for; `None` where it is gone, which means that it held nobody.
    pub(super) fn events(&self) -> io::Result<Option<Events>> {
        let events = self.file("cgroup.events", OFlags::RDONLY);
        let events = events.map(|file| Some(Events::new(file, &self.path)));
        unless_removed(events, None)
    }

    fn read(&self, file: &str) -> io::Result<String> {
        let mut text = String::new();
        self.file(file, OFlags::RDONLY)?.read_to_string(&mut text)?;
        Ok(text)
    }

    fn file(&self, name: &str, how: OFlags) -> io::Result<File> {
        let file = openat(&self.folder, name, how | OFlags::CLOEXEC, Mode::empty())?;
        Ok(file.into())
    }
}

/// A removed group held nobody, since the kernel removes none but empty ones: whoever comes after the one who removed
/// it finds `empty`. An open file of such a group answers that there is no such device.
fn unless_removed<T>(outcome: io::Result<T>, empty: T) -> io::Result<T> {
    match outcome {
        Err(error)
            if error.kind() == io::ErrorKind::NotFound
                || error.raw_os_error() == Some(libc::ENODEV) =>
        {
            Ok(empty)
        }
        other => other,
    }
}

/// Removes an empty group.
pub(super) fn remove(group: &Path) {
    let mut pauses = crate::tree::Pauses::within(std::time::Duration::from_millis(50));
    // The last process of it may be on its way out.
    while let Err(error) = fs::remove_dir(group) {
        if error.kind() != io::ErrorKind::ResourceBusy || !pauses.pause() {
            return;
        }
    }
}
