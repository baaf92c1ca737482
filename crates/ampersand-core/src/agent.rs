//! The agents there are, and what is true of each: what it can do decides what is offered for its tasks.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Who does a task.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum AgentKind {
    /// A model loop in the orchestrator, its tools in the sandbox.
    Builtin,
    /// Exactly the command the user asked for.
    Command,
    /// Our own tools without any model.
    Offline,
    /// Codex, spoken to by its app server.
    Codex,
    /// An agent that speaks the Agent Client Protocol, by its name: `claude`, `gemini`, `opencode`, or one of the
    /// settings.
    Acp(String),
}

/// What is true of an agent. A test holds each against what the agent really does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AgentFacts {
    /// When it takes in what it is told.
    pub steers: Steers,
    /// It tells the tokens it used.
    pub usage: bool,
    /// It tells what it cost, by its own list of prices.
    pub cost: bool,
    /// A later attempt goes on in the same conversation; without it, one begins anew and is told what was done.
    pub resumes: bool,
    /// Its conversation goes back to before something it was told.
    pub rewinds: bool,
    /// Ending it ends everything it started.
    pub cancel_kills: bool,
    /// It starts agents of its own, and we let it.
    pub subagents: bool,
    /// It asks before it acts, if its role says so.
    pub approvals: bool,
}

/// Whether an agent uses the login that its own program keeps on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum LoginUse {
    /// There is none, or none that could be used.
    Nothing,
    /// There is one, and a person's consent would let it be used.
    Offered,
    /// It is used.
    Used,
    /// There is one that could not be kept from the agent, and a person's consent would let the agent read it.
    Readable,
    /// The agent reads it.
    Read,
}

/// When an agent takes in what it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Steers {
    /// Never.
    Never,
    /// When it has come to an end with what it is at; it then goes on.
    AfterTurn,
    /// While it works, after the step under way.
    MidTurn,
}

impl AgentKind {
    /// Agents of others that are known by name, in the order in which they are looked for.
    pub const KNOWN: [&'static str; 4] = ["codex", "claude", "gemini", "opencode"];

    /// Agents whose login we can put in on the way to their model, so that they need not have it.
    pub const WITH_LOGIN: [&'static str; 2] = ["codex", "claude"];

    /// Agents whose login only they themselves can use, with all that is known of where it is and what it is good for.
    pub const READS_LOGIN: [&'static str; 1] = ["gemini"];

    /// The agent of this name: `builtin`, one of [`Self::KNOWN`], or one the settings name. Commands and our own tools
    /// cannot be chosen; the work decides for them.
    pub fn named(name: &str) -> Self {
        match name {
            "builtin" => Self::Builtin,
            "codex" => Self::Codex,
            other => Self::Acp(other.to_owned()),
        }
    }

    /// The word a person sees.
    pub fn shown(&self) -> &str {
        match self {
            Self::Builtin => "built-in",
            Self::Command => "command",
            Self::Offline => "offline",
            Self::Codex => "codex",
            Self::Acp(name) => name,
        }
    }

    /// Its name in the settings, if it is an agent of others.
    pub fn vendor(&self) -> Option<&str> {
        match self {
            Self::Builtin | Self::Command | Self::Offline => None,
            Self::Codex => Some("codex"),
            Self::Acp(name) => Some(name),
        }
    }

    /// What is true of it. For an agent only the settings know, what the protocol promises of every one.
    pub fn facts(&self) -> AgentFacts {
        const NOTHING: AgentFacts = AgentFacts {
            steers: Steers::Never,
            usage: false,
            cost: false,
            resumes: false,
            rewinds: false,
            cancel_kills: true,
            subagents: false,
            approvals: false,
        };
        const LIVELY: AgentFacts = AgentFacts {
            steers: Steers::MidTurn,
            usage: true,
            resumes: true,
            approvals: true,
            ..NOTHING
        };
        match self {
            Self::Command | Self::Offline => NOTHING,
            Self::Builtin => LIVELY,
            Self::Codex => AgentFacts {
                rewinds: true,
                ..LIVELY
            },
            Self::Acp(name) => match name.as_str() {
                "claude" => AgentFacts {
                    cost: true,
                    subagents: true,
                    ..LIVELY
                },
                "opencode" => AgentFacts {
                    steers: Steers::AfterTurn,
                    ..LIVELY
                },
                "gemini" => AgentFacts {
                    steers: Steers::AfterTurn,
                    resumes: false,
                    ..LIVELY
                },
                _ => AgentFacts {
                    steers: Steers::AfterTurn,
                    approvals: true,
                    ..NOTHING
                },
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_is_found_by_the_name_it_is_shown_by() {
        for name in AgentKind::KNOWN.into_iter().chain(["mine"]) {
            let agent = AgentKind::named(name);
            assert_eq!((agent.shown(), agent.vendor()), (name, Some(name)));
        }
        assert_eq!(AgentKind::named("builtin").vendor(), None);
    }

    #[test]
    fn agents_on_the_wire_are_words_or_a_named_protocol() {
        for (agent, wire) in [
            (AgentKind::Builtin, "\"builtin\""),
            (AgentKind::Codex, "\"codex\""),
            (AgentKind::named("claude"), "{\"acp\":\"claude\"}"),
        ] {
            assert_eq!(serde_json::to_string(&agent).unwrap(), wire);
            assert_eq!(serde_json::from_str::<AgentKind>(wire).unwrap(), agent);
        }
    }
}
