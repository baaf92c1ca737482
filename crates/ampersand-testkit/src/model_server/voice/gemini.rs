//! Google's API.

use serde_json::{Value, json};

use super::{Calling, Said, Used};

pub(in crate::model_server) struct Voice {
    nth: usize,
    has_called: bool,
    /// Whether each event stands in an envelope.
    is_wrapped: bool,
}

impl Voice {
    pub(super) const fn new(nth: usize, is_wrapped: bool) -> Self {
        Self {
            nth,
            has_called: false,
            is_wrapped,
        }
    }

    pub(super) fn text(&self, text: &str) -> Vec<Said> {
        vec![self.part(&json!({"text": text}))]
    }

    /// A call comes whole: this API knows no pieces of one.
    pub(super) fn call(&mut self, call: &Calling<'_>) -> Vec<Said> {
        self.has_called = true;
        let arguments = serde_json::from_str(&call.pieces.concat()).unwrap_or(Value::Null);
        let function = json!({"id": call.id, "name": call.name, "args": arguments});
        vec![self.part(&json!({"functionCall": function}))]
    }

    pub(super) fn end(&self, finish: Option<&str>, used: Option<Used>) -> Vec<Said> {
        let reason = match finish {
            Some("length") => "MAX_TOKENS",
            Some("content_filter") => "SAFETY",
            _ => "STOP",
        };
        // An answer without a single part is taken for a broken one.
        let parts = if self.has_called {
            json!([])
        } else {
            json!([{"text": ""}])
        };
        let mut chunk = self.chunk(&parts);
        chunk["candidates"][0]["finishReason"] = json!(reason);
        if let Some(used) = used {
            chunk["usageMetadata"] = json!({
                "promptTokenCount": used.input,
                "candidatesTokenCount": used.output,
                "cachedContentTokenCount": used.cached,
                "totalTokenCount": used.input + used.output,
            });
        }
        vec![self.said(chunk)]
    }

    fn part(&self, part: &Value) -> Said {
        self.said(self.chunk(&json!([part])))
    }

    fn said(&self, chunk: Value) -> Said {
        let event = match self.is_wrapped {
            true => json!({"response": chunk}),
            false => chunk,
        };
        ("", event.to_string())
    }

    fn chunk(&self, parts: &Value) -> Value {
        json!({
            "responseId": format!("gemini-{}", self.nth),
            "candidates": [{"index": 0, "content": {"role": "model", "parts": parts}}],
        })
    }
}
