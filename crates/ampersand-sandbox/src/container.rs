//! What Windows is told about a policy where an administrator has not helped: a container with an identity of its own, the
//! rights that identity is given and loses again, its variables, and the canary's song. Nothing here asks the system for
//! anything, so that it is tested wherever tests run; `windows/` does what is decided here.

pub(crate) mod descriptor;
pub(crate) mod environment;
pub(crate) mod grants;
pub(crate) mod journal;
pub(crate) mod sid;
pub(crate) mod song;

use std::path::{Path, PathBuf};

use ampersand_core::{Gap, Isolation};

/// The tier of a policy, given why the one above is not there and what the canary found open. `has_git` tells whether there is a `.git` file to protect: what
/// is not there yet cannot be given rights.
pub(crate) fn isolation(why: &str, open: &[Gap], writes: bool, has_git: bool) -> Isolation {
    let mut gaps: Vec<Gap> = open.to_vec();
    // No rule of ours bars either; of names the system's own service does the asking.
    gaps.extend([Gap::TemporarySpace, Gap::NameLookups]);
    if writes && !has_git {
        gaps.push(Gap::GitFile);
    }
    gaps.sort_unstable();
    gaps.dedup();
    Isolation::Reduced {
        why: format!("{why}, so that they run in an AppContainer"),
        gaps,
    }
}

/// The path as programs know it. Ours may come with the prefix that switches off all reading of paths, which few programs
/// take for a working directory.
pub(crate) fn plain(path: &Path) -> PathBuf {
    let text = path.to_str().and_then(|text| text.strip_prefix(r"\\?\"));
    match text.map(|text| (text, text.as_bytes())) {
        Some((text, [drive, b':', b'\\', ..])) if drive.is_ascii_alphabetic() => text.into(),
        _ => path.to_owned(),
    }
}

/// The name of an attempt's profile: nobody's before, and nobody's after. The system takes 64 letters, figures and dashes.
pub(crate) fn profile_name(installation: &str, process: u32, at: u128, number: u32) -> String {
    format!("ampersand.{installation}.{process:x}.{at:x}.{number:x}")
}

/// The name of what all attempts of an installation are let in by: its toolchains, to be read.
pub(crate) fn tools_name(installation: &str) -> String {
    format!("ampersandTools{installation}")
}

/// Sixteen letters that stand for a folder of ours; not a secret, and not to be guessed apart by anybody but people.
pub(crate) fn installation(state_dir: &Path) -> String {
    // However its parts were put together, it is one folder.
    let folder: PathBuf = plain(state_dir).components().collect();
    // FNV: spread over all letters, and the same in every version of the compiler.
    let bytes = folder.as_os_str().as_encoded_bytes().iter();
    let sum = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| {
        (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{sum:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tier_names_what_is_open_in_it() {
        let gaps = |open: &[Gap], writes, has_git| match isolation("none", open, writes, has_git) {
            Isolation::Reduced { why, gaps } => {
                assert_eq!(why, "none, so that they run in an AppContainer");
                gaps
            }
            other => panic!("{other:?}"),
        };
        let always = [Gap::TemporarySpace, Gap::NameLookups];
        assert_eq!(gaps(&[], true, true), always);
        assert_eq!(gaps(&[], false, false), always);
        let without = gaps(&[Gap::TemporarySpace], true, false);
        assert_eq!(
            without,
            [Gap::GitFile, Gap::TemporarySpace, Gap::NameLookups]
        );
        let told = isolation("none", &[Gap::Registry, Gap::Desktop], true, true).told();
        for words in ["AppContainer", "registry", "clipboard", "looking up names"] {
            assert!(told.contains(words), "{told}");
        }
    }

    #[test]
    fn paths_lose_the_prefix_that_programs_do_not_take() {
        for (path, expected) in [
            (r"\\?\C:\a b\c", r"C:\a b\c"),
            (r"\\?\UNC\host\share", r"\\?\UNC\host\share"),
            (r"\\?\Volume{1}\x", r"\\?\Volume{1}\x"),
            (r"\\?\C:", r"\\?\C:"),
            (r"D:\x", r"D:\x"),
        ] {
            assert_eq!(plain(Path::new(path)), Path::new(expected));
        }
    }

    #[test]
    fn names_of_profiles_are_ones_the_system_takes() {
        let installation = installation(Path::new(r"C:\Users\somebody\AppData\Roaming\x"));
        let name = profile_name(&installation, u32::MAX, u128::from(u64::MAX), u32::MAX);
        assert!(name.len() <= 64, "{name}");
        let taken = |c: char| c.is_ascii_alphanumeric() || "-_. ".contains(c);
        assert!(name.chars().all(taken), "{name}");
        assert!(
            tools_name(&installation)
                .chars()
                .all(|c| c.is_ascii_alphanumeric())
        );
        assert_ne!(installation, super::installation(Path::new("other")));
        assert_ne!(name, profile_name(&installation, 1, 2, 3));
    }
}
