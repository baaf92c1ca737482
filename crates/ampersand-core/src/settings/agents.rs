//! `[agents]`: which agent does briefs, and what is set for the agents of others.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use crate::AgentKind;

use super::KeyPlace;

/// An agent that is paused for longer loses its processes.
const STANDS_FOR: Duration = Duration::from_secs(10 * 60);

/// Everything under `[agents]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentsSettings {
    /// Who does a brief when nobody chose; absent means the built-in agent.
    pub briefs: Option<AgentKind>,
    /// How long a paused agent keeps its processes. After that they end, and resuming goes on with its conversation in new
    /// ones.
    pub stands_for: Duration,
    /// By name: `codex`, `claude`, `gemini`, `opencode`, or an agent only the settings know.
    pub named: BTreeMap<String, AgentSettings>,
}

impl Default for AgentsSettings {
    fn default() -> Self {
        Self {
            briefs: None,
            stands_for: STANDS_FOR,
            named: BTreeMap::new(),
        }
    }
}

/// What is set for one agent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AgentSettings {
    /// The program and its arguments, instead of the one that is found. For agents only the settings know it is needed,
    /// and speaks the Agent Client Protocol on standard input and output.
    pub command: Vec<String>,
    /// Variables it is started with; `{base_url}` stands for the address under which it finds its model. Nothing secret
    /// belongs here: the agent reads it.
    pub env: BTreeMap<String, String>,
    /// Folders and files it has to read besides its program.
    pub reads: Vec<String>,
    /// An agent that says nothing for so many seconds, while nothing of it runs and nobody is asked, is stuck and is
    /// stopped. Absent means fifteen minutes.
    pub patience_s: Option<u32>,
    /// The model it uses.
    pub model: Option<AgentModelSettings>,
}

/// Where the model of an agent of others is. The agent never sees the key: it is put in on the way.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentModelSettings {
    /// Everything before the path the agent asks for, version included: `https://api.example.org/v1`.
    pub base_url: String,
    /// Its name.
    pub model: String,
    /// The environment variable that holds the key; none for endpoints that need none.
    #[serde(default)]
    pub api_key_env: Option<String>,
    /// The name of the key in the system's keychain.
    #[serde(default)]
    pub api_key: Option<String>,
}

impl AgentModelSettings {
    /// Where its key stands; none for endpoints that need none.
    pub fn key(&self) -> Option<KeyPlace> {
        KeyPlace::of(self.api_key.as_ref(), self.api_key_env.as_ref())
    }
}

/// The table as it is written.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct AgentsTable {
    briefs: Option<String>,
    frozen_minutes: Option<f64>,
    #[serde(flatten)]
    named: BTreeMap<String, AgentSettings>,
}

impl AgentsTable {
    /// The settings, or the key that is wrong and why.
    pub(super) fn check(self) -> Result<AgentsSettings, (String, &'static str)> {
        for (name, set) in &self.named {
            let fine =
                |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            if !name.bytes().all(fine) || name.len() > 32 {
                let problem = "an agent's name is at most 32 small letters, digits and hyphens";
                return Err((name.clone(), problem));
            }
            let known = AgentKind::KNOWN.contains(&name.as_str());
            if !known && set.command.is_empty() {
                return Err((name.clone(), "an agent of your own needs a command"));
            }
        }
        let agent = |key: &str, name: &str| {
            let is_there = AgentKind::KNOWN.contains(&name) || self.named.contains_key(name);
            match AgentKind::named(name) {
                agent if is_there || agent == AgentKind::Builtin => Ok(agent),
                _ => Err((key.to_owned(), "there is no agent of this name")),
            }
        };
        let briefs = self.briefs.as_deref().map(|name| agent("briefs", name));
        Ok(AgentsSettings {
            briefs: briefs
                .transpose()?
                .filter(|agent| *agent != AgentKind::Builtin),
            stands_for: minutes("frozen_minutes", self.frozen_minutes, STANDS_FOR)?,
            named: self.named,
        })
    }
}

fn minutes(
    key: &str,
    set: Option<f64>,
    usual: Duration,
) -> Result<Duration, (String, &'static str)> {
    match set.map(|minutes| Duration::try_from_secs_f64(minutes * 60.0)) {
        None => Ok(usual),
        Some(Ok(time)) => Ok(time),
        Some(Err(_)) => Err((key.to_owned(), "not a length of time")),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::{AgentKind, Settings};

    #[test]
    fn agents_of_others_are_named_with_what_they_need() {
        let text = r#"
[agents]
briefs = "mine"
frozen_minutes = 0.5
[agents.codex.model]
base_url = "http://127.0.0.1:8080/v1"
model = "some-model"
[agents.mine]
command = ["/opt/mine", "acp"]
env = { MINE_URL = "{base_url}" }
"#;
        let agents = Settings::parse(text).unwrap().agents;
        assert_eq!(agents.briefs, Some(AgentKind::named("mine")));
        assert_eq!(agents.stands_for, Duration::from_secs(30));
        assert_eq!(agents.named["mine"].command, ["/opt/mine", "acp"]);
        let model = agents.named["codex"].model.as_ref().unwrap();
        assert_eq!(model.model, "some-model");
    }

    #[test]
    fn an_agent_that_cannot_be_names_its_line_and_key() {
        for (text, line, key) in [
            ("[agents]\nbriefs = \"nobody\"\n", 2, "briefs"),
            ("[agents]\nfrozen_minutes = -1\n", 2, "frozen_minutes"),
            ("[agents.mine]\nenv = {}\n", 1, "mine"),
            ("[agents.Mine]\ncommand = [\"x\"]\n", 1, "Mine"),
        ] {
            let error = Settings::parse(text).unwrap_err();
            assert_eq!((error.line, error.key.as_str()), (line, key), "{error}");
        }
        assert!(Settings::parse("[agents.codex]\ncomand = []\n").is_err());
    }
}
