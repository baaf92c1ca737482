//! What the objects of a bundle say, judged before any of them is taken: folders name by name, commits by what they stand on.

use std::collections::HashSet;

use git2::{ObjectType, Odb, Oid, Sort};

use super::ImportLimits;
use super::error::{ImportError, malformed};
use crate::failure::{Attempting, GitFailure};
use crate::names;
use crate::tree::{self, GITLINK};

/// Files git reads settings from, which it must not be led elsewhere for.
const SETTINGS: [&str; 4] = [".gitattributes", ".gitignore", ".gitmodules", ".mailmap"];

const FOLDER: &[u8] = b"40000";
const LINK: &[u8] = b"120000";

/// The objects that are new here, each of a kind that is taken, commits first.
pub(super) fn objects(bundle: &Odb<'_>, main: &Odb<'_>) -> Result<Vec<Oid>, ImportError> {
    let mut all = Vec::new();
    bundle
        .foreach(|oid| {
            all.push(*oid);
            true
        })
        .attempting("list what a bundle holds")?;
    let (mut commits, mut trees, mut blobs) = (Vec::new(), Vec::new(), Vec::new());
    for oid in all {
        if main.exists(oid) {
            continue;
        }
        let (_, kind) = bundle
            .read_header(oid)
            .attempting("read what a bundle holds")?;
        match kind {
            ObjectType::Commit => commits.push(oid),
            ObjectType::Blob => blobs.push(oid),
            ObjectType::Tree => {
                let object = bundle.read(oid).attempting("read a folder of a bundle")?;
                folder(object.data())?;
                trees.push(oid);
            }
            ObjectType::Tag | ObjectType::Any => return Err(malformed("it brings tags")),
        }
    }
    commits.extend(trees);
    commits.extend(blobs);
    Ok(commits)
}

/// One folder, byte by byte: the library reads it more generously than git does.
pub(crate) fn folder(mut rest: &[u8]) -> Result<(), ImportError> {
    let broken = || malformed("a folder in it is cut off");
    let mut last: Option<Vec<u8>> = None;
    let mut seen = HashSet::new();
    while !rest.is_empty() {
        let mode_ends = rest.iter().position(|byte| *byte == b' ');
        let (mode, after) = rest.split_at(mode_ends.ok_or_else(broken)?);
        let name_ends = after.iter().position(|byte| *byte == 0);
        let (name, after) = after[1..].split_at(name_ends.ok_or_else(broken)? - 1);
        rest = after.get(1 + 20..).ok_or_else(broken)?;
        entry(mode, name)?;
        let mut sorted_as = name.to_vec();
        if mode == FOLDER {
            sorted_as.push(b'/');
        }
        if last.is_some_and(|last| last >= sorted_as) || !seen.insert(name) {
            return Err(hostile(name, "stands twice or out of order in its folder"));
        }
        last = Some(sorted_as);
    }
    Ok(())
}

fn hostile(name: &[u8], why: &'static str) -> ImportError {
    ImportError::Hostile {
        path: names::show(&name[..name.len().min(200)]),
        why,
    }
}

fn entry(mode: &[u8], name: &[u8]) -> Result<(), ImportError> {
    match mode {
        // Whether a submodule is the one that was there is asked of each commit.
        b"40000" | b"100644" | b"100755" | b"120000" | b"160000" => {}
        _ => return Err(hostile(name, "is of no kind git writes")),
    }
    if !names::is_name(name) {
        return Err(hostile(name, "is no name for a file"));
    }
    if names::is_dot_git(name) {
        return Err(hostile(name, "could be taken for .git"));
    }
    let is_settings = SETTINGS
        .iter()
        .any(|settings| names::is_taken_for(name, settings));
    if mode == LINK && is_settings {
        return Err(hostile(name, "is a link where git reads settings"));
    }
    Ok(())
}

/// How many commits there are, each standing on others of them or on `base`, and none adding a path that some system
/// would take for another. Commits that are known here already are taken only below `earlier`.
pub(super) fn commits(
    both: &git2::Repository,
    main: &Odb<'_>,
    (base, tip): (Oid, Oid),
    earlier: Option<Oid>,
    limits: ImportLimits,
) -> Result<u32, ImportError> {
    let mut walk = both.revwalk().attempting("walk a bundle's commits")?;
    walk.set_sorting(Sort::TOPOLOGICAL)
        .attempting("walk a bundle's commits")?;
    walk.push(tip)
        .map_err(|_| malformed("its newest commit is missing"))?;
    walk.hide(base)
        .map_err(|_| malformed("what it stands on is missing"))?;
    let base_tree = both
        .find_commit(base)
        .and_then(|commit| commit.tree())
        .attempting("read the commit the task started from")?;
    let mut found = 0;
    let mut stands_on_base = false;
    for oid in walk {
        let oid = oid.attempting("walk a bundle's commits")?;
        found += 1;
        if found > limits.commits {
            return Err(ImportError::TooLarge {
                what: "the number of commits",
                limit: limits.commits as u64,
            });
        }
        // Known here, and not below where the task began: somebody else's work.
        if main.exists(oid) && !is_of(both, earlier, oid) {
            return Err(ImportError::Foreign);
        }
        let commit = both
            .find_commit(oid)
            .map_err(|error| malformed(error.message()))?;
        if commit.parent_count() == 0 {
            return Err(ImportError::Foreign);
        }
        stands_on_base |= commit.parent_ids().any(|parent| parent == base);
        let tree = commit.tree().map_err(|error| malformed(error.message()))?;
        added_names(both, &base_tree, &tree)?;
    }
    if found == 0 || !stands_on_base {
        return Err(ImportError::Foreign);
    }
    Ok(u32::try_from(found).unwrap_or(u32::MAX))
}

/// Whether it was taken over before, after an earlier attempt at the same task.
fn is_of(both: &git2::Repository, earlier: Option<Oid>, oid: Oid) -> bool {
    earlier.is_some_and(|tip| tip == oid || both.graph_descendant_of(tip, oid).unwrap_or(false))
}

/// Names that are there already stay: a repository that holds them has been living with them. Submodules stay as they are.
fn added_names(
    both: &git2::Repository,
    base: &git2::Tree<'_>,
    tree: &git2::Tree<'_>,
) -> Result<(), ImportError> {
    let changes = tree::changes(both, Some(base), Some(tree)).map_err(|failure| match failure {
        GitFailure::UnsafePath { path } => ImportError::Hostile {
            path,
            why: "lies too deep",
        },
        other => other.into(),
    })?;
    for change in changes {
        let is_submodule = |slot: Option<tree::Slot>| slot.is_some_and(|slot| slot.mode == GITLINK);
        if is_submodule(change.old) || is_submodule(change.new) {
            return Err(hostile(&change.path, "is another repository"));
        }
        let is_new = change.old.is_none() && change.new.is_some();
        let changed = |name: &[u8]| names::is_changed_by_windows(name);
        if is_new && change.path.split(|byte| *byte == b'/').any(changed) {
            return Err(hostile(&change.path, "is another name on Windows"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let entry =
            |(mode, name): &(&str, &[u8])| [mode.as_bytes(), b" ", name, b"\0", &[7; 20]].concat();
        entries.iter().flat_map(entry).collect()
    }

    #[track_caller]
    fn check(entries: &[(&str, &[u8])], is_fine: bool) {
        assert_eq!(folder(&tree(entries)).is_ok(), is_fine, "{entries:?}");
    }

    #[test]
    fn a_folder_holds_names_once_and_in_order() {
        check(&[], true);
        check(
            &[
                ("100644", b"a"),
                ("100755", b"a.b"),
                ("40000", b"a.c"),
                ("120000", b"b"),
            ],
            true,
        );
        // A folder is sorted as if its name went on.
        check(
            &[("100644", b"a.b"), ("40000", b"a"), ("100644", b"a0")],
            true,
        );
        check(&[("100644", b"b"), ("100644", b"a")], false);
        check(&[("100644", b"a"), ("100644", b"a")], false);
        check(
            &[("100644", b"a"), ("100644", b"a.b"), ("40000", b"a")],
            false,
        );
    }

    #[test]
    fn names_and_kinds_that_lead_elsewhere_are_refused() {
        for name in [
            "",
            ".",
            "..",
            "a/b",
            "../x",
            ".git",
            ".GIT",
            "GIT~1",
            ".git ",
            ".git.",
            ".g\u{200c}it",
            "x\\.git",
        ] {
            check(&[("100644", name.as_bytes())], false);
            check(&[("40000", name.as_bytes())], false);
        }
        for name in SETTINGS {
            check(&[("120000", name.as_bytes())], false);
            check(&[("100644", name.as_bytes())], true);
        }
        check(&[("120000", b".GITMODULES")], false);
        check(&[("120000", b"GITMOD~1")], false);
        for mode in ["100664", "0100644", "040000", "777", "", "100600"] {
            check(&[(mode, b"a")], false);
        }
    }

    #[test]
    fn a_folder_that_is_cut_off_is_refused() {
        let whole = tree(&[("100644", b"a")]);
        for end in 1..whole.len() {
            assert!(folder(&whole[..end]).is_err(), "{end}");
        }
    }
}
