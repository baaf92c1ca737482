//! What our conversation is in the words of the app server. Pure.

use ampersand_model::{Message, ToolSpec};
use serde_json::{Value, json};

/// A tool of ours as one of the client's.
pub(super) fn tool(spec: &ToolSpec) -> Value {
    json!({"type": "function", "name": spec.name, "description": spec.description,
        "inputSchema": spec.parameters})
}

/// A message as the Responses API has it.
pub(super) fn items(message: &Message) -> Vec<Value> {
    let said = |role: &str, kind: &str, text: &str| json!({"type": "message", "role": role, "content": [{"type": kind, "text": text}]});
    match message {
        Message::User { text } => vec![said("user", "input_text", text)],
        Message::Assistant { text, calls } => {
            let words = (!text.is_empty()).then(|| said("assistant", "output_text", text));
            let calls = calls.iter().map(|call| {
                json!({"type": "function_call", "call_id": call.id, "name": call.name,
                    "arguments": call.arguments})
            });
            words.into_iter().chain(calls).collect()
        }
        Message::ToolResult { call_id, text } => {
            vec![json!({"type": "function_call_output", "call_id": call_id, "output": text})]
        }
    }
}
