//! Programs of the person's own on a task's worktree: an editor, a terminal, the folder itself.
//!
//! Started as the person would start them, with the person's own environment and outside of any sandbox: which program it
//! is comes from the settings and this table alone. Such programs run git by themselves, so the orchestrator names a folder
//! only once no settings of git's in it are an agent's.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use ampersand_core::{Failure, ProgramSettings};
use ampersand_process::{Spec, spawn_detached};
use ampersand_protocol::Reply;
use serde::Deserialize;

use crate::connected;

/// What opens a worktree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Opener {
    /// An editor with the folder.
    Editor,
    /// A terminal in it.
    Terminal,
    /// Whatever shows folders.
    Folder,
}

/// Stands for the worktree in the arguments of a program.
const HERE: &str = "{dir}";

/// A program and its arguments.
type Candidate = Vec<String>;

impl Opener {
    /// The word in messages and on the command line.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Editor => "editor",
            Self::Terminal => "terminal",
            Self::Folder => "folder",
        }
    }

    /// What may serve, the best first: what the person set, and nothing else then.
    fn candidates(self, set: &ProgramSettings) -> Vec<Candidate> {
        let chosen = match self {
            Self::Editor => &set.editor,
            Self::Terminal => &set.terminal,
            Self::Folder => &Vec::new(),
        };
        if !chosen.is_empty() {
            return vec![with_place(chosen.clone())];
        }
        let known: &[&[&str]] = match self {
            Self::Editor => &EDITORS,
            Self::Terminal => TERMINALS,
            Self::Folder => FOLDERS,
        };
        let owned = |words: &&[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        known.iter().map(owned).collect()
    }
}

const EDITORS: [&[&str]; 7] = [
    &["code", HERE],
    &["cursor", HERE],
    &["zed", HERE],
    &["codium", HERE],
    &["subl", HERE],
    &["idea", HERE],
    &["gnome-text-editor", HERE],
];

#[cfg(target_os = "macos")]
const TERMINALS: &[&[&str]] = &[&["/usr/bin/open", "-a", "Terminal", HERE]];
#[cfg(target_os = "macos")]
const FOLDERS: &[&[&str]] = &[&["/usr/bin/open", HERE]];

#[cfg(windows)]
const TERMINALS: &[&[&str]] = &[&["wt", "-d", HERE], &["powershell"]];
#[cfg(windows)]
const FOLDERS: &[&[&str]] = &[&[r"C:\Windows\explorer.exe", HERE]];

// Those that take no folder start where they are started.
#[cfg(not(any(target_os = "macos", windows)))]
const TERMINALS: &[&[&str]] = &[
    &["gnome-terminal", "--working-directory", HERE],
    &["konsole", "--workdir", HERE],
    &["kitty", "--directory", HERE],
    &["alacritty", "--working-directory", HERE],
    &["x-terminal-emulator"],
    &["xterm"],
];
#[cfg(not(any(target_os = "macos", windows)))]
const FOLDERS: &[&[&str]] = &[&["xdg-open", HERE]];

/// A program that was set without saying where the folder goes has it last.
fn with_place(mut words: Candidate) -> Candidate {
    if !words.iter().any(|word| word.contains(HERE)) {
        words.push(HERE.to_owned());
    }
    words
}

/// Opens the folder that the orchestrator named, with what the settings file says now.
pub(crate) async fn open_answered(
    opener: Opener,
    place: Reply,
    settings: &Path,
) -> Result<(), Failure> {
    let Reply::Text { text } = place else {
        return Err(crate::supervisor::away());
    };
    let programs = connected::read(settings)?.programs;
    open(opener, Path::new(&text), &programs).await
}

/// Opens `folder`. Errors with `no_program` where nothing that could do so is installed, and `program_not_started`.
async fn open(opener: Opener, folder: &Path, set: &ProgramSettings) -> Result<(), Failure> {
    let candidates = opener.candidates(set);
    let found = candidates.iter().find_map(|words| {
        let (program, arguments) = words.split_first()?;
        Some((find(program, &searched())?, arguments))
    });
    let Some((program, arguments)) = found else {
        return Err(none_found(opener, &candidates));
    };
    let arguments = arguments
        .iter()
        .map(|word| word.replace(HERE, &folder.to_string_lossy()));
    let mut spec = Spec::new(&program).args(arguments).cwd(folder);
    spec.env = std::env::vars_os().collect();
    let started = spawn_detached(spec, None).await;
    started.map(drop).map_err(|error| {
        Failure::new(
            "program_not_started",
            format!("{} was not started: {error}.", program.display()),
            "Set another one under [programs] in the settings.",
        )
    })
}

fn none_found(opener: Opener, candidates: &[Candidate]) -> Failure {
    let names: Vec<&str> = candidates
        .iter()
        .filter_map(|words| words.first().map(String::as_str))
        .collect();
    let word = opener.word();
    Failure::new(
        "no_program",
        format!("No {word} was found: looked for {}.", names.join(", ")),
        format!("Set one in the settings: [programs] {word} = [\"NAME\", \"{HERE}\"]."),
    )
}

/// The person's own directories for programs. One that is not absolute would be a repository's to fill.
fn searched() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let own = std::env::split_paths(&path).filter(|folder| folder.is_absolute());
    own.chain(ampersand_process::program::directories())
        .collect()
}

fn find(program: &str, folders: &[PathBuf]) -> Option<PathBuf> {
    let path = Path::new(program);
    if path.is_absolute() {
        return path.is_file().then(|| path.to_owned());
    }
    if path.components().count() != 1 {
        return None;
    }
    let names = names(program);
    let there = |folder: &PathBuf| {
        let candidates = names.iter().map(|name| folder.join(name));
        candidates.into_iter().find(|candidate| candidate.is_file())
    };
    folders.iter().find_map(there)
}

#[cfg(not(windows))]
fn names(program: &str) -> [OsString; 1] {
    [program.into()]
}

#[cfg(windows)]
fn names(program: &str) -> [OsString; 3] {
    ["", ".exe", ".cmd"].map(|end| format!("{program}{end}").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_person_set_is_the_only_one_that_serves() {
        let set = ProgramSettings {
            editor: vec!["/opt/mine".into(), "--wait".into()],
            terminal: vec!["mine".into(), "--in={dir}".into()],
        };
        let editors = Opener::Editor.candidates(&set);
        assert_eq!(editors, [["/opt/mine", "--wait", HERE]]);
        let terminals = Opener::Terminal.candidates(&set);
        assert_eq!(terminals, [["mine", "--in={dir}"]]);
        assert!(Opener::Editor.candidates(&ProgramSettings::default()).len() > 1);
    }

    #[test]
    fn a_program_is_found_by_its_name_and_never_by_a_way_into_a_repository() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("mine"), "").unwrap();
        let folders = [folder.path().to_owned()];
        assert_eq!(find("mine", &folders), Some(folder.path().join("mine")));
        for program in ["sub/mine", "./mine", "../mine", "yours", ""] {
            assert_eq!(find(program, &folders), None, "{program:?}");
        }
        assert!(searched().iter().all(|folder| folder.is_absolute()));
    }

    #[tokio::test]
    async fn nothing_to_open_it_with_says_what_was_looked_for_and_what_to_set() {
        let set = ProgramSettings {
            editor: vec!["surely-not-here".into()],
            ..ProgramSettings::default()
        };
        let folder = tempfile::tempdir().unwrap();
        let failure = open(Opener::Editor, folder.path(), &set).await.unwrap_err();
        assert_eq!(failure.code, "no_program");
        assert!(failure.message.contains("surely-not-here"), "{failure:?}");
        assert!(failure.hint.contains("[programs] editor"), "{failure:?}");
    }
}
