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

/// Lets the books of a worktree say that its making has not come to its end.
pub(crate) fn unfinish(books: &std::path::Path) {
    let lock = books.join("locked");
    let text = fs::read_to_string(&lock).unwrap();
    let text = text.replace("in use by a task of", "preparing for");
    fs::write(&lock, text).unwrap();
}

#[test]
fn what_others_called_like_ours_is_left_alone() {
    let scratch = Scratch::with(&[("a", "a\n")]);
    let repository = scratch.attach();
    let head = repository.head().unwrap();
    // Theirs, on a disk that was taken out.
    let site = scratch.beside("disk/ampersand-site");
    scratch.git(&["worktree", "add", "-q", "--detach", site.to_str().unwrap()]);
    let locked = scratch.beside("disk/ampersand-locked");
    scratch.git(&[
        "worktree",
        "add",
        "-q",
        "--lock",
        "--detach",
        locked.to_str().unwrap(),
    ]);
    fs::rename(scratch.beside("disk"), scratch.beside("taken out")).unwrap();
    // Another home's: one it is making, and one that it has no folder of at this moment.
    let other = scratch.beside("other/pool");
    let make = |task: &str| {
        let made = repository.create_worktree(task, &other.join(task), head);
        made.unwrap()
    };
    let (making, away) = (make("making"), make("away"));
    unfinish(&scratch.path(".git/worktrees/ampersand-making"));
    fs::remove_dir_all(&away.path).unwrap();
    let begun = scratch.path(".git/worktrees/ampersand-begun");
    fs::create_dir(&begun).unwrap();
    fs::copy(
        scratch.path(".git/worktrees/ampersand-making/locked"),
        begun.join("locked"),
    )
    .unwrap();

    let before = scratch.git(&["worktree", "list", "--porcelain"]);
    assert_eq!(
        repository
            .recover_worktrees(&scratch.beside("pool"))
            .unwrap(),
        []
    );
    assert_eq!(scratch.git(&["worktree", "list", "--porcelain"]), before);
    assert!(making.path.join("a").exists() && begun.exists());
    for (task, folder) in [("site", "site"), ("locked", "locked")] {
        let refusal = repository
            .create_worktree(task, &scratch.beside("pool").join(folder), head)
            .unwrap_err();
        assert_eq!(refusal.code(), "worktree_task_exists");
    }
    fs::rename(scratch.beside("taken out"), scratch.beside("disk")).unwrap();
    assert_eq!(git_in(&site, &["status", "--porcelain"]), "");
    // Its own home puts them right.
    let recovered = repository.recover_worktrees(&other).unwrap();
    let tasks: Vec<_> = recovered.iter().map(|found| &found.task).collect();
    assert_eq!(tasks, ["away", "begun", "making"]);
}

#[test]
fn a_home_that_was_moved_finds_its_worktrees() {
    let scratch = Scratch::with(&[("a", "a\n")]);
    let made = scratch.worktree();
    crate::scratch::write(&made.path, "work", "precious\n");
    fs::rename(scratch.beside("pool"), scratch.beside("moved")).unwrap();
    let recovered = scratch
        .attach()
        .recover_worktrees(&scratch.beside("moved"))
        .unwrap();
    let actions: Vec<_> = recovered.iter().map(|found| found.action).collect();
    assert_eq!(actions, [RecoveredAction::BookkeepingRestored]);
    let found = scratch.attach().list_worktrees().unwrap();
    assert_eq!(found[0].path, scratch.beside("moved/t1"));
    assert_eq!(
        git_in(&found[0].path, &["status", "--porcelain"]),
        "?? work\n"
    );
}

#[test]
fn what_a_crash_left_before_anything_was_written_is_in_nobodys_way() {
    let scratch = Scratch::with(&[("a", "a\n")]);
    fs::create_dir_all(scratch.path(".git/worktrees/ampersand-t1")).unwrap();
    let made = scratch.worktree();
    assert_eq!(git_in(&made.path, &["status", "--porcelain"]), "");
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
    unfinish(&books("unfinished"));
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
