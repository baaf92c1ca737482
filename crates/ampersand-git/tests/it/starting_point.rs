//! A task starts from the branch as the person left it, and what they did not commit never lands.

use std::fs;

use ampersand_git::{
    CommitLimits, LandRefusal, LandingKind, LeftOutReason, Repository, StartingPoint, Worktree,
};

use crate::scratch::{Scratch, git_in, write};

fn start(scratch: &Scratch) -> StartingPoint {
    let repository = scratch.attach();
    repository
        .starting_point("t1", CommitLimits::default())
        .unwrap()
}

fn worktree(scratch: &Scratch) -> (StartingPoint, Worktree) {
    let found = start(scratch);
    let path = scratch.beside("pool/t1");
    let worktree = scratch
        .attach()
        .create_worktree("t1", &path, found.start())
        .unwrap();
    (found, worktree)
}

/// A checkout with everything that can be uncommitted about it.
fn dirty() -> Scratch {
    let scratch = Scratch::with(&[
        (".gitignore", "ignored\nbuild/\n"),
        ("changed", "old\n"),
        ("staged", "old\n"),
        ("removed", "gone\n"),
        ("kept", "kept\n"),
        ("d/kept", "kept\n"),
    ]);
    scratch.write("changed", "new\n");
    scratch.write("staged", "staged\n");
    scratch.write("forced/ignored", "forced\n");
    scratch.git(&["add", "staged"]);
    scratch.git(&["add", "-f", "forced/ignored"]);
    fs::remove_file(scratch.path("removed")).unwrap();
    scratch.write("new/file", "untracked\n");
    scratch.write("ignored", "secret\n");
    scratch.write("build/out", "generated\n");
    scratch
}

#[test]
fn a_clean_checkout_starts_from_its_commit() {
    let scratch = Scratch::with(&[("a", "a\n")]);
    let found = start(&scratch);
    assert_eq!(found.start(), scratch.attach().head().unwrap());
    assert_eq!((found.snapshot, found.uncommitted), (None, 0));
    assert_eq!(scratch.git(&["for-each-ref", "refs/ampersand"]), "");
}

#[test]
fn the_worktree_holds_what_was_not_committed_and_the_checkout_stays_as_it_was() {
    let scratch = dirty();
    // Looking with git may refresh the index, so the closest looks are ours.
    let (everything, stats_before) = (scratch.everything(), stats(&scratch));
    let (found, worktree) = worktree(&scratch);
    assert_eq!(stats(&scratch), stats_before);
    assert_eq!(found.branch.as_deref(), Some("main"));
    assert_eq!(found.uncommitted, 5);
    let listed = git_in(&worktree.path, &["ls-files"]);
    let expected = [
        ".gitignore",
        "changed",
        "d/kept",
        "forced/ignored",
        "kept",
        "new/file",
        "staged",
    ];
    assert_eq!(listed.lines().collect::<Vec<_>>(), expected);
    let read = |path: &str| fs::read_to_string(worktree.path.join(path)).unwrap();
    assert_eq!(
        (read("changed"), read("staged")),
        ("new\n".into(), "staged\n".into())
    );
    assert_eq!(git_in(&worktree.path, &["status", "--porcelain"]), "");
    assert_eq!(scratch.attach().known_start("t1").unwrap().unwrap(), found);
    scratch.git(&["fsck", "--strict"]);

    let references = ["refs/ampersand/t1/base", "refs/ampersand/t1/snapshot"];
    for reference in references {
        scratch.git(&["update-ref", "-d", reference]);
    }
    assert_eq!(scratch.everything(), everything);
}

/// The index and every file of the checkout: content, times and identity.
fn stats(scratch: &Scratch) -> Vec<String> {
    let mut seen = vec![format!(
        "{:?}",
        fs::read(scratch.path(".git/index")).unwrap()
    )];
    for path in [
        ".git/index",
        "changed",
        "staged",
        "kept",
        "new/file",
        "ignored",
    ] {
        let found = fs::symlink_metadata(scratch.path(path)).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let times = (
                found.mtime(),
                found.mtime_nsec(),
                found.ctime(),
                found.ctime_nsec(),
            );
            seen.push(format!("{path} {} {} {times:?}", found.ino(), found.mode()));
        }
        seen.push(format!(
            "{path} {} {:?}",
            found.len(),
            found.modified().unwrap()
        ));
    }
    seen
}

#[test]
fn what_lands_is_the_task_s_own_work_and_nothing_uncommitted() {
    let scratch = dirty();
    let (_, worktree) = worktree(&scratch);
    write(&worktree.path, "kept", "kept, and better\n");
    write(&worktree.path, "d/added", "by the task\n");
    scratch.commit(&worktree);
    let status = scratch.status();
    let landed = scratch.land().unwrap();
    assert_eq!(landed.kind, LandingKind::Squash);
    assert_eq!(scratch.status(), status);
    assert_eq!(scratch.read("changed"), "new\n");
    assert_eq!(
        scratch.git(&["diff", "--name-only", "HEAD^", "HEAD"]),
        "d/added\nkept\n"
    );
    assert_eq!(scratch.git(&["rev-list", "--count", "HEAD"]), "2\n");
    assert!(matches!(scratch.preview(), Err(LandRefusal::AlreadyLanded)));
}

#[test]
fn work_on_top_of_uncommitted_work_waits_until_that_is_committed() {
    let scratch = dirty();
    let (_, worktree) = worktree(&scratch);
    write(&worktree.path, "changed", "new\nand more\n");
    write(&worktree.path, "new/file", "untracked\nand more\n");
    scratch.commit(&worktree);
    let everything = scratch.everything();
    let refused = scratch.land().unwrap_err();
    let LandRefusal::InTheWay { obstacles, count } = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(count, 2, "{obstacles:?}");
    assert_eq!(scratch.everything(), everything);

    scratch.commit_all("mine");
    scratch.land().unwrap();
    assert_eq!(scratch.read("changed"), "new\nand more\n");
    assert_eq!(scratch.read("new/file"), "untracked\nand more\n");
    assert_eq!(scratch.status(), Vec::<String>::new());
}

#[test]
fn a_conflict_with_the_branch_is_told_apart_from_one_with_uncommitted_work() {
    let scratch = Scratch::with(&[("a", "a\n"), ("b", "b\n")]);
    scratch.write("b", "mine\n");
    let (_, worktree) = worktree(&scratch);
    write(&worktree.path, "a", "the task's\n");
    scratch.commit(&worktree);
    scratch.write("a", "the branch's\n");
    scratch.git(&["commit", "-q", "-m", "other", "a"]);
    let refused = scratch.land().unwrap_err();
    let LandRefusal::Conflicts { paths, both } = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(paths, ["a"]);
    let place = &both[0].places[0];
    assert_eq!(place.branch, ["the branch's"]);
    assert_eq!(place.task, ["the task's"]);
}

#[test]
fn what_a_snapshot_cannot_hold_is_left_out_and_said() {
    let scratch = Scratch::with(&[("a", "a\n"), ("large", "small\n")]);
    fs::create_dir(scratch.path("nested")).unwrap();
    git_in(&scratch.path("nested"), &["init", "-q"]);
    scratch.write("nested/file", "theirs\n");
    scratch.write("large", &"x".repeat(2_000));
    scratch.write("also large", &"y".repeat(600));
    scratch.write("fits", &"z".repeat(600));
    let limits = CommitLimits {
        max_file_bytes: 1_000,
        max_total_bytes: 1_000,
        ..CommitLimits::default()
    };
    let repository: Repository = scratch.attach();
    let found = repository.starting_point("t1", limits).unwrap();
    let reasons: Vec<_> = found
        .left_out
        .iter()
        .map(|left| (left.path.as_str(), left.reason))
        .collect();
    assert_eq!(found.uncommitted, 1);
    assert_eq!(reasons.len(), 3, "{reasons:?}");
    assert!(reasons.contains(&("large", LeftOutReason::TooLarge { bytes: 2_000 })));
    assert!(reasons.contains(&("nested", LeftOutReason::OwnRepository)));
    let content = scratch.git(&["show", &format!("{}:large", found.start())]);
    assert_eq!(content, "small\n");
}

#[test]
fn line_ends_and_kinds_are_stored_as_git_would_store_them() {
    let scratch = Scratch::with(&[
        (".gitattributes", "*.txt text eol=crlf\n"),
        ("a.txt", "1\n"),
    ]);
    scratch.git(&["checkout", "-q", "--", "a.txt"]);
    scratch.write("a.txt", "1\r\n2\r\n");
    scratch.write("b.bin", "1\r\n");
    #[cfg(unix)]
    std::os::unix::fs::symlink("a.txt", scratch.path("link")).unwrap();
    let found = start(&scratch);
    let stored = |path: &str| scratch.git(&["show", &format!("{}:{path}", found.start())]);
    assert_eq!(stored("a.txt"), "1\n2\n");
    assert_eq!(stored("b.bin"), "1\r\n");
    scratch.git(&["add", "-A"]);
    let tree = scratch.git(&["write-tree"]);
    let snapshot = scratch.git(&["rev-parse", &format!("{}^{{tree}}", found.start())]);
    assert_eq!(snapshot, tree);
}

#[test]
fn an_empty_checkout_and_a_detached_head_are_starting_points_too() {
    let scratch = Scratch::with(&[("a", "a\n")]);
    scratch.git(&["checkout", "-q", "--detach"]);
    fs::remove_file(scratch.path("a")).unwrap();
    let (found, worktree) = worktree(&scratch);
    assert_eq!((found.branch, found.uncommitted), (None, 1));
    assert_eq!(git_in(&worktree.path, &["ls-files"]), "");
}

#[test]
fn nothing_the_repository_names_is_run() {
    let scratch = Scratch::with(&[("a", "a\n")]);
    let trap = scratch.beside("ran");
    let command = format!("touch {} #", trap.display());
    for setting in ["core.fsmonitor", "filter.x.clean", "core.editor"] {
        scratch.git(&["config", setting, &command]);
    }
    scratch.write(".git/info/attributes", "* filter=x\n");
    scratch.write("a", "b\r\n");
    // Attaching refuses such a filter; one that comes later is not run either.
    fs::remove_file(scratch.path(".git/info/attributes")).unwrap();
    let repository = scratch.attach();
    scratch.write(".git/info/attributes", "* filter=x\n");
    let found = repository
        .starting_point("t1", CommitLimits::default())
        .unwrap();
    assert_eq!(found.uncommitted, 1);
    assert!(!trap.exists());
}

#[test]
fn while_another_git_program_has_the_checkout_there_is_no_starting_point() {
    let scratch = Scratch::with(&[("a", "a\n"), ("b", "b\n")]);
    // Half of what a switch to another branch writes.
    scratch.write(".git/index.lock", "");
    scratch.write("a", "of the other branch\n");
    let repository = scratch.attach();
    let start = || repository.starting_point("t1", CommitLimits::default());
    assert_eq!(start().unwrap_err().code(), "start_busy");
    assert_eq!(scratch.git(&["for-each-ref", "refs/ampersand"]), "");

    let found = std::thread::scope(|scope| {
        let starting = scope.spawn(start);
        scratch.write("b", "of the other branch too\n");
        fs::remove_file(scratch.path(".git/index.lock")).unwrap();
        starting.join().unwrap().unwrap()
    });
    assert_eq!(found.uncommitted, 2);
}
