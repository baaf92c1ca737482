//! Requests of the other APIs in the shape of Chat Completions, so that one script serves them all.

use serde_json::{Value, json};

/// A request of the Responses API.
pub(super) fn responses(body: &Value) -> Value {
    let mut messages = system(&body["instructions"]);
    match &body["input"] {
        Value::String(text) => messages.push(json!({"role": "user", "content": text})),
        input => messages.extend(list(input).iter().map(item)),
    }
    let tool = |tool: &Value| {
        json!({"type": "function", "function": {"name": tool["name"],
            "description": tool["description"], "parameters": tool["parameters"]}})
    };
    let tools: Vec<_> = list(&body["tools"]).iter().map(tool).collect();
    json!({"model": body["model"], "messages": messages, "tools": tools})
}

fn item(item: &Value) -> Value {
    match item["type"].as_str() {
        Some("function_call") => {
            let function = json!({"name": item["name"], "arguments": item["arguments"]});
            let call = json!({"id": item["call_id"], "type": "function", "function": function});
            json!({"role": "assistant", "content": null, "tool_calls": [call]})
        }
        Some("function_call_output") => {
            json!({"role": "tool", "tool_call_id": item["call_id"], "content": item["output"]})
        }
        _ => json!({"role": item["role"], "content": item["content"]}),
    }
}

/// A request of the Messages API.
pub(super) fn messages(body: &Value) -> Value {
    let mut messages = system(&body["system"]);
    for turn in list(&body["messages"]) {
        match &turn["content"] {
            Value::Array(blocks) => {
                messages.extend(blocks.iter().map(|block| self::block(&turn["role"], block)));
            }
            text => messages.push(json!({"role": turn["role"], "content": text})),
        }
    }
    let tool = |tool: &Value| {
        json!({"type": "function", "function": {"name": tool["name"],
            "description": tool["description"], "parameters": tool["input_schema"]}})
    };
    let tools: Vec<_> = list(&body["tools"]).iter().map(tool).collect();
    json!({"model": body["model"], "messages": messages, "tools": tools})
}

fn block(role: &Value, block: &Value) -> Value {
    match block["type"].as_str() {
        Some("tool_use") => {
            let arguments = block["input"].to_string();
            let function = json!({"name": block["name"], "arguments": arguments});
            let call = json!({"id": block["id"], "type": "function", "function": function});
            json!({"role": "assistant", "content": null, "tool_calls": [call]})
        }
        Some("tool_result") => {
            json!({"role": "tool", "tool_call_id": block["tool_use_id"], "content": block["content"]})
        }
        _ => json!({"role": role, "content": block["text"]}),
    }
}

/// Text, or blocks of it.
fn system(system: &Value) -> Vec<Value> {
    let text = match system {
        Value::String(text) => text.clone(),
        blocks => list(blocks)
            .iter()
            .filter_map(|block| block["text"].as_str())
            .collect(),
    };
    if text.is_empty() {
        Vec::new()
    } else {
        vec![json!({"role": "system", "content": text})]
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
