//! Differences: complete within their bounds, and safe to show.

use std::fs;

use ampersand_git::{DiffLimits, FileKind, LineKind};

use crate::scratch::{Scratch, write};

#[test]
fn a_difference_names_every_kind_of_change() {
    let long: String = (0..40).map(|at| format!("line {at}\n")).collect();
    let scratch = Scratch::with(&[("keep", "1\n2\n3\n"), ("gone", "g\n"), ("old/name", &long)]);
    let worktree = scratch.worktree();
    write(&worktree.path, "keep", "1\ntwo\n3\n");
    write(&worktree.path, "new", "n");
    write(&worktree.path, "blob", "a\0b");
    fs::remove_file(worktree.path.join("gone")).unwrap();
    fs::create_dir(worktree.path.join("fresh")).unwrap();
    fs::rename(
        worktree.path.join("old/name"),
        worktree.path.join("fresh/name"),
    )
    .unwrap();
    let head = scratch.commit(&worktree).commit.unwrap().id;
    let repository = scratch.attach();

    let stat = repository.diffstat(worktree.base, head).unwrap();
    let named: Vec<_> = stat
        .files
        .iter()
        .map(|file| (file.path.as_str(), file.kind, file.added, file.removed))
        .collect();
    assert_eq!(
        named,
        vec![
            ("blob", FileKind::Added, 0, 0),
            ("fresh/name", FileKind::Renamed, 0, 0),
            ("gone", FileKind::Removed, 0, 1),
            ("keep", FileKind::Modified, 1, 1),
            ("new", FileKind::Added, 1, 0),
        ]
    );
    assert_eq!((stat.count, stat.added, stat.removed), (5, 2, 2));

    let diff = repository
        .diff(worktree.base, head, DiffLimits::default())
        .unwrap();
    assert!(diff.files[0].binary && diff.files[0].hunks.is_empty());
    assert_eq!(diff.files[1].old_path.as_deref(), Some("old/name"));
    let keep = &diff.files[3].hunks[0];
    assert_eq!(keep.header, "@@ -1,3 +1,3 @@");
    let lines: Vec<_> = keep
        .lines
        .iter()
        .map(|line| (line.kind, line.old_no, line.new_no, line.text.as_str()))
        .collect();
    assert_eq!(
        lines,
        vec![
            (LineKind::Context, Some(1), Some(1), "1"),
            (LineKind::Removed, Some(2), None, "2"),
            (LineKind::Added, None, Some(2), "two"),
            (LineKind::Context, Some(3), Some(3), "3"),
        ]
    );
    assert!(!diff.truncated);
    assert!(
        diff.to_string()
            .contains("--- a/keep\n+++ b/keep\n@@ -1,3 +1,3 @@\n 1\n-2\n+two\n 3\n")
    );
}

#[test]
fn a_difference_is_cut_at_its_limits_and_says_so() {
    let scratch = Scratch::with(&[("a", "a\n")]);
    let worktree = scratch.worktree();
    for at in 0..10 {
        write(&worktree.path, &format!("f{at}"), &"line\n".repeat(100));
    }
    write(&worktree.path, "a", &"x".repeat(10_000));
    let head = scratch.commit(&worktree).commit.unwrap().id;
    let limits = DiffLimits {
        max_files: 5,
        max_file_lines: 20,
        max_lines: 50,
        max_line_bytes: 80,
    };
    let diff = scratch.attach().diff(worktree.base, head, limits).unwrap();
    assert_eq!(
        (diff.files.len(), diff.count, diff.truncated),
        (5, 11, true)
    );
    let lines: usize = diff
        .files
        .iter()
        .flat_map(|file| &file.hunks)
        .map(|hunk| hunk.lines.len())
        .sum();
    assert!(lines <= 50, "{lines}");
    assert!(
        diff.files[0].hunks[0]
            .lines
            .iter()
            .all(|line| line.text.len() <= 84)
    );
    assert_eq!(diff.files[1].added, 100);
}

#[test]
fn what_a_preview_would_open_is_called_binary_and_nothing_more() {
    let scratch = Scratch::with(&[("a", "a\n")]);
    let worktree = scratch.worktree();
    for (name, front) in [
        ("bomb.zip", &b"PK\x03\x04\x14\0"[..]),
        ("huge.png", b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\xff\xff\xff"),
        ("bomb.pdf", b"%PDF-1.7\n\0"),
        ("bomb.tar", b"name\0"),
    ] {
        let content = [front, &vec![0; 8 << 20]].concat();
        fs::write(worktree.path.join(name), content).unwrap();
    }
    let notebook = format!("{{\"image/png\":\"{}\"}}\n", "A".repeat(8 << 20));
    write(&worktree.path, "large.ipynb", &notebook);
    let head = scratch.commit(&worktree).commit.unwrap().id;
    let diff = scratch
        .attach()
        .diff(worktree.base, head, DiffLimits::default());
    let diff = diff.unwrap();
    assert!(
        diff.to_string().len() < 100_000,
        "{}",
        diff.to_string().len()
    );
    // The notebook is text, and larger than any that is compared line by line.
    let told = |file: &ampersand_git::FileDiff| file.binary && file.hunks.is_empty();
    assert!(diff.files.len() == 5 && diff.files.iter().all(told));
}

#[cfg(unix)]
#[test]
fn hostile_names_and_text_reach_a_terminal_as_escapes() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let scratch = Scratch::with(&[("a", "a\n")]);
    let worktree = scratch.worktree();
    let name = OsStr::from_bytes(b"evil\n\x1b]0;x\x07\xff\xe2\x80\xae.txt");
    fs::write(worktree.path.join(name), "\x1b[2Jtext\twith tab\r\n").unwrap();
    let head = scratch.commit(&worktree).commit.unwrap().id;
    let text = scratch
        .attach()
        .diff(worktree.base, head, DiffLimits::default())
        .unwrap()
        .to_string();
    assert!(
        text.contains("b/evil\\n\\u{1b}]0;x\\u{7}\\xff\\u{202e}.txt"),
        "{text}"
    );
    assert!(text.contains("+\\u{1b}[2Jtext\twith tab\\r\n"), "{text}");
    assert!(
        !text
            .chars()
            .any(|ch| ch.is_control() && ch != '\n' && ch != '\t')
    );
}
