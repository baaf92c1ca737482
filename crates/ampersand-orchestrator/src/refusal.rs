//! Errors of the crates below, said to a person: fragments become sentences, causes are told with them.

use std::error::Error;

use ampersand_core::Failure;
use ampersand_git::{
    AttachError, BlockingError, BranchRefusal, CommitError, GitFailure, ImportError, LandRefusal,
    ObstacleReason, ParseCommitIdError, PushRefusal, StartError, UndoRefusal, WorktreeError,
};
use ampersand_process::TreeError;
use ampersand_sandbox::LaunchError;

/// An error that a person can be told.
pub(crate) trait Refusal {
    /// Code, message and hint.
    fn failure(&self) -> Failure;
}

/// A sentence from a fragment and the causes below it, each once.
fn tell(code: &str, error: &dyn Error, hint: &str) -> Failure {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let deeper = error.to_string();
        if !words.contains(&deeper) {
            words.push_str(": ");
            words.push_str(&deeper);
        }
        cause = error.source();
    }
    Failure::new(code, sentence(&words), sentence(hint))
}

fn sentence(words: &str) -> String {
    let mut chars = words.trim().trim_end_matches('.').chars();
    let Some(first) = chars.next() else {
        return String::new();
    };
    format!("{}{}.", first.to_uppercase(), chars.as_str())
}

macro_rules! coded {
    ($($error:ty),+ $(,)?) => {$(
        impl Refusal for $error {
            fn failure(&self) -> Failure {
                tell(self.code(), self, self.hint())
            }
        }
    )+};
}

coded!(
    AttachError,
    BranchRefusal,
    CommitError,
    GitFailure,
    ImportError,
    LaunchError,
    PushRefusal,
    StartError,
    TreeError,
    WorktreeError
);

impl Refusal for BlockingError {
    fn failure(&self) -> Failure {
        tell(
            "git_unfinished",
            self,
            "try again; see the log if it persists",
        )
    }
}

impl Refusal for ParseCommitIdError {
    fn failure(&self) -> Failure {
        tell(
            "commit_unreadable",
            self,
            "start a new task: the journal holds no usable commit",
        )
    }
}

impl Refusal for LandRefusal {
    fn failure(&self) -> Failure {
        let mut failure = tell(self.code(), self, self.hint());
        let named: Vec<String> = match self {
            Self::InTheWay { obstacles, .. } => obstacles
                .iter()
                .map(|obstacle| {
                    let reason = match obstacle.reason {
                        ObstacleReason::Modified => "changed",
                        ObstacleReason::Staged => "staged",
                        ObstacleReason::Untracked => "untracked",
                    };
                    format!("{} ({reason})", obstacle.path)
                })
                .collect(),
            Self::Conflicts { paths, .. }
            | Self::OnUncommitted { paths }
            | Self::NotUndone { paths, .. } => paths.clone(),
            Self::MarkersLeft { places } => places.clone(),
            _ => Vec::new(),
        };
        if !named.is_empty() {
            failure.message = sentence(&format!(
                "{}: {}",
                failure.message.trim_end_matches('.'),
                named.join(", ")
            ));
        }
        failure
    }
}

impl Refusal for UndoRefusal {
    fn failure(&self) -> Failure {
        match self {
            Self::Refused(refusal) => {
                let hint = sentence(self.hint());
                Failure {
                    hint,
                    ..refusal.failure()
                }
            }
            _ => tell(self.code(), self, self.hint()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_what_is_in_the_way() {
        let refusal = LandRefusal::Conflicts {
            paths: vec!["a.rs".into(), "b.rs".into()],
            both: Vec::new(),
        };
        let failure = refusal.failure();
        assert_eq!(
            failure.message,
            "The task's work conflicts with the branch in 2 files: a.rs, b.rs."
        );
        assert!(failure.hint.ends_with('.') && failure.hint.starts_with('L'));
    }
}
