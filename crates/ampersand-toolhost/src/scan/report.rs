//! A survey as the report a person and the controller read.

use ampersand_core::{Finding, Report, Severity, counted};

use super::{Amount, Survey};
use crate::walk::Skipped;

const MAX_LANGUAGES: usize = 12;
const MAX_SECRETS: usize = 50;
const MAX_TODOS: usize = 50;

impl Survey {
    /// The report: what matters first, nothing of a secret but its mask.
    pub fn report(&self) -> Report {
        Report {
            headline: self.headline(),
            summary: self.summary(),
            findings: self.findings(),
            ..Report::default()
        }
    }

    fn headline(&self) -> String {
        let main: Vec<&str> = self
            .languages
            .iter()
            .filter(|language| is_code(&language.name))
            .take(2)
            .map(|language| language.name.as_str())
            .collect();
        let what = if main.is_empty() {
            "No code".to_owned()
        } else {
            main.join(" and ")
        };
        let todos: u64 = self.todos.values().sum();
        format!(
            "{what}, {} in {}; {}, {}, {}",
            counted(self.files.lines, "line"),
            counted(self.files.files, "file"),
            counted(self.secrets_count, "likely secret"),
            counted(todos, "TODO"),
            counted(self.packages() as u64, "dependency"),
        )
    }

    fn summary(&self) -> String {
        let mut text = format!(
            "{} in {}, {} of them binary.\n\n",
            size(self.files.bytes),
            counted(self.files.files, "file"),
            self.binary.files
        );
        if !self.languages.is_empty() {
            text.push_str("| language | files | lines | size |\n|---|---:|---:|---:|\n");
            for language in self.languages.iter().take(MAX_LANGUAGES) {
                let Amount {
                    files,
                    lines,
                    bytes,
                } = language.amount;
                text.push_str(&format!(
                    "| {} | {files} | {lines} | {} |\n",
                    language.name,
                    size(bytes)
                ));
            }
            text.push('\n');
        }
        let todos: Vec<String> = self
            .todos
            .iter()
            .map(|(word, count)| format!("{count} {word}"))
            .collect();
        if !todos.is_empty() {
            text.push_str(&format!("Left to do: {}.\n", todos.join(", ")));
        }
        let mut manifests: Vec<(&str, usize, usize)> = Vec::new();
        for dependency in &self.dependencies {
            let pinned = usize::from(dependency.pinned);
            match manifests
                .iter_mut()
                .find(|(manifest, ..)| *manifest == dependency.manifest)
            {
                Some((_, all, exact)) => {
                    *all += 1;
                    *exact += pinned;
                }
                None => manifests.push((&dependency.manifest, 1, pinned)),
            }
        }
        for (manifest, all, exact) in manifests.iter().take(MAX_LANGUAGES) {
            text.push_str(&format!(
                "{manifest}: {}, {exact} with an exact version.\n",
                counted(*all as u64, "dependency")
            ));
        }
        if manifests.len() > MAX_LANGUAGES {
            let more = manifests.len() - MAX_LANGUAGES;
            text.push_str(&format!("And {}.\n", counted(more as u64, "more manifest")));
        }
        text
    }

    fn findings(&self) -> Vec<Finding> {
        let secrets = self.secrets.iter().take(MAX_SECRETS).map(|secret| Finding {
            severity: secret.severity,
            text: format!("{}: {}", secret.what, secret.masked),
            path: Some(secret.path.clone()),
            line: Some(secret.line),
        });
        let todos = self
            .todo_places
            .iter()
            .take(MAX_TODOS)
            .map(|place| Finding {
                severity: Severity::Low,
                text: place.text.clone(),
                path: Some(place.path.clone()),
                line: Some(place.line),
            });
        let broken = self.broken_manifests.iter().map(|path| Finding {
            severity: Severity::Low,
            text: "a manifest that cannot be read".to_owned(),
            path: Some(path.clone()),
            line: None,
        });
        let note = |text| Finding {
            severity: Severity::Note,
            text,
            path: None,
            line: None,
        };
        let mut notes = Vec::new();
        if self.skipped != Skipped::default() {
            notes.push(note(format!("left out: {}", self.skipped.shown())));
        }
        if self.cut {
            let files = counted(self.files.files, "file");
            notes.push(note(format!("stopped after {files}")));
        }
        secrets.chain(broken).chain(todos).chain(notes).collect()
    }

    /// Packages by name, however many files speak of them.
    fn packages(&self) -> usize {
        let mut names: Vec<_> = self
            .dependencies
            .iter()
            .map(|one| (&one.ecosystem, &one.name))
            .collect();
        names.sort();
        names.dedup();
        names.len()
    }
}

fn is_code(language: &str) -> bool {
    ![
        "JSON",
        "Markdown",
        "YAML",
        "TOML",
        "XML",
        "INI",
        "reStructuredText",
        "HTML",
        "CSS",
    ]
    .contains(&language)
}

fn size(bytes: u64) -> String {
    match bytes {
        0..=9_999 => format!("{bytes} B"),
        10_000..=9_999_999 => format!("{} KB", bytes / 1_000),
        10_000_000..=9_999_999_999 => format!("{} MB", bytes / 1_000_000),
        _ => format!("{} GB", bytes / 1_000_000_000),
    }
}
