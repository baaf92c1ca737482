//! Where the program of an agent is: as the settings say, or where its maker's installers put it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use ampersand_core::{AgentSettings, Failure};
use ampersand_process::program;

/// An agent's program as it is installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// The program and what belongs before our own arguments. The first is an absolute path.
    pub program: Vec<OsString>,
    /// Files and folders it is made of, free of symbolic links.
    pub reads: Vec<PathBuf>,
}

/// The program of an agent: as the settings say, or where its maker's installers put it.
pub fn find(name: &str, set: Option<&AgentSettings>) -> Result<Installed, Failure> {
    if let Some(set) = set.filter(|set| !set.command.is_empty()) {
        return named(name, set);
    }
    let places = places();
    let missing = || match name {
        "claude" if places_with(&places, "claude").next().is_some() => no_adapter(),
        _ => not_installed(name),
    };
    match name {
        "codex" => codex(&places).ok_or_else(missing),
        "claude" => script(&places, "claude-agent-acp").ok_or_else(missing),
        "gemini" => script(&places, "gemini").ok_or_else(missing),
        "opencode" => places_with(&places, "opencode")
            .find_map(|path| native(&path))
            .ok_or_else(missing),
        _ => Err(missing()),
    }
}

fn no_adapter() -> Failure {
    Failure::new(
        "agent_no_adapter",
        "Claude Code is installed, and what it is spoken to by is not.",
        "Install it with Node 22 or newer: npm install --global @agentclientprotocol/claude-agent-acp.",
    )
}

fn not_installed(name: &str) -> Failure {
    let package = match name {
        "codex" => "Install it (npm install --global @openai/codex)",
        "claude" => {
            "Install it with Node 22 or newer (npm install --global @agentclientprotocol/claude-agent-acp)"
        }
        "gemini" => "Install it (npm install --global @google/gemini-cli)",
        "opencode" => "Install it (npm install --global opencode-ai)",
        _ => "Install it",
    };
    Failure::new(
        "agent_not_installed",
        format!("{name} is not installed."),
        format!("{package}, or set its command under [agents.{name}] in the settings."),
    )
}

/// The command of the settings, word for word; what it is made of is found from the paths in it.
fn named(name: &str, set: &AgentSettings) -> Result<Installed, Failure> {
    let mut reads: Vec<PathBuf> = set.reads.iter().map(PathBuf::from).collect();
    let absolute = Path::new(&set.command[0]);
    let program = if absolute.is_absolute() {
        absolute.to_owned()
    } else {
        let found = places_with(&places(), &set.command[0]).next();
        found.ok_or_else(|| not_installed(name))?
    };
    let mut argv: Vec<OsString> = vec![program.clone().into()];
    argv.extend(set.command[1..].iter().map(OsString::from));
    reads.push(program);
    let scripts = set.command[1..].iter().map(PathBuf::from);
    reads.extend(scripts.filter(|path| path.is_absolute() && path.exists()));
    let mut whole = Vec::new();
    for path in reads {
        let real = dunce::canonicalize(&path).map_err(|error| {
            Failure::new(
                "agent_not_installed",
                format!("{} of {name} cannot be read: {error}.", path.display()),
                format!("Mend the paths under [agents.{name}] in the settings."),
            )
        })?;
        whole.push(package_of(&real));
    }
    argv[0] = dunce::canonicalize(Path::new(&argv[0]))
        .map_or_else(|_| argv[0].clone(), PathBuf::into_os_string);
    for word in &mut argv[1..] {
        let path = Path::new(&*word);
        if path.is_absolute()
            && let Ok(real) = dunce::canonicalize(path)
        {
            *word = real.into_os_string();
        }
    }
    Ok(Installed {
        program: argv,
        reads: whole,
    })
}

/// Folders programs are installed to: those of the system, and of the person.
fn places() -> Vec<PathBuf> {
    let mut places: Vec<PathBuf> = std::env::var_os("PATH")
        .map(|path| {
            std::env::split_paths(&path)
                .filter(|place| place.is_absolute())
                .collect()
        })
        .unwrap_or_default();
    places.extend(program::directories());
    if let Some(home) = std::env::home_dir() {
        places.extend(
            [".local/bin", ".opencode/bin", ".npm-global/bin", ".bun/bin"]
                .map(|part| home.join(part)),
        );
    }
    places
}

fn places_with<'a>(places: &'a [PathBuf], name: &str) -> impl Iterator<Item = PathBuf> + 'a {
    let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    places
        .iter()
        .map(move |place| place.join(&name))
        .filter(|path| path.is_file())
}

/// The native program, also behind the script that the package manager puts on the path: that one leaves it running when
/// it is killed.
fn codex(places: &[PathBuf]) -> Option<Installed> {
    places_with(places, "codex").find_map(|path| {
        let real = dunce::canonicalize(&path).ok()?;
        if real.extension().is_none_or(|extension| extension != "js") {
            return native(&real);
        }
        let package = real.parent()?.parent()?;
        let beside = [
            package.join("node_modules/@openai"),
            package.parent()?.to_owned(),
        ];
        beside.iter().find_map(|folder| {
            let vendors = std::fs::read_dir(folder).ok()?.flatten();
            vendors
                .filter(|entry| entry.file_name().to_string_lossy().starts_with("codex-"))
                .flat_map(|entry| {
                    std::fs::read_dir(entry.path().join("vendor"))
                        .into_iter()
                        .flatten()
                        .flatten()
                })
                .map(|triple| triple.path())
                .find_map(|triple| {
                    let name = format!("bin/codex{}", std::env::consts::EXE_SUFFIX);
                    let program = dunce::canonicalize(triple.join(name)).ok()?;
                    Some(Installed {
                        reads: vec![dunce::canonicalize(&triple).ok()?],
                        program: vec![program.into()],
                    })
                })
        })
    })
}

fn native(path: &Path) -> Option<Installed> {
    let real = dunce::canonicalize(path).ok()?;
    Some(Installed {
        program: vec![real.clone().into()],
        reads: vec![real],
    })
}

/// A program written for Node: Node itself, and the folder with everything it was installed with.
fn script(places: &[PathBuf], name: &str) -> Option<Installed> {
    let script = dunce::canonicalize(places_with(places, name).next()?).ok()?;
    if script.extension().is_none_or(|extension| extension != "js") {
        return native(&script);
    }
    let node = dunce::canonicalize(places_with(places, "node").next()?).ok()?;
    Some(Installed {
        program: vec![node.clone().into(), script.clone().into()],
        reads: vec![node, package_of(&script)],
    })
}

/// The outermost folder of packages a file lies in, or the file itself.
fn package_of(path: &Path) -> PathBuf {
    let packages = path
        .ancestors()
        .filter(|folder| folder.ends_with("node_modules"))
        .last();
    packages.unwrap_or(path).to_owned()
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn program(path: &Path) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "#!/bin/sh\n").unwrap();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    #[test]
    fn codex_is_found_behind_the_script_that_starts_it() {
        let folder = tempfile::tempdir().unwrap();
        let root = dunce::canonicalize(folder.path()).unwrap();
        let packages = root.join("lib/node_modules/@openai");
        let vendor = packages.join("codex/node_modules/@openai/codex-linux-x64/vendor/any-triple");
        program(&packages.join("codex/bin/codex.js"));
        program(&vendor.join("bin/codex"));
        std::fs::create_dir(root.join("bin")).unwrap();
        symlink(packages.join("codex/bin/codex.js"), root.join("bin/codex")).unwrap();
        let expected = Installed {
            program: vec![vendor.join("bin/codex").into()],
            reads: vec![vendor],
        };
        assert_eq!(codex(&[root.join("bin")]), Some(expected));
        assert_eq!(codex(&[root.join("lib")]), None);
    }
}
