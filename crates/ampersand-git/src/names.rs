//! Which names may be written, and how hostile ones are shown. Git paths are bytes with `/` between names.

use std::ffi::OsString;

use ampersand_core::hides;

/// Code points HFS+ ignores when it compares names, so that `.g<U+200C>it` opens `.git` on a Mac.
fn is_ignored_by_hfs(ch: char) -> bool {
    matches!(ch, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}')
}

/// Whether some file system would take this name for `.git`, on whatever system it is checked out later.
pub(crate) fn is_dot_git(name: &[u8]) -> bool {
    name.split(|byte| *byte == b'\\').any(is_one_dot_git)
}

fn is_one_dot_git(name: &[u8]) -> bool {
    is_protected(name, ".git", "git~1")
}

/// Whether some file system would take this name for `.gitmodules`, which git reads URLs from.
pub(crate) fn is_dot_gitmodules(name: &[u8]) -> bool {
    is_protected(name, ".gitmodules", "gitmod~1")
}

/// Whether some file system would take this name for another that begins with a dot, such as `.gitattributes`.
pub(crate) fn is_taken_for(name: &[u8], other: &str) -> bool {
    let short: String = other.chars().skip(1).take(6).collect();
    is_protected(name, other, &format!("{short}~1"))
}

/// Whether Windows would open something else under this name: a device, or a file whose name ends earlier.
pub(crate) fn is_changed_by_windows(name: &[u8]) -> bool {
    const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];
    const NUMBERED: [&str; 2] = ["com", "lpt"];
    if name.ends_with(b".") || name.ends_with(b" ") || name.contains(&b':') {
        return true;
    }
    let text = String::from_utf8_lossy(name).to_lowercase();
    let stem = text.split('.').next().unwrap_or_default().trim_end();
    let is_numbered = |front: &&str| {
        let rest = stem.strip_prefix(*front).unwrap_or_default();
        let mut digits = rest.chars();
        let digit = digits.next();
        digit.is_some_and(|digit| digit.is_ascii_digit() || "¹²³".contains(digit))
            && digits.next().is_none()
    };
    DEVICES.contains(&stem) || NUMBERED.iter().any(is_numbered)
}

/// Whether one name out of a tree is the name of one thing below its folder, on any system.
pub(crate) fn is_name(name: &[u8]) -> bool {
    !(name.is_empty() || name == b"." || name == b".." || name.contains(&b'/') || name.contains(&0))
}

fn is_protected(name: &[u8], plain: &str, dos: &str) -> bool {
    let text = String::from_utf8_lossy(name);
    let hfs: String = text.chars().filter(|ch| !is_ignored_by_hfs(*ch)).collect();
    let stream = text.split(':').next().unwrap_or_default();
    let ntfs = stream.trim_end_matches([' ', '.']);
    hfs.eq_ignore_ascii_case(plain)
        || ntfs.eq_ignore_ascii_case(plain)
        || ntfs.eq_ignore_ascii_case(dos)
}

/// Whether one name out of a tree may become a file below a folder of ours.
pub(crate) fn is_writable_name(name: &[u8]) -> bool {
    is_name(name)
        && !is_dot_git(name)
        && (cfg!(not(windows)) || !name.iter().any(|byte| matches!(byte, b'\\' | b':')))
}

/// The name as the system spells it; `None` where it has no spelling (bytes that are not UTF-8 on Windows).
pub(crate) fn to_os(name: &[u8]) -> Option<OsString> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStringExt;
        Some(OsString::from_vec(name.to_vec()))
    }
    #[cfg(not(unix))]
    {
        std::str::from_utf8(name).ok().map(OsString::from)
    }
}

/// The bytes of a name the system gave us; lossless on Unix, UTF-8 elsewhere.
pub(crate) fn from_os(name: &std::ffi::OsStr) -> Option<Vec<u8>> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        Some(name.as_bytes().to_vec())
    }
    #[cfg(not(unix))]
    {
        name.to_str().map(|text| text.as_bytes().to_vec())
    }
}

/// `prefix/name`, or `name` at the top.
pub(crate) fn join(prefix: &[u8], name: &[u8]) -> Vec<u8> {
    if prefix.is_empty() {
        return name.to_vec();
    }
    [prefix, b"/", name].concat()
}

/// The bytes as text for people: controls, invisible characters and bytes that are not UTF-8 as escapes.
pub(crate) fn show(bytes: &[u8]) -> String {
    show_keeping(bytes, &[])
}

/// As [`show`], with some controls (a tab in a line of code) left as they are.
pub(crate) fn show_keeping(bytes: &[u8], kept: &[char]) -> String {
    let mut shown = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for ch in chunk.valid().chars() {
            match ch {
                _ if kept.contains(&ch) => shown.push(ch),
                '\n' => shown.push_str("\\n"),
                '\r' => shown.push_str("\\r"),
                '\t' => shown.push_str("\\t"),
                _ if hides(ch) => shown.push_str(&format!("\\u{{{:x}}}", u32::from(ch))),
                _ => shown.push(ch),
            }
        }
        for byte in chunk.invalid() {
            shown.push_str(&format!("\\x{byte:02x}"));
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_dot_git_is_recognised() {
        for name in [
            ".git",
            ".GIT",
            ".Git",
            "git~1",
            "GIT~1",
            ".git ",
            ".git.",
            ".git. .",
            ".git::$INDEX_ALLOCATION",
            ".g\u{200c}it",
            "\u{feff}.git",
            "a\\.git",
            ".git\\config",
        ] {
            assert!(is_dot_git(name.as_bytes()), "{name:?}");
            assert!(!is_writable_name(name.as_bytes()), "{name:?}");
        }
        for name in [
            ".gitignore",
            ".github",
            "git",
            "git~10",
            "x.git",
            ".gi",
            ".gitmodules",
        ] {
            assert!(!is_dot_git(name.as_bytes()), "{name:?}");
        }
    }

    #[test]
    fn names_that_windows_reads_otherwise_are_recognised() {
        for name in [
            "con",
            "CON",
            "aux.txt",
            "Nul.tar.gz",
            "com1",
            "LPT9.log",
            "com¹",
            "conin$",
            "a.",
            "a ",
            "prn .txt",
            "a:b",
        ] {
            assert!(is_changed_by_windows(name.as_bytes()), "{name:?}");
        }
        for name in [
            "console",
            "auxiliary.c",
            "com",
            "com10",
            "com0x",
            "a b",
            ".a",
            "null",
            "lpt",
        ] {
            assert!(!is_changed_by_windows(name.as_bytes()), "{name:?}");
        }
    }

    #[test]
    fn hostile_names_are_shown_and_cannot_act() {
        assert_eq!(
            show(b"a\nb\x1b[31m\xffz\xe2\x80\xae"),
            "a\\nb\\u{1b}[31m\\xffz\\u{202e}"
        );
        assert_eq!(show("naïve/ünï.rs".as_bytes()), "naïve/ünï.rs");
    }
}
