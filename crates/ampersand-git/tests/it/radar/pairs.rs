//! Two sides that are joined on trial come to what `git merge-tree` says of them.

use std::fmt::Write as _;

use ampersand_git::Trial;

use super::{block_on, collide, trials};
use crate::scratch::{Scratch, feed_git, try_git_in};

/// Changes to the base: what a path holds then, or nothing.
type Changes<'a> = &'a [(&'a str, Option<&'a str>)];

const LINES: &str = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";

/// Everything starts from this.
const BASE: Changes<'_> = &[
    ("a", Some(LINES)),
    ("b", Some("b one\nb two\nb three\nb four\nb five\n")),
    ("d/x", Some("x one\nx two\nx three\nx four\nx five\n")),
    ("d/y", Some("y one\ny two\ny three\ny four\ny five\n")),
    (
        "d/z/deep",
        Some("deep one\ndeep two\ndeep three\ndeep four\n"),
    ),
    (
        "e/kept",
        Some("kept one\nkept two\nkept three\nkept four\n"),
    ),
];

const X: &str = "x one\nx two\nx three\nx four\nx five\n";
const Y: &str = "y one\ny two\ny three\ny four\ny five\n";
const DEEP: &str = "deep one\ndeep two\ndeep three\ndeep four\n";
const B: &str = "b one\nb two\nb three\nb four\nb five\n";

/// Name, both sides, and whether git joins them.
const CASES: &[(&str, Changes<'_>, Changes<'_>, bool)] = &[
    (
        "nothing in common",
        &[("a", Some("1\n"))],
        &[("b", None)],
        true,
    ),
    (
        "two ends of a file",
        &[("a", Some("0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n"))],
        &[("a", Some("1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n"))],
        true,
    ),
    (
        "one line",
        &[("a", Some("x\n2\n3\n4\n5\n6\n7\n8\n9\n"))],
        &[("a", Some("y\n2\n3\n4\n5\n6\n7\n8\n9\n"))],
        false,
    ),
    (
        "the same line alike",
        &[("a", Some("x\n"))],
        &[("a", Some("x\n"))],
        true,
    ),
    (
        "changed and gone",
        &[("a", Some("x\n"))],
        &[("a", None)],
        false,
    ),
    ("gone on both", &[("a", None)], &[("a", None)], true),
    (
        "two new ones of one name",
        &[("n", Some("1\n"))],
        &[("n", Some("2\n"))],
        false,
    ),
    (
        "one new one twice",
        &[("n", Some("1\n"))],
        &[("n", Some("1\n"))],
        true,
    ),
    (
        "a file where a folder comes",
        &[("n", Some("1\n"))],
        &[("n/m", Some("2\n"))],
        false,
    ),
    (
        "a folder where a file was",
        &[("a", None), ("a/m", Some("2\n"))],
        &[("a", Some("x\n"))],
        false,
    ),
    (
        "renamed and changed",
        &[("b", None), ("c", Some(B))],
        &[("b", Some("b one\nb two\nb three\nb four\nb 5\n"))],
        true,
    ),
    (
        "renamed twice",
        &[("b", None), ("c", Some(B))],
        &[("b", None), ("c2", Some(B))],
        false,
    ),
    (
        "renamed to where one is new",
        &[("b", None), ("c", Some(B))],
        &[("c", Some("new\n"))],
        false,
    ),
    (
        "renamed and gone",
        &[
            ("b", None),
            ("c", Some("b one\nb two\nb three\nb four\nb 5\n")),
        ],
        &[("b", None)],
        false,
    ),
    (
        "two renamed to one",
        &[("b", None), ("c", Some(B))],
        &[("d/x", None), ("c", Some(X))],
        false,
    ),
    (
        "a folder renamed, a new file in it",
        &[
            ("d/x", None),
            ("d/y", None),
            ("d/z/deep", None),
            ("f/x", Some(X)),
            ("f/y", Some(Y)),
            ("f/z/deep", Some(DEEP)),
        ],
        &[("d/new", Some("new\n"))],
        true,
    ),
    (
        "a folder renamed to where the new file already is",
        &[
            ("d/x", None),
            ("d/y", None),
            ("d/z/deep", None),
            ("f/x", Some(X)),
            ("f/y", Some(Y)),
            ("f/z/deep", Some(DEEP)),
            ("f/new", Some("other\n")),
        ],
        &[("d/new", Some("new\n"))],
        false,
    ),
    (
        "a folder split in two, a new file in it",
        &[
            ("d/x", None),
            ("d/y", None),
            ("d/z/deep", None),
            ("f/x", Some(X)),
            ("g/y", Some(Y)),
        ],
        &[("d/new", Some("new\n"))],
        false,
    ),
    (
        "a folder inside renamed, a new file in it",
        &[
            ("d/z/deep", None),
            ("h/deep", Some(DEEP)),
            ("h/new", Some("other\n")),
        ],
        &[("d/z/new", Some("new\n"))],
        false,
    ),
    (
        "a folder renamed, another file moved into it",
        &[
            ("d/x", None),
            ("d/y", None),
            ("d/z/deep", None),
            ("f/x", Some(X)),
            ("f/y", Some(Y)),
            ("f/z/deep", Some(DEEP)),
            ("f/b", Some("other\n")),
        ],
        &[("b", None), ("d/b", Some(B))],
        false,
    ),
    (
        "a folder renamed both ways",
        &[("d/z/deep", None), ("h/deep", Some(DEEP))],
        &[("d/z/deep", None), ("i/deep", Some(DEEP))],
        false,
    ),
    (
        "neighbours with names that begin alike",
        &[("e-1", Some("1\n"))],
        &[("e/new", Some("2\n"))],
        true,
    ),
];

/// Three commits: the base and both sides.
fn written(case: &str, ours: Changes<'_>, theirs: Changes<'_>) -> (Scratch, [String; 3]) {
    let scratch = Scratch::bare_bones();
    let mut import = String::new();
    let committer = "committer P <p@example.invalid> 0 +0000\ndata 0\n";
    for (name, changes) in [("base", BASE), ("ours", ours), ("theirs", theirs)] {
        write!(import, "commit refs/heads/{name}\n{committer}").unwrap();
        if name != "base" {
            import.push_str("from refs/heads/base\n");
        }
        for (path, text) in changes {
            match text {
                Some(text) => {
                    let length = text.len();
                    write!(import, "M 644 inline {path}\ndata {length}\n{text}\n").unwrap();
                }
                None => writeln!(import, "D {path}").unwrap(),
            }
        }
    }
    import.push_str("reset refs/heads/main\nfrom refs/heads/base\n");
    feed_git(&scratch.root, &["fast-import", "--quiet"], &import);
    let named = ["base", "ours", "theirs"].map(|name| {
        let commit = scratch.git(&["rev-parse", name]);
        assert_eq!(commit.trim().len(), 40, "{case}");
        commit.trim().to_owned()
    });
    (scratch, named)
}

#[track_caller]
fn check(case: &str, ours: Changes<'_>, theirs: Changes<'_>, joins: bool) {
    let (scratch, [base, our, their]) = written(case, ours, theirs);
    let (trials, _) = trials(&scratch);
    for [our, their] in [[&our, &their], [&their, &our]] {
        let merging = ["-c", "merge.directoryRenames=true", "merge-tree"];
        let args = [&merging[..], &["--write-tree", "-z", our, their]].concat();
        let (told, worked) = try_git_in(&scratch.root, &args);
        assert_eq!(worked, joins, "{case}, as git sees it: {told}");
        let paths = collide(&trials, &base, our, their);
        assert_eq!(paths.is_empty(), joins, "{case}: {paths:?}");
        let trial = Trial {
            base: base.clone(),
            below: None,
            ours: our.clone(),
            theirs: their.clone(),
        };
        let joined = block_on(trials.join(trial)).unwrap();
        assert_eq!(joined.collision.is_none(), joins, "{case}");
        if joins {
            let tree = told.split('\0').next().unwrap();
            assert_eq!(joined.tree, tree, "{case}: what they join to");
        }
    }
}

#[test]
fn both_sides_join_where_git_joins_them_and_nowhere_else() {
    for (case, ours, theirs, joins) in CASES {
        check(case, ours, theirs, *joins);
    }
}

#[test]
fn what_a_person_had_not_committed_is_told_from_the_branch() {
    let scratch = Scratch::with(&[("a", LINES), ("b", "b\n")]);
    let below = scratch.git(&["rev-parse", "HEAD"]).trim().to_owned();
    scratch.write("a", "mine\n2\n3\n4\n5\n6\n7\n8\n9\n");
    scratch.commit_all("as if it were a snapshot");
    let base = scratch.git(&["rev-parse", "HEAD"]).trim().to_owned();
    scratch.write("a", "ours\n2\n3\n4\n5\n6\n7\n8\n9\n");
    scratch.commit_all("work on it");
    let theirs = scratch.git(&["rev-parse", "HEAD"]).trim().to_owned();
    let (trials, _) = trials(&scratch);
    let trial = |below: Option<&str>| Trial {
        base: base.clone(),
        below: below.map(str::to_owned),
        ours: scratch.git(&["rev-parse", "HEAD~2"]).trim().to_owned(),
        theirs: theirs.clone(),
    };
    let found = |below| block_on(trials.collide(trial(below))).unwrap().unwrap();
    assert!(found(Some(&below)).uncommitted);
    assert!(!found(None).uncommitted);
    assert_eq!(found(None).paths, ["a"]);
}

#[test]
fn trials_leave_nothing_in_the_repository_and_their_names_act_on_nobody() {
    let (scratch, [base, our, their]) = written(
        "hostile",
        &[("n\u{1b}[31m", Some("1\n")), ("a", Some("x\n"))],
        &[("n\u{1b}[31m", Some("2\n")), ("a", Some("y\n"))],
    );
    // Whoever reads settings or attributes of the repository would run this.
    let planted = scratch.beside("planted");
    let driver = format!("touch {}", planted.display());
    scratch.git(&["config", "merge.evil.driver", &driver]);
    scratch.git(&["config", "merge.default", "evil"]);
    scratch.git(&["config", "core.hooksPath", "/tmp"]);
    std::fs::write(scratch.path(".git/info/attributes"), "* merge=evil\n").unwrap();
    let counted = || scratch.git(&["count-objects", "-v"]);
    let (before, objects) = (scratch.everything(), counted());
    let (trials, folder) = trials(&scratch);
    let paths = collide(&trials, &base, &our, &their);
    assert_eq!(paths, ["a", "n\\u{1b}[31m"]);
    assert_eq!((scratch.everything(), counted()), (before, objects));
    assert!(!planted.exists());
    assert!(folder.join("objects").is_dir());
    trials.clear().unwrap();
    assert_eq!(collide(&trials, &base, &our, &their), paths);
}
