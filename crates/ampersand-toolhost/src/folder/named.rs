//! Finding things beneath a folder by names alone: every part is looked at, and a link among them ends the search.

use std::path::{Component, Path, PathBuf};
use std::{fs, io};

use cap_std::fs::Metadata;

/// What is done with the last part of a path where that is a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Last {
    Refused,
    /// It is the link itself that is meant.
    Meant,
}

pub(super) fn told(path: &Path) -> io::Result<Metadata> {
    fs::symlink_metadata(path).map(Metadata::from_just_metadata)
}

/// The whole path, if no part of it is a link. What is refused is refused as leading out, since nobody can tell.
pub(super) fn within(root: &Path, path: &Path, last: Last) -> io::Result<PathBuf> {
    let mut whole = root.to_owned();
    let mut parts = path.components().peekable();
    while let Some(part) = parts.next() {
        match part {
            Component::CurDir => continue,
            Component::Normal(name) => whole.push(name),
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                return Err(io::ErrorKind::PermissionDenied.into());
            }
        }
        let is_last = parts.peek().is_none();
        if is_last && last == Last::Meant {
            break;
        }
        match fs::symlink_metadata(&whole) {
            Ok(told) if told.is_symlink() => return Err(io::ErrorKind::PermissionDenied.into()),
            Ok(_) => {}
            // What is to be made is not there yet.
            Err(error) if is_last && error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(whole)
}

/// With the prefix that switches off reading names: no name in it stands for a device, and none loses its last dot.
pub(super) fn verbatim(path: &Path) -> PathBuf {
    match path.to_str().map(|text| (text, text.as_bytes())) {
        Some((text, [_, b':', b'\\', ..])) => format!(r"\\?\{text}").into(),
        _ => path.to_owned(),
    }
}
