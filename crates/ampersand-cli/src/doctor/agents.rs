//! Agents of others: what is installed, and what is missing of each.

use std::borrow::Cow;

use ampersand_core::Failure;
use ampersand_protocol::{AgentFound, Reply};

use super::Finding;
use crate::show::text;

/// The agents of an answer.
pub(crate) fn of(answer: Result<Reply, Failure>) -> Result<Vec<AgentFound>, Failure> {
    match answer? {
        Reply::Agents { agents } => Ok(agents),
        _ => Ok(Vec::new()),
    }
}

pub(super) fn finding(agent: &AgentFound) -> Finding {
    let (message, hint) = said(agent);
    Finding {
        name: Cow::Owned(format!("agent {}", agent.name)),
        ok: agent.missing.is_none(),
        message,
        hint,
    }
}

/// What is here of an agent, and what would make it usable.
pub(crate) fn said(agent: &AgentFound) -> (String, String) {
    let (message, hint) = match (&agent.version, &agent.missing) {
        (None, Some(failure)) => (failure.message.clone(), failure.hint.clone()),
        (Some(_), Some(failure)) => {
            let message = format!("{}. {}", installed(agent), failure.message);
            (message, failure.hint.clone())
        }
        (_, None) => (format!("{}.", installed(agent)), String::new()),
    };
    (text::visible(&message), text::visible(&hint))
}

/// `codex-cli 0.169.0, logged in`.
fn installed(agent: &AgentFound) -> String {
    let version = agent.version.as_deref().unwrap_or("of some version");
    let login = match agent.logged_in {
        Some(true) => ", logged in (that login is not used yet)",
        Some(false) => ", not logged in",
        None => "",
    };
    format!("{version}{login}")
}
