//! Anthropic Messages.

use serde_json::{Value, json};

use super::{Calling, Said, Used};

pub(in crate::model_server) struct Voice {
    nth: usize,
    model: Value,
    /// How many blocks have begun.
    blocks: usize,
    is_text_open: bool,
    has_called: bool,
}

impl Voice {
    pub(super) fn new(nth: usize, model: Value) -> Self {
        Self {
            nth,
            model,
            blocks: 0,
            is_text_open: false,
            has_called: false,
        }
    }

    pub(super) fn begin(&self, used: Option<Used>) -> Vec<Said> {
        let mut message = json!({"id": format!("msg_{}", self.nth), "type": "message",
            "role": "assistant", "model": self.model, "content": [], "stop_reason": null,
            "stop_sequence": null});
        if let Some(used) = used {
            message["usage"] = json!({
                "input_tokens": used.input.saturating_sub(used.cached),
                "cache_creation_input_tokens": 0,
                "cache_read_input_tokens": used.cached,
                "output_tokens": 1,
            });
        }
        vec![
            event("message_start", json!({"message": message})),
            event("ping", json!({})),
        ]
    }

    pub(super) fn text(&mut self, text: &str) -> Vec<Said> {
        let mut said = Vec::new();
        if !self.is_text_open {
            self.is_text_open = true;
            said.push(self.start(&json!({"type": "text", "text": ""})));
        }
        said.push(self.piece(&json!({"type": "text_delta", "text": text})));
        said
    }

    pub(super) fn call(&mut self, call: &Calling<'_>) -> Vec<Said> {
        self.has_called = true;
        let mut said = self.close();
        let block = json!({"type": "tool_use", "id": call.id, "name": call.name, "input": {}});
        said.push(self.start(&block));
        for piece in &call.pieces {
            said.push(self.piece(&json!({"type": "input_json_delta", "partial_json": piece})));
        }
        said.push(self.stop());
        said
    }

    pub(super) fn end(&mut self, finish: Option<&str>, used: Option<Used>) -> Vec<Said> {
        let mut said = self.close();
        let reason = match finish {
            Some("length") => "max_tokens",
            Some("content_filter") => "refusal",
            _ if self.has_called => "tool_use",
            _ => "end_turn",
        };
        let mut delta = json!({"delta": {"stop_reason": reason, "stop_sequence": null}});
        if let Some(used) = used {
            delta["usage"] = json!({"output_tokens": used.output});
        }
        said.push(event("message_delta", delta));
        said.push(event("message_stop", json!({})));
        said
    }

    fn start(&mut self, block: &Value) -> Said {
        let at = self.blocks;
        self.blocks += 1;
        event(
            "content_block_start",
            json!({"index": at, "content_block": block}),
        )
    }

    fn piece(&self, delta: &Value) -> Said {
        let at = self.blocks - 1;
        event("content_block_delta", json!({"index": at, "delta": delta}))
    }

    fn stop(&self) -> Said {
        event("content_block_stop", json!({"index": self.blocks - 1}))
    }

    fn close(&mut self) -> Vec<Said> {
        if std::mem::take(&mut self.is_text_open) {
            vec![self.stop()]
        } else {
            Vec::new()
        }
    }
}

fn event(kind: &'static str, mut data: Value) -> Said {
    data["type"] = json!(kind);
    (kind, data.to_string())
}
