//! A whole round, from claiming a worktree to undoing the landing, in repositories that are not laid out as `git init`
//! does it; and those in which no round is made are refused with everything as it was.

use std::fs;

use ampersand_git::{CommitLimits, LandRefusal, Landed, LandingKind, Pool, Repository};

use crate::scratch::{Scratch, git_in, try_git_in, write};

const FILES: [(&str, &str); 3] = [("a", "a\n"), ("d/c", "c\n"), ("d/e", "e\n")];

/// A bare main repository, and a linked worktree that has its branch.
fn bare_with_worktree() -> Scratch {
    let mut scratch = Scratch::with(&FILES);
    let around = scratch.beside("");
    git_in(&around, &["clone", "-q", "--bare", "project", "main.git"]);
    let main = scratch.beside("main.git");
    git_in(&main, &["worktree", "add", "-q", "../linked", "main"]);
    scratch.root = scratch.beside("linked");
    scratch
}

fn shallow() -> Scratch {
    let mut scratch = Scratch::with(&FILES);
    scratch.write("a", "a\na\n");
    scratch.commit_all("second");
    let source = format!("file://{}", scratch.root.display());
    let around = scratch.beside("");
    git_in(&around, &["clone", "-q", "--depth=1", &source, "shallow"]);
    scratch.root = scratch.beside("shallow");
    assert_eq!(scratch.git(&["rev-list", "--count", "HEAD"]).trim(), "1");
    scratch
}

fn elsewhere() -> Scratch {
    let mut scratch = Scratch::with(&FILES);
    let around = scratch.beside("");
    let apart = ["clone", "-q", "--separate-git-dir", "apart.git"];
    git_in(&around, &[&apart[..], &["project", "apart"]].concat());
    scratch.root = scratch.beside("apart");
    scratch
}

/// Claims a worktree, ahead of need or not, and commits these changes in it, one after the other: `None` removes.
pub(crate) fn change(scratch: &Scratch, warm: bool, changes: &[(&str, Option<&str>)]) {
    let repository = scratch.attach();
    let pool = Pool::new(&repository, &scratch.beside("pool"));
    let head = repository.head().unwrap();
    if warm {
        pool.fill(head, ampersand_git::Pace::Now).unwrap();
    }
    let claimed = pool.claim("t1", head).unwrap();
    assert_eq!(claimed.was_warm, warm);
    for (path, text) in changes {
        match text {
            Some(text) => write(&claimed.worktree.path, path, text),
            None => {
                let path = claimed.worktree.path.join(path);
                fs::remove_file(&path).unwrap();
                let mut above = path.ancestors().skip(1);
                // As far as they are empty, as git does.
                while above
                    .next()
                    .is_some_and(|above| fs::remove_dir(above).is_ok())
                {}
            }
        }
    }
    let commit = repository.commit(&claimed.worktree, "work", CommitLimits::default());
    assert!(commit.unwrap().commit.is_some());
}

pub(crate) fn undo(scratch: &Scratch, landed: &Landed) {
    let ends = [landed.from, landed.to];
    let undone = scratch.attach().undo_landing("t1", &landed.branch, ends);
    undone.unwrap();
}

#[test]
fn a_round_in_each_layout_with_a_dirty_checkout_leaves_what_is_the_persons() {
    for make in [bare_with_worktree, shallow, elsewhere] {
        for (warm, moves) in [(false, false), (true, true)] {
            let scratch = make();
            let changes = [("a", Some("A\n")), ("d/c", None), ("new/file", Some("n\n"))];
            change(&scratch, warm, &changes);
            scratch.at_work(moves);
            let before = (scratch.everything(), scratch.status());
            let landed = scratch.land().unwrap();
            let (kind, tip) = (landed.kind, landed.to.to_string());
            assert_eq!(kind == LandingKind::Merge, moves, "{kind:?}");
            assert_eq!(scratch.git(&["rev-parse", "refs/heads/main"]).trim(), tip);
            assert_eq!(scratch.read("a"), "A\n");
            assert!(!scratch.exists("d/c") && scratch.exists("new/file"));
            assert_eq!(scratch.read("d/e"), "staged and dirty\n");
            assert_eq!(scratch.status(), before.1);
            scratch.git(&["fsck", "--strict"]);
            undo(&scratch, &landed);
            assert_eq!((scratch.everything(), scratch.status()), before);
            assert_eq!(scratch.read("mine"), "untracked\n");
        }
    }
}

#[test]
fn in_a_worktree_of_a_bare_repository_what_is_in_the_way_and_a_branch_that_moves_refuse() {
    let scratch = bare_with_worktree();
    change(&scratch, false, &[("a", Some("A\n"))]);
    scratch.write("a", "mine\n");
    let before = scratch.everything();
    let refused = scratch.land().unwrap_err();
    assert_eq!(refused.code(), "landing_in_the_way");
    assert_eq!(
        (scratch.everything(), scratch.read("a")),
        (before, "mine\n".into())
    );
    scratch.git(&["checkout", "-q", "a"]);

    // Somebody pushes to the branch that is checked out here.
    let preview = scratch.preview().unwrap();
    let main = scratch.beside("main.git");
    let tree = git_in(&main, &["rev-parse", "main^{tree}"]);
    let pushed = ["commit-tree", "-p", "main", "-m", "pushed", tree.trim()];
    let pushed = git_in(&main, &pushed);
    git_in(&main, &["update-ref", "refs/heads/main", pushed.trim()]);
    let refused = scratch.attach().land(&preview, "m").unwrap_err();
    assert!(
        matches!(refused, LandRefusal::BranchMoved { .. }),
        "{refused:?}"
    );
    assert_eq!(git_in(&main, &["rev-parse", "main"]), pushed);
    assert_eq!(scratch.read("a"), "a\n");
    let landed = scratch.land().unwrap();
    assert_eq!(landed.from.to_string(), pushed.trim());
    assert_eq!(scratch.status(), Vec::<String>::new());
    let refused = Repository::attach(&main).unwrap_err();
    assert_eq!(refused.code(), "repository_bare");
}

#[test]
fn formats_that_are_refused_are_left_as_they_were() {
    for (option, code) in [
        ("--object-format=sha256", "repository_sha256"),
        ("--ref-format=reftable", "repository_reftable"),
    ] {
        let mut scratch = Scratch::bare_bones();
        let made = try_git_in(&scratch.beside(""), &["init", "-q", option, "odd"]);
        if !made.1 {
            continue;
        }
        scratch.root = scratch.beside("odd");
        scratch.write("a", "a\n");
        scratch.commit_all("first");
        scratch.at_work(false);
        let listed = || {
            let names = fs::read_dir(scratch.path(".git")).unwrap();
            let mut names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
            names.sort();
            (names, scratch.everything())
        };
        let before = listed();
        for refused in [
            Repository::attach(&scratch.root),
            Repository::attach_again(&scratch.root),
        ] {
            assert_eq!(refused.unwrap_err().code(), code);
        }
        assert_eq!(listed(), before);
    }
}
