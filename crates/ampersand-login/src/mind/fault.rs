//! Why Codex gave no answer, in our words, and what to do next.

use ampersand_core::Failure;
use ampersand_http::HttpError;
use ampersand_model::ModelError;

use super::step::Fault;

/// The most that is quoted of what it said.
const SAID_CHARS: usize = 300;

/// What a fault means. What was seen on the way to the model says more than it does.
pub(super) fn failure(fault: &Fault, seen: Option<&HttpError>, model: &str) -> Failure {
    if let Some(HttpError::Unauthorized { host, .. }) = seen {
        return Failure::new(
            "login_refused",
            format!("{host} does not accept the login of Codex."),
            "Send the message again: the login is refreshed first. If that does not help, log in again with `codex login`.",
        );
    }
    if let Some(error) = seen {
        return Failure::from(&ModelError::from_http(error.clone(), model));
    }
    match fault {
        Fault::Refused(said) => Failure::new(
            "codex_refused",
            format!("Codex did not take up the conversation.{}", quoted(said)),
            "Update Codex, or choose another model in the settings.",
        ),
        Fault::Turn { kind, message } => {
            let (code, what, hint) = match kind.as_str() {
                "usageLimitExceeded" | "sessionBudgetExceeded" => (
                    "quota_used_up",
                    "The account has used up what it may.",
                    "Wait until there is some again, or choose another model in the settings.",
                ),
                "contextWindowExceeded" => (
                    "context_too_long",
                    "The conversation is longer than the model can read.",
                    "Say it in a shorter message, or choose a model with more room.",
                ),
                _ => (
                    "codex_failed",
                    "Codex could not answer.",
                    "Send the message again, or choose another model in the settings.",
                ),
            };
            Failure::new(code, format!("{what}{}", quoted(message)), hint)
        }
    }
}

/// It ended, or fell silent, in the middle.
pub(super) fn gone(how: &str, words: &str) -> Failure {
    Failure::new(
        "codex_gone",
        format!("Codex {how} in the middle of its answer.{}", quoted(words)),
        "Send the message again: Codex is started anew. `doctor` says what it is missing.",
    )
}

fn quoted(said: &str) -> String {
    let said = ampersand_agent::visible(said.trim());
    let said: String = said.chars().take(SAID_CHARS).collect();
    match said.is_empty() {
        true => String::new(),
        false => format!(" It said: “{said}”"),
    }
}
