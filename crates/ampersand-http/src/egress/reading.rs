//! Reads an answer that streams as it passes, to know whether it came to its end or says that it failed. Pure, and never in
//! its way: what cannot be read is left unjudged.

use serde_json::{Value, json};

use super::Api;
use crate::{Event, EventDecoder};

/// The largest event that is read. Some repeat the whole answer.
const EVENT_BYTES: usize = 4 * 1024 * 1024;

/// The most that is kept of what a server said of its fault.
const SAID_BYTES: usize = 4 * 1024;

/// What an answer turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// What ends an answer of this API has come.
    Whole,
    /// The server says that it failed.
    Fault {
        /// In its words, bounded.
        said: String,
        /// Whether something of an answer had come before.
        begun: bool,
    },
}

/// One answer being read.
#[derive(Debug)]
pub(super) struct Reading {
    api: Api,
    /// `None` once an event was too large.
    decoder: Option<EventDecoder>,
    begun: bool,
}

impl Reading {
    pub(super) fn new(api: Api) -> Self {
        Self {
            api,
            decoder: Some(EventDecoder::new(EVENT_BYTES)),
            begun: false,
        }
    }

    /// Takes a piece in. What was found first is what the answer is.
    pub(super) fn push(&mut self, piece: &[u8]) -> Option<Found> {
        let mut events = Vec::new();
        let decoder = self.decoder.as_mut()?;
        if decoder.push(piece, &mut events).is_err() {
            self.decoder = None;
        }
        events.iter().find_map(|event| self.judge(event))
    }

    /// The answer ended. Not every server closes its last event.
    pub(super) fn finish(&mut self) -> Option<Found> {
        self.push(b"\n\n")
    }

    /// Whether nothing can be said about the answer.
    pub(super) const fn is_blind(&self) -> bool {
        self.decoder.is_none()
    }

    fn judge(&mut self, event: &Event) -> Option<Found> {
        if self.api == Api::ChatCompletions && event.data.trim() == "[DONE]" {
            return Some(Found::Whole);
        }
        let data = serde_json::from_str(&event.data).unwrap_or(Value::Null);
        let kind = data["type"].as_str().unwrap_or(&event.event);
        if let Some(said) = fault(self.api, kind, &data, event) {
            return Some(Found::Fault {
                said: bounded(said),
                begun: self.begun,
            });
        }
        if is_end(self.api, kind, &data) {
            return Some(Found::Whole);
        }
        self.begun |= is_content(self.api, kind, &data);
        None
    }
}

/// What a server says of its fault, in the shape of an error's body.
fn fault(api: Api, kind: &str, data: &Value, event: &Event) -> Option<String> {
    if api == Api::Responses && kind == "response.failed" {
        return Some(json!({"error": data["response"]["error"]}).to_string());
    }
    let is_fault = kind == "error" || event.event == "error" || !data["error"].is_null();
    if is_fault {
        return Some(event.data.clone());
    }
    let gave_up = api == Api::ChatCompletions && data["choices"][0]["finish_reason"] == "error";
    gave_up.then(String::new)
}

fn is_end(api: Api, kind: &str, data: &Value) -> bool {
    let is_said = |reason: &Value| reason.as_str().is_some_and(|reason| !reason.is_empty());
    match api {
        Api::Responses => matches!(kind, "response.completed" | "response.incomplete"),
        Api::AnthropicMessages => kind == "message_stop",
        Api::ChatCompletions => is_said(&data["choices"][0]["finish_reason"]),
        Api::Gemini => {
            is_said(&data["candidates"][0]["finishReason"])
                || is_said(&data["promptFeedback"]["blockReason"])
        }
    }
}

/// Whether it is something of the answer itself. What is not known counts: asking again may be paid for twice.
fn is_content(api: Api, kind: &str, data: &Value) -> bool {
    match api {
        Api::Responses => {
            let is_notice = matches!(
                kind,
                "response.created" | "response.queued" | "response.in_progress" | "keepalive"
            );
            !is_notice && !kind.starts_with("codex.")
        }
        Api::AnthropicMessages => !matches!(kind, "message_start" | "ping"),
        Api::ChatCompletions => {
            let choice = &data["choices"][0];
            let parts = [&choice["delta"], &choice["message"]];
            let fields = parts.into_iter().filter_map(Value::as_object).flatten();
            let is_empty = |value: &Value| match value {
                Value::Null => true,
                Value::String(text) => text.is_empty(),
                Value::Array(items) => items.is_empty(),
                _ => false,
            };
            fields
                .into_iter()
                .any(|(name, value)| name != "role" && !is_empty(value))
        }
        Api::Gemini => !data["candidates"].is_null(),
    }
}

fn bounded(mut said: String) -> String {
    said.truncate(said.floor_char_boundary(SAID_BYTES));
    said
}

#[cfg(test)]
mod tests {
    use super::{Found, Reading};
    use crate::egress::Api;

    /// Reads `stream` byte by byte to its end.
    fn read(api: Api, stream: &str) -> Option<Found> {
        let mut reading = Reading::new(api);
        let bytes = stream.as_bytes().chunks(1);
        let found = bytes.into_iter().find_map(|byte| reading.push(byte));
        found.or_else(|| reading.finish())
    }

    #[test]
    fn each_api_ends_in_its_own_way_and_in_no_other() {
        use Api::{AnthropicMessages, ChatCompletions, Gemini, Responses};
        let text = r#"{"choices":[{"delta":{"content":"a"},"finish_reason":null}]}"#;
        for (api, stream, is_whole) in [
            (Responses, r#"{"type":"response.completed"}"#, true),
            (Responses, r#"{"type":"response.incomplete"}"#, true),
            (Responses, r#"{"type":"response.output_text.done"}"#, false),
            (Responses, "[DONE]", false),
            (AnthropicMessages, r#"{"type":"message_stop"}"#, true),
            (AnthropicMessages, r#"{"type":"content_block_stop"}"#, false),
            (ChatCompletions, "[DONE]", true),
            (
                ChatCompletions,
                r#"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#,
                true,
            ),
            (ChatCompletions, text, false),
            (Gemini, r#"{"candidates":[{"finishReason":"STOP"}]}"#, true),
            (
                Gemini,
                r#"{"promptFeedback":{"blockReason":"SAFETY"}}"#,
                true,
            ),
            (Gemini, r#"{"candidates":[{"content":{}}]}"#, false),
            (Gemini, "not JSON", false),
        ] {
            let found = read(api, &format!("data: {stream}\n\n"));
            assert_eq!(found, is_whole.then_some(Found::Whole), "{api:?} {stream}");
            let unclosed = read(api, &format!("data: {stream}"));
            assert_eq!(
                unclosed,
                is_whole.then_some(Found::Whole),
                "{api:?} {stream}"
            );
        }
        let named = "event: message_stop\ndata: {}\n\n";
        assert_eq!(read(AnthropicMessages, named), Some(Found::Whole));
    }

    #[test]
    fn a_fault_is_told_with_its_words_and_with_whether_an_answer_had_begun() {
        use Api::{AnthropicMessages, ChatCompletions, Gemini, Responses};
        let overloaded = r#"{"type":"error","error":{"type":"overloaded_error"}}"#;
        let failed =
            r#"{"type":"response.failed","response":{"error":{"code":"rate_limit_exceeded"}}}"#;
        let plain = r#"{"error":{"message":"no"}}"#;
        for (api, before, stream, said) in [
            (
                Responses,
                r#"{"type":"response.output_text.delta"}"#,
                failed,
                r#"{"error":{"code":"rate_limit_exceeded"}}"#,
            ),
            (
                AnthropicMessages,
                r#"{"type":"content_block_start"}"#,
                overloaded,
                overloaded,
            ),
            (
                ChatCompletions,
                r#"{"choices":[{"delta":{"content":"a"}}]}"#,
                plain,
                plain,
            ),
            (
                ChatCompletions,
                r#"{"choices":[{"delta":{"content":"a"}}]}"#,
                r#"{"choices":[{"finish_reason":"error"}]}"#,
                "",
            ),
            (Gemini, r#"{"candidates":[{"content":{}}]}"#, plain, plain),
        ] {
            let first = match api {
                Responses => r#"{"type":"response.created"}"#,
                AnthropicMessages => r#"{"type":"message_start"}"#,
                ChatCompletions => r#"{"choices":[{"delta":{"role":"assistant","content":""}}]}"#,
                Gemini => r#"{"usageMetadata":{}}"#,
            };
            let fault = |begun| {
                let said = said.to_owned();
                Some(Found::Fault { said, begun })
            };
            let early = format!("data: {first}\n\ndata: {stream}\n\n");
            assert_eq!(read(api, &early), fault(false), "{early}");
            let late = format!("data: {first}\n\ndata: {before}\n\ndata: {stream}\n\n");
            assert_eq!(read(api, &late), fault(true), "{late}");
        }
    }

    #[test]
    fn an_event_too_large_leaves_the_answer_unjudged() {
        let mut reading = Reading::new(Api::Responses);
        let piece = [b'x'; 64 * 1024];
        for _ in 0..65 {
            assert_eq!(reading.push(&piece), None);
        }
        assert!(reading.is_blind());
        let end = b"\n\ndata: {\"type\":\"response.completed\"}\n\n";
        assert_eq!(reading.push(end), None);
    }
}
