//! `[agents]`: which agent does briefs, and what is set for the agents of others.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;

use crate::{AgentKind, Narrowing, Task, Work};

use super::{KeyPlace, ReadsLoginSettings};

/// An agent that is paused for longer loses its processes.
const STANDS_FOR: Duration = Duration::from_secs(10 * 60);

/// A next try that is further away is not waited for if another agent can go on.
const WAITS_FOR: Duration = Duration::from_secs(10 * 60);

/// Everything under `[agents]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentsSettings {
    /// Who does a brief when nobody chose; absent means the built-in agent.
    pub briefs: Option<AgentKind>,
    /// How long a paused agent keeps its processes. After that they end, and resuming goes on with its conversation in new
    /// ones.
    pub stands_for: Duration,
    /// Who goes on with a task whose agent a limit or an outage holds up, in the order of preference; with nobody it waits.
    pub failover: Vec<AgentKind>,
    /// How long a next try is waited for before another agent goes on.
    pub waits_for: Duration,
    /// By name: `codex`, `claude`, `gemini`, `opencode`, or an agent only the settings know.
    pub named: BTreeMap<String, AgentSettings>,
}

impl Default for AgentsSettings {
    fn default() -> Self {
        Self {
            briefs: None,
            stands_for: STANDS_FOR,
            failover: Vec::new(),
            waits_for: WAITS_FOR,
            named: BTreeMap::new(),
        }
    }
}

impl AgentsSettings {
    /// Whether it does briefs: our own agent, one that is known, or one of the settings.
    pub fn has(&self, agent: &AgentKind) -> bool {
        match agent {
            AgentKind::Builtin | AgentKind::Codex => true,
            AgentKind::Command | AgentKind::Offline => false,
            AgentKind::Acp(name) => {
                AgentKind::KNOWN.contains(&name.as_str()) || self.named.contains_key(name)
            }
        }
    }

    /// Who goes on with a task whose agent is held up until `next_try_at`, or until a person acts, among those that `can`.
    /// No agent gets a task twice, so that it does not go round in circles.
    pub fn heir(
        &self,
        task: &Task,
        can: &[AgentKind],
        next_try_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Option<AgentKind> {
        let Work::Brief { .. } = task.work else {
            return None;
        };
        let wait = next_try_at.map(|at| Duration::try_from(at.duration_since(now)));
        if wait.is_some_and(|wait| wait.unwrap_or_default() <= self.waits_for) {
            return None;
        }
        let had_it = |agent: &AgentKind| *agent == task.agent || task.before.contains(agent);
        // Only our own agent can be held to running nothing.
        let executes = !task.taken.contains(&Narrowing::Execute);
        let may = |agent: &&AgentKind| executes || **agent == AgentKind::Builtin;
        let mut heirs = self.failover.iter().filter(|agent| can.contains(agent));
        heirs.find(|agent| !had_it(agent) && may(agent)).cloned()
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
    /// Of every window of its account so much is kept for the person: a task that comes that far waits for the next one.
    pub keep_percent: u8,
    /// The model it uses.
    pub model: Option<AgentModelSettings>,
    /// Instead of a model of the settings: the login its own program keeps here. That this stands there is the person's
    /// consent to its use.
    pub login: Option<AgentLoginSettings>,
    /// Instead of both: the login its own program keeps here, read by the agent itself.
    pub reads_login: Option<ReadsLoginSettings>,
}

/// How the login of an agent's own program is used. What is absent is what that program does by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AgentLoginSettings {
    /// The model's name.
    pub model: Option<String>,
    /// Everything before the path the agent asks for, for a gateway in front of the provider.
    pub base_url: Option<String>,
    /// Where the login is refreshed.
    pub token_url: Option<String>,
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
    failover: Vec<String>,
    failover_minutes: Option<f64>,
    #[serde(flatten)]
    named: BTreeMap<String, AgentSettings>,
}

impl AgentsTable {
    pub(super) fn has_login(&self, name: &str) -> bool {
        self.named.get(name).is_some_and(|set| set.login.is_some())
    }

    /// The settings, or the key that is wrong and why.
    pub(super) fn check(self) -> Result<AgentsSettings, (String, &'static str)> {
        for (name, set) in &self.named {
            let fine =
                |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            if !name.bytes().all(fine) || name.len() > 32 {
                let problem = "an agent's name is at most 32 small letters, digits and hyphens";
                return Err((name.clone(), problem));
            }
            let ways = [
                set.model.is_some(),
                set.login.is_some(),
                set.reads_login.is_some(),
            ];
            if ways.into_iter().filter(|is_set| *is_set).count() > 1 {
                let problem = "it has a model and a login, or two logins; one of them is used";
                return Err((name.clone(), problem));
            }
            let reads = set.reads_login.as_ref();
            if let Some((key, why)) = reads.and_then(|reads| reads.problem(name)) {
                return Err((key.to_owned(), why));
            }
            if set.login.is_some() && !AgentKind::WITH_LOGIN.contains(&name.as_str()) {
                return Err((name.clone(), "the login of this agent cannot be used"));
            }
            if set.keep_percent > 100 {
                return Err(("keep_percent".to_owned(), "there are a hundred at most"));
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
        let failover = self.failover.iter().map(|name| agent("failover", name));
        let failover = failover.collect::<Result<_, _>>()?;
        Ok(AgentsSettings {
            briefs: briefs
                .transpose()?
                .filter(|agent| *agent != AgentKind::Builtin),
            stands_for: minutes("frozen_minutes", self.frozen_minutes, STANDS_FOR)?,
            failover,
            waits_for: minutes("failover_minutes", self.failover_minutes, WAITS_FOR)?,
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

    use jiff::{SignedDuration, Timestamp};
    use uuid::Uuid;

    use crate::{AgentKind, Narrowing, NewTask, PlanId, Role, Settings, Task, TaskId, Work};

    #[test]
    fn agents_of_others_are_named_with_what_they_need() {
        let text = r#"
[agents]
briefs = "mine"
frozen_minutes = 0.5
failover = ["claude", "builtin", "mine"]
failover_minutes = 2
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
        let heirs = ["claude", "builtin", "mine"].map(AgentKind::named);
        assert_eq!(agents.failover, heirs);
        assert_eq!(agents.waits_for, Duration::from_secs(120));
        assert_eq!(agents.named["mine"].command, ["/opt/mine", "acp"]);
        let model = agents.named["codex"].model.as_ref().unwrap();
        assert_eq!(model.model, "some-model");
    }

    #[test]
    fn an_agent_that_cannot_be_names_its_line_and_key() {
        for (text, line, key) in [
            ("[agents]\nbriefs = \"nobody\"\n", 2, "briefs"),
            ("[agents.codex]\nkeep_percent = 101\n", 2, "keep_percent"),
            ("[agents]\nfrozen_minutes = -1\n", 2, "frozen_minutes"),
            ("[agents]\nfailover = [\"nobody\"]\n", 2, "failover"),
            ("[agents]\nfailover_minutes = nan\n", 2, "failover_minutes"),
            ("[agents.mine]\nenv = {}\n", 1, "mine"),
            ("[agents.gemini.login]\n", 1, "gemini"),
            ("[agents.Mine]\ncommand = [\"x\"]\n", 1, "Mine"),
        ] {
            let error = Settings::parse(text).unwrap_err();
            assert_eq!((error.line, error.key.as_str()), (line, key), "{error}");
        }
        assert!(Settings::parse("[agents.codex]\ncomand = []\n").is_err());
    }

    fn task(agent: &str, before: &[&str], work: Work) -> Task {
        let new = NewTask {
            agent: Some(AgentKind::named(agent)),
            ..NewTask::new(TaskId::new(Uuid::nil()), "", Role::Worker, work)
        };
        Task {
            before: before.iter().copied().map(AgentKind::named).collect(),
            ..Task::planned(new, PlanId::new(Uuid::nil()), "", Timestamp::UNIX_EPOCH)
        }
    }

    #[test]
    fn the_first_that_can_and_has_not_had_it_goes_on_with_a_task_that_waits_for_long() {
        let text = "[agents]\nfailover = [\"codex\", \"gemini\", \"claude\", \"builtin\"]\n";
        let agents = Settings::parse(text).unwrap().agents;
        let can = ["claude", "codex", "builtin"].map(AgentKind::named);
        let (now, brief) = (Timestamp::UNIX_EPOCH, Work::Brief { text: "b".into() });
        let heir = |agent: &str, before: &[&str], minutes: Option<i64>| {
            let at = minutes.map(|minutes| now + SignedDuration::from_mins(minutes));
            let heir = agents.heir(&task(agent, before, brief.clone()), &can, at, now);
            heir.map(|agent| agent.shown().to_owned())
        };
        for (agent, before, minutes, expected) in [
            ("codex", &[][..], None, Some("claude")),
            ("codex", &[], Some(11), Some("claude")),
            ("codex", &[], Some(10), None),
            ("codex", &[], Some(-1), None),
            ("gemini", &[], None, Some("codex")),
            ("claude", &["codex"], None, Some("built-in")),
            ("builtin", &["codex", "claude"], None, None),
        ] {
            let found = heir(agent, before, minutes);
            assert_eq!(found.as_deref(), expected, "{agent} {before:?} {minutes:?}");
        }
        let mut builtin = task("builtin", &["claude"], brief.clone());
        builtin.narrow(Narrowing::Execute);
        assert_eq!(agents.heir(&builtin, &can, None, now), None);
        let command = task("codex", &[], Work::Command { line: "l".into() });
        assert_eq!(agents.heir(&command, &can, None, now), None);
        let nobody = Settings::default().agents;
        assert_eq!(
            nobody.heir(&task("codex", &[], brief), &can, None, now),
            None
        );
    }
}
