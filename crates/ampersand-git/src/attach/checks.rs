//! The checks behind attaching, by reading files before the library is let near the repository.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use git2::{Config, ErrorCode};

use super::{AttachError, Repository, real};
use crate::failure::{Attempting, GitFailure};
use crate::names;
use crate::tree;

/// Pointer files and attributes are small; what is larger is not one.
const MAX_TEXT_BYTES: u64 = 1 << 20;

/// Extensions whose presence changes nothing for us.
const HARMLESS_EXTENSIONS: [&str; 4] = [
    "noop",
    "preciousobjects",
    "worktreeconfig",
    "relativeworktrees",
];

/// Where git's own folders are, before anything in them is believed.
pub(super) struct Found {
    root: PathBuf,
    git_dir: PathBuf,
    common_dir: PathBuf,
}

impl Found {
    pub(super) fn into_repository(self) -> Repository {
        Repository::new(self.root, self.git_dir, self.common_dir)
    }
}

pub(super) fn discover(path: &Path) -> Result<Found, AttachError> {
    let start = dunce::canonicalize(path).map_err(|source| AttachError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    for folder in start.ancestors() {
        let dot_git = folder.join(".git");
        match fs::symlink_metadata(&dot_git) {
            Ok(found) if found.is_file() => return follow_gitfile(folder, &dot_git),
            Ok(_) if looks_like_git_dir(&dot_git) => {
                let git_dir = real(&dot_git)?;
                return Ok(Found {
                    root: folder.to_owned(),
                    common_dir: common(&git_dir, &dot_git)?,
                    git_dir,
                });
            }
            _ if looks_like_git_dir(folder) => return Err(AttachError::Bare),
            _ => {}
        }
    }
    Err(AttachError::NotARepository {
        path: path.to_owned(),
    })
}

fn looks_like_git_dir(folder: &Path) -> bool {
    folder.join("HEAD").is_file() && folder.join("objects").is_dir() && folder.join("refs").exists()
}

fn follow_gitfile(folder: &Path, gitfile: &Path) -> Result<Found, AttachError> {
    let unreadable = |source| AttachError::Unreadable {
        path: gitfile.to_owned(),
        source,
    };
    let text = read_text(gitfile).map_err(unreadable)?;
    let target = text.strip_prefix("gitdir:").map(str::trim);
    let target = target.ok_or_else(|| AttachError::NotARepository {
        path: folder.to_owned(),
    })?;
    let git_dir = dunce::canonicalize(folder.join(target)).map_err(unreadable)?;
    Ok(Found {
        root: folder.to_owned(),
        common_dir: common(&git_dir, gitfile)?,
        git_dir,
    })
}

/// The folder a checkout shares with others. What the checkout says of it is not enough, since whoever made the folder
/// wrote that: the repository must have the checkout in its own books.
fn common(git_dir: &Path, dot_git: &Path) -> Result<PathBuf, AttachError> {
    let text = match read_text(&git_dir.join("commondir")) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(git_dir.to_owned()),
        Err(source) => {
            return Err(AttachError::Unreadable {
                path: git_dir.join("commondir"),
                source,
            });
        }
    };
    let common = real(&git_dir.join(text.trim()))?;
    let booked = git_dir.parent() == Some(&common.join("worktrees"))
        && read_text(&git_dir.join("gitdir")).is_ok_and(|back| {
            let back = dunce::canonicalize(git_dir.join(back.trim_end_matches(['\n', '\r'])));
            back.ok() == dunce::canonicalize(dot_git).ok()
        });
    if booked {
        return Ok(common);
    }
    Err(AttachError::NotInItsBooks {
        path: dot_git.to_owned(),
    })
}

fn read_text(path: &Path) -> io::Result<String> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut text = String::new();
    fs::File::open(path)?
        .take(MAX_TEXT_BYTES)
        .read_to_string(&mut text)?;
    Ok(text)
}

pub(super) fn check_format(found: &Found) -> Result<(), AttachError> {
    let mut config = Config::new().attempting("read the configuration")?;
    for (file, level) in [
        (found.common_dir.join("config"), git2::ConfigLevel::Local),
        (
            found.git_dir.join("config.worktree"),
            git2::ConfigLevel::Worktree,
        ),
    ] {
        if file.is_file() {
            config
                .add_file(&file, level, false)
                .attempting("read the repository's configuration")?;
        }
    }
    if config.get_bool("core.bare").unwrap_or(false) && found.git_dir == found.common_dir {
        return Err(AttachError::Bare);
    }
    if config.get_bool("core.sparsecheckout").unwrap_or(false) {
        return Err(AttachError::Sparse);
    }
    // Reftable leaves a stub `refs/heads` file behind, whatever the configuration says.
    if found.common_dir.join("reftable").is_dir() {
        return Err(AttachError::Reftable);
    }
    let mut refusal = None;
    let entries = config
        .entries(None)
        .attempting("read the repository's configuration")?;
    entries
        .for_each(|entry| {
            let name = entry.name().unwrap_or_default().to_ascii_lowercase();
            let value = entry.value().unwrap_or_default().to_ascii_lowercase();
            refusal = refusal.take().or_else(|| refuse_setting(&name, &value));
        })
        .attempting("read the repository's configuration")?;
    refusal.map_or(Ok(()), Err)
}

fn refuse_setting(name: &str, value: &str) -> Option<AttachError> {
    if name.starts_with("remote.") && name.ends_with(".promisor") && value != "false" {
        return Some(AttachError::PartialClone);
    }
    if name.starts_with("remote.") && name.ends_with(".partialclonefilter") {
        return Some(AttachError::PartialClone);
    }
    match (name.strip_prefix("extensions.")?, value) {
        ("objectformat", "sha1") => None,
        ("objectformat", "sha256") => Some(AttachError::Sha256),
        ("refstorage", value) if value.starts_with("reftable") => Some(AttachError::Reftable),
        ("partialclone", _) => Some(AttachError::PartialClone),
        (name, _) if HARMLESS_EXTENSIONS.contains(&name) => None,
        (name, _) => Some(AttachError::Extension {
            name: name.chars().take(64).collect(),
        }),
    }
}

/// libgit2's owner check honours `safe.directory` and `SUDO_UID`; its answer gets its name here.
pub(super) fn name_refusal(root: &Path, failure: GitFailure) -> AttachError {
    match &failure {
        GitFailure::Library { source, .. } if source.code() == ErrorCode::Owner => {
            AttachError::ForeignOwned
        }
        GitFailure::Library { source, .. } if source.code() == ErrorCode::NotFound => {
            AttachError::NotARepository {
                path: root.to_owned(),
            }
        }
        _ => AttachError::Unopenable(failure),
    }
}

/// What no commit changes: that there is a checkout, and that it is where the folder is.
pub(super) fn check_place(
    repository: &Repository,
    git: &git2::Repository,
) -> Result<(), AttachError> {
    if git.is_bare() {
        return Err(AttachError::Bare);
    }
    let workdir = git.workdir().ok_or(AttachError::Bare)?;
    if real(workdir)? != repository.root {
        return Err(AttachError::WorktreeElsewhere);
    }
    Ok(())
}

pub(super) fn check_contents(
    repository: &Repository,
    git: &git2::Repository,
) -> Result<(), AttachError> {
    let head = match git.head() {
        Ok(head) => head,
        Err(error) if error.code() == ErrorCode::UnbornBranch => {
            return Err(AttachError::NoCommits);
        }
        Err(source) => {
            return Err(GitFailure::Library {
                attempt: "read HEAD",
                source,
            }
            .into());
        }
    };
    let tree = head
        .peel_to_tree()
        .attempting("read the commit HEAD stands on")?;
    check_tree(git, &tree)?;
    for file in [
        repository.common_dir.join("info").join("attributes"),
        repository.root.join(".gitattributes"),
    ] {
        if fs::symlink_metadata(&file).is_ok_and(|found| found.is_file()) {
            let text = read_text(&file).map_err(|source| AttachError::Unreadable {
                path: file.clone(),
                source,
            })?;
            refuse_filter(&text, &file.display().to_string())?;
        }
    }
    Ok(())
}

/// Refuses what a commit may hold that a worktree of ours could not: filtered files.
fn check_tree(git: &git2::Repository, tree: &git2::Tree<'_>) -> Result<(), AttachError> {
    for (path, slot) in tree::files(git, tree)? {
        if is_attributes(&path) {
            let blob = git
                .find_blob(slot.oid)
                .attempting("read an attributes file")?;
            refuse_filter(
                &String::from_utf8_lossy(blob.content()),
                &names::show(&path),
            )?;
        }
    }
    Ok(())
}

/// Whether git reads attributes from a file of this path.
pub(crate) fn is_attributes(path: &[u8]) -> bool {
    path.rsplit(|byte| *byte == b'/').next() == Some(b".gitattributes")
}

/// Refuses attributes that send files through a program; `path` names the file they are from.
pub(crate) fn refuse_filter(attributes: &str, path: &str) -> Result<(), AttachError> {
    let named = attributes
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .flat_map(|line| line.split_whitespace().skip(1))
        .find_map(|word| word.strip_prefix("filter="));
    match named {
        Some(filter) => Err(AttachError::Filters {
            filter: names::show(&filter.as_bytes()[..filter.len().min(64)]),
            path: path.to_owned(),
        }),
        None => Ok(()),
    }
}
