//! What agents say, as far as we listen. Fields and kinds we do not know are left aside, as the protocol asks.

use std::time::Duration;

use ampersand_core::Usage;
use serde::Deserialize;
use serde_json::Value;

/// The version we speak.
pub(super) const VERSION: u64 = 1;
/// The error by which an agent says that nobody is logged in.
pub(super) const AUTH_REQUIRED: i64 = -32000;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Initialized {
    #[serde(default)]
    pub(super) protocol_version: u64,
    #[serde(default)]
    pub(super) agent_capabilities: Capabilities,
    #[serde(default, rename = "_meta")]
    pub(super) meta: Value,
}

impl Initialized {
    /// Whether it takes words in the middle of a turn.
    pub(super) fn steers(&self) -> bool {
        self.meta["steering"]["supported"] == true
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Capabilities {
    pub(super) load_session: bool,
    /// Each is an object where it can be had.
    pub(super) session_capabilities: Value,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewSession {
    pub(super) session_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Prompted {
    pub(super) stop_reason: String,
    #[serde(default)]
    pub(super) usage: Option<Tokens>,
    #[serde(default, rename = "_meta")]
    pub(super) meta: Value,
}

impl Prompted {
    /// What the prompt used, from where the protocol puts it or where some agents do.
    pub(super) fn used(&self) -> Option<Tokens> {
        let counted = || serde_json::from_value(self.meta["quota"]["token_count"].clone()).ok();
        self.usage.clone().or_else(counted)
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Tokens {
    #[serde(alias = "input_tokens")]
    pub(super) input_tokens: u64,
    #[serde(alias = "output_tokens")]
    pub(super) output_tokens: u64,
    #[serde(alias = "cachedInputTokens")]
    pub(super) cached_read_tokens: u64,
    #[serde(alias = "cacheWriteInputTokens")]
    pub(super) cached_write_tokens: u64,
}

impl Tokens {
    /// In our words: the protocol counts what came from a cache or went into one beside the rest of what was sent.
    pub(super) const fn usage(&self) -> Usage {
        let cached = self
            .cached_read_tokens
            .saturating_add(self.cached_write_tokens);
        Usage {
            input_tokens: self.input_tokens.saturating_add(cached),
            cached_tokens: self.cached_read_tokens,
            output_tokens: self.output_tokens,
            requests: 1,
            cost_microdollars: 0,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Updated {
    pub(super) session_id: String,
    pub(super) update: Update,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "sessionUpdate", rename_all = "snake_case")]
pub(super) enum Update {
    AgentMessageChunk {
        content: Block,
    },
    UserMessageChunk,
    AgentThoughtChunk,
    #[serde(rename = "tool_call")]
    Called(ToolCall),
    #[serde(rename = "tool_call_update")]
    CallChanged(ToolCall),
    Plan {
        entries: Vec<PlanEntry>,
    },
    #[serde(rename = "usage_update")]
    Costs {
        #[serde(default)]
        cost: Option<Cost>,
    },
    #[serde(other)]
    Other,
}

/// What the conversation cost up to now, by the agent's own list of prices.
#[derive(Debug, Deserialize)]
pub(super) struct Cost {
    amount: f64,
    currency: String,
}

impl Cost {
    /// In millionths of a US dollar; `None` for another currency, and for what is no amount.
    pub(super) fn microdollars(&self) -> Option<u64> {
        // A time of so many seconds is read from a float without surprises.
        let amount = Duration::try_from_secs_f64(self.amount).ok()?;
        let millionths = u64::try_from(amount.as_micros()).ok()?;
        (self.currency == "USD").then_some(millionths)
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Block {
    #[serde(default)]
    pub(super) text: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct PlanEntry {
    #[serde(default)]
    pub(super) status: String,
}

/// A call of one of the agent's own tools, whole or what is new of it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ToolCall {
    pub(super) tool_call_id: String,
    #[serde(default)]
    pub(super) title: Option<String>,
    #[serde(default)]
    pub(super) kind: Option<String>,
    #[serde(default)]
    pub(super) status: Option<String>,
    #[serde(default)]
    pub(super) content: Option<Vec<Value>>,
    #[serde(default)]
    pub(super) locations: Option<Vec<Location>>,
    #[serde(default)]
    pub(super) raw_input: Value,
}

#[derive(Debug, Deserialize)]
pub(super) struct Location {
    pub(super) path: String,
}

/// One file a call changes.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Diff {
    pub(super) path: String,
    #[serde(default)]
    pub(super) old_text: Option<String>,
    pub(super) new_text: String,
}

impl ToolCall {
    pub(super) fn has_ended(&self) -> bool {
        matches!(self.status.as_deref(), Some("completed" | "failed"))
    }

    pub(super) fn diffs(&self) -> Vec<Diff> {
        let content = self.content.iter().flatten();
        content
            .filter(|part| part["type"] == "diff")
            .filter_map(|part| serde_json::from_value(part.clone()).ok())
            .collect()
    }

    /// What it printed, as far as it tells.
    pub(super) fn text(&self) -> String {
        let content = self.content.iter().flatten();
        content
            .filter(|part| part["type"] == "content")
            .filter_map(|part| part["content"]["text"].as_str())
            .collect()
    }

    /// The kind in our words, which approvals are remembered by.
    pub(super) fn tool(&self) -> &str {
        match self.kind.as_deref() {
            None | Some("other" | "") => "tool",
            Some(kind) => kind,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PermissionAsked {
    pub(super) session_id: String,
    pub(super) tool_call: ToolCall,
    pub(super) options: Vec<PermissionOption>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PermissionOption {
    pub(super) option_id: String,
    #[serde(default)]
    pub(super) kind: String,
}
