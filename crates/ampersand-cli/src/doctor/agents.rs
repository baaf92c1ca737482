//! Agents of others: what is installed, and what is missing of each.

use std::borrow::Cow;

use ampersand_core::{Failure, LoginUse};
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

/// `codex-cli 0.169.0, with its own login, 38 % left until Sat 14:10, 20 % kept for you`.
fn installed(agent: &AgentFound) -> String {
    let version = agent.version.as_deref().unwrap_or("of some version");
    let login = match (agent.login, agent.logged_in) {
        (LoginUse::Used, _) => ", with its own login",
        (LoginUse::Read, _) => ", which can read its own login",
        (_, Some(true)) => ", logged in",
        (_, Some(false)) => ", not logged in",
        (_, None) => "",
    };
    let left = |window| format!(", {}", text::quota_left(window));
    let quota: String = agent.quota.iter().map(left).collect();
    let kept = match agent.keep_percent {
        0 => String::new(),
        percent => format!(", {percent} % kept for you"),
    };
    format!("{version}{login}{quota}{kept}")
}

#[cfg(test)]
mod tests {
    use ampersand_core::{AgentKind, QuotaWindow};

    use super::*;

    #[test]
    fn what_is_left_of_an_account_stands_beside_its_version() {
        let window = QuotaWindow {
            used_percent: 62,
            minutes: Some(300),
            resets_at: None,
        };
        let agent = AgentFound {
            name: "codex".into(),
            version: Some("codex-cli 1".into()),
            logged_in: None,
            login: LoginUse::Nothing,
            missing: None,
            quota: vec![window],
            keep_percent: 20,
            facts: AgentKind::Codex.facts(),
        };
        assert_eq!(said(&agent).0, "codex-cli 1, 38 % left, 20 % kept for you.");
    }
}
