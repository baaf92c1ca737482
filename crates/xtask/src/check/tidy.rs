//! House rules that neither the compiler nor its lints know: how files open, how long they may be,
//! which words name nothing, and where programs may be started from.

use std::path::Path;
use std::{fs, io};

use anyhow::{Context, Result};

use super::verdict;

/// Lines of a Rust file, its tests not counted. Beyond this there is a second idea in it.
const LONGEST: usize = 500;

/// Files allowed to be longer, with how long. This list may only shrink.
const LONGER: &[(&str, usize)] = &[];

/// Words that say nothing about what a type or file is.
const EMPTY_WORDS: [&str; 11] = [
    "Common",
    "Handler",
    "Helper",
    "Helpers",
    "Impl",
    "Manager",
    "Misc",
    "Processor",
    "Service",
    "Util",
    "Utils",
];

/// Where starting a program may be expected: the one crate that spawns, what runs inside the sandbox,
/// and what never reaches a user. Tests may too.
const MAY_SPAWN: [&str; 6] = [
    "benches/",
    "crates/ampersand-process/",
    "crates/ampersand-sandbox/",
    "crates/ampersand-toolhost/",
    "crates/ampersand-testkit/",
    "crates/xtask/",
];

/// Folders that hold no source of ours.
const NOT_OURS: [&str; 4] = ["target", "node_modules", "dist", "gen"];

/// Reads every Rust file under `root`.
pub(super) fn check(root: &Path) -> Result<()> {
    let mut found = Vec::new();
    for file in rust_files(root).context("the repository's files cannot be listed")? {
        let text = fs::read_to_string(root.join(&file))
            .with_context(|| format!("{file} cannot be read"))?;
        found.extend(
            findings(&file, &text)
                .into_iter()
                .map(|finding| format!("{file}: {finding}")),
        );
    }
    for (file, _) in LONGER.iter().filter(|(file, _)| !root.join(file).is_file()) {
        found.push(format!(
            "{file} is gone: take it off the list of longer files"
        ));
    }
    verdict(&found)
}

/// What is wrong with one file. `file` is relative to the repository, with forward slashes.
fn findings(file: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    if !text.starts_with("//!") {
        found.push("does not open with `//!` saying what it owns".to_owned());
    }
    if file.ends_with("/mod.rs") {
        found.push("mod.rs: name the file after its module".to_owned());
    }
    found.extend(too_long(file, text, LONGER));
    found.extend(empty_names(file, text));
    let spawns = text.contains(concat!("disallowed", "_methods"));
    let allowed = is_test(file) || MAY_SPAWN.iter().any(|place| file.starts_with(place));
    if spawns && !allowed {
        found.push("starts a program: only ampersand-process does".to_owned());
    }
    found
}

fn too_long(file: &str, text: &str, longer: &[(&str, usize)]) -> Option<String> {
    if is_test(file) {
        return None;
    }
    let lines = lines_without_tests(text);
    let allowance = longer
        .iter()
        .find(|(name, _)| *name == file)
        .map(|(_, lines)| *lines);
    match allowance {
        None if lines > LONGEST => Some(format!(
            "{lines} lines, at most {LONGEST}: find the second idea and give it a file"
        )),
        Some(allowed) if lines > allowed => Some(format!("{lines} lines, was allowed {allowed}")),
        Some(allowed) if lines < allowed => Some(format!(
            "{lines} lines now: lower its {allowed} in the list of longer files"
        )),
        _ => None,
    }
}

fn is_test(file: &str) -> bool {
    file.starts_with("tests/") || file.contains("/tests/") || file.ends_with("/tests.rs")
}

/// Counts up to the first module of tests, which by custom ends the file.
fn lines_without_tests(text: &str) -> usize {
    let is_tests = |line: &str| line == "mod tests {" || line == "#[cfg(test)]";
    let lines: Vec<&str> = text.lines().collect();
    let ends_with_tests = |at: &usize| {
        lines[*at..]
            .iter()
            .take(4)
            .any(|line| *line == "mod tests {")
    };
    let tests = (0..lines.len()).find(|at| is_tests(lines[*at]) && ends_with_tests(at));
    tests.unwrap_or(lines.len())
}

fn empty_names(file: &str, text: &str) -> Vec<String> {
    let stem = Path::new(file)
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or_default();
    let from_file = std::iter::once(stem);
    let names = from_file.chain(text.lines().filter_map(declared_name));
    let empty = names.filter_map(|name| Some((name, empty_word(name)?)));
    empty
        .map(|(name, word)| format!("`{name}`: {word} says nothing; name what it is"))
        .collect()
}

/// The name a line declares, when it declares a type or a module.
fn declared_name(line: &str) -> Option<&str> {
    let mut words = line
        .split_whitespace()
        .filter(|word| !word.starts_with("pub"));
    let keyword = words.next()?;
    if !matches!(keyword, "struct" | "enum" | "trait" | "type" | "mod") {
        return None;
    }
    let name = words.next()?;
    name.split(|c: char| !c.is_alphanumeric() && c != '_')
        .next()
}

/// The first empty word in a name, in either spelling.
fn empty_word(name: &str) -> Option<&'static str> {
    let mut words: Vec<String> = Vec::new();
    let mut starts_word = true;
    for letter in name.chars() {
        if letter == '_' {
            starts_word = true;
            continue;
        }
        if starts_word || letter.is_uppercase() {
            words.push(String::new());
        }
        starts_word = false;
        if let Some(word) = words.last_mut() {
            word.extend(letter.to_lowercase());
        }
    }
    EMPTY_WORDS
        .into_iter()
        .find(|empty| words.iter().any(|word| word.eq_ignore_ascii_case(empty)))
}

/// Every Rust file below `root`, relative to it, in a fixed order.
fn rust_files(root: &Path) -> io::Result<Vec<String>> {
    let mut files = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root.join(&folder))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with('.') || NOT_OURS.contains(&&*name) {
                continue;
            }
            let path = if folder.is_empty() {
                name
            } else {
                format!("{folder}/{name}")
            };
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else if path.ends_with(".rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(file: &str, text: &str, expected: &[&str]) {
        assert_eq!(findings(file, text), expected);
    }

    #[test]
    fn a_file_says_what_it_owns() {
        check("crates/a/src/lib.rs", "//! Owns a.\n", &[]);
        check(
            "crates/a/src/lib.rs",
            "\n",
            &["does not open with `//!` saying what it owns"],
        );
    }

    #[test]
    fn names_that_say_nothing_are_refused() {
        check(
            "crates/a/src/task_manager.rs",
            "//! Owns a.\npub(crate) struct HttpHandler<T>(T);\nenum Helpful {}\npub struct Database;\n",
            &[
                "`task_manager`: Manager says nothing; name what it is",
                "`HttpHandler`: Handler says nothing; name what it is",
            ],
        );
    }

    #[test]
    fn a_file_is_measured_without_its_tests() {
        let long = format!("//! Owns a.\n{}", "x\n".repeat(499));
        let tested = format!(
            "{long}\n#[cfg(test)]\nmod tests {{\n{}}}\n",
            "x\n".repeat(300)
        );
        assert_eq!(too_long("src/a.rs", &long, &[]), None);
        assert_eq!(lines_without_tests(&tested), 501);
        assert!(too_long("src/a.rs", &tested, &[]).is_some());
        assert_eq!(too_long("src/a/tests.rs", &tested, &[]), None);
    }

    #[test]
    fn an_allowance_only_shrinks() {
        let text = "x\n".repeat(600);
        assert_eq!(too_long("a.rs", &text, &[("a.rs", 600)]), None);
        assert!(too_long("a.rs", &text, &[("a.rs", 599)]).is_some());
        assert!(too_long("a.rs", &text, &[("a.rs", 601)]).is_some());
    }

    #[test]
    fn only_one_crate_starts_programs() {
        let text = format!(
            "//! A.\n#[expect(clippy::{}, reason = \"r\")]\n",
            "disallowed_methods"
        );
        check("crates/ampersand-process/src/spawn.rs", &text, &[]);
        check("crates/ampersand-cli/tests/it.rs", &text, &[]);
        check(
            "crates/ampersand-cli/src/lib.rs",
            &text,
            &["starts a program: only ampersand-process does"],
        );
    }
}
