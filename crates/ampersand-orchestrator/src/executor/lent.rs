//! A login that only its agent can use: a copy of it for each attempt, gone with it. That an agent gets one is the person's
//! consent in the settings, and stands on the card.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use ampersand_agent::home::{HomeFile, Lent, take, unwritable};
use ampersand_core::{Failure, Isolation, ReadsLoginSettings, Settings};
use ampersand_http::egress::Hosts;
use ampersand_sandbox::LEADS_OUT;
use serde_json::Value;

/// No login is larger.
const MAX_BYTES: u64 = 1 << 20;

/// Copies the login of this agent out of the person's home folder into its own.
pub(super) fn lend(name: &str, set: &ReadsLoginSettings, home: &Path) -> Result<Lent, Failure> {
    let missing = || missing(name);
    let person = std::env::home_dir().ok_or_else(missing)?;
    let files = found(name, set, &person)?;
    if files.is_empty() {
        return Err(missing());
    }
    Lent::put(home, &files).map_err(|error| unwritable(home, &error))
}

/// There is no login to lend.
pub(super) fn missing(name: &str) -> Failure {
    Failure::new(
        "login_missing",
        format!("{name} is to use its login, and is not logged in."),
        "Log in with its own program, then resume.",
    )
}

/// Whether there is a login of this agent.
pub(super) fn is_kept(name: &str, set: &ReadsLoginSettings) -> bool {
    let person = std::env::home_dir();
    let first = set.files(name).into_iter().next();
    let file = person.zip(first).map(|(person, first)| person.join(first));
    file.is_some_and(|file| file.is_file())
}

/// Its files that are there.
fn found(name: &str, set: &ReadsLoginSettings, person: &Path) -> Result<Vec<HomeFile>, Failure> {
    let mut files = Vec::new();
    for path in set.files(name) {
        let content = match read(&person.join(&path)) {
            Ok(content) => content,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => {
                return Err(Failure::new(
                    "login_unreadable",
                    format!("The login of {name} cannot be read from {path}: {error}."),
                    "Log in with its own program once more.",
                ));
            }
        };
        let content = match name {
            "opencode" => keys_alone(&content)?,
            _ => content,
        };
        files.push(HomeFile::new(path, content));
    }
    Ok(files)
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    let mut content = Vec::new();
    File::open(path)?
        .take(MAX_BYTES + 1)
        .read_to_end(&mut content)?;
    match content.len() as u64 > MAX_BYTES {
        true => Err(io::Error::other("it is larger than any login")),
        false => Ok(content),
    }
}

/// Of what OpenCode keeps the keys. A login there changes with every refresh, and one that was refreshed in a copy would be
/// lost to the person.
fn keys_alone(content: &[u8]) -> Result<Vec<u8>, Failure> {
    let kept: Value = serde_json::from_slice(content).unwrap_or_default();
    let keys = kept.as_object().into_iter().flatten();
    let keys = keys.filter(|(_, entry)| entry["type"] == "api");
    let keys: serde_json::Map<_, _> = keys
        .map(|(name, key)| (name.clone(), key.clone()))
        .collect();
    if keys.is_empty() {
        return Err(Failure::new(
            "login_changes",
            "OpenCode keeps no key, and its other logins change with every refresh: a copy would end them.",
            "Give it a key with `opencode auth login`, or set a model under [agents.opencode.model].",
        ));
    }
    Ok(Value::Object(keys).to_string().into_bytes())
}

/// The hosts that the login of this agent is good for; `None` for an agent that reads none.
pub(super) fn hosts(
    name: &str,
    settings: &Settings,
    isolation: &Isolation,
) -> Result<Option<Hosts>, Failure> {
    let set = settings.agents.named.get(name);
    let Some(set) = set.and_then(|set| set.reads_login.as_ref()) else {
        return Ok(None);
    };
    match isolation {
        Isolation::Full { .. } if LEADS_OUT => {}
        // Nothing is kept from it.
        Isolation::Unsafe => return Ok(Some(Hosts::default())),
        Isolation::Full { .. } | Isolation::Reduced { .. } | Isolation::None { .. } => {
            return Err(Failure::new(
                "login_out_of_reach",
                format!("{name} reads its own login, and this isolation lets it reach no host."),
                "`doctor` says what would bring full isolation back.",
            ));
        }
    }
    let hosts = Hosts::new(set.hosts(name)).map_err(|error| {
        Failure::new(
            "host_malformed",
            format!("{error}."),
            format!("Correct hosts in the settings, under [agents.{name}.reads_login]."),
        )
    })?;
    Ok(Some(hosts))
}

/// Takes away what an orchestrator that was killed left in agents' folders, which are below `agents`.
pub(super) fn sweep(agents: &Path, settings: &Settings) {
    let named = settings.agents.named.iter();
    let read = named.filter_map(|(name, set)| Some(set.reads_login.as_ref()?.files(name)));
    let paths: Vec<String> = read.flatten().collect();
    if paths.is_empty() {
        return;
    }
    for folder in fs::read_dir(agents).into_iter().flatten().flatten() {
        if let Err(error) = take(&folder.path(), &paths) {
            tracing::warn!(%error, "a copy of a login stays in an agent's folder");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_what_opencode_keeps_only_keys_are_lent() {
        let kept = br#"{"a": {"type": "api", "key": "k"}, "b": {"type": "oauth", "refresh": "r"}}"#;
        let lent = String::from_utf8(keys_alone(kept).unwrap()).unwrap();
        assert_eq!(lent, r#"{"a":{"key":"k","type":"api"}}"#);
        for nothing in ["{}", "no JSON", r#"{"b": {"type": "oauth"}}"#, "[1]"] {
            let failure = keys_alone(nothing.as_bytes()).unwrap_err();
            assert_eq!(failure.code, "login_changes", "{nothing}");
        }
    }

    #[test]
    fn a_login_is_lent_and_swept_away_if_nobody_took_it_back() {
        let folder = tempfile::tempdir().unwrap();
        let (person, agents) = (folder.path().join("person"), folder.path().join("agents"));
        fs::create_dir_all(person.join(".gemini")).unwrap();
        let settings = Settings::parse("[agents.gemini.reads_login]\n").unwrap();
        let set = settings.agents.named["gemini"].reads_login.clone().unwrap();
        assert!(found("gemini", &set, &person).unwrap().is_empty());
        fs::write(person.join(".gemini/oauth_creds.json"), "{}").unwrap();
        let files = found("gemini", &set, &person).unwrap();
        let lent = Lent::put(&agents.join("task"), &files).unwrap();
        let copy = agents.join("task/.gemini/oauth_creds.json");
        assert!(copy.is_file());
        // As if this process had been killed.
        std::mem::forget(lent);
        sweep(&agents, &settings);
        assert!(!copy.exists());
    }

    #[test]
    fn a_tier_without_a_way_out_has_no_use_for_a_login() {
        let settings = Settings::parse("[agents.gemini.reads_login]\n").unwrap();
        let reduced = Isolation::Reduced {
            why: "it is".to_owned(),
            gaps: Vec::new(),
        };
        let failure = hosts("gemini", &settings, &reduced).unwrap_err();
        assert_eq!(failure.code, "login_out_of_reach");
        assert_eq!(hosts("codex", &settings, &reduced).unwrap(), None);
        let open = hosts("gemini", &settings, &Isolation::Unsafe).unwrap();
        assert_eq!(open, Some(Hosts::default()));
    }
}
