//! What Codex says, as far as we listen. Fields and kinds we do not know are left aside: every version adds some.

use ampersand_core::{QuotaWindow, Usage};
use jiff::Timestamp;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ThreadOpened {
    pub(super) thread: Named,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TurnStarted {
    pub(super) turn: Named,
}

#[derive(Debug, Deserialize)]
pub(super) struct Named {
    pub(super) id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ItemMoved {
    pub(super) item: Item,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub(super) enum Item {
    #[serde(rename_all = "camelCase")]
    UserMessage { content: Vec<Piece> },
    #[serde(rename_all = "camelCase")]
    AgentMessage { text: String },
    #[serde(rename_all = "camelCase")]
    CommandExecution {
        id: String,
        command: String,
        /// All it printed, once it has ended; what came while it ran is in there again.
        #[serde(default)]
        aggregated_output: Option<String>,
    },
    #[serde(rename_all = "camelCase")]
    FileChange { id: String, changes: Vec<Change> },
    #[serde(rename_all = "camelCase")]
    McpToolCall { id: String, tool: String },
    #[serde(rename_all = "camelCase")]
    WebSearch { id: String, query: String },
    #[serde(other)]
    Other,
}

#[derive(Debug, Deserialize)]
pub(super) struct Piece {
    #[serde(default)]
    pub(super) text: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Change {
    pub(super) path: String,
    #[serde(default)]
    pub(super) diff: String,
    /// A word, or an object that says more.
    #[serde(default)]
    kind: serde_json::Value,
}

impl Change {
    /// Where it goes, if it is renamed.
    pub(super) fn moves_to(&self) -> Option<&str> {
        self.kind["move_path"].as_str()
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Delta {
    #[serde(default)]
    pub(super) item_id: String,
    pub(super) delta: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Plan {
    pub(super) plan: Vec<PlanStep>,
}

#[derive(Debug, Deserialize)]
pub(super) struct PlanStep {
    pub(super) status: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Diff {
    pub(super) diff: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TokenUsage {
    #[serde(default)]
    pub(super) turn_id: Option<String>,
    pub(super) token_usage: TokenTotals,
}

#[derive(Debug, Deserialize)]
pub(super) struct TokenTotals {
    pub(super) total: Tokens,
    /// Of the newest request.
    #[serde(default)]
    pub(super) last: Tokens,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
pub(super) struct Tokens {
    pub(super) input_tokens: u64,
    pub(super) cached_input_tokens: u64,
    pub(super) output_tokens: u64,
}

impl Tokens {
    /// In our words; how many requests it took is not told.
    pub(super) const fn usage(&self) -> Usage {
        Usage {
            input_tokens: self.input_tokens,
            cached_tokens: self.cached_input_tokens,
            output_tokens: self.output_tokens,
            requests: 0,
            cost_microdollars: 0,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RateLimits {
    pub(super) rate_limits: Windows,
}

/// Windows of one limit, as far as they are told this time.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Windows {
    /// The account's own one where nobody says.
    #[serde(default)]
    pub(super) limit_id: Option<String>,
    pub(super) primary: Option<Window>,
    pub(super) secondary: Option<Window>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Window {
    pub(super) used_percent: f64,
    #[serde(default)]
    pub(super) window_duration_mins: Option<u32>,
    /// Seconds since 1970.
    pub(super) resets_at: Option<i64>,
}

impl Window {
    /// In our words.
    pub(super) fn told(&self) -> QuotaWindow {
        let resets_at = self
            .resets_at
            .and_then(|at| Timestamp::from_second(at).ok());
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "within bounds by then"
        )]
        let used_percent = self.used_percent.clamp(0.0, 100.0).ceil() as u8;
        QuotaWindow {
            used_percent,
            minutes: self.window_duration_mins,
            resets_at,
        }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct TurnEnded {
    pub(super) turn: Turn,
}

#[derive(Debug, Deserialize)]
pub(super) struct Turn {
    pub(super) status: String,
    #[serde(default)]
    pub(super) error: Option<TurnError>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct TurnError {
    pub(super) message: String,
    /// A word, or an object with one key.
    pub(super) codex_error_info: serde_json::Value,
}

impl TurnError {
    /// The kind of error in one word.
    pub(super) fn kind(&self) -> &str {
        match &self.codex_error_info {
            serde_json::Value::String(word) => word,
            serde_json::Value::Object(object) => {
                object.keys().next().map_or("", |word| word.as_str())
            }
            _ => "",
        }
    }

    /// The status of the provider, if it gave one.
    pub(super) fn status(&self) -> Option<u64> {
        let object = self.codex_error_info.as_object()?;
        object.values().next()?.get("httpStatusCode")?.as_u64()
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Failed {
    pub(super) error: TurnError,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CommandApproval {
    #[serde(default)]
    pub(super) command: Option<String>,
    #[serde(default)]
    pub(super) cwd: Option<String>,
    #[serde(default)]
    pub(super) reason: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FileApproval {
    pub(super) item_id: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct ToolCall {
    pub(super) tool: String,
    #[serde(default)]
    pub(super) arguments: serde_json::Value,
}
