//! `[models]`: one model, and where it is.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::KeyPlace;

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
