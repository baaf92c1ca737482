//! What is asked of a model and what it answers, in our own words.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One question to a model: everything it will know.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Who the model is and what it must keep to; nothing if empty.
    pub system: String,
    /// Oldest first. Every call is followed by its result before anybody else speaks.
    pub messages: Vec<Message>,
    /// The tools it may call.
    pub tools: Vec<ToolSpec>,
    /// The most it may write; the server's own limit if absent.
    pub max_output_tokens: Option<u32>,
}

/// One message of a history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "author", rename_all = "snake_case")]
pub enum Message {
    /// The person, or whoever speaks for them.
    User {
        /// What they said.
        text: String,
    },
    /// The model.
    Assistant {
        /// What it said; may be empty if it called.
        text: String,
        /// What it called, in order.
        calls: Vec<Call>,
    },
    /// What a call came to.
    ToolResult {
        /// [`Call::id`].
        call_id: String,
        /// The result, as data.
        text: String,
    },
}

/// A call of a tool by the model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Names the call within its history; ours if the server gave none.
    pub id: String,
    /// The tool, as the model spelled it.
    pub name: String,
    /// The arguments as the model wrote them, whole. Meant to be a JSON object, but models err: parse it, and answer
    /// the call with what is wrong.
    pub arguments: String,
}

/// A tool as the model is told of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolSpec {
    /// Its name: letters, digits, `_` and `-`.
    pub name: String,
    /// What it does and when to use it.
    pub description: String,
    /// A JSON Schema of an object.
    pub parameters: Value,
}

/// A piece of an answer, in order of arrival. A whole answer ends with exactly one [`Delta::Done`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "delta", rename_all = "snake_case")]
pub enum Delta {
    /// More of the text. Never empty.
    Text {
        /// The piece.
        text: String,
    },
    /// A call, whole. Only once the model has ended its answer, so that half a call is never carried out.
    Call {
        /// Its place among the calls of this answer.
        index: usize,
        /// The call.
        call: Call,
    },
    /// What the answer used, if the server says; at most once.
    Usage {
        /// Tokens read, those from a cache included.
        input_tokens: u64,
        /// Tokens written.
        output_tokens: u64,
        /// Tokens read from a cache.
        cached_tokens: u64,
    },
    /// The end.
    Done {
        /// Why it ended.
        stop: Stop,
    },
}

/// Why a model ended its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// It had said all.
    End,
    /// It waits for the results of its calls.
    Calls,
    /// It ran into a limit; calls it had not finished are dropped.
    Length,
    /// The provider withheld the rest.
    Filtered,
}

impl Call {
    /// The arguments as a server may read them back: it parses them, and fails on what the model got wrong.
    pub(crate) fn object(&self) -> &str {
        let is_object = serde_json::from_str::<Map<String, Value>>(&self.arguments).is_ok();
        if is_object { &self.arguments } else { "{}" }
    }
}

impl Message {
    /// A user's message.
    pub fn user(text: impl Into<String>) -> Self {
        Self::User { text: text.into() }
    }

    /// A model's message without calls.
    pub fn assistant(text: impl Into<String>) -> Self {
        Self::Assistant {
            text: text.into(),
            calls: Vec::new(),
        }
    }

    /// What a call came to.
    pub fn tool_result(call_id: impl Into<String>, text: impl Into<String>) -> Self {
        Self::ToolResult {
            call_id: call_id.into(),
            text: text.into(),
        }
    }
}
