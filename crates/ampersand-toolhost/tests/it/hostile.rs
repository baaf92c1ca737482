//! Trees made to lead out, to hang, to exhaust or to deceive. Every tool answers in words and in time.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;

use ampersand_toolhost::Reply;
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use serde_json::{Value, json};

use crate::{Served, exists};

#[test]
fn no_path_and_no_link_leads_out() {
    let outside = tempfile::tempdir().unwrap();
    let secret = outside.path().join("secret");
    std::fs::write(&secret, "outside-content").unwrap();
    let mut served = Served::new();
    served.file("inside", "inside-content");
    symlink(&secret, served.path("link")).unwrap();
    symlink(outside.path(), served.path("folder")).unwrap();
    symlink("../../../../../../../../etc/passwd", served.path("up")).unwrap();
    symlink("/proc/self/environ", served.path("magic")).unwrap();
    symlink("inside", served.path("good")).unwrap();
    symlink("loop", served.path("loop")).unwrap();
    let absolute = secret.to_str().unwrap();
    for path in [
        "link",
        "folder/secret",
        "up",
        "magic",
        "../x",
        "a/../../x",
        absolute,
        "/",
        "/proc/self/cwd/inside",
    ] {
        for (tool, arguments) in [
            ("read", json!({"path": path})),
            ("search", json!({"pattern": ".", "path": path})),
            ("list", json!({"path": path})),
            ("edit", json!({"path": path, "old": "outside", "new": "x"})),
            ("write", json!({"path": path, "content": "x"})),
            ("rename", json!({"from": "inside", "to": path})),
        ] {
            let told = served.told(tool, arguments);
            let refused = ["path_outside", "path_not_a_file", "path_exists", "tool_io"];
            assert!(refused.contains(&told.as_str()), "{tool} {path}: {told}");
        }
    }
    assert_eq!(std::fs::read_to_string(&secret).unwrap(), "outside-content");
    assert_eq!(
        served.told("read", json!({"path": "good"})),
        "     1\tinside-content\n"
    );
    assert_eq!(served.told("read", json!({"path": "loop"})), "tool_io");
    assert_eq!(
        served.told("write", json!({"path": "good", "content": "x"})),
        "path_not_a_file"
    );
    // The link goes, what it points to stays.
    assert_eq!(
        served.told("delete", json!({"path": "folder"})),
        "deleted folder"
    );
    assert!(secret.exists());
    let Reply::Found { report } = served.call("find", json!({"pattern": "content"})).reply() else {
        panic!("no report");
    };
    assert_eq!(report.findings.len(), 1, "{report:?}");
}

#[test]
fn what_belongs_to_git_is_never_changed() {
    let mut served = Served::new();
    served.file(".git", "gitdir: elsewhere");
    served.file("sub/.git/config", "x");
    for path in [
        ".git",
        ".GIT",
        ".git.",
        "./.git",
        "sub/.git/config",
        "sub/../.git",
        ".git/hooks/pre-commit",
    ] {
        for (tool, arguments) in [
            ("write", json!({"path": path, "content": "x"})),
            ("edit", json!({"path": path, "old": "x", "new": "y"})),
            ("delete", json!({"path": path})),
            ("rename", json!({"from": path, "to": "taken"})),
        ] {
            assert_eq!(served.told(tool, arguments), "path_of_git", "{tool} {path}");
        }
    }
    assert_eq!(served.content(".git"), "gitdir: elsewhere");
}

#[cfg(target_os = "linux")]
#[test]
fn pipes_and_devices_are_refused_without_waiting() {
    let mut served = Served::new();
    rustix::fs::mkfifoat(rustix::fs::CWD, served.path("fifo"), rustix::fs::Mode::RWXU).unwrap();
    rustix::fs::mkfifoat(
        rustix::fs::CWD,
        served.path(".gitignore"),
        rustix::fs::Mode::RWXU,
    )
    .unwrap();
    let _listener = std::os::unix::net::UnixListener::bind(served.path("socket")).unwrap();
    for path in ["fifo", "socket"] {
        assert_eq!(
            served.told("read", json!({"path": path})),
            "path_not_a_file"
        );
        assert_eq!(
            served.told("search", json!({"pattern": "x", "path": path})),
            "path_not_a_file"
        );
        assert_eq!(
            served.told("edit", json!({"path": path, "old": "x", "new": "y"})),
            "path_not_a_file"
        );
    }
    assert_eq!(
        served.told("search", json!({"pattern": "x"})),
        "[nothing matches]\n"
    );
    assert!(
        matches!(served.call("scan", Value::Null).reply(), Reply::Scanned { survey } if survey.files.files == 0)
    );
}

#[test]
fn three_thousand_folders_below_one_another_are_left_out_and_said_so() {
    let mut served = Served::new();
    let mut folder = Dir::open_ambient_dir(served.folder.path(), ambient_authority()).unwrap();
    for _ in 0..3_000 {
        folder.create_dir("d").unwrap();
        folder = folder.open_dir("d").unwrap();
    }
    folder.write("bottom", "needle").unwrap();
    served.file("z", "needle");
    let searched = served.told("search", json!({"pattern": "needle"}));
    assert_eq!(searched, "z:1: needle\n[left out: 1 too deep folder]\n");
    assert!(
        served
            .told("list", json!({"depth": 100_000}))
            .ends_with("[left out: 1 too deep folder]\n")
    );
    let Reply::Scanned { survey } = served.call("scan", Value::Null).reply() else {
        panic!("no survey");
    };
    assert_eq!((survey.files.files, survey.skipped.deep), (1, 1));
    assert!(
        survey
            .report()
            .findings
            .iter()
            .any(|finding| finding.text.contains("too deep"))
    );
    flatten(&served);
}

/// The temporary folder's own removal descends by recursion, which this tree is too deep for.
fn flatten(served: &Served) {
    let root = Dir::open_ambient_dir(served.folder.path(), ambient_authority()).unwrap();
    while root.rename("d/d", &root, "e").is_ok() {
        root.remove_dir("d").unwrap();
        root.rename("e", &root, "d").unwrap();
    }
}

#[test]
fn a_file_of_five_terabytes_costs_nothing() {
    let mut served = Served::new();
    let file = std::fs::File::create(served.path("zeros")).unwrap();
    file.set_len(5 << 40).unwrap();
    served.file("text", "needle\n");
    let text = std::fs::File::options()
        .append(true)
        .open(served.path("text"))
        .unwrap();
    text.set_len(5 << 40).unwrap();
    assert_eq!(served.told("read", json!({"path": "zeros"})), "file_binary");
    assert_eq!(
        served.told("search", json!({"pattern": "needle"})),
        "[nothing matches]\n[left out: 2 too large files]\n"
    );
    assert_eq!(
        served.told("search", json!({"pattern": "needle", "path": "zeros"})),
        "[nothing matches]\n"
    );
    assert_eq!(
        served.told("edit", json!({"path": "text", "old": "needle", "new": "x"})),
        "file_too_large"
    );
    assert!(
        matches!(served.call("scan", Value::Null).reply(), Reply::Scanned { survey } if survey.files.bytes == 10 << 40 && survey.binary.files == 2)
    );
}

#[test]
fn names_that_are_no_text_and_names_that_deceive_are_spelled_out() {
    let mut served = Served::new();
    let names: [&[u8]; 4] = [
        b"bad-\xff\xfe",
        b"line\nfeed",
        b"\x1b[2J",
        "cod\u{202e}txt.exe".as_bytes(),
    ];
    for name in names {
        std::fs::write(served.folder.path().join(OsStr::from_bytes(name)), "needle").unwrap();
    }
    let listed = served.told("list", json!({}));
    assert_eq!(
        listed,
        "\\u{1b}[2J (6 bytes)\nbad-\u{fffd}\u{fffd} (6 bytes)\ncod\\u{202e}txt.exe (6 bytes)\nline\\nfeed (6 bytes)\n"
    );
    assert_eq!(
        served
            .told("search", json!({"pattern": "needle"}))
            .matches(":1: needle")
            .count(),
        4
    );
    assert!(!exists(&served.path("bad-")));
}

#[test]
fn rules_written_to_exhaust_are_bounded() {
    let mut served = Served::new();
    served.file(".gitignore", "**/a*a*a*a*a*a*a*a*b\n".repeat(20_000));
    served.file(&"a".repeat(200), "needle");
    assert!(
        served
            .told("search", json!({"pattern": "needle"}))
            .contains(":1: needle")
    );
    for pattern in ["(x{1000}){1000}", "(?:(?:a{999}){999}){999}"] {
        assert_eq!(
            served.told("search", json!({"pattern": pattern})),
            "pattern_unusable"
        );
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_process_that_gave_up_executing_cannot_take_it_back() {
    use std::io::{BufRead, BufReader, Write};
    use std::process::{Command, Stdio};

    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a"), "text").unwrap();
    #[expect(
        clippy::disallowed_methods,
        reason = "the real program is what is tested"
    )]
    let mut command = Command::new(env!("CARGO_BIN_EXE_ampersand-toolhost"));
    command
        .arg(ampersand_toolhost::DENY_EXEC)
        .current_dir(folder.path());
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut told = |request: Value| {
        writeln!(
            input,
            "{}",
            json!({"kind": "call", "id": 1, "call": request})
        )
        .unwrap();
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        serde_json::from_str::<Value>(&line).unwrap()
    };
    let refused = told(json!({"tool": "execute", "arguments": {"line": "id"}}));
    assert_eq!(refused["failure"]["code"], "execute_start", "{refused}");
    let read = told(json!({"tool": "read", "arguments": {"path": "a"}}));
    assert_eq!(read["reply"]["text"], "     1\ttext\n", "{read}");
    drop(input);
    assert!(child.wait().unwrap().success());
}

/// Four thousand times `needle`, packed as gzip does.
const PACKED: [u8; 83] = *b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xed\xc5\xa1\x11\x00\x00\x08\x04\xa0\xee\x9c\x7e\xf3\xdc\x3f\x3a\x86\x05\
    \x0a\x9b\xf4\xa4\x56\x92\x24\x49\x92\x24\x49\x92\x24\x49\x92\x24\x49\x92\x24\x49\x92\x24\x49\x92\x24\x49\x92\x24\
    \x49\x92\x24\x49\x92\x24\x49\x92\x24\x49\x92\x24\x49\x92\x24\x49\x92\xbe\x3b\x6c\x4e\x2e\xb0\x60\x6d\x00\x00";

/// Files that a preview would open: each would become something large, or something that acts.
fn to_be_previewed() -> Vec<(&'static str, Vec<u8>)> {
    let zip = [
        b"PK\x03\x04\x14\0\0\0\x08\0\0\0\0\0\0\0\0\0".as_slice(),
        &u32::MAX.to_le_bytes(),
        &u32::MAX.to_le_bytes(),
        b"\x06\0\0\0needle",
        &PACKED[10..],
    ];
    let huge_picture =
        b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\xff\xff\xff\0\xff\xff\xff\x08\x06\0\0\0needle";
    let document =
        b"%PDF-1.7\n1 0 obj<</Length 9999999999/Filter/FlateDecode/JS(needle)>>stream\n\0";
    let laughs =
        "<!DOCTYPE svg [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;\">]><svg onload=\"x()\">&b;</svg>";
    let notebook = format!(
        "{{\"cells\":[{{\"outputs\":[{{\"data\":{{\"image/png\":\"{}\",\"text/html\":\"<script>x()</script>\"}}}}]}}]}}",
        "A".repeat(5 << 20)
    );
    vec![
        ("bomb.zip", zip.concat()),
        ("bomb.gz", PACKED.into()),
        ("bomb.tar", [&b"needle"[..], &[0; 1 << 16]].concat()),
        ("huge.png", huge_picture.to_vec()),
        ("bomb.pdf", document.to_vec()),
        ("laughs.svg", laughs.into()),
        ("large.ipynb", notebook.into_bytes()),
    ]
}

#[test]
fn archives_and_documents_are_never_opened_and_text_among_them_is_bounded() {
    let mut served = Served::new();
    for (name, content) in to_be_previewed() {
        served.file(name, content);
    }
    for name in ["bomb.zip", "bomb.gz", "bomb.tar", "huge.png", "bomb.pdf"] {
        let told = served.told("read", json!({"path": name}));
        assert_eq!(told, "file_binary", "{name}");
    }
    let text = served.told("read", json!({"path": "laughs.svg"}));
    assert!(
        text.contains("&b;") && text.len() < 1000,
        "as it is written: {text}"
    );
    let text = served.told("read", json!({"path": "large.ipynb"}));
    assert!(text.len() < 70_000, "{} bytes", text.len());
    let found = served.told("search", json!({"pattern": "needle|hahaha"}));
    assert!(
        !found.contains("bomb.") && !found.contains("laughs"),
        "{found}"
    );
    let Reply::Scanned { survey } = served.call("scan", Value::Null).reply() else {
        panic!("no survey");
    };
    assert_eq!(survey.binary.files, 5);
    // Only what lies in the folder: nothing was unpacked beside it.
    assert_eq!(std::fs::read_dir(served.folder.path()).unwrap().count(), 7);
}
