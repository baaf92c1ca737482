//! The folder of an agent's own, as it is written to from outside. The agent writes there too, and what it left lies in wait
//! for the next attempt: no link is followed, and whatever stands where a file belongs is replaced.

use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

use ampersand_core::Failure;
use ampersand_process::remove_folder_in;
use cap_fs_ext::{DirExt, FollowSymlinks, OpenOptionsFollowExt};
use cap_std::fs::{Dir, OpenOptions};

/// A file on its way to its name.
const NEW: &str = ".ampersand-new";

/// A file that an agent shall find: its path below the folder, `/` between names, and its content.
pub struct HomeFile {
    /// Where.
    pub path: String,
    /// What.
    pub content: Vec<u8>,
}

impl HomeFile {
    /// A file at this path.
    pub fn new(path: impl Into<String>, content: impl Into<Vec<u8>>) -> Self {
        Self {
            path: path.into(),
            content: content.into(),
        }
    }
}

/// Makes the folder and puts these files there, readable by their owner alone. What else is there stays.
pub async fn furnish(folder: &Path, files: Vec<HomeFile>) -> Result<(), Failure> {
    let of = folder.to_owned();
    let putting = tokio::task::spawn_blocking(move || put(&of, &files)).await;
    let put = putting.unwrap_or_else(|error| Err(io::Error::other(error)));
    put.map_err(|error| unwritable(folder, &error))
}

/// That an agent's folder cannot be made what it has to be.
pub fn unwritable(folder: &Path, error: &io::Error) -> Failure {
    Failure::new(
        "agent_home",
        format!(
            "The agent's folder {} cannot be written: {error}.",
            folder.display()
        ),
        "Make sure that the home folder can be written and has room.",
    )
}

/// Files in an agent's folder that are there as long as this is.
#[derive(Debug, PartialEq, Eq)]
pub struct Lent {
    folder: PathBuf,
    paths: Vec<String>,
}

impl Lent {
    /// Puts these files there. Errors if one cannot be; then none stays.
    pub fn put(folder: &Path, files: &[HomeFile]) -> io::Result<Self> {
        let lent = Self {
            folder: folder.to_owned(),
            paths: files.iter().map(|file| file.path.clone()).collect(),
        };
        put(folder, files)?;
        Ok(lent)
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Err(error) = take(&self.folder, &self.paths) {
            tracing::warn!(%error, "what was lent to an agent stays in its folder until the next start");
        }
    }
}

/// As [`furnish`], on this thread.
pub fn put(folder: &Path, files: &[HomeFile]) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let root = open(folder)?;
    for file in files {
        let names = names(&file.path)?;
        let Some((last, above)) = names.split_last() else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        let mut dir = root.try_clone()?;
        for name in above {
            dir = entered(&dir, name)?;
        }
        put_in(&dir, last, &file.content)?;
    }
    Ok(())
}

/// Takes files away again, as far as they are there. A link in their place is taken away as one.
pub fn take(folder: &Path, paths: &[String]) -> io::Result<()> {
    let root = match open(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        opened => opened?,
    };
    for path in paths {
        let names = names(path)?;
        let Some((last, above)) = names.split_last() else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        let mut dir = Some(root.try_clone()?);
        for name in above {
            // Behind a link there is nothing of ours.
            dir = dir.and_then(|dir| dir.open_dir_nofollow(name).ok());
        }
        if let Some(dir) = dir {
            clear(&dir, last)?;
        }
    }
    Ok(())
}

fn open(folder: &Path) -> io::Result<Dir> {
    Dir::open_ambient_dir(folder, cap_std::ambient_authority())
}

fn names(path: &str) -> io::Result<Vec<&str>> {
    let plain = |name: &&str| {
        let mut parts = Path::new(name).components();
        matches!(
            (parts.next(), parts.next()),
            (Some(Component::Normal(_)), None)
        )
    };
    let names: Vec<&str> = path.split('/').collect();
    match names.iter().all(plain) {
        true => Ok(names),
        false => Err(io::ErrorKind::InvalidInput.into()),
    }
}

/// A folder below another, made if need be.
fn entered(dir: &Dir, name: &str) -> io::Result<Dir> {
    if let Ok(below) = dir.open_dir_nofollow(name) {
        return Ok(below);
    }
    clear(dir, name)?;
    dir.create_dir(name)?;
    dir.open_dir_nofollow(name)
}

fn put_in(dir: &Dir, name: &str, content: &[u8]) -> io::Result<()> {
    clear(dir, NEW)?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    options.follow(FollowSymlinks::No);
    #[cfg(unix)]
    cap_std::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = dir.open_with(NEW, &options)?;
    file.write_all(content)?;
    drop(file);
    if dir.symlink_metadata(name).is_ok_and(|found| found.is_dir()) {
        clear(dir, name)?;
    }
    dir.rename(NEW, dir, name)
}

fn clear(dir: &Dir, name: &str) -> io::Result<()> {
    remove_folder_in(dir, name.as_ref())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_path_that_leaves_the_folder_is_no_path() {
        let folder = tempfile::tempdir().unwrap();
        for path in ["../x", "/x", "a/../../x", "", "."] {
            let files = [HomeFile::new(path, "x")];
            assert!(put(folder.path(), &files).is_err(), "{path:?}");
            assert!(take(folder.path(), &[path.to_owned()]).is_err(), "{path:?}");
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn what_an_agent_made_of_the_place_is_replaced_and_never_followed() {
        use std::os::unix::fs::{PermissionsExt, symlink};

        let outside = tempfile::tempdir().unwrap();
        let precious = outside.path().join("precious");
        fs::write(&precious, "mine").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        let files = [
            HomeFile::new("config.toml", "a"),
            HomeFile::new(".deep/er/settings.json", "b"),
            HomeFile::new(".linked/settings.json", "c"),
            HomeFile::new("socket", "d"),
            HomeFile::new("folder", "e"),
        ];
        put(&home, &files).unwrap();
        // As an agent would leave it.
        for name in ["config.toml", "socket", "folder", ".linked/settings.json"] {
            fs::remove_file(home.join(name)).unwrap();
        }
        fs::remove_dir(home.join(".linked")).unwrap();
        symlink(&precious, home.join("config.toml")).unwrap();
        symlink(&precious, home.join(NEW)).unwrap();
        symlink(outside.path(), home.join(".linked")).unwrap();
        fs::create_dir_all(home.join("folder/below")).unwrap();
        symlink(outside.path(), home.join("folder/out")).unwrap();
        std::os::unix::net::UnixListener::bind(home.join("socket")).unwrap();
        put(&home, &files).unwrap();
        for file in &files {
            let path = home.join(&file.path);
            let known = fs::symlink_metadata(&path).unwrap();
            assert!(known.is_file(), "{}", file.path);
            assert_eq!(known.permissions().mode() & 0o777, 0o600);
            assert_eq!(fs::read(&path).unwrap(), file.content);
        }
        assert_eq!(fs::read_to_string(&precious).unwrap(), "mine");
        let left: Vec<_> = fs::read_dir(outside.path()).unwrap().collect();
        assert_eq!(left.len(), 1, "{left:?}");
    }

    #[test]
    fn what_was_lent_is_gone_when_it_is_not_held_any_more() {
        let folder = tempfile::tempdir().unwrap();
        let files = [HomeFile::new(".x/login.json", "secret")];
        let lent = Lent::put(folder.path(), &files).unwrap();
        assert!(folder.path().join(".x/login.json").is_file());
        drop(lent);
        assert!(!folder.path().join(".x/login.json").exists());
        assert!(folder.path().join(".x").is_dir());
    }

    #[cfg(unix)]
    #[test]
    fn what_is_taken_away_is_what_was_put_and_nothing_behind_a_link() {
        use std::os::unix::fs::symlink;

        let outside = tempfile::tempdir().unwrap();
        let precious = outside.path().join("login.json");
        fs::write(&precious, "mine").unwrap();
        let home = tempfile::tempdir().unwrap();
        symlink(outside.path(), home.path().join(".linked")).unwrap();
        symlink(&precious, home.path().join("login.json")).unwrap();
        let paths = [".linked/login.json", "login.json", "never/there"].map(str::to_owned);
        take(home.path(), &paths).unwrap();
        assert_eq!(fs::read_to_string(&precious).unwrap(), "mine");
        assert!(fs::symlink_metadata(home.path().join("login.json")).is_err());
    }
}
