//! How a task's pull request stands. What others wrote there is told as theirs, and not in full: the task's agent has it.

use ampersand_core::{PullRequest, PullRequestEnd, PullRequestStage, Task};

use super::one_line;

/// Checks and comments that are told.
const TOLD: usize = 3;

/// As it follows a task's line.
pub(super) fn outgoing(task: &Task) -> String {
    let Some(pull) = task.pull_request.as_deref() else {
        return String::new();
    };
    let state = match &pull.stage {
        PullRequestStage::Asking { .. } => "the person is asked whether to push".to_owned(),
        PullRequestStage::Pushing => "is being pushed".to_owned(),
        PullRequestStage::Watching => watching(pull),
        PullRequestStage::Fixing => "its agent was sent back with what was found".to_owned(),
        PullRequestStage::Held { why } => {
            format!("waits for the person: {}", one_line(&why.message))
        }
        PullRequestStage::Unwatched => "is not watched".to_owned(),
        PullRequestStage::Ended { how } => match how {
            PullRequestEnd::Merged { .. } => "was merged".to_owned(),
            PullRequestEnd::MergedWithout { why, .. } => {
                format!("was merged, but not all of it: {}", one_line(&why.message))
            }
            PullRequestEnd::Closed => "was closed without being merged".to_owned(),
            PullRequestEnd::GivenUp => return String::new(),
        },
    };
    format!(
        "; {} into {}: {state}{}",
        pull.shown(),
        pull.onto,
        found(pull)
    )
}

fn watching(pull: &PullRequest) -> String {
    let standing = pull.standing;
    match (standing.failed, standing.pending) {
        (0, 0) => "is open, and its checks are not red".to_owned(),
        (0, _) => "is open, and its checks run".to_owned(),
        (_, _) => "is open, and checks of it failed".to_owned(),
    }
}

fn found(pull: &PullRequest) -> String {
    if pull.is_over() {
        return String::new();
    }
    let checks = pull.found.checks.iter().map(|check| &check.name);
    let checks = checks.map(|name| format!("\n  this check failed > {}", one_line(name)));
    let comments = pull.found.comments.iter().map(|comment| {
        let by = match comment.may_write {
            true => "a reviewer",
            false => "somebody without rights there",
        };
        format!("\n  {by} wrote > {}", one_line(&comment.body))
    });
    checks.chain(comments).take(TOLD).collect()
}
