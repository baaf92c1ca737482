//! Which agents of others are installed here, in which version, and what is missing to use them. Nothing is installed, and
//! nobody's login is read: that there is one is seen from its file.

mod find;
mod version;

use std::path::{Path, PathBuf};

use ampersand_core::{AgentKind, AgentSettings, AgentsSettings, Failure, KeyPlace, LoginUse};

pub use find::{Installed, find};
pub use version::Place;
use version::version;

/// What was found of one agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discovered {
    /// Its name.
    pub name: String,
    /// What its program says of its version, in one line; absent if it is not installed.
    pub version: Option<String>,
    /// Whether its own program keeps a login here; absent where that cannot be told.
    pub logged_in: Option<bool>,
    /// Whether that login is used.
    pub login: LoginUse,
    /// What keeps it from being used, and what would change that; absent if nothing does.
    pub missing: Option<Failure>,
}

/// Looks for every known agent and for those of the settings, in the order in which they are shown.
pub async fn discover(settings: &AgentsSettings, place: Place<'_>) -> Vec<Discovered> {
    let own = settings
        .named
        .keys()
        .map(String::as_str)
        .filter(|name| !AgentKind::KNOWN.contains(name));
    let names = AgentKind::KNOWN.into_iter().chain(own);
    let looks = names.map(|name| look(name, settings.named.get(name), place));
    futures::future::join_all(looks).await
}

async fn look(name: &str, set: Option<&AgentSettings>, place: Place<'_>) -> Discovered {
    let model = model_problem(name, set);
    let found = find(name, set);
    let (version, unfit) = match &found {
        Ok(installed) => (
            version(installed, place).await,
            old_node(name, installed, place).await,
        ),
        Err(_) => (None, None),
    };
    let logged_in = std::env::home_dir().and_then(|home| logged_in(name, set, &home));
    let login = login_use(name, set, logged_in == Some(true));
    Discovered {
        name: name.to_owned(),
        missing: found
            .err()
            .or(unfit)
            .or_else(|| lacks(name, model, login, logged_in)),
        logged_in,
        login,
        version,
    }
}

/// Whether an agent uses its program's login, or could.
fn login_use(name: &str, set: Option<&AgentSettings>, logged_in: bool) -> LoginUse {
    let has_model = set.is_some_and(|set| set.model.is_some());
    let is_free = logged_in && !has_model;
    match set {
        Some(set) if set.login.is_some() => LoginUse::Used,
        Some(set) if set.reads_login.is_some() => LoginUse::Read,
        _ if is_free && AgentKind::WITH_LOGIN.contains(&name) => LoginUse::Offered,
        _ if is_free && AgentKind::READS_LOGIN.contains(&name) => LoginUse::Readable,
        _ => LoginUse::Nothing,
    }
}

/// What an agent that is installed lacks of a model.
fn lacks(
    name: &str,
    model: Option<Failure>,
    login: LoginUse,
    logged_in: Option<bool>,
) -> Option<Failure> {
    match login {
        LoginUse::Nothing => model,
        LoginUse::Offered => Some(Failure::new(
            "agent_login_found",
            format!("The login of {name} was found and is not connected."),
            format!("Connect it: ampersand-cli connect {name}."),
        )),
        LoginUse::Readable => Some(Failure::new(
            "agent_login_readable",
            format!("The login of {name} was found. It works only if {name} itself reads it."),
            format!("Let it: ampersand-cli connect {name} --reads-login."),
        )),
        LoginUse::Used | LoginUse::Read if logged_in == Some(false) => Some(Failure::new(
            "login_missing",
            format!("{name} is to use its login, and is not logged in."),
            "Log in with its own program.",
        )),
        LoginUse::Used | LoginUse::Read => None,
    }
}

/// Whether the program of this agent keeps a login, in this home or where its own variable says.
fn logged_in(name: &str, set: Option<&AgentSettings>, home: &Path) -> Option<bool> {
    let read = set.and_then(|set| set.reads_login.as_ref());
    if let Some(first) = read.and_then(|read| read.files(name).into_iter().next()) {
        return Some(home.join(first).is_file());
    }
    let file = match name {
        "codex" => own_folder(name, home)?.join("auth.json"),
        // Elsewhere it lies in the system's own keychain.
        "claude" if cfg!(not(target_os = "macos")) => {
            own_folder(name, home)?.join(".credentials.json")
        }
        "gemini" => home.join(".gemini/oauth_creds.json"),
        "opencode" => home.join(".local/share/opencode/auth.json"),
        _ => return None,
    };
    Some(file.is_file())
}

/// The folder in which the program of this agent keeps what is its own.
pub(crate) fn program_home(name: &str) -> Option<PathBuf> {
    own_folder(name, &std::env::home_dir()?)
}

pub(crate) fn own_folder(name: &str, home: &Path) -> Option<PathBuf> {
    let (variable, folder) = match name {
        "codex" => ("CODEX_HOME", ".codex"),
        "claude" => ("CLAUDE_CONFIG_DIR", ".claude"),
        _ => return None,
    };
    let named = std::env::var_os(variable).map(PathBuf::from);
    let named = named.filter(|folder| folder.is_absolute());
    Some(named.unwrap_or_else(|| home.join(folder)))
}

/// An agent written for a newer Node than the one it would run on.
async fn old_node(name: &str, installed: &Installed, place: Place<'_>) -> Option<Failure> {
    let least = match name {
        "claude" => 22,
        "gemini" => 20,
        _ => return None,
    };
    let [node, _script, ..] = &installed.program[..] else {
        return None;
    };
    let alone = Installed {
        program: vec![node.clone()],
        reads: installed.reads.clone(),
    };
    let said = version(&alone, place).await?;
    let major: u32 = said
        .trim_start_matches('v')
        .split('.')
        .next()?
        .parse()
        .ok()?;
    (major < least).then(|| {
        Failure::new(
            "agent_node_old",
            format!("{name} needs Node {least} or newer, and finds {said}."),
            "Install a newer Node, and put it before the other on the PATH.",
        )
    })
}

/// What is missing of an agent's model; `None` if it has all it needs.
pub fn model_problem(name: &str, set: Option<&AgentSettings>) -> Option<Failure> {
    // A login comes with its model; whether there is one is known when it is asked for.
    if set.is_some_and(|set| set.login.is_some() || set.reads_login.is_some()) {
        return None;
    }
    let Some(model) = set.and_then(|set| set.model.as_ref()) else {
        return Some(Failure::new(
            "agent_no_model",
            format!("{name} has no model set."),
            format!(
                "Set base_url, model and api_key_env under [agents.{name}.model] in the settings."
            ),
        ));
    };
    let key = match model.key()? {
        KeyPlace::Environment { variable } => variable,
        // Whether it is there is known when it is asked for.
        KeyPlace::Keychain { .. } => return None,
    };
    std::env::var_os(&key).is_none().then(|| {
        Failure::new(
            "no_key",
            format!("The model of {name} needs a key in {key}, which is not set."),
            format!("Set {key} and start Ampersand again."),
        )
    })
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use ampersand_sandbox::Launcher;

    use super::*;

    pub(super) fn program(path: &Path, does: &str) {
        std::fs::write(path, format!("#!/bin/sh\n{does}\n")).unwrap();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    #[tokio::test]
    async fn an_agent_of_the_settings_is_found_and_says_its_version() {
        let folder = tempfile::tempdir().unwrap();
        let path = dunce::canonicalize(folder.path()).unwrap().join("mine");
        program(&path, "echo 1.2.3 of it");
        let set = AgentSettings {
            command: vec![path.display().to_string()],
            ..AgentSettings::default()
        };
        let named = [("mine".to_owned(), set)].into();
        let settings = AgentsSettings {
            named,
            ..AgentsSettings::default()
        };
        let launcher = Launcher::probe(&folder.path().join("state")).await;
        let place = Place {
            launcher: &launcher,
            folder: folder.path(),
        };
        let found = discover(&settings, place).await;
        let names: Vec<_> = found.iter().map(|agent| agent.name.as_str()).collect();
        assert_eq!(names, ["codex", "claude", "gemini", "opencode", "mine"]);
        let mine = found.last().unwrap();
        assert_eq!(mine.version.as_deref(), Some("1.2.3 of it"));
        assert_eq!(mine.missing.as_ref().unwrap().code, "agent_no_model");
    }

    #[tokio::test]
    async fn a_node_that_is_too_old_is_said_to_be() {
        let folder = tempfile::tempdir().unwrap();
        let node = dunce::canonicalize(folder.path()).unwrap().join("node");
        let launcher = Launcher::probe(&folder.path().join("state")).await;
        let place = Place {
            launcher: &launcher,
            folder: folder.path(),
        };
        for (says, code) in [
            ("v20.20.2", Some("agent_node_old")),
            ("v24.1.0", None),
            ("hello", None),
        ] {
            program(&node, &format!("echo {says}"));
            let installed = Installed {
                program: vec![node.clone().into(), "index.js".into()],
                reads: vec![node.clone()],
            };
            let problem = old_node("claude", &installed, place).await;
            assert_eq!(
                problem.map(|problem| problem.code).as_deref(),
                code,
                "{says}"
            );
        }
    }

    #[test]
    fn a_login_is_told_by_its_file_and_not_read() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(logged_in("codex", None, home.path()), Some(false));
        std::fs::create_dir(home.path().join(".codex")).unwrap();
        std::fs::write(home.path().join(".codex/auth.json"), "no JSON").unwrap();
        assert_eq!(logged_in("codex", None, home.path()), Some(true));
        assert_eq!(logged_in("mine", None, home.path()), None);
        let text = "[agents.mine]\ncommand = [\"/x\"]\n\
            [agents.mine.reads_login]\nfiles = [\".codex/auth.json\"]\nhosts = [\"a.test\"]\n";
        let settings = ampersand_core::Settings::parse(text).unwrap();
        let set = settings.agents.named.get("mine");
        assert_eq!(logged_in("mine", set, home.path()), Some(true));
    }

    #[test]
    fn a_login_is_offered_where_there_is_one_and_nothing_else_is_set() {
        let with = |text: &str| {
            let text = text.replace("URL", "base_url = \"http://x/v1\"\nmodel = \"m\"");
            ampersand_core::Settings::parse(&text).unwrap().agents
        };
        let (no_model, missing) = (Some("agent_no_model"), Some("login_missing"));
        let (found, readable) = (Some("agent_login_found"), Some("agent_login_readable"));
        let model = "[agents.codex.model]\nURL";
        let reads = "[agents.gemini.reads_login]";
        let login = "[agents.claude.login]";
        for (text, name, logged_in, login, code) in [
            ("", "codex", true, LoginUse::Offered, found),
            ("", "codex", false, LoginUse::Nothing, no_model),
            (model, "codex", true, LoginUse::Nothing, None),
            (login, "claude", true, LoginUse::Used, None),
            (login, "claude", false, LoginUse::Used, missing),
            ("", "gemini", true, LoginUse::Readable, readable),
            (reads, "gemini", true, LoginUse::Read, None),
            (reads, "gemini", false, LoginUse::Read, missing),
        ] {
            let agents = with(text);
            let set = agents.named.get(name);
            assert_eq!(login_use(name, set, logged_in), login, "{text} {name}");
            let missing = lacks(name, model_problem(name, set), login, Some(logged_in));
            assert_eq!(
                missing.map(|missing| missing.code).as_deref(),
                code,
                "{text} {name}"
            );
        }
    }
}
