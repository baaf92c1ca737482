//! The worktree as the only place files are opened in: beneath one open directory, without escape, without hanging.

use std::ffi::OsStr;
use std::io;
use std::path::{Component, Path, PathBuf};

use ampersand_core::visible;
use cap_std::fs::{File, Metadata};

use crate::folder::Folder;
use crate::tool_error::ToolError;

/// An open directory and everything beneath it. No path given to it can lead out.
#[derive(Debug)]
pub struct Worktree {
    root: Folder,
}

impl Worktree {
    /// Opens the directory; symbolic links in `path` itself are followed.
    pub fn open(path: &Path) -> Result<Self, ToolError> {
        Folder::open(path)
            .map(|root| Self { root })
            .map_err(|source| refused("open", path.as_os_str(), source))
    }

    /// Opens the directory by its name, for a program that the system fences in: there a handle is not told its own name,
    /// which everything beneath it would be found by. Links in it are not followed at all.
    #[cfg(any(windows, test))]
    pub fn open_by_name(path: &Path) -> Result<Self, ToolError> {
        Folder::open_by_name(path)
            .map(|root| Self { root })
            .map_err(|source| refused("open", path.as_os_str(), source))
    }

    pub(crate) const fn root(&self) -> &Folder {
        &self.root
    }

    /// A regular file to read. Links inside the worktree are followed; pipes and devices are refused at once.
    pub(crate) fn open_file(&self, path: &Path) -> Result<(File, Metadata), ToolError> {
        let relative = relative(path)?;
        // Asked before opening, because opening a device may act on it. Asked again after, because it may have been swapped.
        let before = self
            .root
            .metadata(&relative)
            .map_err(|source| refused("read", path.as_os_str(), source))?;
        regular(path, &before)?;
        let file = self
            .root
            .open_file(&relative)
            .map_err(|source| refused("read", path.as_os_str(), source))?;
        let after = file
            .metadata()
            .map_err(|source| refused("read", path.as_os_str(), source))?;
        regular(path, &after)?;
        Ok((file, after))
    }

    /// What is at the path itself, a link included; `None` if nothing is.
    pub(crate) fn look(&self, path: &Path) -> Result<Option<Metadata>, ToolError> {
        match self.root.symlink_metadata(&relative(path)?) {
            Ok(metadata) => Ok(Some(metadata)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(refused("look at", path.as_os_str(), source)),
        }
    }
}

/// Opens a regular file by its name in an open directory, following no link.
pub(crate) fn open_entry(directory: &Folder, name: &OsStr) -> Result<(File, Metadata), ToolError> {
    let before = directory
        .symlink_metadata(Path::new(name))
        .map_err(|source| refused("read", name, source))?;
    regular(Path::new(name), &before)?;
    let file = directory
        .open_entry(name)
        .map_err(|source| refused("read", name, source))?;
    let metadata = file
        .metadata()
        .map_err(|source| refused("read", name, source))?;
    regular(Path::new(name), &metadata)?;
    Ok((file, metadata))
}

/// The path without `.` parts. Absolute ones are refused in words before the system is asked.
pub(crate) fn relative(path: &Path) -> Result<PathBuf, ToolError> {
    let mut kept = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::Normal(name) => kept.push(name),
            // Taken back by name and not by the system: what a link before it means would otherwise decide.
            Component::ParentDir => {
                if !kept.pop() {
                    return Err(ToolError::Outside {
                        path: shown(path.as_os_str()),
                    });
                }
            }
            Component::RootDir | Component::Prefix(_) => {
                return Err(ToolError::Outside {
                    path: shown(path.as_os_str()),
                });
            }
        }
    }
    if kept.as_os_str().is_empty() {
        kept.push(".");
    }
    Ok(kept)
}

/// Refuses the repository's own metadata, however its name is spelled on this file system.
pub(crate) fn not_of_git(path: &Path) -> Result<(), ToolError> {
    let of_git = |component: Component<'_>| {
        let name = component.as_os_str().to_string_lossy();
        let name = name.trim_end_matches(['.', ' ']);
        name.eq_ignore_ascii_case(".git") || name.eq_ignore_ascii_case("git~1")
    };
    if path.components().any(of_git) {
        Err(ToolError::Git {
            path: shown(path.as_os_str()),
        })
    } else {
        Ok(())
    }
}

/// A path on one line: a line feed in a name could pass for the next entry.
pub(crate) fn shown(path: &OsStr) -> String {
    visible(&path.to_string_lossy())
        .replace('\n', "\\n")
        .replace('\t', "\\t")
}

pub(crate) fn refused(action: &'static str, path: &OsStr, source: io::Error) -> ToolError {
    let path = shown(path);
    match source.kind() {
        io::ErrorKind::NotFound => ToolError::Missing { path },
        // What cap-std answers when a path or a link would lead out.
        io::ErrorKind::PermissionDenied if source.raw_os_error().is_none() => {
            ToolError::Outside { path }
        }
        _ => ToolError::Io {
            action,
            path,
            source,
        },
    }
}

fn regular(path: &Path, metadata: &Metadata) -> Result<(), ToolError> {
    let kind = metadata.file_type();
    let what = if kind.is_file() {
        return Ok(());
    } else if kind.is_dir() {
        "a folder"
    } else if kind.is_symlink() {
        "a symbolic link"
    } else {
        "a pipe, a socket or a device"
    };
    Err(ToolError::NotAFile {
        path: shown(path.as_os_str()),
        what,
    })
}
