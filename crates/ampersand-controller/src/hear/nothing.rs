//! Words that act, said where there is nothing for them to act on: what is said instead of guessing at them.

use ampersand_core::Failure;

use crate::overrides::Verb;

/// No task stands that an override could reach.
pub(super) fn runs(verb: Verb) -> Failure {
    let message = match verb {
        Verb::Resume => "No task is paused.",
        Verb::Pause | Verb::Cancel | Verb::Narrow(_) | Verb::None => "No task runs or waits.",
    };
    Failure::new(
        "nothing_runs",
        message,
        "Start one: scan, find a text, or run a command.",
    )
}

/// No question waits that a yes or no could answer.
pub(super) fn asks() -> Failure {
    Failure::new(
        "no_open_question",
        "No question waits for an answer.",
        "When a task needs you, a card says so.",
    )
}

/// Nothing landed that could be undone.
pub(super) fn landed() -> Failure {
    Failure::new(
        "no_landing_to_undo",
        "Nothing has landed here that could be undone.",
        "`git log` shows what the branch holds; `git revert` takes a commit of it back.",
    )
}

/// What was said last took something from tasks, and that is not given back.
pub(super) fn given_back() -> Failure {
    Failure::new(
        "not_given_back",
        "What was taken from a task is not given back, so nothing was undone.",
        "Start the work as a new task: it begins with everything its role has.",
    )
}

/// It is not clear which question a yes or no answers.
pub(super) fn asks_for_one(open: usize) -> Failure {
    let message = match open {
        0 | 1 => "More than one question is open, so nothing was answered.".to_owned(),
        n => format!("{n} questions wait, so nothing was answered."),
    };
    Failure::new(
        "several_open_questions",
        message,
        "Answer each on its own card; in a terminal, with approve ID or deny ID.",
    )
}
