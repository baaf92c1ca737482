//! How each API says the same thing: events for the beginning, text, calls and the end of an answer. Pure.

mod as_chat;
mod chat;
mod gemini;
mod messages;
mod responses;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An API of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Api {
    /// OpenAI Chat Completions.
    ChatCompletions,
    /// OpenAI Responses.
    Responses,
    /// Anthropic Messages.
    AnthropicMessages,
    /// Google's, which only an agent of others speaks.
    Gemini,
    /// The same for accounts: what is asked and what is answered stand in envelopes.
    CodeAssist,
}

impl Api {
    /// Those that Ampersand itself speaks.
    pub const ALL: [Self; 3] = [
        Self::ChatCompletions,
        Self::Responses,
        Self::AnthropicMessages,
    ];

    /// As it is written in the settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::ChatCompletions => "chat-completions",
            Self::Responses => "responses",
            Self::AnthropicMessages => "anthropic-messages",
            Self::Gemini => "gemini",
            Self::CodeAssist => "code-assist",
        }
    }

    pub(super) fn as_chat(self, body: &Value) -> Value {
        match self {
            Self::ChatCompletions => body.clone(),
            Self::Responses => as_chat::responses(body),
            Self::AnthropicMessages => as_chat::messages(body),
            Self::Gemini => as_chat::gemini(body),
            Self::CodeAssist => as_chat::gemini(&body["request"]),
        }
    }
}

/// What an answer used.
#[derive(Debug, Clone, Copy)]
pub(super) struct Used {
    pub(super) input: u64,
    pub(super) output: u64,
    pub(super) cached: u64,
}

/// An event: its type, empty where the API gives none, and its data.
pub(super) type Said = (&'static str, String);

/// A call of a tool, its arguments in pieces.
pub(super) struct Calling<'a> {
    pub(super) id: &'a str,
    pub(super) name: &'a str,
    /// What a tool is given that takes any text.
    pub(super) free: Option<&'a str>,
    pub(super) pieces: Vec<String>,
}

/// One answer in the words of its API.
pub(super) enum Voice {
    Chat(chat::Voice),
    Responses(responses::Voice),
    Messages(messages::Voice),
    Gemini(gemini::Voice),
}

impl Voice {
    pub(super) fn new(api: Api, nth: usize, request: &Value) -> Self {
        let model = request["model"].clone();
        match api {
            Api::ChatCompletions => Self::Chat(chat::Voice::new(nth, request)),
            Api::Responses => Self::Responses(responses::Voice::new(nth, model)),
            Api::AnthropicMessages => Self::Messages(messages::Voice::new(nth, model)),
            Api::Gemini => Self::Gemini(gemini::Voice::new(nth, false)),
            Api::CodeAssist => Self::Gemini(gemini::Voice::new(nth, true)),
        }
    }

    pub(super) fn begin(&self, used: Option<Used>) -> Vec<Said> {
        match self {
            Self::Chat(voice) => voice.begin(),
            Self::Responses(voice) => voice.begin(),
            Self::Messages(voice) => voice.begin(used),
            Self::Gemini(_) => Vec::new(),
        }
    }

    pub(super) fn text(&mut self, text: &str) -> Vec<Said> {
        match self {
            Self::Chat(voice) => voice.text(text),
            Self::Responses(voice) => voice.text(text),
            Self::Messages(voice) => voice.text(text),
            Self::Gemini(voice) => voice.text(text),
        }
    }

    pub(super) fn call(&mut self, call: &Calling<'_>) -> Vec<Said> {
        match self {
            Self::Chat(voice) => voice.call(call),
            Self::Responses(voice) => voice.call(call),
            Self::Messages(voice) => voice.call(call),
            Self::Gemini(voice) => voice.call(call),
        }
    }

    /// `finish` in the words of Chat Completions.
    pub(super) fn end(&mut self, finish: Option<&str>, used: Option<Used>) -> Vec<Said> {
        match self {
            Self::Chat(voice) => voice.end(finish, used),
            Self::Responses(voice) => voice.end(finish, used),
            Self::Messages(voice) => voice.end(finish, used),
            Self::Gemini(voice) => voice.end(finish, used),
        }
    }
}
