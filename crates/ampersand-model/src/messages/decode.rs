//! Events of the Messages API to deltas. Pure. Without a reason for stopping, an answer was cut.

use std::collections::VecDeque;

use ampersand_http::{Event, HttpError};
use serde_json::Value;

use crate::{
    Delta, ModelError, Stop,
    gathered::{Gathered, Partial},
};

/// The state of one answer.
#[derive(Debug)]
pub(crate) struct Decoder {
    gathered: Gathered,
    read: Read,
}

/// What was read, as the beginning and the end of an answer tell it in parts.
#[derive(Debug, Default)]
struct Read {
    is_told: bool,
    fresh: u64,
    into_cache: u64,
    from_cache: u64,
    written: u64,
}

impl Decoder {
    /// For an answer from `host`.
    pub(crate) fn new(host: String) -> Self {
        Self {
            gathered: Gathered::new(host),
            read: Read::default(),
        }
    }

    /// Takes what the stream gave (`None`: it ended), appends deltas, and says whether the answer is over.
    pub(crate) fn take(
        &mut self,
        next: Option<Result<Event, HttpError>>,
        out: &mut VecDeque<Delta>,
    ) -> Result<bool, ModelError> {
        let last = match next {
            Some(Ok(event)) => {
                if !self.event(&event, out)? {
                    return Ok(false);
                }
                None
            }
            other => other,
        };
        self.gathered.usage = self.read.usage();
        self.gathered.over(last, out)
    }

    /// Says whether it was the last.
    fn event(&mut self, event: &Event, out: &mut VecDeque<Delta>) -> Result<bool, ModelError> {
        let Some(data) = self.gathered.json(event)? else {
            return Ok(false);
        };
        let kind = data["type"].as_str().unwrap_or(&event.event);
        let at = data["index"].as_u64();
        match kind {
            "message_start" => {
                let message = &data["message"];
                if let Some(id) = message["id"].as_str() {
                    id.clone_into(&mut self.gathered.response_id);
                }
                self.read.add(&message["usage"]);
            }
            "content_block_start" => self.begin(at, &data["content_block"], out),
            "content_block_delta" => self.piece(at, &data["delta"], out),
            "message_delta" => {
                self.read.add(&data["usage"]);
                if let Some(reason) = data["delta"]["stop_reason"].as_str() {
                    self.gathered.finish = Some(stop(reason));
                }
            }
            "message_stop" => return Ok(true),
            "error" => return Err(self.gathered.reported(&event.data)),
            _ if !data["error"].is_null() => return Err(self.gathered.reported(&event.data)),
            _ => {}
        }
        Ok(false)
    }

    fn begin(&mut self, at: Option<u64>, block: &Value, out: &mut VecDeque<Delta>) {
        match block["type"].as_str() {
            Some("text") => say(&block["text"], out),
            Some("tool_use") => {
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                // Empty while pieces follow; servers that send no pieces put it here whole.
                let is_filled = block["input"]
                    .as_object()
                    .is_some_and(|input| !input.is_empty());
                self.gathered.calls.push(Partial {
                    id: text(&block["id"]),
                    index: at,
                    name: text(&block["name"]),
                    arguments: if is_filled {
                        block["input"].to_string()
                    } else {
                        String::new()
                    },
                });
            }
            // Thoughts, and what the server's own tools do.
            _ => {}
        }
    }

    fn piece(&mut self, at: Option<u64>, delta: &Value, out: &mut VecDeque<Delta>) {
        match delta["type"].as_str() {
            Some("text_delta") => say(&delta["text"], out),
            Some("input_json_delta") => {
                let piece = delta["partial_json"].as_str().unwrap_or_default();
                let calls = &mut self.gathered.calls;
                if let Some(call) = calls.iter_mut().rfind(|call| call.index == at) {
                    call.arguments.push_str(piece);
                }
            }
            _ => {}
        }
    }
}

impl Read {
    /// Later counts replace earlier ones; none that is missing does.
    fn add(&mut self, usage: &Value) {
        for (name, count) in [
            ("input_tokens", &mut self.fresh),
            ("cache_creation_input_tokens", &mut self.into_cache),
            ("cache_read_input_tokens", &mut self.from_cache),
            ("output_tokens", &mut self.written),
        ] {
            if let Some(told) = usage[name].as_u64() {
                *count = told;
                self.is_told = true;
            }
        }
    }

    fn usage(&self) -> Option<Delta> {
        self.is_told.then_some(Delta::Usage {
            input_tokens: self.fresh + self.into_cache + self.from_cache,
            output_tokens: self.written,
            cached_tokens: self.from_cache,
        })
    }
}

fn say(text: &Value, out: &mut VecDeque<Delta>) {
    if let Some(text) = text.as_str().filter(|text| !text.is_empty()) {
        out.push_back(Delta::Text {
            text: text.to_owned(),
        });
    }
}

fn stop(reason: &str) -> Stop {
    match reason {
        "tool_use" => Stop::Calls,
        "max_tokens" | "model_context_window_exceeded" => Stop::Length,
        "refusal" => Stop::Filtered,
        _ => Stop::End,
    }
}

#[cfg(test)]
mod tests;
