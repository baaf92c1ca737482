//! Submodules stay as they stand: a worktree has an empty folder there, and no work changes what a commit names.

use std::fs;
use std::path::Path;

use ampersand_git::{
    CommitLimits, Dirty, ImportLimits, LandingKind, LeftOut, LeftOutReason, LiveTree, Manner, Pace,
    Pool, Repository, Trials, Watches,
};

use crate::scratch::{Scratch, bytes_of_git, git_in, wait, write};

/// A repository with the submodule `vendor/lib`, checked out, and changed there by the person.
fn scratch() -> Scratch {
    let scratch = Scratch::with(&[("a", "a\n"), ("vendor/own", "own\n"), ("d/e", "e\n")]);
    let inner = scratch.beside("inner");
    fs::create_dir(&inner).unwrap();
    git_in(&inner, &["init", "-q"]);
    write(&inner, "lib.c", "lib\n");
    git_in(&inner, &["add", "-A"]);
    git_in(&inner, &["commit", "-q", "-m", "lib"]);
    let add = ["submodule", "--quiet", "add", "../inner", "vendor/lib"];
    scratch.git(&[
        "config",
        "remote.origin.url",
        scratch.root.to_str().unwrap(),
    ]);
    scratch.git(&add);
    scratch.git(&["config", "--unset", "remote.origin.url"]);
    scratch.commit_all("submodule");
    scratch.write("vendor/lib/lib.c", "mine\n");
    scratch
}

fn submodule(scratch: &Scratch, revision: &str) -> String {
    scratch.git(&["rev-parse", &format!("{revision}:vendor/lib")])
}

/// The person commits in the submodule; the commit is named nowhere yet.
fn moved(scratch: &Scratch) -> String {
    let lib = scratch.path("vendor/lib");
    git_in(&lib, &["commit", "-q", "-a", "-m", "mine"]);
    git_in(&lib, &["rev-parse", "HEAD"])
}

#[test]
fn a_round_leaves_the_submodule_and_what_the_person_did_in_it() {
    for (warm, manner) in [
        (false, Manner::Merge),
        (true, Manner::Merge),
        (true, Manner::Rebase),
        (false, Manner::Squash),
    ] {
        let scratch = scratch();
        let repository = scratch.attach();
        let pool = Pool::new(&repository, &scratch.beside("pool"));
        let head = repository.head().unwrap();
        if warm {
            pool.fill(head, Pace::Now).unwrap();
        }
        // The warm one is of a commit before.
        scratch.write("a", "a\nb\n");
        scratch.git(&["commit", "-q", "-m", "more", "a"]);
        let head = repository.head().unwrap();
        let claimed = pool.claim("t1", head).unwrap();
        assert_eq!(claimed.was_warm, warm);
        let worktree = claimed.worktree;
        let lib = worktree.path.join("vendor/lib");
        assert_eq!(fs::read_dir(&lib).unwrap().count(), 0);
        assert_eq!(git_in(&worktree.path, &["status", "--porcelain"]), "");
        write(&worktree.path, "vendor/own", "changed\n");
        write(&worktree.path, "new", "new\n");
        let outcome = scratch.commit(&worktree);
        assert_eq!(outcome.left_out, []);
        let work = outcome.commit.unwrap().id.to_string();
        assert_eq!(submodule(&scratch, &work), submodule(&scratch, "HEAD"));
        assert!(
            repository
                .is_kept(&worktree, CommitLimits::default())
                .unwrap()
        );

        // Meanwhile the branch names another commit of it.
        let now = moved(&scratch);
        scratch.git(&["commit", "-q", "-m", "newer", "vendor/lib"]);
        scratch.write("vendor/lib/lib.c", "dirty\n");
        let before = scratch.everything();
        let landed = scratch.land_as(manner).unwrap();
        assert_eq!(landed.kind == LandingKind::Merge, manner == Manner::Merge);
        assert_eq!(scratch.read("vendor/own"), "changed\n");
        assert_eq!(submodule(&scratch, "main"), now);
        assert_eq!(scratch.read("vendor/lib/lib.c"), "dirty\n");
        assert_eq!(scratch.status(), [" M vendor/lib"]);
        scratch.git(&["fsck", "--strict"]);
        let ends = [landed.from, landed.to];
        repository.undo_landing("t1", "main", ends).unwrap();
        assert_eq!(scratch.read("vendor/lib/lib.c"), "dirty\n");
        let refs = |all: &str| {
            all.lines()
                .filter(|line| !line.contains("ampersand"))
                .count()
        };
        assert_eq!(refs(&scratch.everything()), refs(&before));
        assert_eq!(scratch.status(), [" M vendor/lib"]);
    }
}

#[test]
fn whatever_an_agent_makes_of_its_folder_the_submodule_stays_and_is_named() {
    type Tampers = fn(&Path);
    let fill: Tampers = |root| write(root, "vendor/lib/lib.c", "by the agent\n");
    let init: Tampers = |root| {
        git_in(&root.join("vendor/lib"), &["init", "-q"]);
    };
    let remove: Tampers = |root| fs::remove_dir(root.join("vendor/lib")).unwrap();
    let replace: Tampers = |root| {
        fs::remove_dir(root.join("vendor/lib")).unwrap();
        write(root, "vendor/lib", "a file\n");
    };
    let above: Tampers = |root| {
        fs::remove_dir_all(root.join("vendor")).unwrap();
        write(root, "vendor", "a file\n");
    };
    for (tamper, named) in [
        (fill, Some("vendor/lib")),
        (init, Some("vendor/lib")),
        (remove, None),
        (replace, Some("vendor/lib")),
        (above, Some("vendor")),
    ] {
        let scratch = scratch();
        let worktree = scratch.worktree();
        tamper(&worktree.path);
        write(&worktree.path, "new", "new\n");
        let outcome = scratch.commit(&worktree);
        let reason = LeftOutReason::Submodule;
        let named = named.map(|path| LeftOut {
            path: path.to_owned(),
            reason,
        });
        assert_eq!(outcome.left_out, named.into_iter().collect::<Vec<_>>());
        let work = outcome.commit.unwrap().id.to_string();
        assert_eq!(submodule(&scratch, &work), submodule(&scratch, "HEAD"));
        let changed = scratch.git(&["diff", "--name-only", "HEAD", &work, "--", "vendor/lib"]);
        assert_eq!(changed, "");
        scratch.land().unwrap();
        assert_eq!(scratch.read("vendor/lib/lib.c"), "mine\n");
        assert_eq!(scratch.status(), [" M vendor/lib"]);
    }
}

#[test]
fn what_the_person_has_of_it_is_no_part_of_where_a_task_starts() {
    let scratch = scratch();
    let repository = scratch.attach();
    let start = |task: &str| {
        repository
            .starting_point(task, CommitLimits::default())
            .unwrap()
    };
    assert_eq!(start("t1").snapshot, None);
    moved(&scratch);
    assert_eq!(start("t2").snapshot, None);
    scratch.git(&["add", "vendor/lib"]);
    assert_eq!(start("t3").snapshot, None);
    scratch.write("a", "mine\n");
    let snapshot = start("t4").snapshot.unwrap().to_string();
    assert_eq!(submodule(&scratch, &snapshot), submodule(&scratch, "HEAD"));
    scratch.git(&["checkout", "-q", "--", "a"]);
    // What is staged of it stays staged.
    scratch.task(&[("a", Some("A\n"))]);
    scratch.land().unwrap();
    assert_eq!(scratch.status(), ["M  vendor/lib"]);
    scratch.git(&["rm", "-q", "-f", "--cached", "vendor/lib"]);
    fs::remove_dir_all(scratch.path("vendor/lib")).unwrap();
    assert_eq!(start("t5").snapshot, None);
    assert_eq!(start("t5").uncommitted, 0);
}

#[test]
fn work_that_changes_a_submodule_does_not_land() {
    let scratch = scratch();
    scratch.task(&[("a", Some("A\n"))]);
    // Not by us: somebody moves the task's reference.
    let now = moved(&scratch);
    let entry = format!("160000,{},vendor/lib", now.trim());
    for change in [
        &["update-index", "--cacheinfo", entry.as_str()][..],
        &["update-index", "--force-remove", "vendor/lib"],
    ] {
        scratch.git(&["read-tree", "refs/ampersand/t1/head"]);
        scratch.git(change);
        let tree = scratch.git(&["write-tree"]);
        scratch.git(&["read-tree", "HEAD"]);
        let made = ["commit-tree", "-p", "HEAD", "-m", "moves it", tree.trim()];
        let made = scratch.git(&made);
        let head = scratch.git(&["rev-parse", "refs/ampersand/t1/head"]);
        scratch.git(&["update-ref", "refs/ampersand/t1/head", made.trim()]);
        let before = scratch.everything();
        let refused = scratch.land().unwrap_err();
        assert_eq!(refused.code(), "git_unsafe_path", "{refused}");
        assert_eq!(scratch.everything(), before);
        scratch.git(&["update-ref", "refs/ampersand/t1/head", head.trim()]);
    }
}

#[test]
fn own_commits_beside_a_submodule_are_taken_over_and_those_that_change_it_are_not() {
    let scratch = scratch();
    let worktree = scratch.worktree();
    let repository: Repository = scratch.attach();
    let shadow = repository
        .make_shadow(&worktree, &scratch.beside("shadow"))
        .unwrap();
    let git = |args: &[&str]| {
        let git_dir = format!("--git-dir={}", shadow.git_dir.display());
        let work_tree = format!("--work-tree={}", worktree.path.display());
        bytes_of_git(&worktree.path, &[&[&*git_dir, &*work_tree], args].concat())
    };
    let since = format!("^{}", worktree.base);
    let import = || {
        let bundle = git(&["bundle", "create", "-q", "-", "HEAD", &since]);
        repository.import_bundle(
            "t1",
            worktree.base,
            bundle.as_slice(),
            ImportLimits::default(),
        )
    };
    assert_eq!(git(&["status", "--porcelain"]), b"");
    write(&worktree.path, "new", "new\n");
    git(&["add", "-A"]);
    git(&["commit", "-q", "-m", "own"]);
    let own = import().unwrap().tip.to_string();
    assert_eq!(submodule(&scratch, &own), submodule(&scratch, "HEAD"));
    let entry = format!("160000,{},vendor/lib", worktree.base);
    git(&["update-index", "--cacheinfo", &entry]);
    git(&["commit", "-q", "-m", "moves it"]);
    assert_eq!(import().unwrap_err().code(), "import_hostile");
    git(&["update-index", "--force-remove", "vendor/lib"]);
    git(&["commit", "-q", "-m", "removes it"]);
    assert_eq!(import().unwrap_err().code(), "import_hostile");
    let both = wait(repository.landing_preview("t1", Manner::Merge));
    assert!(both.is_err(), "nothing was committed here");
}

#[test]
fn who_follows_a_worktree_sees_what_a_commit_of_it_would_hold() {
    let scratch = scratch();
    let worktree = scratch.worktree();
    let trials = Trials::begin(&scratch.attach(), &scratch.beside("trials")).unwrap();
    let mut live = LiveTree::new(worktree.clone());
    let mut watches = Watches::new();
    let mut look = |dirty: &Dirty| live.look(&trials, dirty, &mut watches).unwrap();
    assert_eq!(look(&Dirty::Everything), None);
    write(&worktree.path, "vendor/lib/lib.c", "by the agent\n");
    let paths = |path: &str| Dirty::Paths([path.as_bytes().to_vec()].into());
    for dirty in [
        paths("vendor/lib/lib.c"),
        paths("vendor/lib"),
        paths("vendor"),
        Dirty::Everything,
    ] {
        assert_eq!(look(&dirty), None, "{dirty:?}");
    }
    fs::remove_dir_all(worktree.path.join("vendor/lib")).unwrap();
    for dirty in [paths("vendor/lib"), paths("vendor"), Dirty::Everything] {
        assert_eq!(look(&dirty), None, "{dirty:?}");
    }
}

#[test]
fn its_files_are_there_where_the_repository_says_so_and_are_no_work() {
    let scratch = scratch();
    let worktree = scratch.worktree();
    let repository = scratch.attach();
    repository
        .bring(&worktree, &["vendor/lib".to_owned()])
        .unwrap();
    let lib = worktree.path.join("vendor/lib");
    assert_eq!(fs::read_to_string(lib.join("lib.c")).unwrap(), "mine\n");
    assert!(!lib.join(".git").exists());
    repository.make_fit_to_open(&worktree).unwrap();
    assert_eq!(scratch.commit(&worktree).commit, None);
}
