//! Exit codes: 0 done, 1 refused or failed (said on standard error, or as an `error` line), 2 bad arguments,
//! 3 another program holds the conversation, 4 the orchestrator cannot be reached or started.

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

pub(crate) fn no_runtime(error: &io::Error) -> Failure {
    Failure::new(
        "no_runtime",
        format!("No threads could be started: {error}."),
        "Close some programs and try again.",
    )
}
