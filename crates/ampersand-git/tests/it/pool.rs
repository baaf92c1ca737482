//! A warm worktree becomes a task's and is then like any other; nothing of a task's is ever taken for warm.

use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use ampersand_git::{Budget, CommitLimits, Pace, Pool, RecoveredAction, Refilled, Repository};

use crate::scratch::{Scratch, feed_git, git_in, write};

fn pool(scratch: &Scratch) -> Pool {
    Pool::new(&scratch.attach(), &scratch.beside("pools/own"))
}

/// The names in the folder of warm worktrees, the part before the dash of each.
fn kinds(pool: &Path) -> Vec<String> {
    let entries = fs::read_dir(pool.join(".warm"));
    let names = entries
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut kinds: Vec<_> = names
        .map(|name| name.split('-').next().unwrap().to_owned())
        .collect();
    kinds.sort();
    kinds
}

/// What git finds in a worktree, with every file read: the index is not believed.
fn looked_at(worktree: &Path) -> (String, String) {
    let trusting = git_in(worktree, &["status", "--porcelain", "--ignored"]);
    let index = git_in(worktree, &["ls-files", "--stage"]);
    let reread = git_in(worktree, &["-c", "core.checkStat=minimal", "diff", "HEAD"]);
    assert_eq!((trusting.as_str(), reread.as_str()), ("", ""));
    (index, git_in(worktree, &["write-tree"]))
}

#[test]
fn a_claimed_worktree_is_like_one_made_for_the_task() {
    let scratch = Scratch::with(&[
        ("a", "a\n"),
        ("d/e/f.txt", "f\n"),
        ("file", "to become a folder\n"),
        ("folder/x", "to become a file\n"),
        ("folder/y/z", "z\n"),
        ("removed/all/of/it", "gone\n"),
        ("run.sh", "#!/bin/sh\n"),
        ("z", "z\n"),
    ]);
    let repository = scratch.attach();
    let pool = pool(&scratch);
    pool.fill(repository.head().unwrap(), Pace::Now).unwrap();
    assert_eq!(scratch.git(&["worktree", "list"]).lines().count(), 1);

    scratch.git(&["rm", "-q", "-r", "file", "folder", "removed"]);
    scratch.write("file/x", "was a file\n");
    scratch.write("folder", "was a folder\n");
    scratch.write("d/e/f.txt", "changed\n");
    scratch.write("new/file", "new\n");
    scratch.git(&["add", "-A"]);
    scratch.git(&["update-index", "--chmod=+x", "run.sh"]);
    scratch.git(&["commit", "-q", "-m", "second"]);
    scratch.git(&["checkout", "-q", "--", "run.sh"]);
    let head = repository.head().unwrap();
    let claimed = pool.claim("t1", head).unwrap();
    assert!(claimed.was_warm);
    let cold = scratch.beside("cold/t2");
    let cold = repository.create_worktree("t2", &cold, head).unwrap();
    assert_eq!(looked_at(&claimed.worktree.path), looked_at(&cold.path));
    assert!(!claimed.worktree.path.join("removed").exists());
    assert_eq!(kinds(&scratch.beside("pools/own")), [""; 0]);
    assert_eq!(
        repository.list_worktrees().unwrap(),
        [claimed.worktree.clone(), cold]
    );

    write(&claimed.worktree.path, "d/e/f.txt", "by the task\n");
    let commit = repository
        .commit(&claimed.worktree, "work", CommitLimits::default())
        .unwrap();
    let commit = commit.commit.unwrap().id.to_string();
    assert_eq!(
        scratch.git(&["diff", "--name-only", "HEAD", &commit]),
        "d/e/f.txt\n"
    );
    scratch.git(&["fsck", "--strict"]);
}

#[test]
fn git_believes_the_index_of_a_claimed_worktree_without_reading_files() {
    let scratch = Scratch::with(&[("a", "a\n"), ("b", "b\n")]);
    let pool = pool(&scratch);
    pool.fill(scratch.attach().head().unwrap(), Pace::Now)
        .unwrap();
    scratch.write("b", "longer\n");
    scratch.commit_all("second");
    let head = scratch.attach().head().unwrap();
    let worktree = pool.claim("t1", head).unwrap().worktree;
    let listed = git_in(&worktree.path, &["ls-files", "--debug"]);
    for (name, size) in [("a", 2), ("b", 7)] {
        let about = listed.split_once(name).unwrap().1;
        assert!(about.contains(&format!("size: {size}\t")), "{listed}");
    }
    let differs = git_in(&worktree.path, &["diff-files", "--name-only"]);
    assert_eq!(differs, "");
}

#[test]
fn without_a_warm_one_or_with_a_spoiled_one_it_is_written_from_nothing() {
    let scratch = Scratch::with(&[("a", "a\n")]);
    let repository = scratch.attach();
    let head = repository.head().unwrap();
    let pool = pool(&scratch);
    assert!(!pool.claim("t1", head).unwrap().was_warm);

    pool.fill(head, Pace::Now).unwrap();
    let warm = fs::read_dir(scratch.beside("pools/own/.warm")).unwrap();
    let warm = warm.last().unwrap().unwrap().path();
    fs::write(warm.join("index"), "not an index").unwrap();
    let claimed = pool.claim("t2", head).unwrap();
    assert!(!claimed.was_warm);
    assert_eq!(looked_at(&claimed.worktree.path).0.lines().count(), 1);
    assert!(pool.warm().unwrap().is_empty());
}

#[test]
fn what_a_task_has_is_never_replaced() {
    let scratch = Scratch::with(&[("a", "a\n")]);
    let head = scratch.attach().head().unwrap();
    let pool = pool(&scratch);
    for _ in 0..2 {
        pool.fill(head, Pace::Now).unwrap();
    }
    let taken = scratch.beside("pools/own/t1");
    write(&taken, "precious", "work");
    assert_eq!(
        pool.claim("t1", head).unwrap_err().code(),
        "worktree_folder_exists"
    );
    assert_eq!(fs::read_to_string(taken.join("precious")).unwrap(), "work");
    let first = pool.claim("t2", head).unwrap();
    fs::rename(&first.worktree.path, scratch.beside("moved")).unwrap();
    let everything = scratch.everything();
    assert_eq!(
        pool.claim("t2", head).unwrap_err().code(),
        "worktree_task_exists"
    );
    assert_eq!(scratch.everything(), everything);
}

#[test]
fn what_a_crash_left_is_told_from_what_is_warm_and_from_work() {
    let scratch = Scratch::with(&[("a", "a\n")]);
    let repository = scratch.attach();
    let head = repository.head().unwrap();
    let pool = pool(&scratch);
    let folder = scratch.beside("pools/own");
    let worked = pool.claim("worked", head).unwrap().worktree;
    write(&worked.path, "work", "precious\n");
    for _ in 0..2 {
        pool.fill(head, Pace::Now).unwrap();
    }
    write(&folder, ".warm/part-1/files/a", "a\n");
    write(&folder, ".warm/claim-t9/files/a", "a\n");
    write(&folder, ".warm/warm-cut/files/a", "a\n");
    // A claim that had moved its folder into place and did not come to its end.
    let cut = pool.claim("cut", head).unwrap().worktree;
    crate::worktree::unfinish(&scratch.path(".git/worktrees/ampersand-cut"));
    let foreign = scratch.beside("foreign");
    scratch.git(&["worktree", "add", "-q", foreign.to_str().unwrap()]);
    write(&foreign, "theirs", "precious\n");

    let recovered = pool.recover().unwrap();
    let actions: Vec<_> = recovered
        .iter()
        .map(|found| (found.task.as_str(), found.action))
        .collect();
    assert_eq!(actions, [("cut", RecoveredAction::UnfinishedRemoved)]);
    assert!(!cut.path.exists());
    assert_eq!(kinds(&folder), ["warm"]);
    assert!(worked.path.join("work").exists() && foreign.join("theirs").exists());
    assert_eq!(scratch.git(&["worktree", "list"]).lines().count(), 3);
    assert!(pool.claim("next", head).unwrap().was_warm);
}

#[test]
fn refilling_keeps_to_its_budget_and_makes_room_at_the_expense_of_others() {
    let scratch = Scratch::with(&[("a", "a\n"), ("b", "b\n")]);
    let repository: Repository = scratch.attach();
    let head = repository.head().unwrap();
    let pool = pool(&scratch);
    let other = Pool::new(&repository, &scratch.beside("pools/other"));
    let budget = Budget {
        count: 2,
        bytes: 3 * 2 * 4096,
        free_bytes: 0,
    };
    let refill = |pool: &Pool, budget| pool.refill(head, budget, Pace::Now).unwrap();
    assert_eq!(refill(&other, budget), Refilled::Filled);
    assert_eq!(refill(&other, budget), Refilled::Filled);
    assert_eq!(refill(&other, budget), Refilled::Enough);
    assert_eq!(refill(&pool, budget), Refilled::Filled);
    assert_eq!(refill(&pool, budget), Refilled::Filled);
    assert_eq!(
        (pool.warm().unwrap().len(), other.warm().unwrap().len()),
        (2, 1)
    );
    let none = Budget {
        count: 5,
        bytes: 0,
        ..budget
    };
    assert_eq!(refill(&pool, none), Refilled::NoRoom);

    let fewer = Budget { count: 1, ..budget };
    assert_eq!(refill(&pool, fewer), Refilled::Enough);
    assert_eq!(pool.warm().unwrap().len(), 1);

    let stop = AtomicBool::new(true);
    let stopped = other.fill(head, Pace::Behind(&stop)).unwrap_err();
    assert_eq!(stopped.code(), "worktree_stopped");
    assert_eq!(kinds(&scratch.beside("pools/other")), ["warm"]);
}

#[test]
fn several_threads_write_what_one_would_have_written() {
    let scratch = Scratch::bare_bones();
    let files = (0..3_000).map(|at| {
        let text = format!("file {at}\n");
        format!(
            "M 644 inline d{}/e{}/f{at}\ndata {}\n{text}",
            at % 7,
            at % 31,
            text.len()
        )
    });
    let begin = "commit refs/heads/main\ncommitter P <p@example.invalid> 0 +0000\ndata 0\n";
    let import: String = std::iter::once(begin.to_owned()).chain(files).collect();
    feed_git(&scratch.root, &["fast-import", "--quiet"], &import);
    let head = scratch.attach().head().unwrap();
    let pool = pool(&scratch);
    pool.fill(head, Pace::Now).unwrap();
    let claimed = pool.claim("t1", head).unwrap();
    assert!(claimed.was_warm);
    let tree = scratch.git(&["rev-parse", "HEAD^{tree}"]);
    assert_eq!(looked_at(&claimed.worktree.path).1, tree);
}

#[test]
fn tasks_that_start_at_once_each_get_their_own() {
    let scratch = Scratch::with(&[("a", "a\n")]);
    let head = scratch.attach().head().unwrap();
    let pool = pool(&scratch);
    for _ in 0..3 {
        pool.fill(head, Pace::Now).unwrap();
    }
    let claimed: Vec<_> = std::thread::scope(|scope| {
        let claims: Vec<_> = (0..6)
            .map(|at| {
                let pool = &pool;
                scope.spawn(move || pool.claim(&format!("t{at}"), head).unwrap())
            })
            .collect();
        claims
            .into_iter()
            .map(|claim| claim.join().unwrap())
            .collect()
    });
    assert_eq!(claimed.iter().filter(|claimed| claimed.was_warm).count(), 3);
    for claimed in claimed {
        assert_eq!(looked_at(&claimed.worktree.path).0.lines().count(), 1);
    }
}

#[test]
fn a_worktree_that_is_over_is_out_of_its_place_at_once_and_is_made_again_with_what_was_committed() {
    let scratch = Scratch::with(&[("a", "a\n"), (".gitignore", "out\n")]);
    let repository = scratch.attach();
    let head = repository.head().unwrap();
    let pool = pool(&scratch);
    let worktree = pool.claim("t1", head).unwrap().worktree;
    let is_kept = || {
        repository
            .is_kept(&worktree, CommitLimits::default())
            .unwrap()
    };
    assert!(is_kept());
    write(&worktree.path, "a", "by the task\n");
    write(&worktree.path, "out/built", "ignored\n");
    assert!(!is_kept());
    scratch.commit(&worktree);
    assert!(is_kept());
    git_in(&worktree.path, &["init", "-q", "out/own"]);
    write(&worktree.path, "sub/.git", "left out\n");
    assert!(!is_kept(), "what no commit takes is kept by none");
    fs::remove_file(worktree.path.join("sub/.git")).unwrap();

    let aside = pool.set_aside(&worktree).unwrap();
    assert!(!worktree.path.exists());
    assert_eq!(repository.list_worktrees().unwrap(), []);
    assert_eq!(kinds(&scratch.beside("pools/own")), ["gone"]);
    aside.remove().unwrap();
    assert_eq!(kinds(&scratch.beside("pools/own")), [""; 0]);

    repository.create_worktree_again(&worktree).unwrap();
    assert_eq!(repository.list_worktrees().unwrap()[0], worktree);
    let read = fs::read_to_string(worktree.path.join("a")).unwrap();
    assert_eq!(read, "by the task\n");
    assert!(is_kept());
    write(&worktree.path, "b", "more\n");
    scratch.commit(&worktree);
    assert_eq!(git_in(&worktree.path, &["diff", "--stat"]), "");
    assert_eq!(pool.recover().unwrap(), []);
}

#[test]
fn what_is_nobody_s_work_is_discarded_however_far_it_got_and_claimed_again() {
    let scratch = Scratch::with(&[("a", "a\n")]);
    let head = scratch.attach().head().unwrap();
    let pool = pool(&scratch);
    let (folder, locked) = (
        scratch.beside("pools/own/t1"),
        scratch.path(".git/worktrees/ampersand-t1/locked"),
    );
    pool.discard("t1").unwrap();
    for cut_off in ["preparing", "in use by a task", "removing"] {
        pool.claim("t1", head).unwrap();
        scratch.write("b", cut_off);
        scratch.commit_all("Moves on");
        let ready = fs::read_to_string(&locked).unwrap();
        let owner = ready.rsplit(' ').next().unwrap();
        let word = if cut_off.ends_with("task") {
            "of"
        } else {
            "for"
        };
        fs::write(&locked, format!("ampersand: {cut_off} {word} {owner}")).unwrap();
        if cut_off == "removing" {
            fs::remove_file(folder.join(".git")).unwrap();
        }
        pool.discard("t1").unwrap();
        assert!(!folder.exists() && !locked.exists(), "{cut_off}");
        assert_eq!(scratch.git(&["for-each-ref", "refs/ampersand"]), "");
        let now = scratch.attach().head().unwrap();
        pool.claim("t1", now).unwrap();
        pool.discard("t1").unwrap();
    }
    assert_eq!(kinds(&scratch.beside("pools/own")), [""; 0]);
    Pool::new(&scratch.attach(), &scratch.beside("pools/other"))
        .claim("t1", head)
        .unwrap();
    let refused = pool.discard("t1").unwrap_err();
    assert_eq!(refused.code(), "worktree_task_exists");
}
