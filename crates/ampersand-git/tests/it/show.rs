//! Work is shown in the checkout and the checkout is put back, file for file, whatever happened in between.

use std::fs;
use std::path::Path;

use ampersand_git::{CommitLimits, LandRefusal, PutBack, Shown};

use crate::scratch::Scratch;

const FILES: [(&str, &str); 4] = [("a", "a\n"), ("b", "b\n"), ("d/c", "c\n"), ("d/e", "e\n")];
const CHANGES: [(&str, Option<&str>); 3] = [
    ("a", Some("A\n")),
    ("d/c", None),
    ("new/in/file", Some("n\n")),
];

fn show(scratch: &Scratch) -> Result<Shown, LandRefusal> {
    let home = scratch.beside("home");
    scratch.attach().show(&scratch.preview()?, &home)
}

fn put_back(scratch: &Scratch) -> PutBack {
    scratch.attach().put_back().unwrap().unwrap()
}

/// Names, content and time of every file of the checkout.
fn files(scratch: &Scratch) -> Vec<String> {
    fn walk(folder: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if entry.file_name() == ".git" {
                continue;
            }
            if path.is_dir() {
                found.push(path.display().to_string());
                walk(&path, found);
            } else {
                let (content, about) = (fs::read(&path).unwrap(), path.symlink_metadata().unwrap());
                let (time, mode) = (about.modified().unwrap(), about.permissions());
                found.push(format!("{} {content:?} {time:?} {mode:?}", path.display()));
            }
        }
    }
    let mut found = Vec::new();
    walk(&scratch.root, &mut found);
    found.sort();
    found
}

#[test]
fn a_checkout_is_put_back_as_it_was_with_what_was_uncommitted_in_it() {
    for moves in [false, true] {
        let scratch = Scratch::with(&FILES);
        scratch.task(&CHANGES);
        scratch.at_work(moves);
        let (before, all) = (files(&scratch), scratch.everything());
        let shown = show(&scratch).unwrap();
        assert_eq!((shown.task.as_str(), shown.files), ("t1", 3));
        assert_eq!(scratch.attach().shown().unwrap(), Some(shown));
        assert_eq!(scratch.read("a"), "A\n");
        assert!(!scratch.exists("d/c") && scratch.exists("new/in/file"));
        assert_eq!(scratch.read("d/e"), "staged and dirty\n");
        assert_eq!(scratch.read("b"), if moves { "B\n" } else { "b\n" });
        let kept = put_back(&scratch).kept;
        assert_eq!(kept, Vec::<String>::new());
        assert_eq!(files(&scratch), before, "{moves}");
        assert_eq!(scratch.everything(), all);
        assert!(!scratch.exists(".git/ampersand-shown") && !scratch.exists(".git/index.lock"));
        assert_eq!(scratch.attach().put_back().unwrap(), None);
        scratch.land().unwrap();
    }
}

#[test]
fn nothing_is_shown_where_something_is_in_the_way_or_shown_already() {
    let scratch = Scratch::with(&FILES);
    scratch.task(&CHANGES);
    scratch.write("a", "mine\n");
    let before = scratch.everything();
    let refused = show(&scratch).unwrap_err();
    assert_eq!(refused.code(), "landing_in_the_way");
    assert_eq!(scratch.everything(), before);
    assert_eq!(scratch.attach().shown().unwrap(), None);
    scratch.git(&["checkout", "-q", "a"]);
    let before = scratch.everything();
    let preview = scratch.preview().unwrap();
    let home = scratch.beside("home");
    scratch.attach().show(&preview, &home).unwrap();
    for refused in [
        scratch.attach().show(&preview, &home).map(drop),
        scratch.attach().land(&preview, "m").map(drop),
    ] {
        let refused = refused.unwrap_err();
        assert_eq!(refused.code(), "landing_shown", "{refused}");
    }
    put_back(&scratch);
    assert_eq!(scratch.everything(), before);
    assert_eq!(scratch.read("a"), "a\n");
}

#[test]
fn what_the_person_did_meanwhile_is_theirs() {
    let scratch = Scratch::with(&FILES);
    scratch.task(&CHANGES);
    show(&scratch).unwrap();
    scratch.write("a", "mine\n");
    scratch.write("d/c", "written anew\n");
    scratch.write("new/in/other", "mine too\n");
    let PutBack { task, kept } = put_back(&scratch);
    assert_eq!(
        (task.as_str(), kept),
        ("t1", vec!["a".into(), "d/c".into()])
    );
    assert_eq!(scratch.read("a"), "mine\n");
    assert_eq!(scratch.read("d/c"), "written anew\n");
    assert!(!scratch.exists("new/in/file") && scratch.exists("new/in/other"));
    assert!(!scratch.exists(".git/ampersand-shown"));
}

#[test]
fn what_was_shown_and_removed_comes_back_and_what_was_committed_stays() {
    let scratch = Scratch::with(&FILES);
    scratch.task(&CHANGES);
    show(&scratch).unwrap();
    fs::remove_file(scratch.path("a")).unwrap();
    scratch.git(&["add", "new/in/file"]);
    scratch.git(&["commit", "-q", "-m", "Taken by hand", "new/in/file"]);
    assert_eq!(put_back(&scratch).kept, Vec::<String>::new());
    assert_eq!(scratch.read("a"), "a\n");
    assert_eq!(scratch.read("d/c"), "c\n");
    assert_eq!(scratch.read("new/in/file"), "n\n");
    assert_eq!(scratch.status(), Vec::<String>::new());
}

#[test]
fn showing_that_was_cut_off_at_any_step_is_put_back() {
    for step in 0..6 {
        let scratch = Scratch::with(&FILES);
        scratch.task(&CHANGES);
        let before = files(&scratch);
        show(&scratch).unwrap();
        // As it stands after so many of what showing does, the lock still held.
        let undo: [&dyn Fn(); 5] = [
            &|| {
                fs::rename(
                    scratch.path("new/in/file"),
                    scratch.path(".git/ampersand-shown/new-2"),
                )
                .unwrap()
            },
            &|| fs::remove_dir_all(scratch.path("new")).unwrap(),
            &|| {
                fs::rename(
                    scratch.path("a"),
                    scratch.path(".git/ampersand-shown/new-0"),
                )
                .unwrap()
            },
            &|| {
                fs::rename(
                    scratch.path(".git/ampersand-shown/old-0"),
                    scratch.path("a"),
                )
                .unwrap()
            },
            &|| {
                fs::rename(
                    scratch.path(".git/ampersand-shown/old-1"),
                    scratch.path("d/c"),
                )
                .unwrap()
            },
        ];
        undo.iter().take(step).for_each(|undo| undo());
        fs::write(
            scratch.path(".git/index.lock"),
            "held while a task's work lands\n",
        )
        .unwrap();
        assert_eq!(put_back(&scratch).kept, Vec::<String>::new(), "{step}");
        assert_eq!(files(&scratch), before, "{step}");
        assert!(!scratch.exists(".git/index.lock"));
    }
}

#[test]
fn a_task_that_starts_meanwhile_starts_from_what_is_the_persons() {
    let scratch = Scratch::with(&FILES);
    scratch.task(&CHANGES);
    show(&scratch).unwrap();
    scratch.write("b", "mine\n");
    let start = || {
        let start = scratch
            .attach()
            .starting_point("t2", CommitLimits::default());
        let start = start.unwrap();
        let held = scratch.git(&["ls-tree", "-r", "--name-only", &start.start().to_string()]);
        let read = |path: &str| scratch.git(&["show", &format!("{}:{path}", start.start())]);
        (start.uncommitted, held, read("a"), read("b"))
    };
    let (uncommitted, held, a, b) = start();
    assert_eq!(held.lines().collect::<Vec<_>>(), ["a", "b", "d/c", "d/e"]);
    assert_eq!((uncommitted, a.trim(), b.trim()), (1, "a", "mine"));
    scratch.write("a", "A and mine\n");
    let (uncommitted, _, a, _) = start();
    assert_eq!(
        (uncommitted, a.trim()),
        (2, "A and mine"),
        "edited on top of what is shown"
    );
}
