//! Which agents of others are installed here, in which version, and what is missing to use them.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ampersand_core::{AgentKind, AgentSettings, AgentsSettings, Failure};
use ampersand_process::lines::Lines;
use ampersand_process::{Bounds, Spec, program, spawn_tree};
use tokio::time::timeout;

/// A program that takes longer to say its version is not waited for.
const VERSION_WITHIN: Duration = Duration::from_secs(20);
const MAX_LINE_BYTES: usize = 200;

/// An agent's program as it is installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// The program and what belongs before our own arguments. The first is an absolute path.
    pub program: Vec<OsString>,
    /// Files and folders it is made of, free of symbolic links.
    pub reads: Vec<PathBuf>,
}

/// What was found of one agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discovered {
    /// Its name.
    pub name: String,
    /// What its program says of its version, in one line; absent if it is not installed.
    pub version: Option<String>,
    /// Whether it has a model, with the key that needs.
    pub has_model: bool,
    /// What keeps it from being used, and what would change that; absent if nothing does.
    pub missing: Option<Failure>,
}

/// Looks for every known agent and for those of the settings, in the order in which they are shown.
pub async fn discover(settings: &AgentsSettings) -> Vec<Discovered> {
    let own = settings
        .named
        .keys()
        .map(String::as_str)
        .filter(|name| !AgentKind::KNOWN.contains(name));
    let names = AgentKind::KNOWN.into_iter().chain(own);
    let looks = names.map(|name| look(name, settings.named.get(name)));
    futures::future::join_all(looks).await
}

async fn look(name: &str, set: Option<&AgentSettings>) -> Discovered {
    let model = model_problem(name, set);
    let found = find(name, set);
    let version = match &found {
        Ok(installed) => version(installed).await,
        Err(_) => None,
    };
    Discovered {
        name: name.to_owned(),
        has_model: model.is_none(),
        missing: found.err().or(model),
        version,
    }
}

/// What is missing of an agent's model; `None` if it has all it needs.
pub fn model_problem(name: &str, set: Option<&AgentSettings>) -> Option<Failure> {
    let Some(model) = set.and_then(|set| set.model.as_ref()) else {
        return Some(Failure::new(
            "agent_no_model",
            format!("{name} has no model set."),
            format!(
                "Set base_url, model and api_key_env under [agents.{name}.model] in the settings."
            ),
        ));
    };
    let key = model.api_key_env.as_ref()?;
    std::env::var_os(key).is_none().then(|| {
        Failure::new(
            "no_key",
            format!("The model of {name} needs a key in {key}, which is not set."),
            format!("Set {key} and start Ampersand again."),
        )
    })
}

/// The program of an agent: as the settings say, or where its maker's installers put it.
pub fn find(name: &str, set: Option<&AgentSettings>) -> Result<Installed, Failure> {
    if let Some(set) = set.filter(|set| !set.command.is_empty()) {
        return named(name, set);
    }
    let missing = || not_installed(name);
    let places = places();
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

fn not_installed(name: &str) -> Failure {
    let package = match name {
        "codex" => "Install Codex",
        "claude" => {
            "Install the package @agentclientprotocol/claude-agent-acp, with Node 22 or newer"
        }
        "gemini" => "Install Gemini CLI",
        "opencode" => "Install OpenCode",
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
        let real = path.canonicalize().map_err(|error| {
            Failure::new(
                "agent_not_installed",
                format!("{} of {name} cannot be read: {error}.", path.display()),
                format!("Mend the paths under [agents.{name}] in the settings."),
            )
        })?;
        whole.push(package_of(&real));
    }
    argv[0] = Path::new(&argv[0])
        .canonicalize()
        .map_or_else(|_| argv[0].clone(), PathBuf::into_os_string);
    for word in &mut argv[1..] {
        let path = Path::new(&*word);
        if path.is_absolute()
            && let Ok(real) = path.canonicalize()
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
        let real = path.canonicalize().ok()?;
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
                    let program = triple.join(name).canonicalize().ok()?;
                    Some(Installed {
                        reads: vec![triple.canonicalize().ok()?],
                        program: vec![program.into()],
                    })
                })
        })
    })
}

fn native(path: &Path) -> Option<Installed> {
    let real = path.canonicalize().ok()?;
    Some(Installed {
        program: vec![real.clone().into()],
        reads: vec![real],
    })
}

/// A program written for Node: Node itself, and the folder with everything it was installed with.
fn script(places: &[PathBuf], name: &str) -> Option<Installed> {
    let script = places_with(places, name).next()?.canonicalize().ok()?;
    if script.extension().is_none_or(|extension| extension != "js") {
        return native(&script);
    }
    let node = places_with(places, "node").next()?.canonicalize().ok()?;
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

/// What a program says when it is asked for its version.
async fn version(installed: &Installed) -> Option<String> {
    let (program, arguments) = installed.program.split_first()?;
    let none = BTreeMap::from([
        ("HOME", "/nonexistent"),
        ("PATH", "/usr/bin:/bin"),
        ("CI", "1"),
    ]);
    let mut spec = Spec::new(PathBuf::from(program))
        .args(arguments)
        .arg("--version");
    for (name, value) in none {
        spec = spec.env(name, value);
    }
    let (mut child, tree) = spawn_tree(spec, "version", Bounds::default()).await.ok()?;
    let mut lines = Lines::new(child.take_stdout()?, MAX_LINE_BYTES);
    let line = timeout(VERSION_WITHIN, lines.next()).await;
    if let Err(error) = tree.kill().await {
        tracing::warn!(%error, "a program asked for its version did not end");
    }
    let line = line.ok()?.ok()??;
    Some(crate::shown::line(&line)).filter(|line| !line.is_empty())
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn program(path: &Path) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "#!/bin/sh\necho 1.2.3 of it\n").unwrap();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    #[test]
    fn codex_is_found_behind_the_script_that_starts_it() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
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

    #[tokio::test]
    async fn an_agent_of_the_settings_is_found_and_says_its_version() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().canonicalize().unwrap().join("mine");
        program(&path);
        let set = AgentSettings {
            command: vec![path.display().to_string()],
            ..AgentSettings::default()
        };
        let named = [("mine".to_owned(), set)].into();
        let settings = AgentsSettings {
            briefs: None,
            named,
        };
        let found = discover(&settings).await;
        let names: Vec<_> = found.iter().map(|agent| agent.name.as_str()).collect();
        assert_eq!(names, ["codex", "claude", "gemini", "opencode", "mine"]);
        let mine = found.last().unwrap();
        assert_eq!(mine.version.as_deref(), Some("1.2.3 of it"));
        assert_eq!(mine.missing.as_ref().unwrap().code, "agent_no_model");
    }
}
