//! The name of a commit, as the rest of the product sees it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The full SHA-1 name of a commit. On the wire: forty hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CommitId(git2::Oid);

/// A text that is not forty hex digits.
#[derive(Debug, thiserror::Error)]
#[error("not the full name of a commit: {text:?}")]
pub struct ParseCommitIdError {
    /// The text that was given.
    pub text: String,
}

impl CommitId {
    pub(crate) const fn new(oid: git2::Oid) -> Self {
        Self(oid)
    }

    pub(crate) const fn oid(self) -> git2::Oid {
        self.0
    }

    /// The first seven digits, for people.
    pub fn short(self) -> String {
        self.to_string().chars().take(7).collect()
    }
}

impl FromStr for CommitId {
    type Err = ParseCommitIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = || ParseCommitIdError {
            text: text.chars().take(64).collect(),
        };
        if text.len() != 40 {
            return Err(refuse());
        }
        git2::Oid::from_str(text)
            .map(Self)
            .map_err(|_not_hex| refuse())
    }
}

impl TryFrom<String> for CommitId {
    type Error = ParseCommitIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<CommitId> for String {
    fn from(id: CommitId) -> Self {
        id.to_string()
    }
}

impl fmt::Display for CommitId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.0)
    }
}

impl fmt::Debug for CommitId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "CommitId({})", self.0)
    }
}
