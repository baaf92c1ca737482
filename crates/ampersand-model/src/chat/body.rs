//! A request in the shape Chat Completions wants. Pure.

use serde_json::{Map, Value, json};

use crate::{Call, Message, Request, ToolSpec};

/// How a server calls the limit on what may be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LimitName {
    /// What OpenAI itself renamed it to; its newer models refuse the old name.
    MaxCompletionTokens,
    /// What everybody else knows.
    MaxTokens,
}

/// The body of a request.
pub(crate) fn body(model: &str, request: &Request, limit_name: LimitName) -> Value {
    let Request {
        system,
        messages,
        tools,
        max_output_tokens,
    } = request;
    let mut list = Vec::with_capacity(messages.len() + 1);
    if !system.is_empty() {
        list.push(json!({"role": "system", "content": system}));
    }
    list.extend(messages.iter().filter_map(message));
    let mut body = json!({
        "model": model,
        "messages": list,
        "stream": true,
        "stream_options": {"include_usage": true},
    });
    if !tools.is_empty() {
        body["tools"] = tools.iter().map(tool).collect();
    }
    if let Some(limit) = max_output_tokens {
        let key = match limit_name {
            LimitName::MaxCompletionTokens => "max_completion_tokens",
            LimitName::MaxTokens => "max_tokens",
        };
        body[key] = json!(limit);
    }
    body
}

fn message(message: &Message) -> Option<Value> {
    Some(match message {
        Message::User { text } => json!({"role": "user", "content": text}),
        // Several servers refuse a message that says nothing at all.
        Message::Assistant { text, calls } if text.is_empty() && calls.is_empty() => return None,
        Message::Assistant { text, calls } => {
            let mut said = Map::new();
            said.insert("role".to_owned(), json!("assistant"));
            let content = if text.is_empty() {
                Value::Null
            } else {
                json!(text)
            };
            said.insert("content".to_owned(), content);
            if !calls.is_empty() {
                said.insert("tool_calls".to_owned(), calls.iter().map(call).collect());
            }
            Value::Object(said)
        }
        Message::ToolResult { call_id, text } => {
            json!({"role": "tool", "tool_call_id": call_id, "content": text})
        }
    })
}

fn call(call: &Call) -> Value {
    let function = json!({"name": call.name, "arguments": call.object()});
    json!({"id": call.id, "type": "function", "function": function})
}

fn tool(tool: &ToolSpec) -> Value {
    let ToolSpec {
        name,
        description,
        parameters,
    } = tool;
    let function = json!({"name": name, "description": description, "parameters": parameters});
    json!({"type": "function", "function": function})
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{LimitName, body};
    use crate::{Call, Message, Request, ToolSpec};

    #[test]
    fn a_request_is_written_as_every_server_reads_it() {
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
                    text: String::new(),
                    calls: vec![call("a", r#"{"q":1}"#), call("b", r#"{"q":"#)],
                },
                Message::tool_result("a", "one"),
                Message::tool_result("b", "not JSON"),
                Message::assistant("done"),
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
            "messages": [
                {"role": "system", "content": "be brief"},
                {"role": "user", "content": "hi"},
                {"role": "assistant", "content": null, "tool_calls": [
                    {"id": "a", "type": "function", "function": {"name": "find", "arguments": "{\"q\":1}"}},
                    {"id": "b", "type": "function", "function": {"name": "find", "arguments": "{}"}},
                ]},
                {"role": "tool", "tool_call_id": "a", "content": "one"},
                {"role": "tool", "tool_call_id": "b", "content": "not JSON"},
                {"role": "assistant", "content": "done"},
            ],
            "stream": true,
            "stream_options": {"include_usage": true},
            "tools": [{"type": "function", "function":
                {"name": "find", "description": "finds", "parameters": {"type": "object"}}}],
            "max_tokens": 64,
        });
        assert_eq!(body("m", &request, LimitName::MaxTokens), expected);
        assert_eq!(
            body("m", &request, LimitName::MaxCompletionTokens)["max_completion_tokens"],
            64
        );
    }

    #[test]
    fn nothing_is_sent_that_was_not_asked_for() {
        let body = body("m", &Request::default(), LimitName::MaxTokens);
        let expected = json!({
            "model": "m", "messages": [], "stream": true, "stream_options": {"include_usage": true},
        });
        assert_eq!(body, expected);
    }
}
