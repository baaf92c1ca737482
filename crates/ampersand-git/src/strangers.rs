//! Readers of what agents make of files, folders and bundles, for those who throw made-up bytes at them. Nothing else uses
//! it.

use std::path::Path;

use git2::{Oid, Repository, Signature};

use crate::diff::{self, DiffLimits};
use crate::ignore_rules::{IgnoreRules, Kind};
use crate::{import, names};

/// Whether a bundle is one, as far as is told without taking anything in.
pub fn is_bundle(bytes: &[u8]) -> bool {
    import::strangers::read(bytes).is_ok()
}

/// Judges the raw content of a folder of a commit. The error is a name that was taken and leads elsewhere.
pub fn folder(bytes: &[u8]) -> Result<(), String> {
    if import::folder(bytes).is_err() {
        return Ok(());
    }
    // Read again, less strictly than it was judged.
    let mut rest = bytes;
    while let Some(end) = rest.iter().position(|byte| *byte == 0) {
        let (mode_and_name, after) = rest.split_at(end);
        let mut parts = mode_and_name.splitn(2, |byte| *byte == b' ');
        let (_mode, name) = (parts.next(), parts.next().unwrap_or_default());
        if !names::is_writable_name(name) {
            return Err(names::show(name));
        }
        rest = after.get(21..).unwrap_or_default();
    }
    Ok(())
}

/// A name as a person is shown it. The error is one that still hides something.
pub fn shown(name: &[u8]) -> Result<(), String> {
    let shown = names::show(name);
    let hides = |ch: char| {
        ch.is_control() || matches!(ch, '\u{202a}'..='\u{202e}' | '\u{200b}'..='\u{200f}')
    };
    if shown.contains(hides) {
        return Err(shown);
    }
    names::is_changed_by_windows(name);
    Ok(())
}

/// Whether the rules of an ignore file leave a path out.
pub fn is_ignored(rules: &[u8], path: &str) -> bool {
    let mut ignore = IgnoreRules::default();
    ignore.push(Path::new(""), rules);
    ignore.is_ignored(Path::new(path), Kind::File)
}

/// Compares two states of a file of this name, and gives the text. `git_dir` is an empty repository that stays so.
pub fn difference(
    git_dir: &Path,
    name: &[u8],
    (old, new): (&[u8], &[u8]),
) -> Result<String, git2::Error> {
    let git = Repository::open_bare(git_dir)?;
    let objects = git.odb()?;
    objects.add_new_mempack_backend(1000)?;
    let commit = |content: &[u8]| -> Result<Oid, git2::Error> {
        let mut tree = git.treebuilder(None)?;
        tree.insert(name, git.blob(content)?, 0o100_644)?;
        let tree = git.find_tree(tree.write()?)?;
        let someone = Signature::new("a", "a", &git2::Time::new(0, 0))?;
        git.commit(None, &someone, &someone, "", &tree, &[])
    };
    let (old, new) = (commit(old)?, commit(new)?);
    let limits = DiffLimits {
        max_file_lines: 100,
        ..DiffLimits::default()
    };
    let diff = diff::between(&git, old, new, limits);
    let diff = diff.map_err(|error| git2::Error::from_str(&error.to_string()))?;
    Ok(diff.to_string())
}

/// Makes an empty repository for [`difference`].
pub fn empty_repository(git_dir: &Path) -> Result<(), git2::Error> {
    Repository::init_bare(git_dir).map(drop)
}
