//! A request in the shape Messages wants. Pure.
//!
//! Turns alternate there and the person's is first; results of calls are the person's turn. What stays the same from one
//! request to the next is marked, so that it is read from a cache and costs a tenth.

use serde_json::{Map, Value, json};

use crate::{Call, Message, Request};

/// What a model may write if nobody set a limit; this API insists on one.
const MAX_OUTPUT_TOKENS: u32 = 16_384;

/// Stands where the history was cut so that it begins with the model.
const EARLIER: &str = "(What was said before is left out.)";

/// The body of a request.
pub(crate) fn body(model: &str, request: &Request) -> Value {
    let Request {
        system,
        messages,
        tools,
        max_output_tokens,
    } = request;
    let mut turns = turns(messages);
    if let Some((_, blocks)) = turns.last_mut()
        && let Some(Value::Object(last)) = blocks.last_mut()
    {
        last.insert("cache_control".to_owned(), cached());
    }
    let turns: Vec<Value> = turns
        .into_iter()
        .map(|(role, content)| json!({"role": role, "content": content}))
        .collect();
    let mut body = json!({
        "model": model,
        "max_tokens": max_output_tokens.unwrap_or(MAX_OUTPUT_TOKENS),
        "messages": turns,
        "stream": true,
    });
    if !system.is_empty() {
        body["system"] = json!([{"type": "text", "text": system, "cache_control": cached()}]);
    }
    if !tools.is_empty() {
        let tool = |tool: &crate::ToolSpec| {
            json!({"name": tool.name, "description": tool.description,
                "input_schema": tool.parameters})
        };
        body["tools"] = tools.iter().map(tool).collect();
    }
    body
}

fn cached() -> Value {
    json!({"type": "ephemeral"})
}

type Turn = (&'static str, Vec<Value>);

fn turns(messages: &[Message]) -> Vec<Turn> {
    let mut turns: Vec<Turn> = Vec::new();
    for message in messages {
        let (role, blocks) = match message {
            Message::User { text } => ("user", text_block(text).into_iter().collect()),
            Message::Assistant { text, calls } => (
                "assistant",
                text_block(text)
                    .into_iter()
                    .chain(calls.iter().map(call_block))
                    .collect::<Vec<_>>(),
            ),
            Message::ToolResult { call_id, text } => {
                let result =
                    json!({"type": "tool_result", "tool_use_id": call_id, "content": text});
                ("user", vec![result])
            }
        };
        if blocks.is_empty() {
            continue;
        }
        match turns.last_mut() {
            Some((last, content)) if *last == role => content.extend(blocks),
            None if role == "assistant" => {
                turns.push(("user", text_block(EARLIER).into_iter().collect()));
                turns.push((role, blocks));
            }
            _ => turns.push((role, blocks)),
        }
    }
    turns
}

/// A block that holds nothing is refused.
fn text_block(text: &str) -> Option<Value> {
    (!text.trim().is_empty()).then(|| json!({"type": "text", "text": text}))
}

fn call_block(call: &Call) -> Value {
    let input: Map<String, Value> = serde_json::from_str(call.object()).unwrap_or_default();
    json!({"type": "tool_use", "id": call.id, "name": call.name, "input": input})
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{EARLIER, body};
    use crate::{Call, Message, Request, ToolSpec};

    #[test]
    fn results_of_calls_are_one_turn_of_the_person() {
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
                Message::user("there"),
                Message::Assistant {
                    text: String::new(),
                    calls: vec![call("a", r#"{"q":1}"#), call("b", r#"{"q":"#)],
                },
                Message::tool_result("a", "one"),
                Message::tool_result("b", "not JSON"),
                Message::user("and?"),
            ],
            tools: vec![ToolSpec {
                name: "find".into(),
                description: "finds".into(),
                parameters: json!({"type": "object"}),
            }],
            max_output_tokens: Some(64),
        };
        let cached = json!({"type": "ephemeral"});
        let expected = json!({
            "model": "m",
            "max_tokens": 64,
            "system": [{"type": "text", "text": "be brief", "cache_control": cached}],
            "messages": [
                {"role": "user", "content": [
                    {"type": "text", "text": "hi"},
                    {"type": "text", "text": "there"},
                ]},
                {"role": "assistant", "content": [
                    {"type": "tool_use", "id": "a", "name": "find", "input": {"q": 1}},
                    {"type": "tool_use", "id": "b", "name": "find", "input": {}},
                ]},
                {"role": "user", "content": [
                    {"type": "tool_result", "tool_use_id": "a", "content": "one"},
                    {"type": "tool_result", "tool_use_id": "b", "content": "not JSON"},
                    {"type": "text", "text": "and?", "cache_control": cached},
                ]},
            ],
            "stream": true,
            "tools": [{"name": "find", "description": "finds", "input_schema": {"type": "object"}}],
        });
        assert_eq!(body("m", &request), expected);
    }

    #[test]
    fn a_history_that_was_cut_still_begins_with_the_person() {
        let request = Request {
            messages: vec![Message::assistant("yes"), Message::user("go on")],
            ..Request::default()
        };
        let body = body("m", &request);
        assert_eq!(body["messages"][0]["content"][0]["text"], EARLIER);
        assert_eq!(body["messages"][1]["role"], "assistant");
        assert_eq!(body["max_tokens"], 16_384);
        assert!(body.get("system").is_none() && body.get("tools").is_none());
    }
}
