//! Worktrees: whole or not there at all.

use std::fs;
use std::io;

use ampersand_git::{RecoveredAction, Stage};

use crate::scratch::{Scratch, git_in};

#[test]
fn a_worktree_holds_the_commit_and_git_calls_it_clean() {
    let scratch = Scratch::with(&[
        ("a", "a\n"),
        ("d/e/f.txt", "f\r\n"),
        ("run.sh", "#!/bin/sh\n"),
    ]);
    #[cfg(unix)]
    {
        scratch.git(&["update-index", "--chmod=+x", "run.sh"]);
        std::os::unix::fs::symlink("d/e/f.txt", scratch.path("link")).unwrap();
        scratch.git(&["add", "link"]);
    }
    scratch.git(&["commit", "-q", "--allow-empty", "-m", "modes"]);
    let worktree = scratch.worktree();
    assert_eq!(git_in(&worktree.path, &["status", "--porcelain"]), "");
    assert_eq!(
        fs::read_to_string(worktree.path.join("d/e/f.txt")).unwrap(),
        "f\r\n"
    );
    assert_eq!(git_in(&worktree.path, &["branch", "--show-current"]), "");
    assert_eq!(
        scratch.git(&["branch", "--format=%(refname)"]),
        "refs/heads/main\n"
    );
    assert_eq!(
        scratch.attach().list_worktrees().unwrap(),
        vec![worktree.clone()]
    );
    assert!(
        scratch
            .git(&["worktree", "list", "--porcelain"])
            .contains("locked ampersand")
    );
    scratch.git(&["worktree", "prune", "--expire=now"]);
    scratch.git(&["fsck", "--strict"]);

    scratch.attach().remove_worktree(&worktree).unwrap();
    assert!(!worktree.path.exists());
    assert_eq!(scratch.attach().list_worktrees().unwrap(), vec![]);
    assert!(!scratch.git(&["worktree", "list"]).contains("pool"));
    scratch.attach().remove_worktree(&worktree).unwrap();
}

#[test]
fn a_worktree_that_fails_at_any_stage_leaves_nothing_behind() {
    for stage in [Stage::Booked, Stage::Pinned, Stage::Made, Stage::Populated] {
        let scratch = Scratch::with(&[("a", "a\n"), ("d/b", "b\n")]);
        let repository = scratch.attach();
        let before = scratch.everything();
        let destination = scratch.beside("pool/t1");
        let head = repository.head().unwrap();
        let failed = repository.create_worktree_observed("t1", &destination, head, |reached| {
            if reached == stage {
                Err(io::Error::other("the disk is full"))
            } else {
                Ok(())
            }
        });
        assert_eq!(failed.unwrap_err().code(), "git_files_failed");
        assert!(!destination.exists(), "{stage:?}");
        assert_eq!(scratch.everything(), before, "{stage:?}");
        let left: Vec<_> = fs::read_dir(scratch.path(".git/worktrees"))
            .unwrap()
            .collect();
        assert!(left.is_empty(), "{stage:?}: {left:?}");
        repository
            .create_worktree("t1", &destination, head)
            .unwrap();
    }
}

#[test]
fn what_is_already_there_is_refused_and_untouched() {
    let scratch = Scratch::with(&[("a", "a\n")]);
    let repository = scratch.attach();
    let head = repository.head().unwrap();
    let taken = scratch.beside("pool/t1");
    crate::scratch::write(&taken, "precious", "work");
    let refusal = repository.create_worktree("t1", &taken, head).unwrap_err();
    assert_eq!(refusal.code(), "worktree_folder_exists");
    assert_eq!(fs::read_to_string(taken.join("precious")).unwrap(), "work");
    repository
        .create_worktree("t1", &scratch.beside("pool/other"), head)
        .unwrap();
    let refusal = repository
        .create_worktree("t1", &scratch.beside("pool/third"), head)
        .unwrap_err();
    assert_eq!(refusal.code(), "worktree_task_exists");
    for name in [
        "",
        "-x",
        "..",
        "a/b",
        "a b",
        "--upload-pack=x",
        "@{",
        "a.lock",
        &"x".repeat(65),
        "\u{202e}",
    ] {
        let refusal = repository
            .create_worktree(name, &scratch.beside("pool/fourth"), head)
            .unwrap_err();
        assert_eq!(refusal.code(), "worktree_task_name", "{name:?}");
    }
}

#[test]
fn what_a_crash_left_is_put_right_and_work_is_kept() {
    let scratch = Scratch::with(&[("a", "a\n")]);
    let repository = scratch.attach();
    let head = repository.head().unwrap();
    let pool = scratch.beside("pool");
    let make = |task: &str| {
        repository
            .create_worktree(task, &pool.join(task), head)
            .unwrap()
    };
    let books = |task: &str| scratch.path(&format!(".git/worktrees/ampersand-{task}"));
    let (whole, gone, unfinished, unbooked) = (
        make("whole"),
        make("gone"),
        make("unfinished"),
        make("unbooked"),
    );
    fs::remove_dir_all(&gone.path).unwrap();
    fs::write(books("unfinished").join("locked"), "ampersand: preparing\n").unwrap();
    fs::remove_dir_all(books("unbooked")).unwrap();
    fs::write(unbooked.path.join("work"), "precious\n").unwrap();
    fs::create_dir(pool.join("stranger")).unwrap();

    let recovered = repository.recover_worktrees(&pool).unwrap();
    let action = |task: &str| {
        recovered
            .iter()
            .find(|found| found.task == task)
            .map(|found| found.action)
    };
    assert_eq!(action("whole"), None);
    assert_eq!(
        action("gone"),
        Some(RecoveredAction::ForgottenWithoutFolder)
    );
    assert_eq!(
        action("unfinished"),
        Some(RecoveredAction::UnfinishedRemoved)
    );
    assert_eq!(
        action("unbooked"),
        Some(RecoveredAction::BookkeepingRestored)
    );
    assert_eq!(action("stranger"), Some(RecoveredAction::LeftAlone));
    assert!(!unfinished.path.exists() && pool.join("stranger").exists());
    assert_eq!(
        git_in(&unbooked.path, &["status", "--porcelain"]),
        "?? work\n"
    );
    let outcome = repository
        .commit(&unbooked, "work", Default::default())
        .unwrap();
    assert!(outcome.commit.is_some());
    assert_eq!(repository.list_worktrees().unwrap(), vec![unbooked, whole]);
}

#[cfg(unix)]
#[test]
fn a_folder_made_to_resist_is_removed_and_nothing_outside_it() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let scratch = Scratch::with(&[("a", "a\n")]);
    let worktree = scratch.worktree();
    let outside = scratch.beside("outside");
    crate::scratch::write(&outside, "precious", "work");
    symlink(&outside, worktree.path.join("link")).unwrap();
    let closed = worktree.path.join("closed/inner");
    fs::create_dir_all(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    deep(&worktree.path, 1500);
    scratch.attach().remove_worktree(&worktree).unwrap();
    assert!(!worktree.path.exists());
    assert_eq!(
        fs::read_to_string(outside.join("precious")).unwrap(),
        "work"
    );
}

/// A chain of folders deeper than any path may be long.
#[cfg(unix)]
fn deep(root: &std::path::Path, levels: usize) {
    use cap_std::fs::Dir;
    let mut dir = Dir::open_ambient_dir(root, cap_std::ambient_authority()).unwrap();
    for _ in 0..levels {
        dir.create_dir("deeper").unwrap();
        dir = dir.open_dir("deeper").unwrap();
    }
}
