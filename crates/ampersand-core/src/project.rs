//! `.ampersand.toml`: how a repository describes itself. It never starts anything by being there.

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::settings::{SettingsError, parse};

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
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    checks: toml::Table,
    #[serde(default)]
    worktree: WorktreeTable,
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
        })
    }

    /// Whether it asks for anything that only a person's trust allows.
    pub const fn needs_trust(&self) -> bool {
        !(self.checks.is_empty() && self.copy.is_empty() && self.setup.is_empty())
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
        for path in ["", "/", "/etc/passwd", "../x", "a/../../x", "a//b", "C:x"] {
            let text = format!("\n[worktree]\ncopy = [{path:?}]\n");
            let error = Project::parse(&text).unwrap_err();
            assert_eq!((error.line, error.key.as_str()), (3, "copy"), "{path:?}");
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
