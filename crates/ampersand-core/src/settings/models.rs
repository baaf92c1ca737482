//! `[models]`: each model and where it is, and what it is for.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::KeyPlace;
use crate::Role;

/// Which wire a model speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Api {
    /// OpenAI Chat Completions, or anything compatible.
    ChatCompletions,
    /// OpenAI Responses.
    Responses,
    /// Anthropic Messages.
    AnthropicMessages,
    /// Codex's own program, with the login it keeps here. Where that leads stands under `[agents.codex.login]`.
    Codex,
    /// No model: commands only.
    Offline,
}

/// One model and where it is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSettings {
    /// Its wire.
    pub api: Api,
    /// Everything before `/chat/completions`, `/responses` or `/messages`.
    #[serde(default)]
    pub base_url: String,
    /// Its name; with a login absent means what its program uses by itself.
    #[serde(default)]
    pub model: String,
    /// The environment variable that holds the key; none for endpoints that need none.
    #[serde(default)]
    pub api_key_env: Option<String>,
    /// The name of the key in the system's keychain. Where no keychain answers, the environment serves for one run.
    #[serde(default)]
    pub api_key: Option<String>,
    /// How many tokens one request may hold; bounds the history that is sent.
    #[serde(default = "default_context_tokens")]
    pub context_tokens: u32,
}

impl ModelSettings {
    /// Where its key stands; none for endpoints that need none.
    pub fn key(&self) -> Option<KeyPlace> {
        KeyPlace::of(self.api_key.as_ref(), self.api_key_env.as_ref())
    }
}

const fn default_context_tokens() -> u32 {
    32_000
}

/// `[models]` as it is written.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ModelsTable {
    controller: Option<ModelSettings>,
    helper: Option<ModelSettings>,
    worker: Option<ModelSettings>,
    explorer: Option<ModelSettings>,
    default: Option<ModelSettings>,
}

/// The models by what they are for.
pub(super) struct Named {
    pub(super) controller: Option<ModelSettings>,
    pub(super) helper: Option<ModelSettings>,
    pub(super) worker: Option<ModelSettings>,
    pub(super) roles: Vec<(Role, ModelSettings)>,
}

impl ModelsTable {
    /// Whether every model can be asked as it is set; else the table and why not.
    pub(super) fn check(&self, has_codex_login: bool) -> Result<(), (&'static str, &'static str)> {
        let Self {
            controller,
            helper,
            worker,
            explorer,
            default,
        } = self;
        for (table, model) in [
            ("controller", controller),
            ("helper", helper),
            ("worker", worker),
            ("explorer", explorer),
            ("default", default),
        ] {
            let Some(model) = model else { continue };
            let may_be_nobody = matches!(table, "controller" | "worker");
            let fits = match model.api {
                Api::Offline if may_be_nobody => Ok(()),
                Api::Offline => Err("leave it out: another model then does its part"),
                Api::Codex if table != "controller" => {
                    Err("a login is the controller's or an agent's; give briefs to codex instead")
                }
                Api::Codex if !has_codex_login => {
                    Err("the login of Codex is not connected: [agents.codex.login] is missing")
                }
                Api::Codex => Ok(()),
                Api::ChatCompletions | Api::Responses | Api::AnthropicMessages => {
                    match model.base_url.is_empty() || model.model.is_empty() {
                        true => Err("base_url and model are both needed"),
                        false => Ok(()),
                    }
                }
            };
            fits.map_err(|problem| (table, problem))?;
        }
        Ok(())
    }

    /// Who does what, where some are left out.
    pub(super) fn named(self) -> Named {
        let named = |model: Option<ModelSettings>| model.filter(|model| model.api != Api::Offline);
        let controller = named(self.controller);
        let worker = match self.worker {
            // A login answers for its own program alone.
            None => controller.clone().filter(|model| model.api != Api::Codex),
            set => named(set),
        };
        let roles = [
            (Role::Explorer, self.explorer),
            (Role::Default, self.default),
        ];
        let roles = roles
            .into_iter()
            .filter_map(|(role, model)| Some((role, model?)));
        Named {
            controller,
            helper: self.helper,
            worker,
            roles: roles.collect(),
        }
    }
}
