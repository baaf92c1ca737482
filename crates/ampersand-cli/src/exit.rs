//! Exit codes: 0 done, 1 refused or failed (said on standard error, or as an `error` line), 2 bad arguments,
//! 3 another program holds the conversation, 4 the orchestrator cannot be reached or started, and 128 and its number
//! where a signal ended a chat.

use std::{io, process::ExitCode};

use ampersand_core::Failure;

use crate::show::Screen;

/// Says what went wrong and returns the code for it.
pub(crate) fn report(screen: &Screen, failure: &Failure) -> ExitCode {
    screen.error(failure);
    match failure.code.as_str() {
        "conversation_open" => ExitCode::from(3),
        "orchestrator_lost" | "orchestrator_cannot_start" | "link_unreachable" => ExitCode::from(4),
        _ => ExitCode::FAILURE,
    }
}

/// Arguments that are not understood, or that asked for help.
pub(crate) fn arguments(error: &clap::Error) -> ExitCode {
    let is_json = std::env::args_os()
        .take_while(|word| word != "--")
        .any(|word| word == "--json");
    if !error.use_stderr() {
        // Help and version are answers, not errors; clap knows which stream each belongs to.
        error.print().ok();
        return ExitCode::SUCCESS;
    }
    if is_json {
        let text = error.to_string();
        let first = text.lines().next().unwrap_or_default();
        let message = format!("Not understood: {}.", first.trim_start_matches("error: "));
        let hint = "`ampersand-cli --help` and `ampersand-cli VERB --help` list what can be said.";
        Screen::new(true).error(&Failure::new("arguments", message, hint));
    } else {
        error.print().ok();
    }
    ExitCode::from(2)
}

pub(crate) fn no_runtime(error: &io::Error) -> Failure {
    Failure::new(
        "no_runtime",
        format!("No threads could be started: {error}."),
        "Close some programs and try again.",
    )
}
