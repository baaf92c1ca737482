//! Changed pictures: what they are is told by their bytes, and what would take much to decode is not handed out.

use ampersand_git::{PICTURE_BYTES_MAX, Picture};

use crate::scratch::Scratch;

/// The first bytes of a PNG of this size, which are all that is looked at.
fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.extend(b"\x08\x06\0\0\0\0\0\0\0");
    bytes
}

#[track_caller]
fn check_not_shown(bytes: &[u8], words: &str) {
    match Picture::of(bytes) {
        Picture::NotShown { why } => assert!(why.contains(words), "{why}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_a_file_is_is_told_by_its_bytes_and_not_by_its_name() {
    let gif = b"GIF89a\x02\0\x03\0\0\0\0".to_vec();
    for (bytes, kind, size) in [(png(20, 10), "png", (20, 10)), (gif, "gif", (2, 3))] {
        let Picture::Shown {
            kind: told,
            width,
            height,
            bytes: handed,
        } = Picture::of(&bytes)
        else {
            panic!("{kind}");
        };
        assert_eq!((told, (width, height), handed), (kind, size, bytes));
    }
    for text in ["<svg onload=\"alert(1)\"/>", "", "text", "%PDF-1.7"] {
        check_not_shown(text.as_bytes(), "no PNG");
    }
}

#[test]
fn what_would_take_much_to_decode_is_not_shown() {
    check_not_shown(&png(65_000, 65_000), "sixteen million");
    check_not_shown(&png(u32::MAX, u32::MAX), "sixteen million");
    check_not_shown(&png(0, 4), "or none");
    check_not_shown(&png(4, 4)[..20], "how large");
    let mut large = png(4, 4);
    large.resize(PICTURE_BYTES_MAX + 1, 0);
    check_not_shown(&large, "four megabytes");
}

#[test]
fn both_sides_of_a_change_are_found_by_the_path_that_is_shown() {
    let scratch = Scratch::with(&[("a", "a\n")]);
    let commit = |path: &str, bytes: &[u8]| {
        std::fs::write(scratch.path(path), bytes).unwrap();
        scratch.commit_all("pictures");
        scratch.attach().head().unwrap()
    };
    let base = commit("logo\u{202e}.png", &png(2, 2));
    let head = commit("logo\u{202e}.png", &png(3, 3));
    let shown = scratch
        .attach()
        .diff(base, head, ampersand_git::DiffLimits::default());
    let path = shown.unwrap().files[0].path.clone();
    assert!(!path.contains('\u{202e}'), "{path}");
    let [before, after] = scratch.attach().pictures(base, head, &path).unwrap();
    assert!(
        matches!(before, Picture::Shown { width: 2, .. }),
        "{before:?}"
    );
    assert!(
        matches!(after, Picture::Shown { width: 3, .. }),
        "{after:?}"
    );
    let other = scratch
        .attach()
        .pictures(base, head, "elsewhere.png")
        .unwrap();
    assert_eq!(other, [Picture::Absent, Picture::Absent]);
}
