//! What a task's work will collide with when it lands, as its card says it before it is done.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::TaskId;

/// A card names this many paths and counts the rest.
pub const CLASH_PATHS_MAX: usize = 5;

/// One thing that a task's work will collide with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Clash {
    /// With what.
    pub with: ClashWith,
    /// Where, sorted: at most five paths, made visible.
    pub paths: Vec<String>,
    /// In how many paths beyond those.
    pub more: u32,
}

/// What work collides with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ClashWith {
    /// The work of another task, as it is now.
    Task {
        /// The other one.
        task: TaskId,
        /// Its title.
        title: String,
    },
    /// The branch it would land in, as it is now.
    Branch {
        /// The branch.
        branch: String,
    },
    /// What the person had not committed when it started, and has not committed since.
    Uncommitted,
}

impl Clash {
    /// A clash in these paths, of which the first few are kept.
    pub fn new(with: ClashWith, paths: &[String]) -> Self {
        let mut paths = paths.to_vec();
        paths.sort();
        paths.dedup();
        let more = paths.len().saturating_sub(CLASH_PATHS_MAX);
        paths.truncate(CLASH_PATHS_MAX);
        Self {
            with,
            paths,
            more: u32::try_from(more).unwrap_or(u32::MAX),
        }
    }

    /// For a card: `collides with Refactor the auth module in src/auth.rs`.
    pub fn shown(&self) -> String {
        let with = match &self.with {
            ClashWith::Task { title, .. } => title.as_str(),
            ClashWith::Branch { branch } => branch.as_str(),
            ClashWith::Uncommitted => "what is not committed",
        };
        match self.paths.is_empty() {
            true => format!("collides with {with}"),
            false => format!("collides with {with} in {}", self.places()),
        }
    }

    /// The paths on one line.
    pub fn places(&self) -> String {
        let named = self.paths.join(", ");
        match self.more {
            0 => named,
            more => format!("{named} and {more} more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_names_a_few_paths_and_counts_the_rest() {
        let paths: Vec<String> = (0..8).rev().map(|at| format!("f{at}")).collect();
        let branch = "main".to_owned();
        let clash = Clash::new(ClashWith::Branch { branch }, &paths);
        assert_eq!(
            clash.shown(),
            "collides with main in f0, f1, f2, f3, f4 and 3 more"
        );
        let one = Clash::new(ClashWith::Uncommitted, &["a".to_owned(), "a".to_owned()]);
        assert_eq!(one.shown(), "collides with what is not committed in a");
    }
}
