//! Why a pull request waits for a person, or ended without all of its task's work, and what they can do.

use super::{Holds, PullRequest};
use crate::Failure;

pub(super) fn out_of_rounds() -> Failure {
    Failure::new(
        "pull_request_budget_spent",
        "Its agent was sent back as often as it may be by itself.",
        "Look at what was found; watch it again to allow as much once more, or tell the task what to do.",
    )
}

pub(super) fn nobody_there() -> Failure {
    Failure::new(
        "pull_request_no_agent",
        "Something was found, and its task cannot be sent back as it stands.",
        "Mend it yourself, or start a task for it; then watch it again.",
    )
}

pub(super) fn nothing_changed() -> Failure {
    Failure::new(
        "pull_request_nothing_changed",
        "Its agent changed nothing.",
        "Read its report; tell it what to do, or answer on the forge, then watch it again.",
    )
}

pub(super) fn no_fix() -> Failure {
    Failure::new(
        "pull_request_no_fix",
        "Its task did not come to a good end with what was found.",
        "Start the task again; what it makes then is put before you.",
    )
}

pub(super) fn not_pushed() -> Failure {
    Failure::new(
        "pull_request_not_pushed",
        "You did not want what its task made to be pushed.",
        "Tell the task what to change, or watch it again to be asked once more.",
    )
}

pub(super) fn others_there(pull: &PullRequest) -> Failure {
    let branch = &pull.branch;
    let message = match pull.holds {
        Holds::Others => format!(
            "Somebody rewrote the branch {branch} there: it no longer holds what was pushed. Nothing is forced over that."
        ),
        Holds::Pushed | Holds::Earlier | Holds::More => format!(
            "The branch {branch} has commits of others there, which its agent does not have. Nothing is forced over them."
        ),
    };
    Failure::new(
        "pull_request_has_others",
        message,
        "Finish and merge it there; or open another one for what its task makes, which gets a branch of its own. If those \
         commits are taken off that branch, watch it again.",
    )
}

pub(super) fn left_out(pull: &PullRequest) -> Failure {
    let short = |commit: &str| commit.chars().take(7).collect::<String>();
    let pushed = pull.pushed.as_deref().map_or_else(String::new, short);
    let message = match (pull.holds, pull.ahead) {
        (Holds::Others, _) => {
            format!(
                "It was merged without {pushed}, which was pushed: somebody had rewritten its branch."
            )
        }
        (Holds::Earlier, _) => format!("It was merged as it was before {pushed} was pushed."),
        (Holds::Pushed | Holds::More, true) => {
            format!("It was merged with {pushed}; what its task did since is not in it.")
        }
        (Holds::Pushed | Holds::More, false) => format!(
            "It was merged with {pushed}; {}, which its task made since, is not in it.",
            short(&pull.tip)
        ),
    };
    Failure::new(
        "pull_request_merged_without",
        message,
        "The work stays here: open another one for it, land it, or discard it if nothing of it is needed.",
    )
}
