//! What an end means for the task. The protocol has few words for it: what asks for a login is known, and what an agent
//! cannot explain may pass by itself.

use ampersand_core::{Failure, Obstacle, Report};

use super::wire::AUTH_REQUIRED;
use crate::outcome::Outcome;
use crate::shown;
use crate::vendor::rpc::RpcError;

/// A prompt that came to its end, for this reason.
pub(super) fn stopped(name: &str, reason: &str, report: Report) -> Outcome {
    let (code, message, hint) = match reason {
        "end_turn" => return Outcome::Done { report },
        "refusal" => (
            "agent_refused",
            format!("{name} refused the task."),
            "Say it in other words, or give it to another agent.",
        ),
        "max_tokens" | "max_turn_requests" => (
            "agent_cut_off",
            format!("{name} reached the end of what one turn may use."),
            "Start the task again; it goes on where it stopped.",
        ),
        other => (
            "agent_stopped",
            format!("{name} stopped by itself: {}.", shown::line(other)),
            "Start the task again; it goes on where it stopped.",
        ),
    };
    Outcome::failed(Failure::new(code, message, hint))
}

/// A prompt that failed in the middle.
pub(super) fn failed(name: &str, error: &RpcError) -> Outcome {
    if error.code == AUTH_REQUIRED {
        return refused(name, error);
    }
    Outcome::limit(
        Obstacle::Unknown,
        Failure::new(
            "agent_failed",
            format!("{name} could not go on: {}.", shown::line(&error.message)),
            "It goes on where it stopped.",
        ),
    )
}

/// An answer without which nothing can begin.
pub(super) fn refused(name: &str, error: &RpcError) -> Outcome {
    if error.code == AUTH_REQUIRED {
        return Outcome::limit(
            Obstacle::Login,
            Failure::new(
                "unauthorized",
                format!("{name} asks for a login."),
                "Set its model and the key in the settings, then resume.",
            ),
        );
    }
    Outcome::failed(Failure::new(
        "agent_refused",
        format!(
            "{name} did not take up the task: {}.",
            shown::line(&error.message)
        ),
        "Update it, or give the task to another agent.",
    ))
}
