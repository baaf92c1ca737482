//! Commits of what an agent left, however odd.

use std::fs;

use ampersand_git::{CommitError, CommitLimits, LeftOutReason};

use crate::scratch::{Scratch, write};
#[cfg(unix)]
use crate::scratch::{git_in, make_pipe, try_git_in};

#[test]
fn what_changed_is_committed_and_the_checkout_is_untouched() {
    let scratch = Scratch::with(&[("a", "a\n"), ("b", "b\n"), ("d/c", "c\n")]);
    let before = scratch.everything();
    let worktree = scratch.worktree();
    assert_eq!(scratch.commit(&worktree).commit, None);
    write(&worktree.path, "a", "changed\n");
    write(&worktree.path, "new/file", "new\n");
    fs::remove_file(worktree.path.join("d/c")).unwrap();
    let first = scratch.commit(&worktree).commit.unwrap();
    assert_eq!(first.parent, worktree.base);
    let tree = scratch.git(&["ls-tree", "-r", "--name-only", &first.id.to_string()]);
    assert_eq!(tree, "a\nb\nnew/file\n");
    assert_eq!(
        scratch.git(&["show", "refs/ampersand/t1/head:a"]),
        "changed\n"
    );
    assert_eq!(
        scratch.git(&["log", "-1", "--format=%an %s", "refs/ampersand/t1/head"]),
        "Ampersand work\n"
    );
    assert_eq!(scratch.commit(&worktree).commit, None);

    write(&worktree.path, "b", "B\n");
    let second = scratch.commit(&worktree).commit.unwrap();
    assert_eq!(second.parent, first.id);
    scratch.git(&["fsck", "--strict"]);
    let references = |text: &str| -> Vec<String> {
        text.lines()
            .filter(|line| !line.contains("refs/ampersand/"))
            .map(str::to_owned)
            .collect()
    };
    assert_eq!(references(&scratch.everything()), references(&before));
}

#[test]
fn a_file_changed_within_the_same_moment_and_of_the_same_size_is_seen() {
    let scratch = Scratch::with(&[("a", "0\n")]);
    let worktree = scratch.worktree();
    for digit in 1..=9 {
        write(&worktree.path, "a", &format!("{digit}\n"));
        assert!(scratch.commit(&worktree).commit.is_some(), "{digit}");
    }
}

#[test]
fn ignored_files_stay_out_by_the_rules_of_base_or_worktree() {
    let scratch = Scratch::with(&[
        (".gitignore", "*.log\n/build/\n.env\n!keep.log\n"),
        ("tracked.txt", "t\n"),
        ("sub/.gitignore", "local\n"),
    ]);
    scratch.write("tracked.log", "kept although ignored\n");
    scratch.git(&["add", "-f", "tracked.log"]);
    scratch.git(&["commit", "-q", "-m", "tracked and ignored"]);
    scratch.write(".git/info/exclude", "personal\n");
    let worktree = scratch.worktree();
    for path in [
        "x.log",
        "keep.log",
        "build/out",
        "sub/local",
        "local",
        "personal",
        ".env",
    ] {
        write(&worktree.path, path, "text\n");
    }
    write(&worktree.path, "tracked.log", "changed\n");
    write(
        &worktree.path,
        ".gitignore",
        "*.log\n/build/\n!keep.log\nmine\n",
    );
    write(&worktree.path, "mine", "text\n");
    let outcome = scratch.commit(&worktree);
    let names = scratch.git(&[
        "diff",
        "--name-only",
        "HEAD",
        &outcome.commit.unwrap().id.to_string(),
    ]);
    assert_eq!(names, ".gitignore\nkeep.log\nlocal\ntracked.log\n");
    let left: Vec<_> = outcome
        .left_out
        .iter()
        .map(|left| (left.path.as_str(), left.reason))
        .collect();
    assert_eq!(left, vec![(".env", LeftOutReason::IgnoredByBase)]);
}

/// Repositories of every kind within the worktree: nested, unborn, led elsewhere, bare, and by names that are others.
#[cfg(unix)]
fn bury_repositories(worktree: &ampersand_git::Worktree) {
    let at = |path: &str| worktree.path.join(path);
    fs::create_dir(at("nested")).unwrap();
    git_in(&at("nested"), &["init", "-q"]);
    write(&worktree.path, "nested/file", "n\n");
    git_in(&at("nested"), &["add", "-A"]);
    git_in(&at("nested"), &["commit", "-q", "-m", "nested"]);
    fs::create_dir(at("unborn")).unwrap();
    git_in(&at("unborn"), &["init", "-q"]);
    write(&worktree.path, "elsewhere/.git", "gitdir: ../bare\n");
    git_in(&worktree.path, &["init", "-q", "--bare", "bare"]);
    write(&worktree.path, "bare/refs/heads/main", "0\n");
    write(&worktree.path, "bare/objects/ab/cd", "object\n");
    write(&worktree.path, "linked/HEAD", "ref: refs/heads/main\n");
    write(&worktree.path, "linked/commondir", "../bare\n");
    write(&worktree.path, "x/.GIT/config", "[core]\n");
    write(&worktree.path, "x/git~1", "gitdir: /\n");
    write(&worktree.path, "x/.g\u{200c}it", "gitdir: /\n");
}

#[cfg(unix)]
#[test]
fn links_pipes_nested_repositories_and_git_names_do_no_harm() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let scratch = Scratch::with(&[("a", "a\n"), ("tool", "t\n"), ("becomes-pipe", "p\n")]);
    let secret = scratch.beside("secret");
    fs::write(&secret, "secret").unwrap();
    let worktree = scratch.worktree();
    let at = |path: &str| worktree.path.join(path);
    symlink(&secret, at("link")).unwrap();
    symlink(scratch.beside(""), at("folder-link")).unwrap();
    fs::set_permissions(at("tool"), fs::Permissions::from_mode(0o755)).unwrap();
    for pipe in ["pipe", "becomes-pipe"] {
        drop(fs::remove_file(at(pipe)));
        make_pipe(&at(pipe));
    }
    bury_repositories(&worktree);
    symlink(&secret, at(".gitmodules")).unwrap();
    fs::remove_file(at(".git")).unwrap();
    symlink(&secret, at(".git")).unwrap();

    let outcome = scratch.commit(&worktree);
    let id = outcome.commit.unwrap().id.to_string();
    let tree = scratch.git(&["ls-tree", "-r", "--format=%(objectmode) %(path)", &id]);
    // What is left of a bare repository is files and no more: without its head git does not know it.
    let plain: Vec<&str> = tree
        .lines()
        .filter(|line| !line.contains(" bare/"))
        .collect();
    assert_eq!(
        plain,
        [
            "100644 a",
            "100644 becomes-pipe",
            "120000 folder-link",
            "120000 link",
            "100644 linked/commondir",
            "100644 nested/file",
            "100755 tool",
        ]
    );
    assert!(tree.contains("100644 bare/config\n"), "{tree}");
    assert_eq!(
        scratch.git(&["show", &format!("{id}:link")]),
        secret.to_str().unwrap()
    );
    assert_eq!(scratch.git(&["show", &format!("{id}:becomes-pipe")]), "p\n");
    let mut left: Vec<_> = outcome
        .left_out
        .iter()
        .map(|left| (left.path.as_str(), left.reason))
        .collect();
    left.sort();
    assert_eq!(
        left,
        vec![
            (".gitmodules", LeftOutReason::LinkedSettings),
            ("bare/HEAD", LeftOutReason::BareRepository),
            ("becomes-pipe", LeftOutReason::SpecialFile),
            ("elsewhere/.git", LeftOutReason::GitName),
            ("linked/HEAD", LeftOutReason::BareRepository),
            ("nested/.git", LeftOutReason::GitName),
            ("pipe", LeftOutReason::SpecialFile),
            ("unborn/.git", LeftOutReason::GitName),
            ("x/.GIT", LeftOutReason::GitName),
            ("x/.g\\u{200c}it", LeftOutReason::GitName),
            ("x/git~1", LeftOutReason::GitName),
        ]
    );
    scratch.git(&["fsck", "--strict"]);
    scratch.land().unwrap();
    let (found, _) = try_git_in(&scratch.path("bare"), &["rev-parse", "--git-dir"]);
    assert_eq!(found.trim(), scratch.path(".git").to_str().unwrap());
}

#[test]
fn a_file_too_large_is_left_out_and_its_tracked_content_kept() {
    let scratch = Scratch::with(&[("data", "small\n")]);
    let worktree = scratch.worktree();
    for name in ["data", "other"] {
        // Sparse: large to look at, nothing on disk.
        fs::File::create(worktree.path.join(name))
            .unwrap()
            .set_len(1 << 40)
            .unwrap();
    }
    write(&worktree.path, "fine", "fine\n");
    let outcome = scratch.commit(&worktree);
    let id = outcome.commit.unwrap().id.to_string();
    assert_eq!(
        scratch.git(&["ls-tree", "-r", "--name-only", &id]),
        "data\nfine\n"
    );
    assert_eq!(scratch.git(&["show", &format!("{id}:data")]), "small\n");
    let reason = LeftOutReason::TooLarge { bytes: 1 << 40 };
    assert!(
        outcome.left_out.iter().all(|left| left.reason == reason) && outcome.left_out_count == 2
    );
}

#[test]
fn limits_stop_a_flood_before_the_head_moves() {
    let scratch = Scratch::with(&[("a", "a\n")]);
    let worktree = scratch.worktree();
    for at in 0..30 {
        write(&worktree.path, &format!("f{at}"), &"x".repeat(100));
    }
    let repository = scratch.attach();
    let few = CommitLimits {
        max_entries: 20,
        ..CommitLimits::default()
    };
    let refusal = repository.commit(&worktree, "work", few).unwrap_err();
    assert!(matches!(refusal, CommitError::TooManyEntries { limit: 20 }));
    for at in 0..30 {
        write(
            &worktree.path,
            &format!("f{at}"),
            &format!("{at}{}", "x".repeat(100)),
        );
    }
    let small = CommitLimits {
        max_total_bytes: 500,
        ..CommitLimits::default()
    };
    let refusal = repository.commit(&worktree, "work", small).unwrap_err();
    assert!(matches!(
        refusal,
        CommitError::TooMuchContent { limit_bytes: 500 }
    ));
    assert_eq!(repository.task_head("t1").unwrap(), None);
    fs::remove_dir_all(&worktree.path).unwrap();
    let refusal = repository
        .commit(&worktree, "work", CommitLimits::default())
        .unwrap_err();
    assert_eq!(refusal.code(), "worktree_gone");
}

#[cfg(unix)]
#[test]
fn folders_swapped_for_links_while_reading_never_lead_outside() {
    use std::os::unix::fs::symlink;
    use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
    let scratch = Scratch::with(&[("a", "a\n")]);
    let outside = scratch.beside("outside");
    write(&outside, "secret", "SECRET\n");
    let worktree = scratch.worktree();
    write(&worktree.path, "real/secret", "harmless\n");
    let (stop, swapped) = (AtomicBool::new(false), AtomicU32::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let at = |name: &str| worktree.path.join(name);
            while !stop.load(Ordering::Relaxed) {
                swapped.fetch_add(1, Ordering::Relaxed);
                fs::rename(at("real"), at("aside")).unwrap();
                symlink(&outside, at("real")).unwrap();
                fs::remove_file(at("real")).unwrap();
                fs::rename(at("aside"), at("real")).unwrap();
            }
        });
        let mut read = 0;
        while read < 200 || swapped.load(Ordering::Relaxed) < 10_000 {
            read += 1;
            scratch
                .attach()
                .commit(&worktree, "work", CommitLimits::default())
                .unwrap();
        }
        stop.store(true, Ordering::Relaxed);
    });
    let objects = scratch.git(&["cat-file", "--batch-all-objects", "--batch"]);
    assert!(objects.contains("harmless") && !objects.contains("SECRET"));
}
