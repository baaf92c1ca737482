//! Work and branch that do not join, and one of them gives way: in the places in which they differ, and nowhere else.

use ampersand_git::{LandRefusal, LandingKind, Manner, Side};

use crate::scratch::{Scratch, wait};

const TEXT: &str = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";

/// Both changed a line of `text`, each changed another one of it alone, each has a file of its own, and each deleted a
/// file that the other changed.
fn apart() -> Scratch {
    let scratch = Scratch::with(&[("text", TEXT), ("ours", "x\n"), ("theirs", "x\n")]);
    let theirs = TEXT.replace('1', "theirs").replace('9', "nine");
    let changes = [
        ("text", Some(theirs.as_str())),
        ("by the task", Some("t\n")),
        ("ours", None),
        ("theirs", Some("theirs\n")),
    ];
    scratch.task(&changes);
    let ours = TEXT.replace('1', "ours").replace('5', "five");
    scratch.write("text", &ours);
    scratch.write("by the branch", "b\n");
    scratch.write("ours", "ours\n");
    std::fs::remove_file(scratch.path("theirs")).unwrap();
    scratch.commit_all("meanwhile");
    scratch
}

#[track_caller]
fn check(manner: Manner, side: Side, kind: LandingKind, text: &str, has: [bool; 2]) {
    let scratch = apart();
    let head = scratch.git(&["rev-parse", "refs/ampersand/t1/head"]);
    let looked = scratch.everything();
    let preview = scratch.attach();
    let preview = wait(preview.landing_preview_keeping("t1", manner, side)).unwrap();
    assert!(!preview.as_committed);
    assert_eq!(scratch.everything(), looked, "looking changes nothing");
    let landed = scratch.attach().land(&preview, "Land t1").unwrap();
    assert_eq!(landed.kind, kind);
    let expected = format!("{text}\n2\n3\n4\nfive\n6\n7\n8\nnine\n");
    assert_eq!(scratch.read("text"), expected);
    assert!(scratch.exists("by the task") && scratch.exists("by the branch"));
    assert_eq!([scratch.exists("ours"), scratch.exists("theirs")], has);
    let merges = scratch.git(&["rev-list", "--merges", "--count", "main"]);
    assert_eq!(merges.trim() == "1", kind == LandingKind::Merge);
    if kind == LandingKind::Merge {
        assert_eq!(scratch.git(&["rev-parse", "main^2"]), head);
    }
    assert_eq!(scratch.status(), Vec::<String>::new());
    scratch.git(&["fsck", "--strict"]);
    let again = wait(scratch.attach().landing_preview_keeping("t1", manner, side));
    assert!(
        matches!(again, Err(LandRefusal::AlreadyLanded)),
        "{again:?}"
    );
}

#[test]
fn the_branchs_side_is_kept_where_both_differ_and_all_else_is_joined() {
    check(
        Manner::Merge,
        Side::Branch,
        LandingKind::Merge,
        "ours",
        [true, false],
    );
}

#[test]
fn the_works_side_is_kept_where_both_differ_and_all_else_is_joined() {
    check(
        Manner::Merge,
        Side::Task,
        LandingKind::Merge,
        "theirs",
        [false, true],
    );
}

#[test]
fn where_history_is_a_straight_line_it_stays_one() {
    for manner in [Manner::Squash, Manner::Rebase] {
        check(
            manner,
            Side::Task,
            LandingKind::Squash,
            "theirs",
            [false, true],
        );
        check(
            manner,
            Side::Branch,
            LandingKind::Squash,
            "ours",
            [true, false],
        );
    }
}

#[test]
fn lines_that_look_like_markers_are_nobodys_places() {
    let heading = "title\n=======\n<<<<<<< HEAD\n";
    let scratch = Scratch::with(&[("a", "a\n")]);
    scratch.task(&[("a", Some(&format!("{heading}theirs")))]);
    scratch.write("a", &format!("ours\n{heading}"));
    scratch.commit_all("meanwhile");
    for (side, text) in [
        (Side::Branch, format!("ours\n{heading}")),
        (Side::Task, format!("{heading}theirs")),
    ] {
        let looking = scratch.attach();
        let preview = wait(looking.landing_preview_keeping("t1", Manner::Merge, side)).unwrap();
        let found = scratch.git(&["cat-file", "blob", &format!("{}:a", preview.tree)]);
        assert_eq!(found, text);
    }
}

#[test]
fn a_file_where_the_other_has_a_folder_is_no_choice_between_two_sides() {
    let scratch = Scratch::with(&[("b", "b\n")]);
    scratch.task(&[("a/in", Some("theirs\n"))]);
    scratch.write("a", "ours\n");
    scratch.commit_all("meanwhile");
    let refused = wait(
        scratch
            .attach()
            .landing_preview_keeping("t1", Manner::Merge, Side::Task),
    );
    assert!(
        matches!(refused, Err(LandRefusal::Entangled { .. })),
        "{refused:?}"
    );
}

#[test]
fn steps_that_conflict_land_as_one_commit_where_the_whole_does_not() {
    let scratch = Scratch::with(&[("a", "a\n")]);
    let worktree = scratch.worktree();
    for text in ["A\n", "a\n"] {
        crate::scratch::write(&worktree.path, "a", text);
        crate::scratch::write(&worktree.path, "new", text);
        scratch.commit(&worktree);
    }
    scratch.write("a", "ours\n");
    scratch.commit_all("meanwhile");
    let landed = scratch.land_as(Manner::Rebase).unwrap();
    assert_eq!(landed.kind, LandingKind::Squash);
    assert_eq!(
        (scratch.read("a"), scratch.read("new")),
        ("ours\n".into(), "a\n".into())
    );
}
