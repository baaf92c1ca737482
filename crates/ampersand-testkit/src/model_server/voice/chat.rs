//! Chat Completions.

use serde_json::{Value, json};

use super::{Calling, Said, Used};

pub(in crate::model_server) struct Voice {
    nth: usize,
    model: Value,
    calls: usize,
    tells_usage: bool,
}

impl Voice {
    pub(super) fn new(nth: usize, request: &Value) -> Self {
        Self {
            nth,
            model: request["model"].clone(),
            calls: 0,
            tells_usage: request["stream_options"]["include_usage"] == true,
        }
    }

    pub(super) fn begin(&self) -> Vec<Said> {
        vec![self.chunk(&json!({"role": "assistant", "content": ""}), None)]
    }

    pub(super) fn text(&self, text: &str) -> Vec<Said> {
        vec![self.chunk(&json!({"content": text}), None)]
    }

    pub(super) fn call(&mut self, call: &Calling<'_>) -> Vec<Said> {
        let index = self.calls;
        self.calls += 1;
        let head = json!({"tool_calls": [{"index": index, "id": call.id, "type": "function",
            "function": {"name": call.name, "arguments": ""}}]});
        let piece = |piece: &String| {
            let function = json!({"arguments": piece});
            let delta = json!({"tool_calls": [{"index": index, "function": function}]});
            self.chunk(&delta, None)
        };
        let pieces = call.pieces.iter().map(piece);
        std::iter::once(self.chunk(&head, None))
            .chain(pieces)
            .collect()
    }

    pub(super) fn end(&self, finish: Option<&str>, used: Option<Used>) -> Vec<Said> {
        let usual = if self.calls > 0 { "tool_calls" } else { "stop" };
        let mut said = vec![self.chunk(&json!({}), Some(finish.unwrap_or(usual)))];
        if let Some(used) = used.filter(|_| self.tells_usage) {
            let mut chunk = self.body(&json!({}), None);
            chunk["choices"] = json!([]);
            chunk["usage"] = json!({
                "prompt_tokens": used.input,
                "completion_tokens": used.output,
                "total_tokens": used.input + used.output,
                "prompt_tokens_details": {"cached_tokens": used.cached},
            });
            said.push(("", chunk.to_string()));
        }
        said.push(("", "[DONE]".to_owned()));
        said
    }

    fn chunk(&self, delta: &Value, finish: Option<&str>) -> Said {
        ("", self.body(delta, finish).to_string())
    }

    fn body(&self, delta: &Value, finish: Option<&str>) -> Value {
        json!({
            "id": format!("chatcmpl-{}", self.nth),
            "object": "chat.completion.chunk",
            "model": self.model,
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
        })
    }
}
