//! `.ampersand.toml`: how a repository describes itself. It never starts anything by being there.

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::{
    Forge,
    settings::{SettingsError, parse},
};

/// What a repository says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Project {
    /// Checks by name, in the order they are written, each a shell command.
    pub checks: Vec<(String, String)>,
    /// Files and folders of the checkout that a task's worktree gets a copy of, relative to the repository: what
    /// builds need and git does not keep, such as `.env` and caches.
    pub copy: Vec<String>,
    /// Shell commands that run once in a new worktree, before its task.
    pub setup: Vec<String>,
    /// How its app is started, to try a task's work.
    pub app: Option<App>,
    /// Whose program opens its pull requests, where the remote's host does not say.
    pub forge: Option<Forge>,
}

/// What is run to try a task's work.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct App {
    /// A shell command that goes on until it is ended, as a rule.
    pub command: String,
    /// The port on which it serves, for an app that is looked at in a browser.
    #[serde(default)]
    pub port: Option<u16>,
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    checks: toml::Table,
    #[serde(default)]
    worktree: WorktreeTable,
    app: Option<App>,
    #[serde(default)]
    pull_requests: PullRequestsTable,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PullRequestsTable {
    forge: Option<Forge>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WorktreeTable {
    copy: Vec<String>,
    setup: Vec<String>,
}

impl Project {
    /// The file's name, at the root of the repository.
    pub const FILE: &'static str = ".ampersand.toml";

    /// Reads the file's text. Keys this version does not know are left for the ones that do.
    pub fn parse(text: &str) -> Result<Self, SettingsError> {
        let file: File = parse(Self::FILE, text)?;
        let mut checks = Vec::new();
        for (name, command) in file.checks {
            let toml::Value::String(command) = command else {
                return Err(SettingsError::of_key(
                    Self::FILE,
                    text,
                    &name,
                    "a check is a command in quotes",
                ));
            };
            checks.push((name, command));
        }
        let WorktreeTable { copy, setup } = file.worktree;
        if let Some(path) = copy.iter().find(|path| !is_inside(path)) {
            return Err(SettingsError::of_key(
                Self::FILE,
                text,
                "copy",
                &format!("{path:?} is no path inside the repository"),
            ));
        }
        Ok(Self {
            checks,
            copy,
            setup,
            app: file.app,
            forge: file.pull_requests.forge,
        })
    }

    /// Whether it asks for anything that only a person's trust allows.
    pub const fn needs_trust(&self) -> bool {
        !(self.checks.is_empty()
            && self.copy.is_empty()
            && self.setup.is_empty()
            && self.app.is_none()
            && self.forge.is_none())
    }

    /// Everything that trust allows, for a person to read before they give it: what it is for, and the command or path.
    pub fn asks_for(&self) -> Vec<(String, String)> {
        let checks = self
            .checks
            .iter()
            .map(|(name, command)| (format!("check {name}"), command));
        let setup = self
            .setup
            .iter()
            .map(|command| ("setup".to_owned(), command));
        let copy = self
            .copy
            .iter()
            .map(|path| ("copied from your checkout".to_owned(), path));
        let app = self.app.iter().map(|app| ("app".to_owned(), &app.command));
        let all = checks.chain(setup).chain(copy).chain(app);
        let forge = self.forge.map(|forge| {
            let opened = format!("{}s are opened with", forge.noun());
            (opened, forge.program().to_owned())
        });
        let all = all.map(|(name, what)| (name, what.clone()));
        all.chain(forge).collect()
    }

    /// What trust is given to: SHA-256 of the file's text, in lower-case hexadecimal.
    pub fn digest(text: &str) -> String {
        let digest = Sha256::digest(text.as_bytes());
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Names between slashes, none of which leads elsewhere.
fn is_inside(path: &str) -> bool {
    let leads_elsewhere =
        |name: &str| matches!(name, "" | "." | "..") || name.contains(['\\', ':']);
    let path = path.strip_suffix('/').unwrap_or(path);
    !path.split('/').any(leads_elsewhere)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_keep_the_order_they_are_written_in() {
        let project = Project::parse("[checks]\nformat = \"z\"\nbuild = \"a\"\n").unwrap();
        assert_eq!(
            project.checks,
            [
                ("format".to_owned(), "z".to_owned()),
                ("build".to_owned(), "a".to_owned())
            ]
        );
    }

    #[test]
    fn what_a_worktree_gets_lies_inside_the_repository() {
        let text =
            "[worktree]\ncopy = [\".env\", \"web/node_modules/\"]\nsetup = [\"make deps\"]\n";
        let project = Project::parse(text).unwrap();
        assert_eq!(project.copy, [".env", "web/node_modules/"]);
        assert_eq!(project.setup, ["make deps"]);
        assert!(project.needs_trust() && !Project::default().needs_trust());
        let asked: Vec<_> = project
            .asks_for()
            .into_iter()
            .map(|(_, what)| what)
            .collect();
        assert_eq!(asked, ["make deps", ".env", "web/node_modules/"]);
        let forge = Project::parse("[pull_requests]\nforge = \"gitlab\"\n").unwrap();
        assert_eq!(forge.forge, Some(Forge::GitLab));
        assert!(forge.needs_trust(), "it chooses which program runs");
        for path in ["", "/", "/etc/passwd", "../x", "a/../../x", "a//b", "C:x"] {
            let text = format!("\n[worktree]\ncopy = [{path:?}]\n");
            let error = Project::parse(&text).unwrap_err();
            assert_eq!((error.line, error.key.as_str()), (3, "copy"), "{path:?}");
        }
    }

    #[test]
    fn an_app_is_a_command_with_or_without_a_port_and_needs_trust() {
        let project = Project::parse("[app]\ncommand = \"make run\"\nport = 3000\n").unwrap();
        assert!(project.needs_trust());
        let app = project.app.unwrap();
        assert_eq!((app.command.as_str(), app.port), ("make run", Some(3000)));
        for (text, line, key) in [
            ("[app]\ncommand = \"x\"\nport = 70000\n", 3, "port"),
            ("[app]\nport = 1\n", 1, "[app]"),
            ("[app]\ncommand = \"x\"\nports = 1\n", 3, "ports"),
        ] {
            let error = Project::parse(text).unwrap_err();
            assert_eq!((error.line, error.key.as_str()), (line, key), "{error}");
        }
    }

    #[test]
    fn a_digest_is_what_other_programs_say_too() {
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(Project::digest("abc"), abc);
    }

    #[test]
    fn a_check_that_is_no_command_names_its_line_and_key() {
        let error = Project::parse("[checks]\ntest = 3\n").unwrap_err();
        assert_eq!((error.line, error.key.as_str()), (2, "test"));
    }
}
