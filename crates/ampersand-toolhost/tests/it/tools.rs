//! What each tool does when nobody is hostile, and how it refuses.

use ampersand_toolhost::{Ended, Executed, Outbound, Reply, ServeError};
use serde_json::{Value, json};

use crate::{Served, exists};

#[test]
fn reading_numbers_the_lines_and_says_what_is_missing() {
    let mut served = Served::new();
    served.file("a.txt", "one\r\ntwo\nthree");
    served.file("empty", "");
    served.file("long", "x".repeat(5_000));
    served.file("many", "y\n".repeat(3_000));
    for (arguments, expected) in [
        (
            json!({"path": "a.txt"}),
            "     1\tone\n     2\ttwo\n     3\tthree\n".to_owned(),
        ),
        (
            json!({"path": "./a.txt", "from_line": 2, "lines": 1}),
            "     2\ttwo\n[more follows; go on with from_line 3]".to_owned(),
        ),
        (
            json!({"path": "a.txt", "from_line": 9}),
            "[the file ends after line 3]".to_owned(),
        ),
        (json!({"path": "empty"}), "[the file is empty]".to_owned()),
        (
            json!({"path": "long"}),
            format!("     1\t{} […]\n", "x".repeat(2_000)),
        ),
        (json!({"path": "missing"}), "path_missing".to_owned()),
        (json!({"path": "."}), "path_not_a_file".to_owned()),
    ] {
        assert_eq!(
            served.told("read", arguments.clone()),
            expected,
            "{arguments}"
        );
    }
    assert!(
        served
            .told("read", json!({"path": "many"}))
            .ends_with("go on with from_line 2001]")
    );
}

#[test]
fn listing_and_searching_leave_out_what_git_ignores() {
    let mut served = Served::new();
    served.file(".gitignore", "/target\n*.log\n");
    served.file(".git/config", "needle");
    served.file("target/x", "needle");
    served.file("src/.gitignore", "!kept.log\nsecret/\n");
    served.file("src/a.rs", "hay\nneedle (1)\n");
    served.file("src/kept.log", "needle (2)");
    served.file("src/other.log", "needle");
    served.file("src/secret/b", "needle");
    served.file("binary", b"needle\0");
    let searched = "src/a.rs:2: needle (1)\nsrc/kept.log:1: needle (2)\n";
    assert_eq!(
        served.told("search", json!({"pattern": "need[l]e"})),
        searched
    );
    assert_eq!(
        served.told("search", json!({"pattern": "needle", "path": "src"})),
        searched
    );
    for (arguments, expected) in [
        (
            json!({"pattern": "(1)", "literal": true}),
            "src/a.rs:2: needle (1)\n",
        ),
        (
            json!({"pattern": "needle", "path": "src/a.rs"}),
            "src/a.rs:2: needle (1)\n",
        ),
        (
            json!({"pattern": "needle", "limit": 1}),
            "src/a.rs:2: needle (1)\n[stopped after 1 line; narrow the search]\n",
        ),
        (json!({"pattern": "absent"}), "[nothing matches]\n"),
        (json!({"pattern": "("}), "pattern_unusable"),
        (json!({"pattern": ""}), "pattern_unusable"),
    ] {
        assert_eq!(
            served.told("search", arguments.clone()),
            expected,
            "{arguments}"
        );
    }
    let listed = served.told("list", json!({}));
    assert_eq!(
        listed,
        ".gitignore (14 bytes)\nbinary (7 bytes)\nsrc/\n  .gitignore (18 bytes)\n  a.rs (15 bytes)\n  kept.log (10 bytes)\n"
    );
    assert_eq!(
        served
            .told("list", json!({"depth": 1, "path": "src"}))
            .lines()
            .count(),
        3
    );
}

#[test]
fn files_are_edited_written_renamed_and_deleted() {
    let mut served = Served::new();
    served.file("a.txt", "one\ntwo\n");
    assert_eq!(
        served.told("edit", json!({"path": "a.txt", "old": "two", "new": "2"})),
        "changed a.txt at line 2"
    );
    assert_eq!(served.content("a.txt"), "one\n2\n");
    assert_eq!(
        served.told("edit", json!({"path": "a.txt", "old": "three", "new": ""})),
        "edit_no_match"
    );
    assert_eq!(
        served.told("write", json!({"path": "new/deep/b.txt", "content": "b\n"})),
        "created new/deep/b.txt, 1 line"
    );
    assert_eq!(
        served.told("write", json!({"path": "new/deep/b.txt", "content": "c\n"})),
        "replaced new/deep/b.txt, 1 line"
    );
    assert_eq!(
        served.told("rename", json!({"from": "new/deep/b.txt", "to": "c.txt"})),
        "renamed new/deep/b.txt to c.txt"
    );
    assert_eq!(served.content("c.txt"), "c\n");
    assert_eq!(
        served.told("rename", json!({"from": "a.txt", "to": "c.txt"})),
        "path_exists"
    );
    assert_eq!(
        served.told("delete", json!({"path": "c.txt"})),
        "deleted c.txt"
    );
    assert_eq!(
        served.told("delete", json!({"path": "new/deep"})),
        "deleted new/deep"
    );
    assert_eq!(
        served.told("delete", json!({"path": "new/deep"})),
        "path_missing"
    );
    let left: Vec<_> = std::fs::read_dir(served.path("."))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left.len(), 2, "nothing is left beside: {left:?}");
}

#[test]
fn an_edit_keeps_the_mode_and_does_not_reach_a_hard_link() {
    use std::os::unix::fs::PermissionsExt;
    let mut served = Served::new();
    served.file("run.sh", "#!/bin/sh\n");
    std::fs::set_permissions(
        served.path("run.sh"),
        std::fs::Permissions::from_mode(0o751),
    )
    .unwrap();
    std::fs::hard_link(served.path("run.sh"), served.path("other")).unwrap();
    served.told("write", json!({"path": "run.sh", "content": "changed"}));
    let mode = served
        .path("run.sh")
        .metadata()
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(
        (served.content("run.sh").as_str(), mode & 0o777),
        ("changed", 0o751)
    );
    assert_eq!(served.content("other"), "#!/bin/sh\n");
}

fn executed(served: &mut Served, arguments: Value) -> (Executed, String) {
    let answer = served.call("execute", arguments);
    let streamed = answer.before.iter().map(|message| match message {
        Outbound::Output { text, .. } => text.as_str(),
        other => panic!("{other:?}"),
    });
    let streamed = streamed.collect();
    match answer.reply() {
        Reply::Executed(executed) => (executed, streamed),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_command_streams_its_output_and_tells_how_it_ended() {
    let mut served = Served::new();
    for (line, ended, output) in [
        (
            "echo out; echo err >&2; exit 3",
            Ended::Exited { status: 3 },
            "out\nerr\n",
        ),
        ("kill -9 $$", Ended::Signalled { signal: 9 }, ""),
        ("cat", Ended::Exited { status: 0 }, ""),
        // A program left in the background holds the pipe; the answer does not wait for it.
        (
            "sleep 30 & echo started",
            Ended::Exited { status: 0 },
            "started\n",
        ),
    ] {
        let (executed, streamed) = executed(&mut served, json!({ "line": line }));
        assert_eq!(
            (executed.ended, executed.output.as_str()),
            (ended, output),
            "{line}"
        );
        assert_eq!(streamed, output);
    }
    assert!(matches!(
        served
            .call("execute", json!({"line": "sleep 60", "timeout_s": 0}))
            .reply(),
        Reply::Executed(Executed {
            ended: Ended::TimedOut,
            ..
        })
    ));
}

#[test]
fn long_output_keeps_its_beginning_and_its_end() {
    let mut served = Served::new();
    let line = "echo first; i=0; while [ $i -lt 2000 ]; do echo 'a line of some forty characters, no more'; i=$((i+1)); done; echo last";
    let (executed, streamed) = executed(&mut served, json!({ "line": line }));
    assert!(executed.output.len() < 33_000, "{}", executed.output.len());
    assert!(executed.output.starts_with("first\n") && executed.output.ends_with("last\n"));
    assert!(executed.output.contains("bytes left out"));
    assert_eq!(streamed.len(), 6 + 2000 * 41 + 5);
}

#[test]
fn a_cancelled_command_is_killed_with_its_children() {
    let mut served = Served::new();
    let id = served.begin(
        "execute",
        json!({"line": "(sleep 60; echo never > late) & echo up; wait"}),
    );
    assert_eq!(
        served.next(),
        Outbound::Output {
            id,
            text: "up\n".to_owned()
        }
    );
    served.cancel(id);
    let answer = served.answer().reply();
    assert!(
        matches!(
            answer,
            Reply::Executed(Executed {
                ended: Ended::Cancelled,
                ..
            })
        ),
        "{answer:?}"
    );
    assert!(!exists(&served.path("late")));
}

#[test]
fn a_scan_tells_languages_secrets_and_dependencies_and_hides_what_it_must() {
    let mut served = Served::new();
    let token = format!("ghp_{}", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8");
    served.file(
        "src/main.rs",
        format!("fn main() {{}}\n// TODO: use {token}\n"),
    );
    served.file("Cargo.toml", "[dependencies]\nserde = \"1\"\n");
    served.file("package.json", "{ not json");
    served.file("blob", b"\0\0");
    let Reply::Scanned { survey } = served.call("scan", Value::Null).reply() else {
        panic!("no survey");
    };
    let report = survey.report();
    assert_eq!(
        report.headline,
        "Rust, 5 lines in 4 files; 1 likely secret, 1 TODO, 1 dependency"
    );
    let findings: Vec<_> = report
        .findings
        .iter()
        .map(|finding| (finding.text.as_str(), finding.path.as_deref(), finding.line))
        .collect();
    assert_eq!(
        findings,
        [
            (
                "GitHub token: ghp_\u{2026} (40 characters)",
                Some("src/main.rs"),
                Some(2)
            ),
            ("a manifest that cannot be read", Some("package.json"), None),
            (
                "// TODO: use ghp_\u{2026} (40 characters)",
                Some("src/main.rs"),
                Some(2)
            ),
        ]
    );
    assert!(
        !serde_json::to_string(&survey)
            .unwrap()
            .contains(&token[..12])
    );
    assert!(
        !report.summary.contains(&token[..12]) && report.summary.contains("| Rust | 1 | 2 |"),
        "{}",
        report.summary
    );
}

#[test]
fn finding_looks_at_names_and_lines() {
    let mut served = Served::new();
    served.file("src/auth.rs", "mod token;\nfn Auth() {}\n");
    served.file("src/other.rs", "use auth;\n");
    let Reply::Found { report } = served.call("find", json!({"pattern": "auth"})).reply() else {
        panic!("no report");
    };
    assert_eq!(
        report.headline,
        "\u{201c}auth\u{201d}: 2 lines in 2 files, 1 file name"
    );
    let places: Vec<_> = report
        .findings
        .iter()
        .map(|finding| (finding.path.as_deref().unwrap(), finding.line))
        .collect();
    assert_eq!(
        places,
        [
            ("src/auth.rs", None),
            ("src/auth.rs", Some(2)),
            ("src/other.rs", Some(1))
        ]
    );
    let Reply::Found { report } = served.call("find", json!({"pattern": "Auth"})).reply() else {
        panic!("no report");
    };
    assert_eq!(
        report.findings.len(),
        1,
        "capitals count once there are any"
    );
    let Reply::Found { report } = served.call("find", json!({"pattern": "zebra"})).reply() else {
        panic!("no report");
    };
    assert_eq!(
        report.headline,
        "\u{201c}zebra\u{201d} is nowhere in 2 files"
    );
}

#[test]
fn the_end_of_input_ends_the_process_and_a_line_that_is_no_request_does_too() {
    assert!(Served::new().end().is_ok());
    let mut served = Served::new();
    served.send(b"{\"kind\":\"call\"}");
    assert!(matches!(served.end(), Err(ServeError::NotARequest(_))));
}
