//! The manners of landing: what the branch's history looks like afterwards.

use ampersand_git::{CommitLimits, LandRefusal, LandingKind, Manner};

use crate::scratch::Scratch;

/// A task with two commits beside a branch that has moved.
fn two_commits() -> Scratch {
    let scratch = Scratch::with(&[("a", "a\n"), ("b", "b\n"), ("c", "c\n")]);
    let worktree = scratch.worktree();
    for (path, text) in [("a", "A\n"), ("new", "n\n")] {
        crate::scratch::write(&worktree.path, path, text);
        let message = format!("Change {path}\n\nWhy.\n");
        scratch
            .attach()
            .commit(&worktree, &message, CommitLimits::default())
            .unwrap();
    }
    scratch.write("b", "B\n");
    scratch.commit_all("meanwhile");
    scratch
}

#[track_caller]
fn check(scratch: &Scratch, manner: Manner, kind: LandingKind, subjects: &[&str]) {
    let preview = scratch.preview_as(manner).unwrap();
    assert!(!preview.as_committed);
    let landed = scratch.attach().land(&preview, "Land t1").unwrap();
    assert_eq!(landed.kind, kind);
    let found = scratch.git(&["log", "--first-parent", "--format=%s", "main"]);
    assert_eq!(found.lines().collect::<Vec<_>>(), subjects);
    let merges = scratch.git(&["rev-list", "--merges", "--count", "main"]);
    assert_eq!(merges.trim() == "0", kind != LandingKind::Merge);
    for (path, text) in [("a", "A\n"), ("b", "B\n"), ("new", "n\n")] {
        assert_eq!(scratch.read(path), text);
    }
    assert_eq!(scratch.status(), Vec::<String>::new());
    scratch.git(&["fsck", "--strict"]);
    assert!(matches!(
        scratch.land_as(manner),
        Err(LandRefusal::AlreadyLanded)
    ));
}

#[test]
fn a_merge_joins_both_histories() {
    let subjects = ["Land t1", "meanwhile", "first"];
    check(&two_commits(), Manner::Merge, LandingKind::Merge, &subjects);
}

#[test]
fn a_squash_is_one_commit() {
    let subjects = ["Land t1", "meanwhile", "first"];
    check(
        &two_commits(),
        Manner::Squash,
        LandingKind::Squash,
        &subjects,
    );
}

#[test]
fn a_rebase_is_a_straight_line_of_the_tasks_own_commits() {
    let subjects = ["Change new", "Change a", "meanwhile", "first"];
    check(
        &two_commits(),
        Manner::Rebase,
        LandingKind::Rebase,
        &subjects,
    );
}

#[test]
fn a_squash_is_one_commit_even_where_the_branch_has_not_moved() {
    let scratch = Scratch::with(&[("a", "a\n")]);
    scratch.task(&[("a", Some("A\n"))]);
    let preview = scratch.preview_as(Manner::Squash).unwrap();
    assert_eq!(
        (preview.kind, preview.as_committed),
        (LandingKind::Squash, true)
    );
    scratch.attach().land(&preview, "Land t1").unwrap();
    assert_eq!(scratch.git(&["log", "-1", "--format=%s"]).trim(), "Land t1");
}

#[test]
fn a_rebase_onto_a_branch_that_has_not_moved_takes_the_commits_as_they_are() {
    let scratch = Scratch::with(&[("a", "a\n")]);
    let head = scratch.task(&[("a", Some("A\n"))]);
    let landed = scratch.land_as(Manner::Rebase).unwrap();
    assert_eq!((landed.to, landed.kind), (head, LandingKind::FastForward));
}

#[test]
fn a_commit_that_conflicts_on_the_way_is_named_and_nothing_is_touched() {
    let scratch = two_commits();
    scratch.write("new", "mine\n");
    scratch.commit_all("in the way");
    let before = scratch.everything();
    match scratch.land_as(Manner::Rebase) {
        Err(LandRefusal::Conflicts { paths, both }) => {
            assert_eq!(paths, ["new"]);
            assert_eq!(both[0].places[0].branch, ["mine"]);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(scratch.everything(), before);
}

#[test]
fn uncommitted_work_a_task_started_from_stays_out_of_its_replayed_commits() {
    let scratch = Scratch::with(&[("a", "a\n"), ("b", "b\n")]);
    scratch.write("b", "mine\n");
    let repository = scratch.attach();
    let start = repository
        .starting_point("t1", CommitLimits::default())
        .unwrap();
    let place = scratch.beside("worktree");
    let worktree = repository
        .create_worktree("t1", &place, start.start())
        .unwrap();
    crate::scratch::write(&worktree.path, "a", "A\n");
    repository
        .commit(&worktree, "Change a\n", CommitLimits::default())
        .unwrap();
    let landed = scratch.land_as(Manner::Rebase).unwrap();
    assert_eq!(landed.kind, LandingKind::Rebase);
    assert_eq!(scratch.git(&["show", "main:b"]), "b\n");
    assert_eq!(
        (scratch.read("a"), scratch.read("b")),
        ("A\n".into(), "mine\n".into())
    );
}
