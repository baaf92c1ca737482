//! The variables an attempt has on Windows: a short list, never a copy of ours.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::plain;
use crate::policy::Policy;
use crate::toolchains::{DOWNLOADS, OFFLINE, Toolchains};

/// What is known of the system, none of it from an agent.
#[derive(Debug, Clone, Default)]
pub(crate) struct System {
    /// The folder of Windows itself.
    pub(crate) windows: PathBuf,
    /// Where programs are installed for everybody, under the names of the variables that say so.
    pub(crate) installed: Vec<(String, PathBuf)>,
    /// The person's own `PATH`.
    pub(crate) searched: Vec<PathBuf>,
    /// Facts that programs ask for: how many processors, of which kind.
    pub(crate) facts: Vec<(String, OsString)>,
}

/// What is run when a name has no ending.
const ENDINGS: &str = ".COM;.EXE;.BAT;.CMD";

/// What of the system's folder is searched.
const OF_WINDOWS: [&str; 4] = [
    "System32",
    "",
    "System32/Wbem",
    "System32/WindowsPowerShell/v1.0",
];

/// Every attempt's variables, overridden by those of its policy, whatever case they are written in.
pub(crate) fn environment(
    system: &System,
    toolchains: &Toolchains,
    policy: &Policy,
    private: &Path,
) -> Vec<(OsString, OsString)> {
    let private = plain(private);
    let below = |name: &str| private.join(name).into_os_string();
    let windows = plain(&system.windows);
    let drive = windows.to_str().and_then(|text| text.get(..2));
    let shell = windows.join("System32").join("cmd.exe");
    let mut env: Vec<(String, OsString)> = [
        ("APPDATA", below("Roaming")),
        ("CI", "1".into()),
        ("ComSpec", shell.into()),
        ("GIT_OPTIONAL_LOCKS", "0".into()),
        ("GIT_TERMINAL_PROMPT", "0".into()),
        ("HOME", below("Home")),
        // The system puts these in by itself for some containers; the same, so that it does not matter.
        ("LOCALAPPDATA", private.clone().into()),
        ("TEMP", below("Temp")),
        ("TMP", below("Temp")),
        ("OS", "Windows_NT".into()),
        ("PATHEXT", ENDINGS.into()),
        ("SystemDrive", drive.unwrap_or("C:").into()),
        ("SystemRoot", windows.clone().into()),
        ("USERNAME", "agent".into()),
        ("USERPROFILE", below("Home")),
        ("windir", windows.into()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    env.push(("PATH".to_owned(), path(system, toolchains)));
    let installed = system.installed.iter();
    env.extend(installed.map(|(name, path)| (name.clone(), plain(path).into())));
    env.extend(system.facts.iter().cloned());
    env.extend(toolchains.env.iter().cloned());
    let to_git = policy.to_own_repository(plain).into_iter();
    env.extend(to_git.map(|(name, value)| (name.to_owned(), value)));
    // Whoever is told of a proxy fetches what is allowed behind that, into a place of its own.
    match policy.env.iter().any(|(name, _)| name == "HTTPS_PROXY") {
        true => env.retain(|(name, _)| !DOWNLOADS.contains(&name.as_str())),
        false => env.extend(OFFLINE.map(|(name, value)| (name.to_owned(), value.into()))),
    }
    let overridden = |name: &str| {
        let mut others = policy.env.iter();
        others.any(|(other, _)| other.eq_ignore_ascii_case(name))
    };
    env.retain(|(name, _)| !overridden(name));
    let own = policy.env.iter();
    env.extend(own.map(|(name, value)| (name.clone(), value.into())));
    env.into_iter()
        .map(|(name, value)| (name.into(), value))
        .collect()
}

/// The folders below the attempt's private one that its variables name.
pub(crate) const PRIVATE: [&str; 3] = ["Home", "Roaming", "Temp"];

/// Toolchains first; then what the person's own `PATH` names of the folders only administrators change, and that everybody's
/// containers may read; then the system's.
fn path(system: &System, toolchains: &Toolchains) -> OsString {
    let own = toolchains.programs.iter().map(|path| plain(path));
    let of_everybody = system.searched.iter().filter(|folder| {
        let mut installed = system.installed.iter();
        installed.any(|(_, root)| is_below(folder, root))
    });
    let of_windows = OF_WINDOWS.iter().map(|part| match part.is_empty() {
        true => plain(&system.windows),
        false => plain(&system.windows).join(part.replace('/', std::path::MAIN_SEPARATOR_STR)),
    });
    let folders = own.chain(of_everybody.cloned()).chain(of_windows);
    let folders: Vec<_> = folders.map(PathBuf::into_os_string).collect();
    folders.join(OsStr::new(";"))
}

/// Whether a folder is below another, by what people write: neither case nor the kind of slash matter, dots do.
fn is_below(folder: &Path, root: &Path) -> bool {
    let text = |path: &Path| {
        path.to_str()
            .map(|text| text.replace('/', "\\").to_lowercase())
    };
    let (Some(folder), Some(root)) = (text(folder), text(root)) else {
        return false;
    };
    let rest = folder.strip_prefix(root.trim_end_matches('\\'));
    rest.is_some_and(|rest| rest.starts_with('\\') && !rest.split('\\').any(|part| part == ".."))
}

/// The absolute path of what is to be started: `name` itself, or where the attempt's own `PATH` has it.
pub(crate) fn find_program(
    name: &Path,
    env: &[(OsString, OsString)],
    is_file: impl Fn(&Path) -> bool,
) -> Option<PathBuf> {
    if name.is_absolute() {
        return Some(name.to_owned());
    }
    // Only a plain name is looked for: what leads elsewhere from a folder of the list is nobody's program.
    if name.file_name() != Some(name.as_os_str()) {
        return None;
    }
    let path = env
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("PATH"));
    let folders = path?
        .1
        .to_str()?
        .split(';')
        .filter(|folder| !folder.is_empty());
    let mut named = vec![name.to_owned()];
    if name.extension().is_none() {
        named.insert(0, name.with_extension("exe"));
    }
    folders
        .flat_map(|folder| named.iter().map(move |name| Path::new(folder).join(name)))
        .find(|program| is_file(program))
}

#[cfg(test)]
mod tests {
    use ampersand_core::Role;

    use super::*;
    use crate::policy::OwnRepository;

    fn system() -> System {
        System {
            windows: r"C:\Windows".into(),
            installed: vec![("ProgramFiles".to_owned(), r"C:\Program Files".into())],
            searched: [
                r"C:\PROGRAM FILES\Git/cmd",
                r"C:\Program Files",
                r"C:\Program Files\..\Users\somebody\bin",
                r"C:\Program Files Fake\bin",
                r"C:\Users\somebody\bin",
                ".",
            ]
            .map(PathBuf::from)
            .into(),
            facts: vec![("NUMBER_OF_PROCESSORS".to_owned(), "8".into())],
        }
    }

    fn named(policy: &Policy) -> Vec<(String, String)> {
        let toolchains = Toolchains {
            programs: vec![r"\\?\C:\Users\somebody\.cargo\bin".into()],
            env: vec![("CARGO_HOME".to_owned(), r"C:\Users\somebody\.cargo".into())],
            ..Toolchains::default()
        };
        let env = environment(&system(), &toolchains, policy, Path::new(r"\\?\D:\p"));
        let text = |text: OsString| text.into_string().unwrap();
        env.into_iter()
            .map(|(name, value)| (text(name), text(value)))
            .collect()
    }

    #[track_caller]
    fn value(env: &[(String, String)], name: &str) -> String {
        let mut found = env
            .iter()
            .filter(|(other, _)| other.eq_ignore_ascii_case(name));
        let (_, value) = found.next().unwrap();
        assert_eq!(found.next(), None, "{name}");
        value.clone()
    }

    #[test]
    fn an_attempt_has_a_short_list_of_variables_and_folders_of_its_own() {
        let env = named(&Policy::new(Role::Worker, "/tree"));
        for name in [
            "HOME",
            "USERPROFILE",
            "APPDATA",
            "LOCALAPPDATA",
            "TEMP",
            "TMP",
        ] {
            let value = value(&env, name);
            let below = value.strip_prefix(r"D:\p").unwrap();
            let below = below.trim_start_matches(['/', '\\']);
            // Those are made for it; its private folder itself is there.
            assert!(
                below.is_empty() || PRIVATE.contains(&below),
                "{name}: {value}"
            );
        }
        for (name, expected) in [
            ("SystemRoot", r"C:\Windows"),
            ("SystemDrive", "C:"),
            ("ProgramFiles", r"C:\Program Files"),
            ("NUMBER_OF_PROCESSORS", "8"),
            ("CARGO_HOME", r"C:\Users\somebody\.cargo"),
            ("CARGO_NET_OFFLINE", "true"),
            ("USERNAME", "agent"),
        ] {
            assert_eq!(value(&env, name), expected);
        }
        // Nothing of ours: 17 of every attempt, one installed, one fact, one toolchain, and the words about being offline.
        assert_eq!(env.len(), 17 + 3 + OFFLINE.len());
    }

    #[test]
    fn git_is_led_to_a_repository_of_its_own_by_paths_it_takes() {
        let mut policy = Policy::new(Role::Worker, r"\\?\C:\trees\7");
        policy.own_repository = Some(OwnRepository {
            git_dir: r"\\?\C:\shadows\7\git".into(),
            read_only: Vec::new(),
            gitfile: r"\\?\C:\shadows\7\gitfile".into(),
        });
        let env = named(&policy);
        assert_eq!(value(&env, "GIT_DIR"), r"C:\shadows\7\git");
        assert_eq!(value(&env, "GIT_WORK_TREE"), r"C:\trees\7");
        assert_eq!(value(&env, "GIT_CONFIG_NOSYSTEM"), "1");
    }

    #[test]
    fn programs_are_searched_where_only_administrators_write() {
        let env = named(&Policy::new(Role::Worker, "/tree"));
        let path = value(&env, "PATH");
        let folders: Vec<&str> = path.split(';').collect();
        assert_eq!(
            folders[..2],
            [r"C:\Users\somebody\.cargo\bin", r"C:\PROGRAM FILES\Git/cmd"]
        );
        assert_eq!(folders.len(), 2 + OF_WINDOWS.len());
        assert!(folders[2].starts_with(r"C:\Windows"));
    }

    #[test]
    fn whoever_has_a_way_out_is_not_told_it_is_offline_and_fetches_into_its_own() {
        let mut policy = Policy::new(Role::Worker, "/tree");
        policy.env = vec![("HTTPS_PROXY".to_owned(), "http://127.0.0.1:1".to_owned())];
        let env = named(&policy);
        let is_there = |name: &str| env.iter().any(|(other, _)| other == name);
        for (name, _) in OFFLINE {
            assert!(!is_there(name), "{name}");
        }
        assert!(!is_there("CARGO_HOME") && is_there("HTTPS_PROXY"));
    }

    #[test]
    fn a_policy_overrides_in_any_case() {
        let mut policy = Policy::new(Role::Worker, "/tree");
        policy.env = vec![
            ("Path".to_owned(), "mine".to_owned()),
            ("X".to_owned(), "y".to_owned()),
        ];
        let env = named(&policy);
        assert_eq!(value(&env, "PATH"), "mine");
        assert_eq!(value(&env, "X"), "y");
    }

    const ABSOLUTE: &str = if cfg!(windows) {
        r"C:\anywhere\x"
    } else {
        "/anywhere/x"
    };

    #[test]
    fn a_program_is_found_by_a_plain_name_alone() {
        let env = vec![("Path".into(), "/b;;/a".into())];
        let there = ["/a/cmd.exe", "/a/rg", "/b/rg.exe", "/up.exe"];
        let is_file = |path: &Path| there.iter().any(|there| Path::new(there) == path);
        let find = |name: &str| find_program(Path::new(name), &env, is_file);
        for (name, expected) in [
            ("cmd.exe", Some("/a/cmd.exe")),
            ("cmd", Some("/a/cmd.exe")),
            ("rg", Some("/b/rg.exe")),
            (ABSOLUTE, Some(ABSOLUTE)),
            ("../up.exe", None),
            ("", None),
            ("no", None),
        ] {
            assert_eq!(find(name), expected.map(PathBuf::from), "{name}");
        }
        assert_eq!(find_program(Path::new("cmd"), &[], is_file), None);
    }
}
