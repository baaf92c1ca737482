//! Chat Completions chunks to deltas. Pure, and lenient where servers differ: ids and indexes may be missing or wrong,
//! usage may never come, the end mark may be missing. Not lenient about the one thing that matters: without a finish
//! reason the answer was cut.

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
}

impl Decoder {
    /// For an answer from `host`.
    pub(crate) fn new(host: String) -> Self {
        Self {
            gathered: Gathered::new(host),
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
                Ok(false)
            }
            other => self.gathered.over(other, out),
        }
    }

    fn event(&mut self, event: &Event, out: &mut VecDeque<Delta>) -> Result<(), ModelError> {
        let Some(chunk) = self.gathered.json(event)? else {
            return Ok(());
        };
        if event.event == "error" || !chunk["error"].is_null() {
            return Err(self.gathered.reported(&event.data));
        }
        if let (true, Some(id)) = (self.gathered.response_id.is_empty(), chunk["id"].as_str()) {
            id.clone_into(&mut self.gathered.response_id);
        }
        self.gathered.usage = usage(&chunk["usage"]).or(self.gathered.usage.take());
        let choice = &chunk["choices"][0];
        let delta = [&choice["delta"], &choice["message"]]
            .into_iter()
            .find(|value| value.is_object())
            .unwrap_or(&Value::Null);
        let text = text_of(&delta["content"]) + delta["refusal"].as_str().unwrap_or_default();
        if !text.is_empty() {
            out.push_back(Delta::Text { text });
        }
        for fragment in delta["tool_calls"].as_array().into_iter().flatten() {
            self.fragment(fragment);
        }
        match choice["finish_reason"].as_str() {
            None | Some("") => {}
            Some("error") => return Err(self.gathered.reported("")),
            Some(reason) => self.gathered.finish = Some(stop(reason)),
        }
        Ok(())
    }

    fn fragment(&mut self, fragment: &Value) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let function = &fragment["function"];
        let (id, index) = (text(&fragment["id"]), fragment["index"].as_u64());
        let name = text(&function["name"]);
        let arguments = match &function["arguments"] {
            Value::Null => String::new(),
            Value::String(piece) => piece.clone(),
            // An object where a string belongs: whole at once.
            value => value.to_string(),
        };
        match self.belongs_to(&id, index, &name) {
            Some(at) => {
                let call = &mut self.gathered.calls[at];
                call.arguments.push_str(&arguments);
                if call.name.is_empty() {
                    call.name = name;
                }
                if call.id.is_empty() {
                    call.id = id;
                }
            }
            None => self.gathered.calls.push(Partial {
                id,
                index,
                name,
                arguments,
            }),
        }
    }

    /// The call a fragment continues; `None` if it begins another.
    fn belongs_to(&self, id: &str, index: Option<u64>, name: &str) -> Option<usize> {
        if !id.is_empty()
            && let Some(at) = self.gathered.calls.iter().position(|call| call.id == id)
        {
            return Some(at);
        }
        let at = match index {
            Some(_) => self
                .gathered
                .calls
                .iter()
                .rposition(|call| call.index == index)?,
            None => self.gathered.calls.len().checked_sub(1)?,
        };
        let call = &self.gathered.calls[at];
        // Servers that call everything index 0, or give no index, are told apart by a second id, or by a name
        // after the arguments before it were whole.
        let is_other_id = !id.is_empty() && !call.id.is_empty();
        let begins = !name.is_empty() && (index.is_none() || call.is_whole());
        (!is_other_id && !begins).then_some(at)
    }
}

fn stop(reason: &str) -> Stop {
    match reason {
        "tool_calls" | "function_call" => Stop::Calls,
        "length" | "max_tokens" => Stop::Length,
        "content_filter" | "safety" => Stop::Filtered,
        _ => Stop::End,
    }
}

/// A string, or parts with text in them.
fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts
            .iter()
            .filter_map(|part| part["text"].as_str())
            .collect(),
        _ => String::new(),
    }
}

fn usage(usage: &Value) -> Option<Delta> {
    let count = |value: &Value| value.as_u64();
    let (input, output) = (
        count(&usage["prompt_tokens"]),
        count(&usage["completion_tokens"]),
    );
    if input.is_none() && output.is_none() {
        return None;
    }
    Some(Delta::Usage {
        input_tokens: input.unwrap_or(0),
        output_tokens: output.unwrap_or(0),
        cached_tokens: count(&usage["prompt_tokens_details"]["cached_tokens"]).unwrap_or(0),
    })
}

#[cfg(test)]
mod tests;
