//! One verb, one word, on every layer: what the orchestrator is asked has a file there, and what the terminal
//! understands is in its manual.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::verdict;

const COMMANDS: &str = "crates/ampersand-protocol/src/command.rs";
const DECISIONS: &str = "crates/ampersand-orchestrator/src/verbs";
const ARGUMENTS: &str = "crates/ampersand-cli/src/arguments.rs";
const MANUAL: &str = "docs/terminal.md";

/// Commands that decide nothing about a task, and so have no file of their own: those that only look, and
/// the one that is about the process.
const NO_DECISION: [&str; 3] = ["attach", "drain", "list_tasks"];
const LOOKS: &str = "read_";

/// Compares the enums with the files and the manual beside them.
pub(super) fn check(root: &Path) -> Result<()> {
    let read = |file: &str| {
        fs::read_to_string(root.join(file)).with_context(|| format!("{file} cannot be read"))
    };
    let mut found = without_file(
        &variants(&read(COMMANDS)?, "Command", '_')?,
        &stems(&root.join(DECISIONS))?,
    );
    found.extend(without_words(
        &variants(&read(ARGUMENTS)?, "Verb", '-')?,
        &read(MANUAL)?,
    ));
    verdict(&found)
}

fn without_file(commands: &[String], files: &BTreeSet<String>) -> Vec<String> {
    let decides =
        |command: &&String| !command.starts_with(LOOKS) && !NO_DECISION.contains(&command.as_str());
    let missing = commands
        .iter()
        .filter(decides)
        .filter(|command| !files.contains(*command));
    let stray = files.iter().filter(|file| !commands.contains(file));
    missing
        .map(|command| format!("{DECISIONS}/{command}.rs is missing: `{command}` is a command"))
        .chain(stray.map(|file| format!("{DECISIONS}/{file}.rs: no command is called `{file}`")))
        .collect()
}

fn without_words(verbs: &[String], manual: &str) -> Vec<String> {
    // As it is typed: alone, or with what follows it.
    let described = |verb: &&String| {
        ["`", " "]
            .iter()
            .any(|end| manual.contains(&format!("`{verb}{end}")))
    };
    verbs
        .iter()
        .filter(|verb| !described(verb))
        .map(|verb| format!("{MANUAL} says nothing about `{verb}`"))
        .collect()
}

/// The names of an enum's variants in lower case, their words joined by `joint`.
fn variants(text: &str, name: &str, joint: char) -> Result<Vec<String>> {
    let opens = format!("enum {name} {{");
    let body = text.lines().skip_while(|line| !line.ends_with(&opens));
    // As rustfmt writes it: variants are indented once, what is in them further.
    let names: Vec<String> = body
        .skip(1)
        .take_while(|line| *line != "}")
        .filter_map(|line| line.strip_prefix("    "))
        .filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()))
        .filter_map(|line| line.split(|c: char| !c.is_alphanumeric()).next())
        .map(|name| spelled(name, joint))
        .collect();
    ensure!(!names.is_empty(), "no variants of `enum {name}` were found");
    Ok(names)
}

fn spelled(name: &str, joint: char) -> String {
    let mut word = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !word.is_empty() {
            word.push(joint);
        }
        word.extend(letter.to_lowercase());
    }
    word
}

/// The names of the Rust files in a folder, without what is below it.
fn stems(folder: &Path) -> Result<BTreeSet<String>> {
    let unreadable = || format!("{} cannot be listed", folder.display());
    let mut stems = BTreeSet::new();
    for entry in fs::read_dir(folder).with_context(unreadable)? {
        let path = entry.with_context(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            stems.extend(
                path.file_stem()
                    .map(|stem| stem.to_string_lossy().into_owned()),
            );
        }
    }
    Ok(stems)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENUM: &str = "/// A wish.\npub enum Command {\n    /// Plans.\n    SubmitPlan {\n        plan: Plan,\n    },\n    \
                        Land(Which),\n    ReadDiff,\n}\n\npub enum Other {\n    No,\n}\n";

    fn commands() -> Vec<String> {
        variants(ENUM, "Command", '_').unwrap()
    }

    #[test]
    fn variants_are_read_from_one_enum_only() {
        assert_eq!(commands(), ["submit_plan", "land", "read_diff"]);
        assert_eq!(variants(ENUM, "Command", '-').unwrap()[0], "submit-plan");
        assert!(variants(ENUM, "Verb", '_').is_err());
    }

    #[test]
    fn a_command_without_file_and_a_file_without_command_are_found() {
        let files = ["submit_plan", "fly"].map(str::to_owned).into();
        assert_eq!(
            without_file(&commands(), &files),
            [
                format!("{DECISIONS}/land.rs is missing: `land` is a command"),
                format!("{DECISIONS}/fly.rs: no command is called `fly`"),
            ]
        );
    }

    #[test]
    fn a_verb_is_described_where_the_manual_shows_how_it_is_typed() {
        let verbs = ["tasks", "land", "given", "out"].map(str::to_owned);
        let manual = "| `tasks` | `land ID` | given without ticks | `output ID` |";
        assert_eq!(
            without_words(&verbs, manual),
            [
                format!("{MANUAL} says nothing about `given`"),
                format!("{MANUAL} says nothing about `out`"),
            ]
        );
    }
}
