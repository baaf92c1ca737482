//! `scan`: looks a worktree over in one bounded walk and says what is there. It opens no network and runs nothing.

mod dependencies;
mod languages;
mod report;

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use ampersand_core::{Severity, visible};
use serde::{Deserialize, Serialize};

use crate::find::PROGRESS_EVERY;
use crate::read::SNIFFED_BYTES;
use crate::redact::{masked, redacted, suspects};
use crate::search::clipped;
use crate::tool_error::ToolError;
use crate::walk::{Skipped, Walk};
use crate::worktree::{Worktree, shown};

pub use dependencies::Dependency;

const MAX_FILES: u64 = 200_000;
/// What is read of one file; the rest counts by size only.
const MAX_READ_BYTES: u64 = 2 * 1024 * 1024;
/// Lines longer than this are generated, and looking for secrets in them costs without bringing any.
const MAX_LINE_BYTES: usize = 4 * 1024;
const MAX_PLACES: usize = 200;
const MAX_SECRETS: usize = 200;

/// What a look over a worktree found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Survey {
    /// All files met.
    pub files: Amount,
    /// Files that hold no text.
    pub binary: Amount,
    /// Languages, the one with most lines first.
    pub languages: Vec<Language>,
    /// How often each of the words for things left to do stands in a line.
    pub todos: BTreeMap<String, u64>,
    /// The first places of them.
    pub todo_places: Vec<Place>,
    /// Likely secrets, masked; the worst first.
    pub secrets: Vec<Secret>,
    /// How many likely secrets there are in all.
    pub secrets_count: u64,
    /// Dependencies that manifests declare and lock files pin.
    pub dependencies: Vec<Dependency>,
    /// Manifests that could not be read as such.
    pub broken_manifests: Vec<String>,
    /// What was left out.
    pub skipped: Skipped,
    /// Whether the walk ended before the tree did.
    pub cut: bool,
}

/// How much of something there is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amount {
    /// Files.
    pub files: u64,
    /// Their size.
    pub bytes: u64,
    /// Their lines, as far as they were read.
    pub lines: u64,
}

/// How much of one language there is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Language {
    /// Its name.
    pub name: String,
    /// How much.
    pub amount: Amount,
}

/// A line worth pointing at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Relative to the worktree, hidden characters made visible.
    pub path: String,
    /// Counted from one.
    pub line: u32,
    /// The line, clipped, secrets masked.
    pub text: String,
}

/// A likely secret. Its value is never kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret {
    /// How sure and how bad.
    pub severity: Severity,
    /// What it looks like.
    pub what: String,
    /// Its first characters and its length.
    pub masked: String,
    /// Relative to the worktree, hidden characters made visible.
    pub path: String,
    /// Counted from one.
    pub line: u32,
}

impl Amount {
    const fn add(&mut self, bytes: u64, lines: u64) {
        self.files += 1;
        self.bytes = self.bytes.saturating_add(bytes);
        self.lines += lines;
    }
}

pub(crate) fn scan(
    worktree: &Worktree,
    cancelled: &AtomicBool,
    mut progress: impl FnMut(String, u64),
) -> Result<Survey, ToolError> {
    let mut walk = Walk::below(worktree, Path::new("."), usize::MAX)?;
    let mut survey = Survey::default();
    let mut languages: BTreeMap<&'static str, Amount> = BTreeMap::new();
    while let Some(met) = walk.next() {
        if cancelled.load(Ordering::Relaxed) {
            return Err(ToolError::Cancelled);
        }
        if !met.kind.is_file() {
            continue;
        }
        if survey.files.files >= MAX_FILES {
            survey.cut = true;
            break;
        }
        let Ok((file, metadata)) = met.open() else {
            walk.skip_unreadable();
            continue;
        };
        let mut content = Vec::new();
        if file.take(MAX_READ_BYTES).read_to_end(&mut content).is_err() {
            walk.skip_unreadable();
            continue;
        }
        let bytes = metadata.len();
        if content[..content.len().min(SNIFFED_BYTES)].contains(&0) {
            survey.files.add(bytes, 0);
            survey.binary.add(bytes, 0);
        } else {
            let text = String::from_utf8_lossy(&content);
            let path = shown(met.path.as_os_str());
            let lines = survey.look_at(&path, &text);
            survey.files.add(bytes, lines);
            if let Some(language) = languages::of(&met.path, &text) {
                languages.entry(language).or_default().add(bytes, lines);
            }
            survey.depend(&path, &met.path, &text);
        }
        if survey.files.files.is_multiple_of(PROGRESS_EVERY) {
            progress(
                format!("scanning {}", shown(met.path.as_os_str())),
                survey.files.files,
            );
        }
    }
    survey.skipped = walk.skipped();
    survey.languages = languages
        .into_iter()
        .map(|(name, amount)| Language {
            name: name.to_owned(),
            amount,
        })
        .collect();
    survey
        .languages
        .sort_by_key(|language| std::cmp::Reverse(language.amount.lines));
    survey.secrets.sort_by_key(|secret| secret.severity);
    Ok(survey)
}

impl Survey {
    /// Notes what the lines of one file say, and counts them.
    fn look_at(&mut self, path: &str, text: &str) -> u64 {
        let mut count = 0;
        for (at, line) in text.lines().enumerate() {
            count += 1;
            if line.len() > MAX_LINE_BYTES {
                continue;
            }
            let number = u32::try_from(at + 1).unwrap_or(u32::MAX);
            if let Some(word) = left_to_do(line) {
                *self.todos.entry(word.to_owned()).or_default() += 1;
                if self.todo_places.len() < MAX_PLACES {
                    let text = visible(&redacted(&clipped(line.trim())));
                    self.todo_places.push(Place {
                        path: path.to_owned(),
                        line: number,
                        text,
                    });
                }
            }
            for suspect in suspects(line) {
                self.secrets_count += 1;
                if self.secrets.len() < MAX_SECRETS {
                    self.secrets.push(Secret {
                        severity: suspect.severity,
                        what: suspect.what.to_owned(),
                        masked: visible(&masked(&line[suspect.at])),
                        path: path.to_owned(),
                        line: number,
                    });
                }
            }
        }
        count
    }

    fn depend(&mut self, shown: &str, path: &Path, text: &str) {
        match dependencies::of(path, shown, text) {
            Ok(found) => {
                let room = dependencies::MAX.saturating_sub(self.dependencies.len());
                self.dependencies.extend(found.into_iter().take(room));
            }
            Err(dependencies::Broken) => self.broken_manifests.push(shown.to_owned()),
        }
    }
}

/// The first word in a line that marks something left to do, standing alone and in capitals.
fn left_to_do(line: &str) -> Option<&'static str> {
    ["TODO", "FIXME", "XXX", "HACK"].into_iter().find(|word| {
        line.match_indices(word).any(|(at, _)| {
            let joined = |character: char| character.is_alphanumeric() || character == '_';
            !line[..at].ends_with(joined) && !line[at + word.len()..].starts_with(joined)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::left_to_do;

    #[test]
    fn only_whole_words_in_capitals_are_left_to_do() {
        for (line, expected) in [
            ("// TODO: later", Some("TODO")),
            ("# FIXME(me) now", Some("FIXME")),
            ("TODOS are many, todo", None),
            ("MY_TODO_LIST", None),
            ("TODOS then TODO", Some("TODO")),
            ("mktemp /tmp/aXXXXXX", None),
        ] {
            assert_eq!(left_to_do(line), expected, "{line}");
        }
    }
}
