//! Compilers, interpreters and what they have downloaded, kept in a person's home: readable inside, without what else lies
//! beside them. Nothing of it is ever writable: what an attempt could leave in a cache, every later build would run.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Parts of the home an agent may read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Toolchains {
    /// Existing files and folders.
    pub(crate) paths: Vec<PathBuf>,
    /// Folders that hold programs, most specific first.
    pub(crate) programs: Vec<PathBuf>,
    /// Variables that say where they are.
    pub(crate) env: Vec<(String, OsString)>,
}

/// Said to whatever would look for packages where nothing can be reached: it takes what was downloaded before, and fails
/// at once, in words, where that is not enough, instead of asking again and again.
#[cfg(any(target_os = "linux", windows, test))]
pub(crate) const OFFLINE: [(&str, &str); 5] = [
    ("CARGO_NET_OFFLINE", "true"),
    ("GOPROXY", "off"),
    ("PIP_NO_INDEX", "1"),
    ("UV_OFFLINE", "1"),
    ("npm_config_offline", "true"),
];

/// Where the person's own downloads are. Whoever fetches more writes it down beside them, and there it may not: it has a
/// place below its own home.
#[cfg(any(target_os = "linux", windows, test))]
pub(crate) const DOWNLOADS: [&str; 4] =
    ["CARGO_HOME", "GOPATH", "PYTHONUSERBASE", "npm_config_cache"];

/// One kind: the variable naming its folder, where that is otherwise, and the parts that hold no credentials.
struct Kind {
    variable: &'static str,
    default: &'static str,
    parts: &'static [&'static str],
    programs: &'static [&'static str],
}

const KINDS: &[Kind] = &[
    Kind {
        variable: "CARGO_HOME",
        default: ".cargo",
        parts: &["bin", "registry", "git"],
        programs: &["bin"],
    },
    Kind {
        variable: "RUSTUP_HOME",
        default: ".rustup",
        // The empty ones are there because rustup would make them, and fail.
        parts: &[
            "downloads",
            "settings.toml",
            "tmp",
            "toolchains",
            "update-hashes",
        ],
        programs: &[],
    },
    Kind {
        variable: "PYENV_ROOT",
        default: ".pyenv",
        parts: &[
            "bin", "libexec", "pyenv.d", "plugins", "shims", "version", "versions",
        ],
        programs: &["shims", "bin"],
    },
    Kind {
        variable: "npm_config_cache",
        default: if cfg!(windows) {
            r"AppData\Local\npm-cache"
        } else {
            ".npm"
        },
        // What it downloaded, and not what it logged.
        parts: &["_cacache"],
        programs: &[],
    },
    Kind {
        variable: "PYTHONUSERBASE",
        default: ".local",
        parts: &["bin", "lib"],
        programs: &["bin"],
    },
    Kind {
        variable: "UV_PYTHON_INSTALL_DIR",
        default: ".local/share/uv/python",
        parts: &[""],
        programs: &[],
    },
    Kind {
        variable: "NVM_DIR",
        default: ".nvm",
        parts: &["alias", "versions"],
        programs: &[],
    },
    Kind {
        variable: "VOLTA_HOME",
        default: if cfg!(windows) {
            r"AppData\Local\Volta"
        } else {
            ".volta"
        },
        parts: &["bin", "tools"],
        programs: &["bin"],
    },
    Kind {
        variable: "BUN_INSTALL",
        default: ".bun",
        parts: &["bin"],
        programs: &["bin"],
    },
    Kind {
        variable: "DENO_INSTALL",
        default: ".deno",
        parts: &["bin"],
        programs: &["bin"],
    },
    Kind {
        variable: "GOPATH",
        default: "go",
        parts: &["bin", "pkg"],
        programs: &["bin"],
    },
];

impl Toolchains {
    /// Those of the person we run as.
    pub(crate) fn find() -> Self {
        let home = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
        std::env::var_os(home).map_or_else(Self::default, |home| {
            Self::find_in(Path::new(&home), |variable| std::env::var_os(variable))
        })
    }

    fn find_in(home: &Path, variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let mut found = Self::default();
        for kind in KINDS {
            let named = variable(kind.variable).map(PathBuf::from);
            let folder = named.filter(|path| path.is_absolute());
            let folder = folder.unwrap_or_else(|| home.join(kind.default));
            let existing = |part: &&&str| folder.join(part).exists();
            let before = found.paths.len();
            found.paths.extend(
                kind.parts
                    .iter()
                    .filter(existing)
                    .map(|part| folder.join(part)),
            );
            found.programs.extend(
                kind.programs
                    .iter()
                    .filter(existing)
                    .map(|part| folder.join(part)),
            );
            if found.paths.len() > before {
                found
                    .env
                    .push((kind.variable.to_owned(), folder.into_os_string()));
            }
        }
        found.programs.extend(newest_node(&found.env));
        found.searched(&variable);
        found.wheels(&variable);
        found
    }

    /// Programs of a kind that the person's `PATH` finds elsewhere than its variable says: rustup keeps its own where it
    /// was installed, whatever `CARGO_HOME` is now. What else the `PATH` names stays hidden.
    fn searched(&mut self, variable: impl Fn(&str) -> Option<OsString>) {
        let of_a_kind = |folder: &Path| {
            KINDS.iter().any(|kind| {
                let mut programs = kind.programs.iter();
                programs.any(|part| folder.ends_with(Path::new(kind.default).join(part)))
            })
        };
        let path = variable("PATH").unwrap_or_default();
        for folder in std::env::split_paths(&path) {
            let wanted = folder.is_absolute() && folder.is_dir() && of_a_kind(&folder);
            if wanted && !self.programs.contains(&folder) {
                self.paths.push(folder.clone());
                self.programs.push(folder);
            }
        }
    }

    /// A folder of Python packages ready to be installed, where that is what the variable names and no more: an address
    /// in it may hold a password.
    fn wheels(&mut self, variable: impl Fn(&str) -> Option<OsString>) {
        const NAMED: &str = "PIP_FIND_LINKS";
        let folder = variable(NAMED).map(PathBuf::from);
        if let Some(folder) = folder.filter(|path| path.is_absolute() && path.is_dir()) {
            self.env
                .push((NAMED.to_owned(), folder.clone().into_os_string()));
            self.paths.push(folder);
        }
    }
}

/// nvm puts nothing on the `PATH` by itself; its newest version is taken.
fn newest_node(env: &[(String, OsString)]) -> Option<PathBuf> {
    let (_, folder) = env.iter().find(|(variable, _)| variable == "NVM_DIR")?;
    let versions = std::fs::read_dir(Path::new(folder).join("versions/node")).ok()?;
    let number = |path: &PathBuf| -> Option<Vec<u32>> {
        let name = path.file_name()?.to_str()?.strip_prefix('v')?;
        name.split('.').map(|part| part.parse().ok()).collect()
    };
    let newest = versions
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| number(path).is_some());
    newest.max_by_key(number).map(|version| version.join("bin"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_parts_without_credentials_are_shown() {
        let home = tempfile::tempdir().unwrap();
        let at = |path: &str| home.path().join(path);
        for folder in [
            ".cargo/bin",
            ".nvm/versions/node/v9.1.0/bin",
            ".nvm/versions/node/v18.2.0/bin",
            ".ssh",
        ] {
            std::fs::create_dir_all(at(folder)).unwrap();
        }
        std::fs::write(at(".cargo/credentials.toml"), "token").unwrap();
        let found = Toolchains::find_in(home.path(), |_| None);
        assert_eq!(found.paths, [at(".cargo/bin"), at(".nvm/versions")]);
        assert_eq!(
            found.programs,
            [at(".cargo/bin"), at(".nvm/versions/node/v18.2.0/bin")]
        );
        let elsewhere = |variable: &str| (variable == "CARGO_HOME").then(|| at("none").into());
        assert_eq!(
            Toolchains::find_in(home.path(), elsewhere).paths,
            [at(".nvm/versions")]
        );
        let relative = |variable: &str| (variable == "CARGO_HOME").then(|| "here".into());
        assert_eq!(Toolchains::find_in(home.path(), relative), found);
    }

    #[test]
    fn programs_the_path_finds_elsewhere_are_shown() {
        let home = tempfile::tempdir().unwrap();
        let at = |path: &str| home.path().join(path);
        let folders = ["moved/bin", "first/.cargo/bin", "bin", ".config/bin"];
        for folder in folders {
            std::fs::create_dir_all(at(folder)).unwrap();
        }
        let none = ["none/.cargo/bin"];
        let path = std::env::join_paths(folders.iter().chain(&none).map(|folder| at(folder)));
        let path = path.unwrap();
        let found = Toolchains::find_in(home.path(), |variable| match variable {
            "CARGO_HOME" => Some(at("moved").into()),
            "PATH" => Some(path.clone()),
            _ => None,
        });
        let shown = [at("moved/bin"), at("first/.cargo/bin")];
        assert_eq!(found.paths, shown);
        assert_eq!(found.programs, shown);
        let told = |variable: &str| (variable == "PATH").then(|| path.clone());
        let beside = Toolchains::find_in(&at("first"), told);
        assert_eq!(beside.paths, [at("first/.cargo/bin")]);
    }

    #[test]
    fn downloads_are_shown_and_what_lies_beside_them_is_not() {
        let home = tempfile::tempdir().unwrap();
        let at = |path: &str| home.path().join(path);
        let npm = KINDS
            .iter()
            .find(|kind| kind.parts == ["_cacache"])
            .unwrap();
        let npm = |part: &str| at(npm.default).join(part);
        for folder in [npm("_cacache"), npm("_logs")] {
            std::fs::create_dir_all(folder).unwrap();
        }
        for folder in [
            ".local/bin",
            ".local/lib/python3.13",
            ".local/share/keyrings",
            ".local/share/uv/python",
            "wheels",
        ] {
            std::fs::create_dir_all(at(folder)).unwrap();
        }
        let shown = [
            npm("_cacache"),
            at(".local/bin"),
            at(".local/lib"),
            at(".local/share/uv/python"),
        ];
        let links = |value: &Path| {
            let value = value.as_os_str().to_owned();
            move |variable: &str| (variable == "PIP_FIND_LINKS").then(|| value.clone())
        };
        let with_wheels = [&shown[..], &[at("wheels")]].concat();
        for (variable, expected) in [
            (links(&at("wheels")), &with_wheels[..]),
            (links(&at("none")), &shown),
            (links("wheels".as_ref()), &shown),
            (links("https://user:word@host/simple".as_ref()), &shown),
        ] {
            let found = Toolchains::find_in(home.path(), variable);
            assert_eq!(found.paths, expected);
            let told = found.env.iter().any(|(name, _)| name == "PIP_FIND_LINKS");
            assert_eq!(told, expected.len() > shown.len());
        }
    }
}
