//! `.ampersand.toml`: how a repository describes itself. It never starts anything by being there.

use serde::Deserialize;

use crate::settings::{SettingsError, parse};

/// What a repository says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Project {
    /// Checks by name, in the order they are written, each a shell command.
    pub checks: Vec<(String, String)>,
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    checks: toml::Table,
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
        Ok(Self { checks })
    }
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
    fn a_check_that_is_no_command_names_its_line_and_key() {
        let error = Project::parse("[checks]\ntest = 3\n").unwrap_err();
        assert_eq!((error.line, error.key.as_str()), (2, "test"));
    }
}
