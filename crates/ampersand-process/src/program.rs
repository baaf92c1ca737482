//! Finding programs: those of the system in a fixed list of directories, our own beside each other. Never on a `PATH`, which a
//! repository could influence.

use std::path::{Path, PathBuf};

/// Why a program was not found.
#[derive(Debug, thiserror::Error)]
#[error("{name} is in none of {}", searched(looked))]
pub struct NotFound {
    /// The name looked for.
    pub name: String,
    /// Where.
    pub looked: Vec<PathBuf>,
}

impl NotFound {
    /// A stable name for the failure.
    pub const fn code(&self) -> &'static str {
        "program_missing"
    }

    /// What a person can do about it.
    pub fn hint(&self) -> String {
        format!("install {} for the whole system", self.name)
    }
}

/// The system's directories for programs, in the order they are searched.
pub fn directories() -> Vec<PathBuf> {
    #[cfg(target_os = "macos")]
    let fixed = [
        "/usr/bin",
        "/bin",
        "/usr/sbin",
        "/sbin",
        "/opt/homebrew/bin",
        "/usr/local/bin",
    ];
    #[cfg(all(unix, not(target_os = "macos")))]
    let fixed = [
        "/usr/local/bin",
        "/usr/bin",
        "/bin",
        "/usr/local/sbin",
        "/usr/sbin",
        "/sbin",
    ];
    #[cfg(windows)]
    let fixed = [
        r"C:\Program Files\Git\cmd",
        r"C:\Windows\System32",
        r"C:\Windows\System32\WindowsPowerShell\v1.0",
    ];
    fixed.into_iter().map(PathBuf::from).collect()
}

/// The program of ours called `name`, without what the system appends to it: beside this one, or above it, where test programs
/// of a build are.
pub fn beside_us(name: &str) -> Option<PathBuf> {
    let us = std::env::current_exe().ok()?;
    let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let places = us.ancestors().skip(1).take(2);
    places
        .map(|folder| folder.join(&name))
        .find(|path| path.is_file())
}

/// The absolute path of `name`, a plain file name.
pub fn find(name: &str) -> Result<PathBuf, NotFound> {
    find_in(name, directories())
}

/// The git program.
pub fn git_program() -> Result<PathBuf, NotFound> {
    find("git")
}

fn find_in(name: &str, looked: Vec<PathBuf>) -> Result<PathBuf, NotFound> {
    let plain = Path::new(name).file_name().is_some_and(|file| file == name);
    let found = looked
        .iter()
        .filter(|_| plain)
        .map(|directory| directory.join(format!("{name}{}", std::env::consts::EXE_SUFFIX)))
        .find(|candidate| executable(candidate));
    found.ok_or_else(|| NotFound {
        name: name.to_owned(),
        looked,
    })
}

#[cfg(unix)]
fn executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata()
        .is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn executable(path: &Path) -> bool {
    path.is_file()
}

fn searched(looked: &[PathBuf]) -> String {
    looked
        .iter()
        .map(|path| path.display().to_string())
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_of_executable_files_are_found() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        for (name, mode) in [("runs", 0o755), ("data", 0o644)] {
            let path = directory.path().join(name);
            std::fs::write(&path, "").unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        }
        let find = |name: &str| find_in(name, vec![directory.path().to_owned()]).ok();
        assert_eq!(find("runs"), Some(directory.path().join("runs")));
        for absent in [
            "data", "missing", "", ".", "..", "./runs", "../runs", "/bin/sh",
        ] {
            assert_eq!(find(absent), None, "{absent:?}");
        }
    }

    #[test]
    fn the_shell_is_found_without_a_path() {
        assert!(super::find("sh").unwrap().is_absolute());
    }
}
