//! What an attempt sees of the person's repository: a folder of the sandbox's own in its place, with parts of it put in one
//! by one. Nothing of the person's is covered: a cover is taken off by whoever puts another file in the place of what lies
//! below it, as git does with each file it changes, and what is made later would have none.
//!
//! A single file stays what it was when the attempt began. Folders follow the person.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::root::{Arguments, Stubs, open};
use crate::launcher::LaunchError;

/// What of a repository's folder is shown: where commits and the names of commits are, and what is not tracked.
const SHOWN: [&str; 8] = [
    "HEAD",
    "info/attributes",
    "info/exclude",
    "info/grafts",
    "objects",
    "refs",
    "reftable",
    "shallow",
];

/// What is shown of the folder that a repository keeps for one worktree.
const OF_WORKTREE: [&str; 8] = [
    "HEAD",
    "ORIG_HEAD",
    "commondir",
    "gitdir",
    "index",
    "info/sparse-checkout",
    "logs",
    "refs",
];

/// Files up to this size, in bytes, are copied: each mount costs the start as much as many copies.
const SMALL: u64 = 64 << 10;

/// How much of a repository is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// What git needs to work in a worktree.
    History,
    /// What a repository needs that borrows from it.
    Objects,
}

/// Shows a part of the repository at `git_dir` to an attempt in `worktree`.
pub(super) fn show(
    arguments: &mut Arguments,
    stubs: &Stubs,
    (git_dir, worktree): (&Path, &Path),
    part: Part,
) -> Result<(), LaunchError> {
    // Opened only to make sure that no link leads there.
    open("the git folder", git_dir)?;
    arguments.add([&"--perms", &"755", &"--tmpfs", &git_dir]);
    match part {
        Part::Objects => put(arguments, git_dir, &["objects"])?,
        Part::History => {
            put(arguments, git_dir, &SHOWN)?;
            names(arguments, git_dir)?;
            let config = git_dir.join("config");
            arguments.add([&"--ro-bind", &stubs.path("git-config"), &config]);
            if git_dir == worktree.join(".git") {
                put(arguments, git_dir, &["index"])?;
            }
            if let Some(books) = books(git_dir, worktree) {
                put(arguments, &books, &OF_WORKTREE)?;
            }
        }
    }
    arguments.add([&"--remount-ro", &git_dir]);
    Ok(())
}

/// Shows these of a folder, as far as they are there.
fn put(arguments: &mut Arguments, folder: &Path, names: &[&str]) -> Result<(), LaunchError> {
    for path in names.iter().map(|name| folder.join(name)) {
        let Ok(found) = fs::symlink_metadata(&path) else {
            continue;
        };
        let part = open("a part of the git folder", &path)?;
        if !found.is_file() || found.len() > SMALL {
            arguments.bind("--ro-bind-fd", part, &path);
            continue;
        }
        let copied = fs::read(&path).and_then(|content| arguments.content(&content, &path));
        copied.map_err(|source| LaunchError::Prepare {
            step: "copy a part of the git folder",
            source,
        })?;
    }
    Ok(())
}

/// The folder that a repository keeps for a worktree. The worktree's own word is not enough, since an agent may have
/// written it: the repository must know the worktree.
fn books(git_dir: &Path, worktree: &Path) -> Option<PathBuf> {
    let gitfile = worktree.join(".git");
    let told = fs::read_to_string(&gitfile).ok()?;
    let books = PathBuf::from(told.strip_prefix("gitdir: ")?.trim_end());
    let back = fs::read_to_string(books.join("gitdir")).ok()?;
    let known = books.parent()? == git_dir.join("worktrees") && books.file_name().is_some();
    (known && Path::new(back.trim_end()) == gitfile).then_some(books)
}

/// Gives all names of commits as they are now in the one file that git moves them to from time to time: the file that is
/// shown stays as it is, and those with files of their own would be gone.
fn names(arguments: &mut Arguments, git_dir: &Path) -> Result<(), LaunchError> {
    let failed = |source| LaunchError::Prepare {
        step: "read the repository's references",
        source,
    };
    let mut single = BTreeMap::new();
    // First, since they move the other way.
    gather(&git_dir.join("refs"), "refs", &mut single).map_err(failed)?;
    let packed = git_dir.join("packed-refs");
    if fs::symlink_metadata(&packed).is_ok() {
        open("a part of the git folder", &packed)?;
    }
    let before = match fs::read(&packed) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        read => read.map_err(failed)?,
    };
    let all = joined(&before, single);
    arguments
        .content(&all, &git_dir.join("packed-refs"))
        .map_err(failed)
}

/// Names with files of their own below a folder. What is gone again by the time it is read has moved; what names another
/// name instead of a commit is no use without its file.
fn gather(folder: &Path, name: &str, found: &mut BTreeMap<Vec<u8>, Vec<u8>>) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        read => read?,
    };
    for entry in entries {
        let entry = entry?;
        let kind = entry.file_type()?;
        let Ok(last) = entry.file_name().into_string() else {
            continue;
        };
        let (path, name) = (entry.path(), format!("{name}/{last}"));
        if kind.is_dir() {
            gather(&path, &name, found)?;
        } else if kind.is_file()
            && let Ok(mut commit) = fs::read(&path)
        {
            commit.truncate(commit.trim_ascii_end().len());
            if matches!(commit.len(), 40 | 64) && commit.iter().all(u8::is_ascii_hexdigit) {
                found.insert(name.into_bytes(), commit);
            }
        }
    }
    Ok(())
}

/// The file with these names instead of those it had, in order where it was. A tag among them is looked up by whoever wants
/// to know what it stands for.
fn joined(packed: &[u8], mut single: BTreeMap<Vec<u8>, Vec<u8>>) -> Vec<u8> {
    if single.is_empty() {
        return packed.to_vec();
    }
    let mut lines = packed.split_inclusive(|byte| *byte == b'\n').peekable();
    let told = lines.next_if(|line| line.starts_with(b"# "));
    let is_sorted = packed.is_empty()
        || told.is_some_and(|told| {
            told.split(|byte| byte.is_ascii_whitespace())
                .any(|word| word == b"sorted")
        });
    let mut all = Vec::with_capacity(packed.len() + single.len() * 80);
    all.extend_from_slice(match is_sorted {
        true => b"# pack-refs with: sorted \n",
        false => b"# pack-refs with: \n",
    });
    let add = |all: &mut Vec<u8>, name: &[u8], commit: &[u8]| {
        for part in [commit, b" ", name, b"\n"] {
            all.extend_from_slice(part);
        }
    };
    let mut replaced = false;
    for line in lines {
        // What a tag stands for follows its own line.
        if line.starts_with(b"^") {
            if !replaced {
                all.extend_from_slice(line);
            }
            continue;
        }
        let name = line.splitn(2, |byte| *byte == b' ').nth(1);
        let name = name.unwrap_or_default().trim_ascii_end();
        while is_sorted
            && let Some(first) = single.first_entry()
            && first.key().as_slice() < name
        {
            let (name, commit) = first.remove_entry();
            add(&mut all, &name, &commit);
        }
        let instead = single.remove(name);
        replaced = instead.is_some();
        match instead {
            Some(commit) => add(&mut all, name, &commit),
            None => all.extend_from_slice(line),
        }
    }
    for (name, commit) in single {
        add(&mut all, &name, &commit);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(names: &[(&str, &str)]) -> BTreeMap<Vec<u8>, Vec<u8>> {
        let bytes = |text: &str| text.as_bytes().to_vec();
        let pairs = names.iter();
        pairs
            .map(|(name, commit)| (bytes(name), bytes(commit)))
            .collect()
    }

    fn text(packed: &str, single: &[(&str, &str)]) -> String {
        String::from_utf8(joined(packed.as_bytes(), of(single))).unwrap()
    }

    #[test]
    fn names_with_files_of_their_own_come_instead_of_those_that_were_packed_and_in_their_order() {
        let packed = "# pack-refs with: peeled fully-peeled sorted \n1 refs/heads/b\n2 refs/tags/t\n^3\n4 refs/tags/u\n^5\n";
        assert_eq!(text(packed, &[]), packed);
        assert_eq!(
            text(
                packed,
                &[
                    ("refs/heads/a", "7"),
                    ("refs/heads/b", "8"),
                    ("refs/tags/t", "9"),
                    ("refs/z", "0")
                ]
            ),
            "# pack-refs with: sorted \n7 refs/heads/a\n8 refs/heads/b\n9 refs/tags/t\n4 refs/tags/u\n^5\n0 refs/z\n"
        );
        assert_eq!(
            text("", &[("refs/b", "1")]),
            "# pack-refs with: sorted \n1 refs/b\n"
        );
        assert_eq!(
            text("2 refs/b\n1 refs/a\n", &[("refs/a", "3")]),
            "# pack-refs with: \n2 refs/b\n3 refs/a\n"
        );
    }
}
