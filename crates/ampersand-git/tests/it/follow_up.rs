//! A task that brings another task's work and the branch together: where it starts, what of it lands, and what does not.

use ampersand_git::{FollowUp, LandRefusal, Landed, LandingKind, Manner, Worktree};

use crate::scratch::{Scratch, wait, write};

/// A task whose work and the branch changed the same line, and what brings them together.
fn apart() -> (Scratch, FollowUp, Worktree) {
    let scratch = Scratch::with(&[("a", "1\n2\n3\n"), ("b", "b\n")]);
    scratch.task(&[("a", Some("1\ntheirs\n3\n")), ("new", Some("n\n"))]);
    scratch.write("a", "1\nours\n3\n");
    scratch.commit_all("Say ours");
    let (start, worktree) = begin(&scratch, "t1", "t2");
    (scratch, start, worktree)
}

fn begin(scratch: &Scratch, task: &str, follow_up: &str) -> (FollowUp, Worktree) {
    let repository = scratch.attach();
    let start = wait(repository.follow_up(task, follow_up)).unwrap();
    let place = scratch.beside(&format!("pool/{follow_up}"));
    let worktree = repository.create_worktree(follow_up, &place, start.start);
    (start, worktree.unwrap())
}

fn land(scratch: &Scratch, task: &str, manner: Manner) -> Result<Landed, LandRefusal> {
    let preview = wait(scratch.attach().landing_preview(task, manner))?;
    scratch.attach().land(&preview, "Bring both together")
}

fn tip(scratch: &Scratch, name: &str) -> String {
    scratch.git(&["rev-parse", name]).trim().to_owned()
}

#[test]
fn it_starts_with_both_sides_and_says_what_they_want() {
    let (scratch, start, worktree) = apart();
    assert_eq!(start.branch, "main");
    assert_eq!(start.from.to_string(), tip(&scratch, "main"));
    assert_eq!(start.on_branch, ["Say ours"]);
    assert_eq!(start.files, 1);
    let place = &start.both[0].places[0];
    assert_eq!(
        (place.line, &place.branch[0], &place.task[0]),
        (2, &"ours".into(), &"theirs".into())
    );
    let text = std::fs::read_to_string(worktree.path.join("a")).unwrap();
    assert_eq!(
        text,
        "1\n<<<<<<< branch\nours\n=======\ntheirs\n>>>>>>> work\n3\n"
    );
    assert!(worktree.path.join("new").exists());
    // Asked again, whatever has happened since, it is the same.
    scratch.write("b", "more\n");
    scratch.commit_all("more");
    assert_eq!(wait(scratch.attach().follow_up("t1", "t2")).unwrap(), start);
    assert_eq!(scratch.attach().known_follow_up("t2").unwrap(), Some(start));
    assert_eq!(scratch.attach().known_follow_up("t1").unwrap(), None);
}

#[test]
fn nothing_lands_while_a_marker_is_left() {
    let (scratch, _, worktree) = apart();
    let before = scratch.everything();
    for text in [
        None,
        Some("1\n<<<<<<< branch\nours\n3\n"),
        Some("1\nboth\n>>>>>>> work\n3\n"),
    ] {
        if let Some(text) = text {
            write(&worktree.path, "a", text);
            scratch.commit(&worktree);
        }
        match land(&scratch, "t2", Manner::Merge) {
            Err(LandRefusal::MarkersLeft { places }) => {
                assert!(places[0].starts_with("a:"), "{places:?}")
            }
            other => panic!("{other:?}"),
        }
    }
    let main = |text: &str| {
        text.lines()
            .find(|line| line.ends_with("refs/heads/main"))
            .map(str::to_owned)
    };
    assert_eq!(main(&scratch.everything()), main(&before));
}

#[track_caller]
fn check(manner: Manner, parents: &[&str]) {
    let (scratch, start, worktree) = apart();
    let (ours, theirs) = (
        tip(&scratch, "main"),
        tip(&scratch, "refs/ampersand/t1/head"),
    );
    write(&worktree.path, "a", "1\nours and theirs\n3\n");
    scratch.commit(&worktree);
    // The branch goes on elsewhere, and what the person has not committed stays.
    scratch.write("b", "more\n");
    scratch.commit_all("more");
    let onto = tip(&scratch, "main");
    scratch.write("mine", "mine\n");
    let landed = land(&scratch, "t2", manner).unwrap();
    let found = scratch.git(&["log", "-1", "--format=%P", "main"]);
    let named = |name: &&str| match *name {
        "branch" => onto.clone(),
        _ => theirs.clone(),
    };
    let expected: Vec<String> = parents.iter().map(named).collect();
    assert_eq!(found.split_whitespace().collect::<Vec<_>>(), expected);
    assert_eq!(landed.from.to_string(), onto);
    assert_eq!(scratch.read("a"), "1\nours and theirs\n3\n");
    assert_eq!(
        (scratch.read("b"), scratch.read("new")),
        ("more\n".into(), "n\n".into())
    );
    assert_eq!(scratch.status(), ["?? mine"]);
    let history = scratch.git(&["rev-list", "main"]);
    assert!(history.contains(&ours) && !history.contains(&start.start.to_string()));
    assert!(matches!(
        land(&scratch, "t2", manner),
        Err(LandRefusal::AlreadyLanded)
    ));
    let settled = wait(scratch.attach().landing_preview("t1", manner));
    if manner == Manner::Merge {
        assert!(
            matches!(settled, Err(LandRefusal::AlreadyLanded)),
            "{settled:?}"
        );
    }
    scratch.git(&["fsck", "--strict"]);
}

#[test]
fn a_merge_has_the_branch_and_the_work_for_its_parents() {
    check(Manner::Merge, &["branch", "work"]);
}

#[test]
fn a_straight_line_gets_one_commit() {
    check(Manner::Squash, &["branch"]);
    check(Manner::Rebase, &["branch"]);
}

#[test]
fn what_conflicts_again_is_brought_together_again_and_no_markers_get_into_history() {
    let (scratch, start, worktree) = apart();
    write(&worktree.path, "a", "1\nours and theirs\n3\n");
    scratch.commit(&worktree);
    scratch.write("a", "1\nours again\n3\n");
    scratch.commit_all("again");
    let refused = land(&scratch, "t2", Manner::Merge);
    assert!(
        matches!(refused, Err(LandRefusal::Conflicts { .. })),
        "{refused:?}"
    );
    let (again, worktree) = begin(&scratch, "t2", "t3");
    let place = &again.both[0].places[0];
    assert_eq!(
        (&place.branch[0], &place.task[0]),
        (&"ours again".into(), &"ours and theirs".into())
    );
    write(&worktree.path, "a", "1\nall\n3\n");
    scratch.commit(&worktree);
    let landed = land(&scratch, "t3", Manner::Merge).unwrap();
    assert_eq!(landed.kind, LandingKind::Merge);
    assert_eq!(
        tip(&scratch, "main^2"),
        tip(&scratch, "refs/ampersand/t1/head")
    );
    let history = scratch.git(&["rev-list", "main"]);
    for start in [start.start, again.start] {
        assert!(!history.contains(&start.to_string()));
    }
}

#[test]
fn uncommitted_work_the_task_started_from_stays_out() {
    let scratch = Scratch::with(&[("a", "a\n"), ("b", "b\n")]);
    scratch.write("b", "mine\n");
    let repository = scratch.attach();
    let limits = ampersand_git::CommitLimits::default();
    let start = repository.starting_point("t1", limits).unwrap();
    let place = scratch.beside("pool/t1");
    let worktree = repository
        .create_worktree("t1", &place, start.start())
        .unwrap();
    write(&worktree.path, "a", "theirs\n");
    scratch.commit(&worktree);
    scratch.write("a", "ours\n");
    scratch.git(&["commit", "-q", "-m", "ours", "a"]);
    let (_, worktree) = begin(&scratch, "t1", "t2");
    write(&worktree.path, "a", "both\n");
    scratch.commit(&worktree);
    let landed = land(&scratch, "t2", Manner::Merge).unwrap();
    assert_eq!(landed.kind, LandingKind::Squash);
    assert_eq!(scratch.git(&["show", "main:b"]), "b\n");
    assert_eq!(
        (scratch.read("a"), scratch.read("b")),
        ("both\n".into(), "mine\n".into())
    );
}

#[test]
fn what_joins_by_itself_needs_no_follow_up() {
    let scratch = Scratch::with(&[("a", "a\n"), ("b", "b\n")]);
    scratch.task(&[("a", Some("A\n"))]);
    scratch.write("b", "B\n");
    scratch.commit_all("meanwhile");
    let found = wait(scratch.attach().follow_up("t1", "t2"));
    assert!(matches!(found, Err(LandRefusal::NoConflicts)), "{found:?}");
    assert_eq!(scratch.git(&["for-each-ref", "refs/ampersand/t2"]), "");
}
