//! Conversations that the programs of agents keep on this machine: listed from their files, and copied for a task that goes
//! on with one. Nothing of theirs is ever written; what they say is data.

mod claude;
mod codex;
mod files;

use std::path::{Path, PathBuf};

use ampersand_core::{AgentKind, Failure, Usage};
use jiff::Timestamp;

use crate::vendor::{Entry, continued_in};

/// The most that are listed.
const LISTED_MAX: usize = 50;
/// The longest title, in characters.
const TITLE_CHARS_MAX: usize = 80;

/// A conversation of an agent's own program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The agent.
    pub agent: AgentKind,
    /// Its own name for it.
    pub id: String,
    /// How it began, on one line.
    pub title: String,
    /// When it was last written to.
    pub at: Timestamp,
    /// The folder it was held in.
    pub folder: PathBuf,
    /// Where it is kept.
    file: PathBuf,
    /// The same below the folder of the program's own.
    below: PathBuf,
}

/// What is read of a file: how the conversation is called, where it was held, how it began.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Head {
    id: String,
    folder: PathBuf,
    title: String,
}

/// Conversations held in this folder or below it, the newest first.
pub async fn sessions(folder: &Path) -> Vec<Session> {
    let folder = folder.to_owned();
    let looking = tokio::task::spawn_blocking(move || {
        let mut found: Vec<Session> = Vec::new();
        for session in codex::list().into_iter().chain(claude::list()) {
            let known = found
                .iter()
                .any(|known| known.id == session.id && known.agent == session.agent);
            // It may have been written down by another way to it.
            let held_in = dunce::canonicalize(&session.folder);
            let held_in = held_in.as_ref().unwrap_or(&session.folder);
            if !known && held_in.starts_with(&folder) {
                found.push(session);
            }
        }
        found.sort_by_key(|session| std::cmp::Reverse(session.at));
        found.truncate(LISTED_MAX);
        found
    });
    looking.await.unwrap_or_default()
}

/// Makes a copy of a conversation the agent's own, in its folder for this task and for this checkout, and keeps in its record
/// that it goes on with it. Where the record has one already nothing is done.
pub async fn carry_over(
    session: &Session,
    home: &Path,
    worktree: &Path,
    record: &Path,
) -> Result<(), Failure> {
    let below = match &session.agent {
        AgentKind::Codex => session.below.clone(),
        _ => claude::below(worktree, &session.id).ok_or_else(|| {
            Failure::new(
                "session_path_long",
                "The path of the task's checkout is too long for Claude Code to find the conversation by.",
                "Move Ampersand's home to a shorter path, or begin a new conversation.",
            )
        })?,
    };
    let (from, to) = (session.file.clone(), home.join(below));
    let is_codex = session.agent == AgentKind::Codex;
    let copying = tokio::task::spawn_blocking(move || -> std::io::Result<Usage> {
        if is_codex {
            files::copy(&from, &to, codex::ours)?;
            return Ok(codex::used(&to));
        }
        files::copy(&from, &to, |_| None)?;
        Ok(Usage::default())
    });
    let copied = copying
        .await
        .unwrap_or_else(|error| Err(std::io::Error::other(error)));
    let usage = copied.map_err(|error| {
        Failure::new(
            "session_not_copied",
            format!(
                "The conversation {:?} could not be copied: {error}.",
                session.title
            ),
            "Make sure that it is still there and that the home folder has room.",
        )
    })?;
    let entry = Entry::Continued {
        id: session.id.clone(),
        usage,
    };
    continued_in(record, entry).await
}

/// Reads a file of this content as any agent's, and copies it. The error is what should not have followed.
pub(crate) fn read_made_up(content: &[u8]) -> Result<(), String> {
    let heads = [
        codex::read(files::values(content)),
        claude::read("s", files::values(content)),
    ];
    for Head { title, .. } in heads.into_iter().flatten() {
        if title.chars().any(char::is_control) || crate::visible(&title) != title {
            return Err(format!("the title {title:?} hides something"));
        }
    }
    let copied = |from: &[u8], changed: fn(&str) -> Option<String>| {
        let mut to = Vec::new();
        files::copy_lines(from, &mut to, changed).map_err(|error| error.to_string())?;
        Ok::<_, String>(to)
    };
    let end = content.iter().rposition(|byte| *byte == b'\n');
    let whole = &content[..end.map_or(0, |end| end + 1)];
    if copied(content, |_| None)? != whole {
        return Err("a copy is not what it is of".to_owned());
    }
    let ours = copied(content, codex::ours)?;
    let lines = |of: &[u8]| of.iter().filter(|byte| **byte == b'\n').count();
    if lines(&ours) != lines(whole) || copied(&ours, codex::ours)? != ours {
        return Err("our way to the model was put in wrongly".to_owned());
    }
    match codex::used_in(content) == codex::used_in(ours.as_slice()) {
        true => Ok(()),
        false => Err("a copy used something else".to_owned()),
    }
}

/// A title on one line, with nothing in it that hides.
fn title(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let line: String = line.chars().take(TITLE_CHARS_MAX).collect();
    crate::visible(&line)
}
