//! Removing a folder in which a program did as it liked: deep, unreadable, full of links.
//!
//! Never through a link, and never deeper at a time than descriptors and stack last, however deep it was made.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::Path;

use cap_fs_ext::DirExt;
use cap_std::fs::Dir;

/// Folders nested deeper than this are moved up before they are emptied.
const MAX_NESTING: usize = 64;

/// Removes a folder and all below it. One that is not there is no error; of a link, the link goes.
pub fn remove_folder(folder: &Path) -> io::Result<()> {
    let found = match std::fs::symlink_metadata(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        found => found?,
    };
    if !found.is_dir() {
        return std::fs::remove_file(folder);
    }
    open_up(folder, &found)?;
    empty_whole(&Dir::open_ambient_dir(
        folder,
        cap_std::ambient_authority(),
    )?)?;
    std::fs::remove_dir(folder)
}

/// As [`remove_folder`], of what is called `name` in a folder that is open.
pub fn remove_folder_in(dir: &Dir, name: &OsStr) -> io::Result<()> {
    match dir.symlink_metadata(name) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Ok(found) if found.is_dir() => {}
        Ok(_) => return dir.remove_file_or_symlink(name),
        Err(error) => return Err(error),
    }
    open_up_in(dir, name)?;
    empty_whole(&dir.open_dir_nofollow(name)?)?;
    dir.remove_dir(name)
}

fn empty_whole(top: &Dir) -> io::Result<()> {
    let mut moved_up = 0;
    loop {
        let before = moved_up;
        empty(top, top, 0, &mut moved_up)?;
        if moved_up == before {
            return Ok(());
        }
    }
}

fn empty(top: &Dir, dir: &Dir, depth: usize, moved_up: &mut u64) -> io::Result<()> {
    for entry in dir.entries()? {
        let entry = entry?;
        let name = entry.file_name();
        if !entry.file_type()?.is_dir() {
            dir.remove_file_or_symlink(&name)?;
            continue;
        }
        // Moving it needs that as well.
        open_up_in(dir, &name)?;
        if depth >= MAX_NESTING {
            move_up(top, dir, &name, moved_up)?;
        } else {
            empty(top, &dir.open_dir_nofollow(&name)?, depth + 1, moved_up)?;
            dir.remove_dir(&name)?;
        }
    }
    Ok(())
}

/// To a name at the top that is free. The program may have taken any.
fn move_up(top: &Dir, dir: &Dir, name: &OsString, moved_up: &mut u64) -> io::Result<()> {
    loop {
        *moved_up += 1;
        match dir.rename(name, top, format!(".ampersand-removing-{moved_up}")) {
            Err(error) if is_taken(&error) => {}
            moved => return moved,
        }
    }
}

fn is_taken(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::AlreadyExists
            | io::ErrorKind::DirectoryNotEmpty
            | io::ErrorKind::NotADirectory
    )
}

/// A folder its maker closed against reading and writing is opened again: it is ours to remove.
#[cfg(unix)]
fn open_up(folder: &Path, found: &std::fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    if found.permissions().mode() & 0o700 == 0o700 {
        return Ok(());
    }
    std::fs::set_permissions(folder, PermissionsExt::from_mode(0o700))
}

#[cfg(unix)]
fn open_up_in(dir: &Dir, name: &OsStr) -> io::Result<()> {
    use cap_std::fs::{MetadataExt, Permissions, PermissionsExt};
    if dir.symlink_metadata(name)?.mode() & 0o700 == 0o700 {
        return Ok(());
    }
    dir.set_symlink_permissions(name, Permissions::from_mode(0o700))
        .or_else(|_| dir.set_permissions(name, Permissions::from_mode(0o700)))
}

#[cfg(not(unix))]
fn open_up(_folder: &Path, _found: &std::fs::Metadata) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn open_up_in(_dir: &Dir, _name: &OsStr) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    /// A chain of folders deeper than any path may be long and more than may be open at once.
    fn deep(root: &Path, levels: usize) {
        let mut dir = Dir::open_ambient_dir(root, cap_std::ambient_authority()).unwrap();
        for _ in 0..levels {
            dir.create_dir("deeper").unwrap();
            dir = dir.open_dir("deeper").unwrap();
        }
    }

    /// What a program left that does not want it removed, and something outside of it.
    fn resisting(folder: &Path) -> std::path::PathBuf {
        let (outside, left) = (folder.join("outside"), folder.join("left"));
        fs::create_dir_all(&outside).unwrap();
        fs::write(outside.join("precious"), "work").unwrap();
        fs::create_dir_all(left.join(".ampersand-removing-1/full")).unwrap();
        fs::write(left.join(".ampersand-removing-2"), "").unwrap();
        symlink(&outside, left.join("link")).unwrap();
        let closed = left.join("closed/inner");
        fs::create_dir_all(&closed).unwrap();
        fs::set_permissions(&closed, PermissionsExt::from_mode(0o000)).unwrap();
        deep(&left, 700);
        left
    }

    #[test]
    fn what_was_made_to_resist_is_removed_and_nothing_outside_it() {
        let folder = tempfile::tempdir().unwrap();
        for round in 0..2 {
            let left = resisting(folder.path());
            if round == 0 {
                remove_folder(&left).unwrap();
                remove_folder(&left).unwrap();
            } else {
                let dir = Dir::open_ambient_dir(folder.path(), cap_std::ambient_authority());
                remove_folder_in(&dir.unwrap(), OsStr::new("left")).unwrap();
            }
            assert!(!left.exists());
        }
        let outside = folder.path().join("outside");
        symlink(&outside, folder.path().join("link")).unwrap();
        remove_folder(&folder.path().join("link")).unwrap();
        assert_eq!(
            fs::read_to_string(outside.join("precious")).unwrap(),
            "work"
        );
    }
}
