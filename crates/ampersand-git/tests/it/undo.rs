//! Undoing a landing: the branch and the checkout go back, and nothing of the person's is lost.

use std::fs;

use ampersand_git::{
    LandRefusal, Landed, LandingStands, Manner, ObstacleReason, RecoveredLanding, UndoRefusal,
};

use crate::scratch::Scratch;

const FILES: [(&str, &str); 4] = [("a", "a\n"), ("b", "b\n"), ("d/c", "c\n"), ("d/e", "e\n")];
const CHANGES: [(&str, Option<&str>); 3] =
    [("a", Some("A\n")), ("d/c", None), ("new/file", Some("n\n"))];

fn undo(scratch: &Scratch, landed: &Landed) -> Result<(), UndoRefusal> {
    let ends = [landed.from, landed.to];
    scratch.attach().undo_landing("t1", &landed.branch, ends)
}

/// Refused in these words, with everything as it was.
#[track_caller]
fn check_refused(scratch: &Scratch, landed: &Landed, code: &str, words: &str) {
    let before = scratch.everything();
    let refusal = undo(scratch, landed).unwrap_err();
    assert_eq!(refusal.code(), code, "{refusal}");
    assert!(refusal.to_string().contains(words), "{refusal}");
    assert!(!refusal.hint().contains("land again"), "{refusal:?}");
    assert_eq!(scratch.everything(), before);
    assert!(!scratch.exists(".git/index.lock") && !scratch.exists(".git/ampersand-landing"));
}

#[test]
fn every_manner_of_landing_goes_back_to_where_it_came_from_and_lands_again() {
    for manner in [Manner::Merge, Manner::Squash, Manner::Rebase] {
        for moves in [false, true] {
            let scratch = Scratch::with(&FILES);
            scratch.task(&CHANGES);
            scratch.at_work(moves);
            let before = scratch.everything();
            let landed = scratch.land_as(manner).unwrap();
            undo(&scratch, &landed).unwrap();
            assert_eq!(scratch.everything(), before, "{manner:?} {moves}");
            assert!(!scratch.exists("new"));
            let again = scratch.land_as(manner).unwrap();
            assert_eq!(again.from, landed.from);
            assert_eq!(scratch.read("a"), "A\n");
        }
    }
}

#[test]
fn what_came_on_top_is_named() {
    let scratch = Scratch::with(&FILES);
    scratch.task(&CHANGES);
    let landed = scratch.land().unwrap();
    for at in 0..7 {
        scratch.write("b", &format!("{at}\n"));
        scratch.commit_all(&format!("Mine {at}"));
    }
    let words = "7 commits are on top of it";
    check_refused(&scratch, &landed, "undo_landing_moved_on", words);
    let refusal = undo(&scratch, &landed).unwrap_err().to_string();
    assert!(
        refusal.contains(" Mine 6, ") && !refusal.contains("Mine 1"),
        "{refusal}"
    );
    scratch.git(&["reset", "-q", "--hard", &landed.from.to_string()]);
    let words = "does not hold it any more";
    check_refused(&scratch, &landed, "undo_landing_not_there", words);
}

#[test]
fn another_branch_or_unfinished_business_refuses() {
    let scratch = Scratch::with(&FILES);
    scratch.task(&CHANGES);
    let landed = scratch.land().unwrap();
    scratch.git(&["checkout", "-q", "-b", "other"]);
    let words = "other is checked out";
    check_refused(&scratch, &landed, "undo_landing_other_branch", words);
    scratch.git(&["checkout", "-q", "--detach"]);
    check_refused(&scratch, &landed, "landing_detached_head", "no branch");
    scratch.git(&["checkout", "-q", "main"]);
    fs::write(scratch.path(".git/MERGE_HEAD"), landed.from.to_string()).unwrap();
    check_refused(&scratch, &landed, "landing_git_in_progress", "a merge");
    fs::remove_file(scratch.path(".git/MERGE_HEAD")).unwrap();
    fs::write(scratch.path(".git/index.lock"), "somebody's").unwrap();
    let refusal = undo(&scratch, &landed).unwrap_err();
    assert_eq!(refusal.code(), "landing_index_locked");
    fs::remove_file(scratch.path(".git/index.lock")).unwrap();
    undo(&scratch, &landed).unwrap();
}

#[test]
fn uncommitted_work_in_the_way_is_named_and_stays() {
    for (path, staged, reason) in [
        ("a", false, ObstacleReason::Modified),
        ("new/file", false, ObstacleReason::Modified),
        ("a", true, ObstacleReason::Staged),
        ("d/c", false, ObstacleReason::Untracked),
    ] {
        let scratch = Scratch::with(&FILES);
        scratch.task(&CHANGES);
        let landed = scratch.land().unwrap();
        scratch.write(path, "mine\n");
        if staged {
            scratch.git(&["add", path]);
            scratch.write(path, "A\n");
        }
        check_refused(&scratch, &landed, "landing_in_the_way", "uncommitted work");
        let Err(UndoRefusal::Refused(LandRefusal::InTheWay { obstacles, .. })) =
            undo(&scratch, &landed)
        else {
            panic!("{path}")
        };
        let found = (obstacles[0].path.as_str(), obstacles[0].reason);
        assert_eq!(found, (path, reason));
    }
}

#[test]
fn what_the_person_already_had_stays_theirs() {
    let scratch = Scratch::with(&FILES);
    scratch.task(&CHANGES);
    scratch.write("a", "A\n");
    scratch.write("new/file", "n\n");
    let before = scratch.everything();
    let landed = scratch.land().unwrap();
    assert_eq!(scratch.status(), Vec::<String>::new());
    undo(&scratch, &landed).unwrap();
    assert_eq!(scratch.everything(), before);
    assert_eq!(
        (scratch.read("a"), scratch.read("new/file")),
        ("A\n".into(), "n\n".into())
    );
    assert_eq!(scratch.read("d/c"), "c\n");
}

#[test]
fn what_the_person_had_is_remembered_for_one_landing_alone() {
    let scratch = Scratch::with(&FILES);
    scratch.task(&CHANGES);
    scratch.write("a", "A\n");
    let landed = scratch.land().unwrap();
    undo(&scratch, &landed).unwrap();
    scratch.git(&["checkout", "-q", "a"]);
    let again = scratch.land().unwrap();
    assert_eq!(again, landed);
    undo(&scratch, &again).unwrap();
    assert_eq!(scratch.read("a"), "a\n");
    assert_eq!(scratch.status(), Vec::<String>::new());
}

/// What a crash leaves at each step: everything set aside, and the branch moved or not.
#[test]
fn cut_off_it_is_taken_back_before_and_finished_after_the_branch_moved() {
    let scratch = Scratch::with(&FILES);
    scratch.task(&CHANGES);
    let before = scratch.everything();
    let landed = scratch.land().unwrap();
    let after = scratch.everything();
    let oid = |spec: &str| scratch.git(&["rev-parse", spec]).trim().to_owned();
    let (from, to) = (landed.from, landed.to);
    let step = |path: &str, old: Option<String>, new: Option<String>| {
        let slot = |spec: String| serde_json::json!([oid(&spec), 0o100_644]);
        let old = old.map(slot);
        serde_json::json!({"path": path.as_bytes(), "old": old, "new": new.map(slot), "seen": old})
    };
    let plan = serde_json::json!({
        "task": "t1", "branch": "main", "from": to.to_string(), "to": from.to_string(),
        "steps": [
            step("a", Some(format!("{to}:a")), Some(format!("{from}:a"))),
            step("d/c", None, Some(format!("{from}:d/c"))),
            step("new/file", Some(format!("{to}:new/file")), None),
        ],
    });
    let interrupt = || {
        let staging = scratch.path(".git/ampersand-landing");
        fs::create_dir(&staging).unwrap();
        fs::write(staging.join("plan.json"), plan.to_string()).unwrap();
        let lock = "held while a task's work lands\n";
        fs::write(scratch.path(".git/index.lock"), lock).unwrap();
        fs::rename(scratch.path("new/file"), staging.join("old-2")).unwrap();
        fs::remove_dir(scratch.path("new")).unwrap();
        fs::rename(scratch.path("a"), staging.join("old-0")).unwrap();
        scratch.write("a", "a\n");
        scratch.write("d/c", "c\n");
    };
    let repository = scratch.attach();
    interrupt();
    let task = Some("t1".into());
    let recovered = repository.recover_landing().unwrap();
    assert_eq!(recovered, Some(RecoveredLanding::TakenBack { task }));
    assert_eq!(scratch.everything(), after);
    let stands = |expected| {
        let found = scratch.attach().landing_stands("main", to).unwrap();
        assert_eq!(found, expected);
    };
    stands(LandingStands::AtTip);
    interrupt();
    scratch.git(&["update-ref", "refs/heads/main", &from.to_string()]);
    let recovered = repository.recover_landing().unwrap();
    let finished = RecoveredLanding::Finished {
        task: "t1".into(),
        branch: "main".into(),
        from: to,
        to: from,
    };
    assert_eq!(recovered, Some(finished));
    assert_eq!(scratch.everything(), before);
    stands(LandingStands::No);
    scratch.land().unwrap();
    scratch.write("b", "B\n");
    scratch.commit_all("Mine");
    stands(LandingStands::Below);
}
