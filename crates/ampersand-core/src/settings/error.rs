//! A file that cannot be used: its line, its key and what is wrong, and reading TOML so that they are known.

use serde::de::DeserializeOwned;

use crate::Failure;

/// A file of settings that cannot be used, with the place to look at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}, line {line}, {key}: {problem}")]
pub struct SettingsError {
    /// The file's name.
    pub file: String,
    /// Counted from one.
    pub line: usize,
    /// The key, with its table if it stands in one.
    pub key: String,
    /// What is wrong.
    pub problem: String,
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Self {
        Self::new(
            "settings_invalid",
            error.to_string(),
            "Mend that line; until then the values from before stay in force.",
        )
    }
}

/// Reads TOML into `T`, turning the parser's byte range into a line and a key.
pub(crate) fn parse<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, SettingsError> {
    toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start.min(text.len()));
        SettingsError::at(file, text, line_of(text, at), error.message())
    })
}

fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes()[..at]
        .iter()
        .filter(|byte| **byte == b'\n')
        .count()
        + 1
}

impl SettingsError {
    /// An error on a line whose key is read off the line itself.
    fn at(file: &str, text: &str, line: usize, problem: &str) -> Self {
        let words = text.lines().nth(line - 1).unwrap_or_default();
        let key = words
            .split(['=', '#'])
            .next()
            .unwrap_or_default()
            .trim()
            .to_owned();
        Self {
            file: file.to_owned(),
            line,
            key,
            problem: problem.trim().replace('\n', " "),
        }
    }

    /// An error about the first line that sets or opens `key`.
    pub(crate) fn of_key(file: &str, text: &str, key: &str, problem: &str) -> Self {
        let names = |line: &str| {
            let head = line.split('=').next().unwrap_or_default();
            let head = head.trim().trim_matches(['[', ']', '"']);
            head == key || head.rsplit('.').next() == Some(key)
        };
        let line = text.lines().position(names).map_or(1, |at| at + 1);
        let mut error = Self::at(file, text, line, problem);
        error.key = key.to_owned();
        error
    }
}
