//! A request in the shape Responses wants. Pure.
//!
//! Nothing is left with the server: every request carries its whole history, and asks not to be stored.

use serde_json::{Value, json};

use crate::{Message, Request};

/// The body of a request.
pub(crate) fn body(model: &str, request: &Request) -> Value {
    let Request {
        system,
        messages,
        tools,
        max_output_tokens,
    } = request;
    let input: Vec<Value> = messages.iter().flat_map(items).collect();
    let mut body = json!({"model": model, "input": input, "stream": true, "store": false});
    if !system.is_empty() {
        body["instructions"] = json!(system);
    }
    if !tools.is_empty() {
        let tool = |tool: &crate::ToolSpec| {
            // Left out, it would be strict, and most schemas are not.
            json!({"type": "function", "name": tool.name, "description": tool.description,
                "parameters": tool.parameters, "strict": false})
        };
        body["tools"] = tools.iter().map(tool).collect();
    }
    if let Some(limit) = max_output_tokens {
        body["max_output_tokens"] = json!(limit);
    }
    body
}

fn items(message: &Message) -> Vec<Value> {
    match message {
        Message::User { text } => vec![json!({"role": "user", "content": text})],
        Message::Assistant { text, calls } => {
            let said = (!text.is_empty()).then(|| json!({"role": "assistant", "content": text}));
            let calls = calls.iter().map(|call| {
                json!({"type": "function_call", "call_id": call.id, "name": call.name,
                    "arguments": call.object()})
            });
            said.into_iter().chain(calls).collect()
        }
        Message::ToolResult { call_id, text } => {
            vec![json!({"type": "function_call_output", "call_id": call_id, "output": text})]
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::body;
    use crate::{Call, Message, Request, ToolSpec};

    #[test]
    fn a_history_becomes_items() {
        let call = |id: &str, arguments: &str| Call {
            id: id.into(),
            name: "find".into(),
            arguments: arguments.into(),
        };
        let request = Request {
            system: "be brief".into(),
            messages: vec![
                Message::user("hi"),
                Message::assistant(""),
                Message::Assistant {
                    text: "I look".into(),
                    calls: vec![call("a", r#"{"q":1}"#), call("b", r#"{"q":"#)],
                },
                Message::tool_result("a", "one"),
                Message::tool_result("b", "not JSON"),
            ],
            tools: vec![ToolSpec {
                name: "find".into(),
                description: "finds".into(),
                parameters: json!({"type": "object"}),
            }],
            max_output_tokens: Some(64),
        };
        let expected = json!({
            "model": "m",
            "instructions": "be brief",
            "input": [
                {"role": "user", "content": "hi"},
                {"role": "assistant", "content": "I look"},
                {"type": "function_call", "call_id": "a", "name": "find", "arguments": "{\"q\":1}"},
                {"type": "function_call", "call_id": "b", "name": "find", "arguments": "{}"},
                {"type": "function_call_output", "call_id": "a", "output": "one"},
                {"type": "function_call_output", "call_id": "b", "output": "not JSON"},
            ],
            "stream": true,
            "store": false,
            "tools": [{"type": "function", "name": "find", "description": "finds",
                "parameters": {"type": "object"}, "strict": false}],
            "max_output_tokens": 64,
        });
        assert_eq!(body("m", &request), expected);
        let nothing = json!({"model": "m", "input": [], "stream": true, "store": false});
        assert_eq!(body("m", &Request::default()), nothing);
    }
}
