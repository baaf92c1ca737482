//! Commits an agent made by itself: those of git itself are taken over, made ones are not, and nothing else moves.

mod craft;
mod exhaust;

use std::fs;

use ampersand_git::{CommitId, ImportError, ImportLimits, Imported, Shadow, Worktree};
use craft::{COMMIT, Craft, TREE, tree};

use crate::scratch::{Scratch, try_git_in, write};

/// Runs git as an agent does in its private repository; returns what it printed.
#[track_caller]
fn git_as_agent(worktree: &Worktree, shadow: &Shadow, args: &[&str]) -> Vec<u8> {
    let git_dir = format!("--git-dir={}", shadow.git_dir.display());
    let work_tree = format!("--work-tree={}", worktree.path.display());
    let all = [&[&*git_dir, &*work_tree], args].concat();
    crate::scratch::bytes_of_git(&worktree.path, &all)
}

fn base(scratch: &Scratch) -> CommitId {
    scratch.attach().head().unwrap()
}

fn import(scratch: &Scratch, bundle: &[u8]) -> Result<Imported, ImportError> {
    let limits = ImportLimits::default();
    scratch
        .attach()
        .import_bundle("t1", base(scratch), bundle, limits)
}

/// What must be the same after a bundle was refused: references, objects, and no quarantine.
fn traces(scratch: &Scratch) -> String {
    let mut names: Vec<_> = fs::read_dir(scratch.path(".git"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let objects = scratch.git(&["count-objects", "-v"]);
    format!("{names:?}\n{objects}\n{}", scratch.everything())
}

#[track_caller]
fn refused(scratch: &Scratch, bundle: &[u8], code: &str) {
    let before = traces(scratch);
    let error = import(scratch, bundle).unwrap_err();
    assert_eq!(error.code(), code, "{error}");
    assert!(!error.hint().is_empty());
    assert_eq!(traces(scratch), before);
}

#[test]
fn what_an_agent_committed_by_itself_is_taken_over_and_nothing_else_moves() {
    let long: String = (0..4000).map(|line| format!("line {line}\n")).collect();
    let scratch = Scratch::with(&[("long.txt", &long), ("a.txt", "a\n")]);
    let worktree = scratch.worktree();
    let repository = scratch.attach();
    let folder = scratch.beside("shadow");
    let shadow = repository.make_shadow(&worktree, &folder).unwrap();
    let git = |args: &[&str]| git_as_agent(&worktree, &shadow, args);
    assert_eq!(git(&["status", "--porcelain"]), b"");

    let before = scratch.everything();
    let since = format!("^{}", worktree.base);
    for (nth, text) in ["one", "two"].into_iter().enumerate() {
        write(&worktree.path, "long.txt", &long.replace("line 7\n", text));
        write(&worktree.path, &format!("new/{text}.txt"), text);
        git(&["add", "-A"]);
        git(&["commit", "-q", "-m", text]);
        let bundle = git(&["bundle", "create", "-q", "-", "HEAD", &since]);
        let imported = import(&scratch, &bundle).unwrap();
        assert_eq!(imported.commits, u32::try_from(nth).unwrap() + 1);
        assert_eq!(repository.task_own("t1").unwrap(), Some(imported.tip));
        let told = scratch.git(&["log", "-1", "--format=%s", "refs/ampersand/t1/own"]);
        assert_eq!(told.trim(), text);
    }
    let own = |line: &&str| !line.ends_with("refs/ampersand/t1/own");
    let after = scratch.everything();
    assert_eq!(
        after.lines().filter(own).collect::<Vec<_>>().join("\n"),
        before.trim_end()
    );
    scratch.git(&["fsck", "--strict", "--full"]);
    // An attempt that goes on finds what it had committed.
    assert_eq!(repository.make_shadow(&worktree, &folder).unwrap(), shadow);
    assert_eq!(git(&["log", "-1", "--format=%s"]), b"two\n");
    repository.forget_task("t1").unwrap();
    assert_eq!(repository.task_own("t1").unwrap(), None);
}

#[test]
fn folders_that_lead_elsewhere_are_refused() {
    let scratch = Scratch::with(&[("a.txt", "a\n")]);
    for name in [
        "..",
        ".",
        ".git",
        ".GIT",
        "GIT~1",
        ".git ",
        ".git.",
        ".g\u{200c}it",
        "a/b",
        "../x",
        "x\\.git",
    ] {
        for mode in ["100644", "120000", "40000"] {
            refused(&scratch, &holding(&scratch, mode, name), "import_hostile");
        }
    }
    for name in [
        ".gitmodules",
        ".gitattributes",
        ".gitignore",
        ".mailmap",
        ".GitModules",
        "GITMOD~1",
    ] {
        refused(
            &scratch,
            &holding(&scratch, "120000", name),
            "import_hostile",
        );
    }
    for mode in ["160000", "100664", "040000", "0100644"] {
        refused(&scratch, &holding(&scratch, mode, "sub"), "import_hostile");
    }
}

#[test]
fn names_that_are_others_on_windows_are_refused_unless_they_were_there() {
    let scratch = Scratch::with(&[("a.txt", "a\n")]);
    for name in ["con", "aux.txt", "NUL", "com1.log", "a.", "a ", "a:b"] {
        refused(
            &scratch,
            &holding(&scratch, "100644", name),
            "import_hostile",
        );
    }
    let scratch = Scratch::with(&[("drivers/aux.c", "a\n")]);
    let worktree = scratch.worktree();
    let repository = scratch.attach();
    let folder = scratch.beside("shadow");
    let shadow = repository.make_shadow(&worktree, &folder).unwrap();
    write(&worktree.path, "drivers/aux.c", "b\n");
    git_as_agent(&worktree, &shadow, &["commit", "-q", "-a", "-m", "change"]);
    let bundle = git_as_agent(
        &worktree,
        &shadow,
        &["bundle", "create", "-q", "-", "HEAD", "^HEAD~"],
    );
    import(&scratch, &bundle).unwrap();
}

/// A bundle of one commit on the base, whose folder has one entry.
fn holding(scratch: &Scratch, mode: &str, name: &str) -> Vec<u8> {
    let mut craft = Craft::default();
    let content = if mode == "40000" {
        let blob = craft.blob(b"content");
        craft.whole(TREE, &tree(&[("100644", "inner", blob)]))
    } else {
        craft.blob(b"content")
    };
    let root = craft.whole(TREE, &tree(&[(mode, name, content)]));
    let commit = craft.commit(root, &[base(scratch)]);
    craft.bundle(&[base(scratch)], commit)
}

#[test]
fn commits_that_are_not_the_tasks_are_refused() {
    let scratch = Scratch::with(&[("a.txt", "a\n")]);
    scratch.write("a.txt", "b\n");
    scratch.git(&["checkout", "-q", "-b", "other"]);
    scratch.commit_all("somebody else's");
    let other = base(&scratch);
    scratch.git(&["checkout", "-q", "main"]);
    let mut craft = Craft::default();
    let blob = craft.blob(b"content");
    let root = craft.whole(TREE, &tree(&[("100644", "a", blob)]));
    // On a commit of another branch, whatever the head says.
    let (on_other, on_base) = (
        craft.commit(root, &[other]),
        craft.commit(root, &[base(&scratch)]),
    );
    refused(
        &scratch,
        &craft.bundle(&[base(&scratch)], on_other),
        "import_foreign",
    );
    refused(
        &scratch,
        &craft.bundle(&[other], on_other),
        "import_foreign",
    );
    refused(&scratch, &craft.bundle(&[], on_base), "import_foreign");
    let both = craft.commit(root, &[base(&scratch), other]);
    refused(
        &scratch,
        &craft.bundle(&[base(&scratch)], both),
        "import_foreign",
    );
    // Without any before it.
    let root_commit = craft.commit(root, &[]);
    refused(
        &scratch,
        &craft.bundle(&[base(&scratch)], root_commit),
        "import_foreign",
    );
    // Nothing new, and something that is not there.
    refused(
        &scratch,
        &craft.bundle(&[base(&scratch)], other),
        "import_foreign",
    );
    let nowhere = CommitId::try_from("7".repeat(40)).unwrap();
    refused(
        &scratch,
        &craft.bundle(&[base(&scratch)], nowhere),
        "import_malformed",
    );
    // What is no commit is none for being called so.
    let craft_tree = CommitId::try_from(root.to_string()).unwrap();
    refused(
        &scratch,
        &craft.bundle(&[base(&scratch)], craft_tree),
        "import_malformed",
    );
    let bundle = craft.bundle(&[base(&scratch)], on_base);
    let task = "../t1";
    let error =
        scratch
            .attach()
            .import_bundle(task, base(&scratch), &*bundle, ImportLimits::default());
    assert_eq!(error.unwrap_err().code(), "worktree_task_name");
    import(&scratch, &bundle).unwrap();
}

#[test]
fn an_object_that_is_there_is_not_written_again() {
    let scratch = Scratch::with(&[("a.txt", "the very same\n")]);
    let mut craft = Craft::default();
    let there = craft.blob(b"the very same\n");
    let root = craft.whole(TREE, &tree(&[("100644", "b.txt", there)]));
    let commit = craft.commit(root, &[base(&scratch)]);
    import(&scratch, &craft.bundle(&[base(&scratch)], commit)).unwrap();
    let packs = fs::read_dir(scratch.path(".git/objects/pack")).unwrap();
    let index = packs
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|end| end == "idx"));
    let (listed, worked) = try_git_in(
        &scratch.root,
        &["verify-pack", "-v", index.unwrap().to_str().unwrap()],
    );
    assert!(worked, "{listed}");
    assert!(
        listed.contains(&commit.to_string()) && !listed.contains(&there.to_string()),
        "{listed}"
    );
}

#[test]
fn what_only_looks_like_an_object_is_refused() {
    let scratch = Scratch::with(&[("a.txt", "a\n")]);
    let base = base(&scratch);
    for (kind, content) in [
        (COMMIT, &b"tree nothing\n\n"[..]),
        (COMMIT, b""),
        (TREE, b"100644 a\0short"),
        (4, b"object 1\ntype commit\n"),
        (0, b"x"),
        (5, b"x"),
    ] {
        let mut craft = Craft::default();
        let blob = craft.blob(b"content");
        let root = craft.whole(TREE, &tree(&[("100644", "a", blob)]));
        craft.raw(kind, content);
        let commit = craft.commit(root, &[base]);
        refused(&scratch, &craft.bundle(&[base], commit), "import_malformed");
    }
}
