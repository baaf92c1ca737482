//! How what stands at a path is spelled on the disk, which may have been asked for by another name that it takes for the same.

use std::ffi::OsString;
use std::io;

use cap_fs_ext::DirExt;
use cap_std::fs::Dir;

use super::Root;
use crate::names;

impl Root {
    /// Whether what stands at a path, or in its way, is called exactly so; each name is looked for in the list of its folder.
    /// True where nothing stands.
    pub(crate) fn is_spelled(&self, path: &[u8]) -> io::Result<bool> {
        let mut dir = self.0.try_clone()?;
        for name in path.split(|byte| *byte == b'/') {
            let name = names::to_os(name).ok_or(io::ErrorKind::InvalidInput)?;
            let found = match dir.symlink_metadata(&name) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
                found => found?,
            };
            if !lists(&dir, &name)? {
                return Ok(false);
            }
            if !found.is_dir() {
                return Ok(true);
            }
            dir = dir.open_dir_nofollow(&name)?;
        }
        Ok(true)
    }
}

fn lists(dir: &Dir, name: &OsString) -> io::Result<bool> {
    for entry in dir.entries()? {
        if entry?.file_name() == *name {
            return Ok(true);
        }
    }
    Ok(false)
}
