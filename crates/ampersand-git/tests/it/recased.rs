//! Names that differ in case alone. Disks that take them for one, as those of macOS and Windows do, come to the same as those
//! that tell them apart, or the work is refused with everything as it was.

use std::fs;
use std::path::Path;

use ampersand_git::{LandRefusal, Pool};

use crate::layouts::{change, undo};
use crate::scratch::{Scratch, git_in, write};

/// What was renamed: before and after.
type Renamed = (
    &'static [(&'static str, &'static str)],
    &'static [(&'static str, &'static str)],
);

const RENAMED: [Renamed; 6] = [
    // A file, as it was and changed.
    (&[("Readme", "r\n")], &[("README", "r\n")]),
    (&[("Readme", "r\n")], &[("README", "changed\n")]),
    // A folder, and one in a folder.
    (
        &[("Docs/a", "a\n"), ("Docs/in/b", "b\n")],
        &[("docs/a", "a\n"), ("docs/in/b", "B\n")],
    ),
    (
        &[("d/Docs/a", "a\n"), ("d/keep", "k\n")],
        &[("d/docs/A", "a\n"), ("d/keep", "k\n")],
    ),
    // A file that becomes a folder, and the reverse.
    (&[("Data", "d\n")], &[("data/x", "d\n")]),
    (&[("Data/x", "d\n"), ("Data/y", "y\n")], &[("data", "d\n")]),
];

fn folds(scratch: &Scratch) -> bool {
    scratch.write("probe", "");
    let folds = scratch.exists("PROBE");
    fs::remove_file(scratch.path("probe")).unwrap();
    folds
}

/// Every file below a folder, its path as the disk spells it, and what it holds.
fn spelled(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.ends_with(".git") {
                continue;
            }
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let name = path.strip_prefix(folder).unwrap().to_str().unwrap();
            found.push((name.replace('\\', "/"), fs::read_to_string(&path).unwrap()));
        }
    }
    found.sort();
    found
}

fn files(of: &[(&str, &str)], more: &[(&str, &str)]) -> Vec<(String, String)> {
    let files = of.iter().chain(more);
    let mut files: Vec<_> = files
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
        .collect();
    files.sort();
    files
}

/// A project before, and a task's work that makes of it what comes after.
fn renamed((before, after): Renamed, warm: bool) -> Scratch {
    let scratch = Scratch::with(before);
    let gone = before.iter().map(|(path, _)| (*path, None));
    let there = after.iter().map(|(path, text)| (*path, Some(*text)));
    let changes: Vec<_> = gone.chain(there).collect();
    change(&scratch, warm, &changes);
    scratch.write("mine", "untracked\n");
    scratch
}

const MINE: [(&str, &str); 1] = [("mine", "untracked\n")];

#[test]
fn what_was_renamed_in_case_alone_lands_and_comes_back() {
    for (at, renames) in RENAMED.into_iter().enumerate() {
        let scratch = renamed(renames, at % 2 == 0);
        let landed = scratch.land().unwrap();
        assert_eq!(spelled(&scratch.root), files(renames.1, &MINE));
        assert_eq!(scratch.status(), ["?? mine"]);
        let tracked = scratch.git(&["ls-files"]);
        let paths: Vec<_> = renames.1.iter().map(|(path, _)| *path).collect();
        assert_eq!(tracked.lines().collect::<Vec<_>>(), paths);
        scratch.git(&["fsck", "--strict"]);
        undo(&scratch, &landed);
        assert_eq!(spelled(&scratch.root), files(renames.0, &MINE));
        assert_eq!(scratch.status(), ["?? mine"]);
    }
}

#[test]
fn what_was_renamed_in_case_alone_is_shown_and_put_back() {
    for renames in RENAMED {
        let scratch = renamed(renames, false);
        let preview = scratch.preview().unwrap();
        let repository = scratch.attach();
        repository.show(&preview, Path::new("home")).unwrap();
        assert_eq!(spelled(&scratch.root), files(renames.1, &MINE));
        let back = repository.put_back().unwrap().unwrap();
        assert_eq!(back.kept, Vec::<String>::new());
        assert_eq!(spelled(&scratch.root), files(renames.0, &MINE));
        assert_eq!(scratch.status(), ["?? mine"]);
    }
}

#[test]
fn a_warm_worktree_follows_what_was_renamed_in_case_alone() {
    for renames in RENAMED {
        let scratch = renamed(renames, false);
        let repository = scratch.attach();
        let pool = Pool::new(&repository, &scratch.beside("pool"));
        let fill = pool.fill(repository.head().unwrap(), ampersand_git::Pace::Now);
        fill.unwrap();
        scratch.land().unwrap();
        let claimed = pool.claim("t2", repository.head().unwrap()).unwrap();
        assert!(claimed.was_warm);
        let path = &claimed.worktree.path;
        assert_eq!(spelled(path), files(renames.1, &[]));
        assert_eq!(git_in(path, &["status", "--porcelain"]), "");
    }
}

#[test]
fn what_stands_in_the_way_of_a_name_is_the_persons_however_they_spell_it() {
    for (mine, text) in [
        ("readme", "mine\n"),
        ("README", "mine\n"),
        ("README", "r\n"),
    ] {
        let scratch = Scratch::with(&[("x", "x\n")]);
        change(&scratch, false, &[("README", Some("r\n"))]);
        scratch.write(mine, text);
        let landed = scratch.land();
        let stays = (mine, text) == ("README", "r\n") || (mine == "readme" && !folds(&scratch));
        match landed {
            Ok(landed) => {
                assert!(stays, "{mine} was replaced");
                undo(&scratch, &landed);
            }
            Err(refused) => assert!(!stays, "{refused:?}"),
        }
        assert_eq!(
            spelled(&scratch.root),
            files(&[(mine, text), ("x", "x\n")], &[])
        );
    }
}

/// Commits these paths, all with the content of `x`, whatever the disk takes for one.
fn commit_all_of(scratch: &Scratch, paths: &[&str]) {
    let blob = scratch.git(&["rev-parse", "HEAD:x"]);
    for path in paths {
        let entry = format!("100644,{},{path}", blob.trim());
        scratch.git(&["update-index", "--add", "--cacheinfo", &entry]);
    }
    scratch.git(&["commit", "-q", "-m", "Names"]);
    scratch.git(&["checkout", "-q", "--", "."]);
}

#[test]
fn where_two_names_are_one_no_worktree_is_made() {
    for names in [
        &["Same", "same"][..],
        &["d/Same/a", "d/same/b"],
        &["Same", "same/x"],
    ] {
        let scratch = Scratch::with(&[("x", "x\n")]);
        let folds = folds(&scratch);
        let repository = scratch.attach();
        let pool = Pool::new(&repository, &scratch.beside("pool"));
        let first = repository.head().unwrap();
        pool.fill(first, ampersand_git::Pace::Now).unwrap();
        commit_all_of(&scratch, names);
        let before = scratch.everything();
        let head = repository.head().unwrap();
        let filled = pool.fill(head, ampersand_git::Pace::Now).map(drop);
        let claimed = pool.claim("t1", head).map(drop);
        for made in [filled, claimed] {
            assert_eq!(made.is_err(), folds, "{names:?}");
            if let Err(refused) = made {
                assert_eq!(refused.code(), "worktree_colliding_names", "{names:?}");
            }
        }
        if folds {
            assert_eq!(scratch.everything(), before);
        }
    }
}

#[test]
fn where_two_names_are_one_what_has_both_does_not_land() {
    for (theirs, ours) in [
        ("Same", "same"),
        ("d/Same/a", "d/same/b"),
        ("Same/a", "same"),
        ("Same", "same/a"),
    ] {
        let scratch = Scratch::with(&[("x", "x\n")]);
        let folds = folds(&scratch);
        change(&scratch, false, &[(ours, Some("ours\n"))]);
        scratch.write(theirs, "theirs\n");
        scratch.commit_all("theirs");
        let before = (scratch.everything(), spelled(&scratch.root));
        let landed = scratch.land();
        if folds {
            let refused = landed.unwrap_err();
            assert_eq!(refused.code(), "landing_colliding_names", "{ours}");
            assert!(refused.to_string().contains(ours), "{refused}");
            assert_eq!((scratch.everything(), spelled(&scratch.root)), before);
            continue;
        }
        landed.unwrap();
        let both = [(theirs, "theirs\n"), (ours, "ours\n"), ("x", "x\n")];
        assert_eq!(spelled(&scratch.root), files(&both, &[]));
    }
}

/// As a repository that came from a disk that folds names says of itself.
#[test]
fn what_a_repository_says_of_another_disk_is_not_believed() {
    let scratch = Scratch::with(&[("a", "a\n"), ("x", "x\n")]);
    if folds(&scratch) {
        return;
    }
    commit_all_of(&scratch, &["Same", "same"]);
    scratch.git(&["config", "core.ignorecase", "true"]);
    change(
        &scratch,
        false,
        &[("Same", Some("S\n")), ("A", Some("renamed\n")), ("a", None)],
    );
    for mine in ["mine\n", "a\n"] {
        scratch.write("A", mine);
        let refused = scratch.land().unwrap_err();
        assert!(
            matches!(refused, LandRefusal::InTheWay { .. }),
            "{refused:?}"
        );
        let (upper, same) = (scratch.read("A"), scratch.read("Same"));
        assert_eq!((upper.as_str(), same.as_str()), (mine, "x\n"));
        assert!(scratch.exists("a"));
    }
    fs::remove_file(scratch.path("A")).unwrap();
    let landed = scratch.land().unwrap();
    assert_eq!(
        (scratch.read("Same"), scratch.read("same")),
        ("S\n".into(), "x\n".into())
    );
    undo(&scratch, &landed);
    assert_eq!(scratch.status(), Vec::<String>::new());
    write(&scratch.root, "A", "renamed\n");
    scratch.land().unwrap();
}
