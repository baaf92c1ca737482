//! Events of the Responses API to deltas. Pure, and lenient where servers that imitate it differ: pieces may be missing when
//! the whole comes after them. Not lenient about the end: without the event that completes it, an answer was cut.

use std::collections::{BTreeSet, VecDeque};

use ampersand_http::{Event, HttpError};
use serde_json::{Value, json};

use crate::{
    Delta, ModelError, Stop,
    gathered::{Gathered, Partial},
};

/// The state of one answer.
#[derive(Debug)]
pub(crate) struct Decoder {
    gathered: Gathered,
    /// Items of which text has come in pieces.
    said: BTreeSet<u64>,
}

impl Decoder {
    /// For an answer from `host`.
    pub(crate) fn new(host: String) -> Self {
        Self {
            gathered: Gathered::new(host),
            said: BTreeSet::new(),
        }
    }

    /// Takes what the stream gave (`None`: it ended), appends deltas, and says whether the answer is over.
    pub(crate) fn take(
        &mut self,
        next: Option<Result<Event, HttpError>>,
        out: &mut VecDeque<Delta>,
    ) -> Result<bool, ModelError> {
        match next {
            Some(Ok(event)) if event.data.trim() != "[DONE]" => {
                self.event(&event, out)?;
                // Nothing follows what completes an answer, and some servers keep the connection.
                if self.gathered.finish.is_none() {
                    return Ok(false);
                }
                self.gathered.over(None, out)
            }
            other => self.gathered.over(other, out),
        }
    }

    fn event(&mut self, event: &Event, out: &mut VecDeque<Delta>) -> Result<(), ModelError> {
        let Some(data) = self.gathered.json(event)? else {
            return Ok(());
        };
        let kind = data["type"].as_str().unwrap_or(&event.event);
        let at = data["output_index"].as_u64().unwrap_or(0);
        match kind {
            "response.output_text.delta" | "response.refusal.delta" => {
                self.said.insert(at);
                say(&data["delta"], out);
            }
            "response.output_item.added" => self.item(at, &data["item"]),
            "response.output_item.done" => {
                let item = &data["item"];
                self.item(at, item);
                for part in item["content"].as_array().into_iter().flatten() {
                    if !self.said.contains(&at) {
                        say(&part["text"], out);
                        say(&part["refusal"], out);
                    }
                }
            }
            "response.function_call_arguments.delta" => {
                if let Some(call) = self.call(at) {
                    call.arguments
                        .push_str(data["delta"].as_str().unwrap_or_default());
                }
            }
            "response.function_call_arguments.done" => {
                let whole = &data["arguments"];
                if let (Some(call), Some(whole)) = (self.call(at), whole.as_str()) {
                    whole.clone_into(&mut call.arguments);
                }
            }
            "response.completed" | "response.incomplete" => self.complete(&data["response"]),
            "response.failed" => {
                let error = json!({"error": data["response"]["error"]});
                return Err(self.gathered.reported(&error.to_string()));
            }
            "error" => return Err(self.gathered.reported(&event.data)),
            // An endpoint that answers with an error of no kind at all.
            _ if !data["error"].is_null() => return Err(self.gathered.reported(&event.data)),
            _ => {}
        }
        Ok(())
    }

    fn call(&mut self, at: u64) -> Option<&mut Partial> {
        let calls = &mut self.gathered.calls;
        calls.iter_mut().find(|call| call.index == Some(at))
    }

    /// An item as it begins, or as it ends: the whole is worth more than its pieces.
    fn item(&mut self, at: u64, item: &Value) {
        if item["type"] != "function_call" {
            return;
        }
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let id = match item["call_id"].as_str() {
            Some(id) if !id.is_empty() => id.to_owned(),
            _ => text(&item["id"]),
        };
        let (name, arguments) = (text(&item["name"]), text(&item["arguments"]));
        match self.call(at) {
            None => self.gathered.calls.push(Partial {
                id,
                index: Some(at),
                name,
                arguments,
            }),
            Some(call) => {
                if !arguments.is_empty() {
                    call.arguments = arguments;
                }
                if !name.is_empty() {
                    call.name = name;
                }
            }
        }
    }

    fn complete(&mut self, response: &Value) {
        if let Some(id) = response["id"].as_str() {
            id.clone_into(&mut self.gathered.response_id);
        }
        self.gathered.usage = usage(&response["usage"]);
        let why = response["incomplete_details"]["reason"].as_str();
        self.gathered.finish = Some(match (response["status"].as_str(), why) {
            (_, Some("content_filter")) => Stop::Filtered,
            (Some("incomplete"), _) | (_, Some(_)) => Stop::Length,
            _ => Stop::End,
        });
    }
}

fn say(text: &Value, out: &mut VecDeque<Delta>) {
    if let Some(text) = text.as_str().filter(|text| !text.is_empty()) {
        out.push_back(Delta::Text {
            text: text.to_owned(),
        });
    }
}

fn usage(usage: &Value) -> Option<Delta> {
    let (input, output) = (
        usage["input_tokens"].as_u64(),
        usage["output_tokens"].as_u64(),
    );
    if input.is_none() && output.is_none() {
        return None;
    }
    let cached = usage["input_tokens_details"]["cached_tokens"].as_u64();
    Some(Delta::Usage {
        input_tokens: input.unwrap_or(0),
        output_tokens: output.unwrap_or(0),
        cached_tokens: cached.unwrap_or(0),
    })
}

#[cfg(test)]
mod tests;
