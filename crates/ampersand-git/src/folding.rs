//! Disks that take names for one which differ in case, or in how an accent is written, alone: those of macOS and Windows most
//! often. Git's trees tell all names apart.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use icu_normalizer::ComposingNormalizerBorrowed;

/// Whether the disk folds names, by one in `folder` that is there and has a letter.
pub(crate) fn folds(folder: &Path, name: &str) -> bool {
    let met = |name: &str| fs::symlink_metadata(folder.join(name)).ok();
    let (Some(one), Some(other)) = (met(name), met(&name.to_ascii_uppercase())) else {
        return false;
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        (one.dev(), one.ino()) == (other.dev(), other.ino())
    }
    #[cfg(not(unix))]
    {
        let _ = (one, other);
        true
    }
}

/// What such disks compare of a name or a path. They differ in rare letters; this takes for one what any of them does.
pub(crate) fn fold(name: &[u8]) -> Vec<u8> {
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    let text = String::from_utf8_lossy(name);
    let composed = ComposingNormalizerBorrowed::new_nfc().normalize(&text);
    let folded = composed.chars().flat_map(char::to_uppercase);
    let folded: String = folded.flat_map(char::to_lowercase).collect();
    folded.into_bytes()
}

/// Paths, and the folders above them, as such a disk would have them.
#[derive(Debug, Default)]
pub(crate) struct Taken<'a> {
    names: HashMap<Vec<u8>, &'a [u8]>,
    /// The last path: those that come sorted have most of their folders in common with it.
    before: &'a [u8],
}

impl<'a> Taken<'a> {
    /// Takes a path. False if another has its place already, or that of a folder above it.
    pub(crate) fn take(&mut self, path: &'a [u8]) -> bool {
        let before = std::mem::replace(&mut self.before, path);
        let folders = path.iter().enumerate().filter(|(_, byte)| **byte == b'/');
        let mut ends = folders.map(|(at, _)| at).chain([path.len()]);
        ends.all(|end| {
            let above = &path[..end];
            let is_known = before.starts_with(above) && before.get(end) == Some(&b'/');
            is_known || *self.names.entry(fold(above)).or_insert(above) == above
        })
    }
}

/// The first of `paths` that is one with an earlier one on such a disk, or lies in a folder that is.
pub(crate) fn collision<'a>(paths: impl IntoIterator<Item = &'a [u8]>) -> Option<&'a [u8]> {
    let mut taken = Taken::default();
    paths.into_iter().find(|path| !taken.take(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_one_whatever_their_case_and_however_their_accents_are_written() {
        for (one, other) in [
            ("Readme", "README"),
            ("d\u{e9}j\u{e0}", "De\u{301}JA\u{300}"),
            ("stra\u{df}e", "STRASSE"),
            ("\u{3c3}\u{3c2}", "\u{3a3}\u{3a3}"),
        ] {
            assert_eq!(fold(one.as_bytes()), fold(other.as_bytes()), "{one}");
        }
        assert_ne!(fold(b"a"), fold("\u{e1}".as_bytes()));
    }

    #[test]
    fn the_first_of_two_names_that_are_one_is_found_as_a_file_or_as_a_folder() {
        for (paths, second) in [
            (&["A/x", "B/x", "a-b", "b/y"][..], Some("b/y")),
            (&["A", "B", "a/x"], Some("a/x")),
            (&["d/X", "d/e/f", "d/x"], Some("d/x")),
            (&["d/e/f", "d/e/g", "d/x", "e/d/f"], None),
            (&["a", "a.b/x", "a0"], None),
            (&[], None),
        ] {
            let found = collision(paths.iter().map(|path| path.as_bytes()));
            assert_eq!(found, second.map(str::as_bytes), "{paths:?}");
        }
    }

    #[test]
    fn whether_a_disk_folds_is_seen_by_what_is_there() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!folds(folder.path(), "probe"));
        fs::write(folder.path().join("probe"), "").unwrap();
        let found = folds(folder.path(), "probe");
        let upper = fs::write(folder.path().join("PROBE"), "again");
        upper.unwrap();
        let probe = fs::read_to_string(folder.path().join("probe")).unwrap();
        assert_eq!(found, probe == "again");
        assert_eq!(folds(folder.path(), "probe"), found);
    }
}
