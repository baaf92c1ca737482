//! Whether anybody stands on a branch: the main checkout or any other, now or once what it is in the middle of is over.
//!
//! Read from git's own files. The library lists the checkouts that it can open, and never the main one from another.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::failure::{AttemptingAt, GitFailure};

/// Each of these files holds names, one to a line; what is longer is not believed to end.
const MAX_BYTES: u64 = 1 << 20;

/// Where git notes the branch that it will move when it is done: of a rebase, and of a search for a commit.
const IN_PROGRESS: [&str; 4] = [
    "rebase-merge/head-name",
    "rebase-merge/update-refs",
    "rebase-apply/head-name",
    "BISECT_START",
];

/// Whether a checkout stands on the branch of this name. One that cannot be read does.
pub(super) fn stands_on(common_dir: &Path, name: &str) -> Result<bool, GitFailure> {
    let full = format!("refs/heads/{name}");
    for folder in checkouts(common_dir)? {
        let names_it = |text: &str| {
            let mut lines = text.lines().map(str::trim);
            lines.any(|line| line == full || line == name)
        };
        let head = match read(&folder.join("HEAD")) {
            Ok(None) if !folder.join("gitdir").exists() => continue,
            Ok(Some(head)) => head,
            // It has none, or what it has is not to be read.
            Ok(None) | Err(_) => return Ok(true),
        };
        if head.strip_prefix("ref:").map(str::trim) == Some(&full) {
            return Ok(true);
        }
        for file in IN_PROGRESS {
            match read(&folder.join(file)) {
                Ok(None) => {}
                Ok(Some(text)) if !names_it(&text) => {}
                Ok(Some(_)) | Err(_) => return Ok(true),
            }
        }
    }
    Ok(false)
}

/// The folders git keeps about each checkout.
fn checkouts(common_dir: &Path) -> Result<Vec<PathBuf>, GitFailure> {
    let mut found = vec![common_dir.to_owned()];
    let linked = common_dir.join("worktrees");
    let entries = match fs::read_dir(&linked) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
        Err(error) => return Err(error).attempting_at("list", &linked),
    };
    for entry in entries {
        let entry = entry.attempting_at("list", &linked)?;
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            found.push(entry.path());
        }
    }
    Ok(found)
}

/// What a file says, `None` if there is none.
fn read(path: &Path) -> io::Result<Option<String>> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
        Ok(found) if !found.is_file() => return Err(io::ErrorKind::InvalidData.into()),
        Ok(_) => {}
    }
    let mut text = String::new();
    let file = fs::File::open(path)?;
    file.take(MAX_BYTES).read_to_string(&mut text)?;
    Ok(Some(text))
}
