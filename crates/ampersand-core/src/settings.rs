//! `ampersand.toml`: what the user can set. Parsing only; who reads the file keeps the old value on error.

mod agents;
mod edit;
mod error;
mod keys;
mod limits;
mod models;
mod programs;
mod pull_requests;
mod reads_login;
mod review;

use serde::Deserialize;

use crate::{AttemptLimits, Role, Slots, SlotsTier};

use agents::AgentsTable;
pub use agents::{AgentLoginSettings, AgentModelSettings, AgentSettings, AgentsSettings};
pub use error::SettingsError;
pub(crate) use error::parse;
pub use keys::KeyPlace;
use limits::LimitsTable;
use models::ModelsTable;
pub use models::{Api, ModelSettings};
pub use programs::ProgramSettings;
pub use pull_requests::PullRequestSettings;
pub use reads_login::ReadsLoginSettings;
pub use review::ReviewSettings;
use review::ReviewTable;

/// Everything in `ampersand.toml`, defaults filled in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// The model behind the chat; absent means commands only.
    pub controller: Option<ModelSettings>,
    /// The model for what is small and often: what results mean for the conversation. The controller's unless set.
    pub helper: Option<ModelSettings>,
    /// The model of every built-in agent whose role has none of its own; the controller's unless set.
    pub worker: Option<ModelSettings>,
    /// The models of roles that have one of their own.
    pub roles: Vec<(Role, ModelSettings)>,
    /// How many tasks run at once.
    pub slots: Slots,
    /// Web search and fetch.
    pub web: WebSettings,
    /// What commands in the sandbox may reach.
    pub network: NetworkSettings,
    /// Worktrees made before they are needed.
    pub worktrees: WorktreeSettings,
    /// How work joins a branch.
    pub landing: LandingSettings,
    /// How work goes out, and how often its agent is sent back.
    pub pull_requests: PullRequestSettings,
    /// Agents of others.
    pub agents: AgentsSettings,
    /// What each attempt may use.
    pub limits: AttemptLimits,
    /// Who reads finished work.
    pub review: ReviewSettings,
    /// What of the person's own opens a worktree.
    pub programs: ProgramSettings,
}

/// What commands of tasks that write may reach, in the full tier. Each is listed on their cards.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NetworkSettings {
    /// Hosts: `x.example`, `registry.example:8443`, or `registry.lan:8443=10.0.0.5:8443` for one in the person's own network.
    pub hosts: Vec<String>,
}

/// Worktrees made before they are needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WorktreeSettings {
    /// How many are kept for each repository; with none every task waits for its own.
    pub warm: u32,
    /// How much of the disk they may take in all, in GiB.
    pub disk_gib: u32,
}

impl Default for WorktreeSettings {
    fn default() -> Self {
        Self {
            warm: 3,
            disk_gib: 10,
        }
    }
}

/// How work joins a branch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LandingSettings {
    /// What the branch's history looks like afterwards.
    pub history: LandingHistory,
}

/// What a branch's history looks like after a landing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LandingHistory {
    /// The task's commits as they are where the branch has not moved, joined by a merge commit otherwise.
    #[default]
    Merge,
    /// One commit for each task.
    Squash,
    /// A straight line of the tasks' commits.
    Rebase,
}

/// Web search and fetch, carried out by the orchestrator.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WebSettings {
    /// Where searches go; absent means there is no search.
    pub search: Option<SearchProvider>,
    /// Hosts that may be fetched from without asking.
    pub hosts: Vec<String>,
}

/// A search endpoint the user set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SearchProvider {
    /// A SearXNG-compatible endpoint.
    Searxng {
        /// Its address.
        url: String,
    },
    /// Brave Search.
    Brave {
        /// Where the key stands.
        key: KeyPlace,
    },
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    models: ModelsTable,
    slots: SlotsTable,
    web: WebTable,
    network: NetworkSettings,
    worktrees: WorktreeSettings,
    landing: LandingSettings,
    pull_requests: PullRequestSettings,
    agents: AgentsTable,
    limits: LimitsTable,
    review: ReviewTable,
    programs: ProgramSettings,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct SlotsTable {
    tier: Option<SlotsTier>,
    limit: Option<u32>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WebTable {
    search: Option<String>,
    provider: Option<Provider>,
    api_key: Option<String>,
    api_key_env: Option<String>,
    hosts: Vec<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Provider {
    Searxng,
    Brave,
}

impl Settings {
    /// The model of built-in agents in this role.
    pub fn model_of(&self, role: Role) -> Option<&ModelSettings> {
        let own = self.roles.iter().find(|(of, _)| *of == role);
        own.map(|(_, model)| model).or(self.worker.as_ref())
    }

    /// Every model that is set.
    pub fn models(&self) -> impl Iterator<Item = &ModelSettings> {
        let roles = self.roles.iter().map(|(_, model)| model);
        let named = [&self.controller, &self.helper, &self.worker];
        named.into_iter().flatten().chain(roles)
    }

    /// The file's name, in the home folder.
    pub const FILE: &'static str = "ampersand.toml";

    /// Reads the file's text.
    pub fn parse(text: &str) -> Result<Self, SettingsError> {
        let file: File = parse(Self::FILE, text)?;
        let error =
            |key: &str, problem: &str| SettingsError::of_key(Self::FILE, text, key, problem);
        if let Err((table, problem)) = file.models.check(file.agents.has_login("codex")) {
            return Err(error(table, problem));
        }
        if file.pull_requests.every_seconds == 0 {
            return Err(error("every_seconds", "at least a second is needed"));
        }
        if file.slots.limit == Some(0) {
            return Err(error("limit", "at least one slot is needed"));
        }
        let web_key = KeyPlace::of(file.web.api_key.as_ref(), file.web.api_key_env.as_ref());
        let search = match (file.web.provider, file.web.search, web_key) {
            (Some(Provider::Brave), _, Some(key)) => Some(SearchProvider::Brave { key }),
            (Some(Provider::Brave), _, None) => {
                return Err(error("provider", "brave needs api_key or api_key_env"));
            }
            (Some(Provider::Searxng), None, _) => {
                return Err(error("provider", "searxng needs search, its address"));
            }
            (_, Some(url), _) => Some(SearchProvider::Searxng { url }),
            (None, None, _) => None,
        };
        let models = file.models.named();
        let agents = file
            .agents
            .check()
            .map_err(|(key, problem)| error(&key, problem))?;
        let review = file
            .review
            .check(|agent| agents.has(agent))
            .map_err(|(key, problem)| error(key, problem))?;
        let limits = file
            .limits
            .check()
            .map_err(|(key, problem)| error(key, problem))?;
        let slots = match (file.slots.limit, file.slots.tier) {
            (Some(limit), _) => Slots::new(limit),
            (None, tier) => tier.unwrap_or_default().into(),
        };
        Ok(Self {
            controller: models.controller,
            helper: models.helper,
            worker: models.worker,
            roles: models.roles,
            slots,
            web: WebSettings {
                search,
                hosts: file.web.hosts,
            },
            network: file.network,
            worktrees: file.worktrees,
            landing: file.landing,
            pull_requests: file.pull_requests,
            agents,
            limits,
            review,
            programs: file.programs,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = r#"
[models.controller]
api = "chat-completions"
base_url = "http://127.0.0.1:8080/v1"
model = "some-model"
api_key_env = "OPENAI_API_KEY"
[slots]
tier = "pro"
[web]
search = "http://127.0.0.1:8888/search"
hosts = ["docs.rs"]
"#;

    #[test]
    fn a_role_has_a_model_of_its_own_or_the_workers() {
        let one =
            "[models.worker]\napi = \"responses\"\nbase_url = \"http://x/v1\"\nmodel = \"large\"\n";
        let two = one.replace("worker", "explorer").replace("large", "small");
        let settings = Settings::parse(&format!("{one}{two}")).unwrap();
        let named = |role| settings.model_of(role).map(|model| model.model.as_str());
        assert_eq!(named(Role::Explorer), Some("small"));
        assert_eq!(named(Role::Worker), Some("large"));
        assert_eq!(named(Role::Default), Some("large"));
        assert_eq!(settings.models().count(), 2);
        let helper = Settings::parse(&one.replace("worker", "helper")).unwrap();
        assert_eq!(helper.helper.unwrap().model, "large");
        assert_eq!((helper.controller, helper.worker), (None, None));
        for wrong in [
            "api = \"offline\"",
            "api = \"codex\"",
            "api = \"responses\"",
        ] {
            let error = Settings::parse(&format!("[models.explorer]\n{wrong}\n")).unwrap_err();
            assert_eq!((error.line, error.key.as_str()), (1, "explorer"), "{wrong}");
        }
    }

    #[test]
    fn the_worker_uses_the_controllers_model_unless_set() {
        let settings = Settings::parse(SAMPLE).unwrap();
        assert_eq!(settings.worker, settings.controller);
        assert_eq!(settings.slots.count(), 12);
        assert_eq!(
            settings.web.search,
            Some(SearchProvider::Searxng {
                url: "http://127.0.0.1:8888/search".into()
            })
        );
        assert_eq!(Settings::parse("").unwrap(), Settings::default());
        assert_eq!(Settings::default().slots.count(), 6);
    }

    #[test]
    fn a_key_stands_in_the_keychain_or_in_the_environment() {
        let place = |keys: &str| {
            let text = SAMPLE.replace("api_key_env = \"OPENAI_API_KEY\"", keys);
            Settings::parse(&text).unwrap().controller.unwrap().key()
        };
        let (name, variable) = ("K".to_owned(), "V".to_owned());
        assert_eq!(place(""), None);
        assert_eq!(
            place("api_key_env = \"V\"").unwrap(),
            KeyPlace::Environment {
                variable: variable.clone()
            }
        );
        let both = place("api_key = \"K\"\napi_key_env = \"V\"").unwrap();
        assert_eq!(both.variable(), "V");
        let keychain = place("api_key = \"K\"").unwrap();
        assert_eq!(keychain.variable(), "K");
        let variable = None;
        assert_eq!(keychain, KeyPlace::Keychain { name, variable });
    }

    #[test]
    fn each_api_has_its_name() {
        for (name, api) in [
            ("chat-completions", Api::ChatCompletions),
            ("responses", Api::Responses),
            ("anthropic-messages", Api::AnthropicMessages),
        ] {
            let text = SAMPLE.replace("chat-completions", name);
            assert_eq!(Settings::parse(&text).unwrap().controller.unwrap().api, api);
        }
    }

    #[track_caller]
    fn check(text: &str, line: usize, key: &str) {
        let error = Settings::parse(text).unwrap_err();
        assert_eq!((error.line, error.key.as_str()), (line, key), "{error}");
    }

    #[test]
    fn a_bad_value_names_line_and_key() {
        check("[slots]\ntier = \"gold\"\n", 2, "tier");
        check("[slots]\nlimit = 0\n", 2, "limit");
        check("[slots]\nlimit = -1 # none\n", 2, "limit");
        check("[web]\n\nhost = []\n", 3, "host");
        check(
            "[models.controller]\napi = \"chat-completions\"\n",
            1,
            "controller",
        );
        check("[web]\nprovider = \"brave\"\n", 2, "provider");
        check("[worktrees]\nwarm = true\n", 2, "warm");
        check("[limits]\nmemory_gib = -1\n", 2, "memory_gib");
        check("[limits]\nprocesses = 2\n", 2, "processes");
        check("[limits]\nminutes = nan\n", 2, "minutes");
        check("[landing]\nhistory = \"tidy\"\n", 2, "history");
        check("[pull_requests]\nforge = \"hub\"\n", 2, "forge");
        check("[pull_requests]\nevery_seconds = 0\n", 2, "every_seconds");
        check("[slots\n", 1, "[slots");
    }

    #[test]
    fn limits_are_set_in_the_units_people_think_in() {
        let text = "[limits]\nmemory_gib = 0.0625\nprocesses = 64\ndisk_gib = 2\nminutes = 0.05\n";
        let limits = Settings::parse(text).unwrap().limits;
        assert_eq!(limits.memory_bytes, 64 << 20);
        assert_eq!(limits.processes, 64);
        assert_eq!(limits.disk_bytes, 2 << 30);
        assert_eq!(limits.output_bytes, AttemptLimits::default().output_bytes);
        assert_eq!(limits.time, std::time::Duration::from_secs(3));
        for least in ["memory_gib = 0.016", "minutes = 0.017", "disk_gib = 0.001"] {
            Settings::parse(&format!("[limits]\n{least}\n")).unwrap();
        }
    }
}
