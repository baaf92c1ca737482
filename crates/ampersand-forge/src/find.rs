//! Where the person has a program installed: on their path and where systems keep programs, never in a repository.

use std::path::{Path, PathBuf};

use ampersand_process::program::directories;

/// The program of that name, outside `repository`.
pub(crate) fn program(name: &str, repository: &Path) -> Option<PathBuf> {
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    let mut places: Vec<PathBuf> = std::env::split_paths(&on_path).collect();
    places.extend(directories());
    if let Some(home) = std::env::home_dir() {
        places.push(home.join(".local/bin"));
    }
    in_places(name, &places, repository)
}

fn in_places(name: &str, places: &[PathBuf], repository: &Path) -> Option<PathBuf> {
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let repository = dunce::canonicalize(repository).unwrap_or_else(|_| repository.to_owned());
    places
        .iter()
        .filter(|place| place.is_absolute())
        .map(|place| place.join(&file))
        .find(|path| {
            let real = dunce::canonicalize(path);
            is_executable(path) && real.is_ok_and(|real| !real.starts_with(&repository))
        })
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    let found = path.metadata();
    found.is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file()
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_program_in_the_repository_is_not_run_however_it_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let (repository, bin) = (folder.path().join("r"), folder.path().join("bin"));
        for place in [&repository, &bin] {
            std::fs::create_dir(place).unwrap();
            std::fs::write(place.join("gh"), "").unwrap();
            let mode = std::fs::Permissions::from_mode(0o755);
            std::fs::set_permissions(place.join("gh"), mode).unwrap();
        }
        let linked = folder.path().join("linked");
        std::fs::create_dir(&linked).unwrap();
        std::os::unix::fs::symlink(repository.join("gh"), linked.join("gh")).unwrap();
        let relative = PathBuf::from("r");
        let found = |places: &[&PathBuf]| {
            let places: Vec<PathBuf> = places.iter().map(|place| (*place).clone()).collect();
            in_places("gh", &places, &repository)
        };
        assert_eq!(found(&[&repository, &linked, &relative]), None);
        assert_eq!(found(&[&repository, &linked, &bin]), Some(bin.join("gh")));
    }
}
