//! The wires a model may speak, behind one face: path, headers, body, and how its answer is read.

use std::collections::VecDeque;

use ampersand_core::Api;
use ampersand_http::{Event, Headers, HttpError, Secret};
use serde_json::Value;

use crate::{Delta, ModelError, Request, chat, messages, responses};

/// The version of Anthropic's API that is spoken.
const ANTHROPIC_VERSION: &str = "2023-06-01";

/// One wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire {
    ChatCompletions,
    Responses,
    Messages,
}

impl Wire {
    /// The wire of an API; `None` if there is nobody to ask.
    pub(crate) fn of(api: Api) -> Option<Self> {
        match api {
            Api::ChatCompletions => Some(Self::ChatCompletions),
            Api::Responses => Some(Self::Responses),
            Api::AnthropicMessages => Some(Self::Messages),
            // A login is asked by its own program.
            Api::Codex | Api::Offline => None,
        }
    }

    /// What follows the base URL and a slash.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::ChatCompletions => "chat/completions",
            Self::Responses => "responses",
            Self::Messages => "messages",
        }
    }

    /// What is sent along, the key among it.
    pub(crate) fn headers(self, key: Option<&Secret>) -> Headers {
        let headers = match self {
            Self::ChatCompletions | Self::Responses => Headers::new(),
            Self::Messages => Headers::new().plain("anthropic-version", ANTHROPIC_VERSION),
        };
        match (self, key) {
            (_, None) => headers,
            (Self::Messages, Some(key)) => headers.secret("x-api-key", "", key.clone()),
            (_, Some(key)) => headers.secret("authorization", "Bearer ", key.clone()),
        }
    }

    /// The body of a request. OpenAI itself renamed what everybody else kept.
    pub(crate) fn body(self, model: &str, request: &Request, is_openai: bool) -> Value {
        match self {
            Self::ChatCompletions => {
                let limit_name = if is_openai {
                    chat::LimitName::MaxCompletionTokens
                } else {
                    chat::LimitName::MaxTokens
                };
                chat::body(model, request, limit_name)
            }
            Self::Responses => responses::body(model, request),
            Self::Messages => messages::body(model, request),
        }
    }

    /// Who reads an answer from `host`.
    pub(crate) fn decoder(self, host: String) -> Decoder {
        match self {
            Self::ChatCompletions => Decoder::ChatCompletions(chat::Decoder::new(host)),
            Self::Responses => Decoder::Responses(responses::Decoder::new(host)),
            Self::Messages => Decoder::Messages(messages::Decoder::new(host)),
        }
    }
}

/// The reading of one answer.
#[derive(Debug)]
pub(crate) enum Decoder {
    ChatCompletions(chat::Decoder),
    Responses(responses::Decoder),
    Messages(messages::Decoder),
}

impl Decoder {
    /// Takes what the stream gave (`None`: it ended), appends deltas, and says whether the answer is over.
    pub(crate) fn take(
        &mut self,
        next: Option<Result<Event, HttpError>>,
        out: &mut VecDeque<Delta>,
    ) -> Result<bool, ModelError> {
        match self {
            Self::ChatCompletions(decoder) => decoder.take(next, out),
            Self::Responses(decoder) => decoder.take(next, out),
            Self::Messages(decoder) => decoder.take(next, out),
        }
    }
}
