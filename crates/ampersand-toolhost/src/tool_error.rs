//! Why a tool refused: told to a model as the tool's answer, and to a person as a failure.

use std::io;

use ampersand_core::{Failure, counted};

/// Why a tool did not do what it was asked. Paths are as they were given, hidden characters made visible.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// The path leads out of the worktree, by itself or through a symbolic link.
    #[error("{path} is not inside the worktree")]
    Outside {
        /// As given.
        path: String,
    },
    /// Nothing is there.
    #[error("{path} does not exist")]
    Missing {
        /// As given.
        path: String,
    },
    /// Something else than a regular file is there.
    #[error("{path} is {what}, not a regular file")]
    NotAFile {
        /// As given.
        path: String,
        /// What it is, with its article.
        what: &'static str,
    },
    /// The file holds no text.
    #[error("{path} is not text ({})", counted(*bytes, "byte"))]
    Binary {
        /// As given.
        path: String,
        /// Its size.
        bytes: u64,
    },
    /// More than the tool takes.
    #[error("{path} has {}, more than {most}", counted(*bytes, "byte"))]
    TooLarge {
        /// As given.
        path: String,
        /// Its size.
        bytes: u64,
        /// The limit.
        most: u64,
    },
    /// The place belongs to git.
    #[error("{path} belongs to git")]
    Git {
        /// As given.
        path: String,
    },
    /// The text to replace is not there.
    #[error("the text to replace is not in {path}{near}")]
    NoMatch {
        /// As given.
        path: String,
        /// Where something like it is, or nothing.
        near: String,
    },
    /// The text to replace is there more than once.
    #[error("the text to replace is in {path} {count} times")]
    ManyMatches {
        /// As given.
        path: String,
        /// How often.
        count: usize,
    },
    /// Old and new text are the same, or the old is empty.
    #[error("there is nothing to replace in {path}")]
    NoChange {
        /// As given.
        path: String,
    },
    /// Something is already there.
    #[error("{path} already exists")]
    Exists {
        /// As given.
        path: String,
    },
    /// The pattern cannot be searched for.
    #[error("the pattern is not usable: {why}")]
    Pattern {
        /// The reason in one line.
        why: String,
    },
    /// The system refused.
    #[error("cannot {action} {path}")]
    Io {
        /// What was attempted.
        action: &'static str,
        /// As given.
        path: String,
        /// The system's answer.
        #[source]
        source: io::Error,
    },
    /// No program could be started.
    #[error("cannot start a shell")]
    Start {
        /// The system's answer.
        #[source]
        source: io::Error,
    },
    /// Asked to stop before it was done.
    #[error("stopped before it was done")]
    Cancelled,
    /// There is no sandbox to change or execute anything in.
    #[error("without a sandbox nothing is changed or executed")]
    LookOnly,
    /// Too many calls at the same time.
    #[error("{most} calls are already under way")]
    Busy {
        /// The limit.
        most: usize,
    },
}

impl ToolError {
    /// A stable name for the failure.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Outside { .. } => "path_outside",
            Self::Missing { .. } => "path_missing",
            Self::NotAFile { .. } => "path_not_a_file",
            Self::Binary { .. } => "file_binary",
            Self::TooLarge { .. } => "file_too_large",
            Self::Git { .. } => "path_of_git",
            Self::NoMatch { .. } => "edit_no_match",
            Self::ManyMatches { .. } => "edit_many_matches",
            Self::NoChange { .. } => "edit_no_change",
            Self::Exists { .. } => "path_exists",
            Self::Pattern { .. } => "pattern_unusable",
            Self::Io { .. } => "tool_io",
            Self::Start { .. } => "execute_start",
            Self::Cancelled => "tool_cancelled",
            Self::LookOnly => "look_only",
            Self::Busy { .. } => "tool_busy",
        }
    }

    /// What to do next.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Outside { .. } => "Give a path relative to the worktree.",
            Self::Missing { .. } => "List the folder to see what is there.",
            Self::NotAFile { .. } => "Name a regular file.",
            Self::Binary { .. } => "Look at text files only.",
            Self::TooLarge { .. } => "Read or search a part of it.",
            Self::Git { .. } => "Leave it alone: changes are committed for you.",
            Self::NoMatch { .. } => {
                "Read the file again and copy the text exactly, white space included."
            }
            Self::ManyMatches { .. } => "Give more of the surrounding lines, so that it fits once.",
            Self::NoChange { .. } => "Give the text as it is and the text as it shall be.",
            Self::Exists { .. } => "Choose another name, or delete it first.",
            Self::Pattern { .. } => "Correct the pattern, or search for it as plain text.",
            Self::Io { .. } => "Check what is at that path.",
            Self::Start { .. } => "This attempt may not execute programs; go on without.",
            Self::Cancelled => "Ask again if it is still needed.",
            Self::LookOnly => "Go on by looking, and report what is left to do.",
            Self::Busy { .. } => "Wait for one of them to end.",
        }
    }

    /// As it crosses the process boundary.
    pub fn failure(&self) -> Failure {
        let message = match self {
            Self::Io { source, .. } | Self::Start { source } => format!("{self}: {source}"),
            _ => self.to_string(),
        };
        Failure::new(self.code(), message, self.hint())
    }
}
