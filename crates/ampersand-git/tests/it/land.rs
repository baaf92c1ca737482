//! Landing: the task's work arrives, and nothing of the person's is lost.

use std::fs;

use ampersand_git::{LandRefusal, LandingKind, ObstacleReason, Reason};

use crate::scratch::{Scratch, feed_git, git_in, write};

const FILES: [(&str, &str); 4] = [("a", "a\n"), ("b", "b\n"), ("d/c", "c\n"), ("d/e", "e\n")];

#[track_caller]
fn check_in_the_way(scratch: &Scratch, expected: &[(&str, ObstacleReason)]) {
    let before = scratch.everything();
    let preview = scratch.preview().unwrap();
    let shown: Vec<_> = preview
        .obstacles
        .iter()
        .map(|found| (found.path.as_str(), found.reason))
        .collect();
    assert_eq!(shown, expected);
    match scratch.attach().land(&preview, "Land") {
        Err(LandRefusal::InTheWay { obstacles, .. }) => assert_eq!(obstacles, preview.obstacles),
        other => panic!("{other:?}"),
    }
    assert_eq!(scratch.everything(), before);
    check_nothing_left(scratch);
}

#[track_caller]
fn check_nothing_left(scratch: &Scratch) {
    assert!(!scratch.exists(".git/index.lock") && !scratch.exists(".git/ampersand-landing"));
}

#[track_caller]
fn check_landed_clean(scratch: &Scratch) {
    assert_eq!(scratch.status(), Vec::<String>::new());
    scratch.git(&["fsck", "--strict"]);
    check_nothing_left(scratch);
}

#[test]
fn a_branch_that_has_not_moved_takes_the_commits_as_they_are() {
    let scratch = Scratch::with(&FILES);
    let head = scratch.task(&[
        ("a", Some("A\n")),
        ("new/file", Some("n\n")),
        ("d/c", None),
        ("Makefile", Some("all:\n")),
    ]);
    let preview = scratch.preview().unwrap();
    assert_eq!(
        (preview.kind, preview.branch.as_str(), preview.changed),
        (LandingKind::FastForward, "main", 4)
    );
    let later: Vec<_> = preview
        .executes_later
        .iter()
        .map(|found| (found.path.as_str(), found.reason))
        .collect();
    assert_eq!(later, vec![("Makefile", Reason::Build)]);
    let landed = scratch.attach().land(&preview, "unused").unwrap();
    assert_eq!((landed.to, landed.kind), (head, LandingKind::FastForward));
    assert_eq!(scratch.git(&["rev-parse", "main"]).trim(), head.to_string());
    assert_eq!(
        (scratch.read("a"), scratch.read("new/file")),
        ("A\n".into(), "n\n".into())
    );
    assert!(!scratch.exists("d/c") && scratch.exists("d/e"));
    check_landed_clean(&scratch);
    assert!(matches!(scratch.land(), Err(LandRefusal::AlreadyLanded)));
}

#[test]
fn a_branch_that_moved_gets_a_merge_commit() {
    let scratch = Scratch::with(&FILES);
    let head = scratch.task(&[("a", Some("A\n"))]);
    scratch.write("b", "B\n");
    scratch.commit_all("meanwhile");
    let landed = scratch.land().unwrap();
    assert_eq!(landed.kind, LandingKind::Merge);
    let parents = scratch.git(&["log", "-1", "--format=%P %s", "main"]);
    assert_eq!(parents.trim(), format!("{} {head} Land t1", landed.from));
    assert_eq!(
        (scratch.read("a"), scratch.read("b")),
        ("A\n".into(), "B\n".into())
    );
    check_landed_clean(&scratch);
}

#[test]
fn a_file_added_to_a_folder_the_branch_renamed_follows_it() {
    let many: Vec<_> = (0..6)
        .map(|at| (format!("old/f{at}"), format!("content {at}\n").repeat(20)))
        .collect();
    let files: Vec<_> = many
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    let scratch = Scratch::with(&files);
    scratch.task(&[
        ("old/added", Some("added\n")),
        ("old/f1", Some(&(many[1].1.clone() + "more\n"))),
    ]);
    scratch.git(&["mv", "old", "fresh"]);
    scratch.git(&["commit", "-q", "-m", "rename"]);
    scratch.land().unwrap();
    assert_eq!(scratch.read("fresh/added"), "added\n");
    assert!(scratch.read("fresh/f1").ends_with("more\n") && !scratch.exists("old"));
    check_landed_clean(&scratch);
}

#[test]
fn conflicts_are_named_and_nothing_is_touched() {
    let scratch = Scratch::with(&FILES);
    scratch.task(&[("a", Some("theirs\n")), ("d/c", None)]);
    scratch.write("a", "ours\n");
    scratch.write("d/c", "ours\n");
    scratch.commit_all("meanwhile");
    let before = scratch.everything();
    match scratch.land() {
        Err(LandRefusal::Conflicts { mut paths, both }) => {
            paths.sort();
            assert_eq!(paths, vec!["a", "d/c"]);
            let found = |path| both.iter().find(|found| found.path == path).unwrap();
            let place = &found("a").places[0];
            assert_eq!(
                (place.line, &place.branch[..]),
                (1, &["ours".to_owned()][..])
            );
            assert_eq!(place.task, ["theirs"]);
            let deleted = found("d/c");
            assert!(deleted.branch_has_it && !deleted.task_has_it && deleted.places.is_empty());
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(scratch.everything(), before);
}

#[test]
fn uncommitted_work_elsewhere_is_kept_as_it_is() {
    let scratch = Scratch::with(&FILES);
    scratch.task(&[("a", Some("A\n")), ("new", Some("n\n"))]);
    scratch.write("b", "dirty\n");
    scratch.write("d/e", "staged\n");
    scratch.git(&["add", "d/e"]);
    scratch.write("d/e", "staged and dirty\n");
    scratch.write("mine", "untracked\n");
    scratch.write("staged-new", "new\n");
    scratch.git(&["add", "staged-new"]);
    let mut before = scratch.status();
    scratch.land().unwrap();
    let mut after = scratch.status();
    before.sort();
    after.sort();
    assert_eq!(after, before);
    assert_eq!(
        (scratch.read("b"), scratch.read("d/e")),
        ("dirty\n".into(), "staged and dirty\n".into())
    );
    assert_eq!(scratch.git(&["show", ":d/e"]), "staged\n");
    check_nothing_left(&scratch);
}

#[test]
fn uncommitted_work_in_the_way_refuses_and_is_named() {
    let scratch = Scratch::with(&FILES);
    scratch.task(&[
        ("a", Some("A\n")),
        ("b", Some("B\n")),
        ("d/c", None),
        ("new", Some("n\n")),
        ("deep/x/y", Some("y\n")),
    ]);
    scratch.write("a", "mine\n");
    scratch.write("b", "mine\n");
    scratch.git(&["add", "b"]);
    scratch.write("b", "b\n");
    scratch.write("d/c", "mine\n");
    scratch.write("new", "mine\n");
    scratch.write("deep/x", "a file of mine\n");
    check_in_the_way(
        &scratch,
        &[
            ("a", ObstacleReason::Modified),
            ("b", ObstacleReason::Staged),
            ("d/c", ObstacleReason::Modified),
            ("deep/x", ObstacleReason::Untracked),
            ("new", ObstacleReason::Untracked),
        ],
    );
}

#[test]
fn ignored_files_and_files_deleted_by_hand_are_in_the_way_too() {
    let scratch = Scratch::with(&[
        (".gitignore", "secret\n"),
        ("a", "a\n"),
        ("gone", "g\n"),
        ("both", "b\n"),
    ]);
    let worktree = scratch.worktree();
    write(&worktree.path, ".gitignore", "");
    write(&worktree.path, "a", "A\n");
    fs::remove_file(worktree.path.join("both")).unwrap();
    scratch.commit(&worktree);
    // The base ignores it, so a commit of ours never holds it: the person's own tools can still put it there.
    let tree = scratch.git(&["rev-parse", "refs/ampersand/t1/head"]);
    git_in(&worktree.path, &["checkout", "-q", "-f", tree.trim()]);
    write(&worktree.path, "secret", "s\n");
    git_in(&worktree.path, &["add", "-f", "secret"]);
    git_in(&worktree.path, &["commit", "-q", "-m", "with secret"]);
    let head = git_in(&worktree.path, &["rev-parse", "HEAD"]);
    scratch.git(&["update-ref", "refs/ampersand/t1/head", head.trim()]);

    scratch.write("secret", "the person's own\n");
    fs::remove_file(scratch.path("a")).unwrap();
    fs::remove_file(scratch.path("both")).unwrap();
    check_in_the_way(
        &scratch,
        &[
            ("a", ObstacleReason::Modified),
            ("secret", ObstacleReason::Untracked),
        ],
    );
    scratch.git(&["checkout", "-q", "a"]);
    fs::remove_file(scratch.path("secret")).unwrap();
    scratch.land().unwrap();
    assert!(!scratch.exists("both"));
    check_landed_clean(&scratch);
}

#[test]
fn a_branch_that_moves_between_preview_and_landing_refuses() {
    let scratch = Scratch::with(&FILES);
    scratch.task(&[("a", Some("A\n"))]);
    let preview = scratch.preview().unwrap();
    scratch.git(&["commit", "-q", "--allow-empty", "-m", "meanwhile"]);
    let before = scratch.everything();
    let refusal = scratch.attach().land(&preview, "Land").unwrap_err();
    assert_eq!(refusal.code(), "landing_branch_moved");
    scratch.git(&["checkout", "-q", "-b", "other"]);
    scratch.git(&["reset", "-q", "--hard", "HEAD~1"]);
    let refusal = scratch.attach().land(&preview, "Land").unwrap_err();
    assert_eq!(refusal.code(), "landing_branch_moved");
    scratch.git(&["checkout", "-q", "main"]);
    scratch.git(&["branch", "-q", "-D", "other"]);
    assert_eq!(scratch.everything(), before);
    check_nothing_left(&scratch);
}

#[test]
fn unfinished_business_of_the_persons_refuses() {
    let scratch = Scratch::with(&FILES);
    scratch.task(&[("a", Some("A\n"))]);
    scratch.git(&["checkout", "-q", "--detach"]);
    assert_eq!(scratch.land().unwrap_err().code(), "landing_detached_head");
    scratch.git(&["checkout", "-q", "main"]);
    fs::write(
        scratch.path(".git/MERGE_HEAD"),
        scratch.git(&["rev-parse", "HEAD"]),
    )
    .unwrap();
    assert_eq!(
        scratch.land().unwrap_err().code(),
        "landing_git_in_progress"
    );
    fs::remove_file(scratch.path(".git/MERGE_HEAD")).unwrap();
    fs::write(scratch.path(".git/index.lock"), "").unwrap();
    assert_eq!(scratch.land().unwrap_err().code(), "landing_index_locked");
    assert!(scratch.exists(".git/index.lock"));
    fs::remove_file(scratch.path(".git/index.lock")).unwrap();
    fs::write(scratch.path(".git/refs/heads/main.lock"), "").unwrap();
    let refusal = scratch.land().unwrap_err();
    assert_eq!(refusal.code(), "git_failed", "{refusal:?}");
    assert_eq!(scratch.read("a"), "a\n");
    fs::remove_file(scratch.path(".git/refs/heads/main.lock")).unwrap();
    assert_eq!(scratch.status(), Vec::<String>::new());
    scratch.land().unwrap();
    check_landed_clean(&scratch);
}

#[test]
fn a_file_becomes_a_folder_and_a_folder_a_file() {
    let scratch = Scratch::with(&[
        ("file", "f\n"),
        ("folder/one", "1\n"),
        ("folder/sub/two", "2\n"),
    ]);
    let worktree = scratch.worktree();
    fs::remove_file(worktree.path.join("file")).unwrap();
    write(&worktree.path, "file/inside", "i\n");
    fs::remove_dir_all(worktree.path.join("folder")).unwrap();
    write(&worktree.path, "folder", "now a file\n");
    scratch.commit(&worktree);

    scratch.write("folder/sub/mine", "untracked\n");
    check_in_the_way(&scratch, &[("folder/sub/mine", ObstacleReason::Untracked)]);
    fs::remove_file(scratch.path("folder/sub/mine")).unwrap();
    fs::create_dir_all(scratch.path("folder/empty/below")).unwrap();
    scratch.land().unwrap();
    assert_eq!(
        (scratch.read("file/inside"), scratch.read("folder")),
        ("i\n".into(), "now a file\n".into())
    );
    check_landed_clean(&scratch);
}

#[cfg(unix)]
#[test]
fn modes_and_links_land_and_links_of_the_persons_are_never_followed() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let scratch = Scratch::with(&[
        ("tool", "t\n"),
        ("file", "f\n"),
        ("d/x", "x\n"),
        ("e/x", "x\n"),
    ]);
    let worktree = scratch.worktree();
    let at = |path: &str| worktree.path.join(path);
    fs::set_permissions(at("tool"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::remove_file(at("file")).unwrap();
    symlink("tool", at("file")).unwrap();
    write(&worktree.path, "d/x", "X\n");
    write(&worktree.path, "e/new", "n\n");
    scratch.commit(&worktree);

    // The person's folders are links to elsewhere now: landing must not write there.
    let outside = scratch.beside("outside");
    write(&outside, "x", "x\n");
    for folder in ["d", "e"] {
        fs::remove_dir_all(scratch.path(folder)).unwrap();
        symlink(&outside, scratch.path(folder)).unwrap();
    }
    check_in_the_way(
        &scratch,
        &[
            ("d", ObstacleReason::Modified),
            ("e", ObstacleReason::Untracked),
        ],
    );
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 1);
    assert_eq!(fs::read_to_string(outside.join("x")).unwrap(), "x\n");

    for folder in ["d", "e"] {
        fs::remove_file(scratch.path(folder)).unwrap();
    }
    scratch.git(&["checkout", "-q", "."]);
    scratch.land().unwrap();
    assert_eq!(
        fs::metadata(scratch.path("tool"))
            .unwrap()
            .permissions()
            .mode()
            & 0o111,
        0o111
    );
    assert_eq!(
        fs::read_link(scratch.path("file")).unwrap().to_str(),
        Some("tool")
    );
    check_landed_clean(&scratch);
}

#[test]
fn line_ends_git_converts_are_no_uncommitted_work() {
    let scratch = Scratch::with(&[
        (".gitattributes", "*.txt text eol=crlf\n"),
        ("a.txt", "one\n"),
        ("b.txt", "two\n"),
    ]);
    for file in ["a.txt", "b.txt"] {
        fs::remove_file(scratch.path(file)).unwrap();
    }
    scratch.git(&["checkout", "-q", "."]);
    assert_eq!(scratch.read("a.txt"), "one\r\n");
    scratch.task(&[("a.txt", Some("ONE\n"))]);
    scratch.land().unwrap();
    assert_eq!(
        (scratch.read("a.txt"), scratch.read("b.txt")),
        ("ONE\n".into(), "two\r\n".into())
    );
    assert_eq!(scratch.status(), Vec::<String>::new());
}

#[test]
fn a_file_git_was_told_not_to_look_at_is_in_the_way_when_it_changed() {
    for flag in ["--assume-unchanged", "--skip-worktree"] {
        let scratch = Scratch::with(&FILES);
        scratch.task(&[("a", Some("A\n"))]);
        scratch.git(&["update-index", flag, "a"]);
        scratch.write("a", "settings of this machine\n");
        check_in_the_way(&scratch, &[("a", ObstacleReason::Modified)]);
        assert_eq!(scratch.read("a"), "settings of this machine\n");
    }
}

#[test]
fn work_that_would_send_files_through_a_program_is_refused() {
    let scratch = Scratch::with(&[("a", "a\n"), ("d/c", "c\n")]);
    scratch.task(&[("d/.gitattributes", Some("*.bin filter=lfs\n"))]);
    let before = scratch.everything();
    let refused = scratch.land().unwrap_err();
    assert_eq!(refused.code(), "landing_unservable");
    let cause = std::error::Error::source(&refused).unwrap().to_string();
    assert!(cause.contains("lfs") && cause.contains("d/.gitattributes"));
    assert_eq!(scratch.everything(), before);
    check_nothing_left(&scratch);
    scratch.git(&["merge", "-q", "refs/ampersand/t1/head"]);
    assert!(ampersand_git::Repository::attach(&scratch.root).is_err());
}

#[test]
fn a_task_without_commits_has_nothing_to_land() {
    let scratch = Scratch::with(&FILES);
    scratch.worktree();
    assert_eq!(
        scratch.land().unwrap_err().code(),
        "landing_nothing_committed"
    );
}

#[test]
fn a_commit_with_a_name_git_would_not_write_does_not_land() {
    let scratch = Scratch::with(&FILES);
    scratch.task(&[("a", Some("A\n"))]);
    let blob = scratch.git(&["rev-parse", "HEAD:a"]);
    let entry = format!("100644 blob {}\t", blob.trim());
    for name in ["git~1", ".git ", ".g\u{200c}it"] {
        let tree = feed_git(&scratch.root, &["mktree"], &format!("{entry}{name}\n"));
        let tree = tree.trim();
        let commit = scratch.git(&["commit-tree", "-p", "HEAD", "-m", "evil", tree]);
        scratch.git(&["update-ref", "refs/ampersand/t1/head", commit.trim()]);
        assert_eq!(
            scratch.land().unwrap_err().code(),
            "git_unsafe_path",
            "{name:?}"
        );
    }
}
