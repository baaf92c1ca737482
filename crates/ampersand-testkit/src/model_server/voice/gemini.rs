//! Google's API.

use serde_json::{Value, json};

use super::{Calling, Said, Used};

pub(in crate::model_server) struct Voice {
    nth: usize,
    has_called: bool,
}

impl Voice {
    pub(super) const fn new(nth: usize) -> Self {
        Self {
            nth,
            has_called: false,
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
        vec![("", chunk.to_string())]
    }

    fn part(&self, part: &Value) -> Said {
        ("", self.chunk(&json!([part])).to_string())
    }

    fn chunk(&self, parts: &Value) -> Value {
        json!({
            "responseId": format!("gemini-{}", self.nth),
            "candidates": [{"index": 0, "content": {"role": "model", "parts": parts}}],
        })
    }
}
