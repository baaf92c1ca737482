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
        Some("custom_tool_call") => {
            let function = json!({"name": item["name"], "arguments": item["input"]});
            let call = json!({"id": item["call_id"], "type": "function", "function": function});
            json!({"role": "assistant", "content": null, "tool_calls": [call]})
        }
        Some("function_call_output" | "custom_tool_call_output") => {
            json!({"role": "tool", "tool_call_id": item["call_id"], "content": item["output"]})
        }
        _ => said(&item["role"], &item["content"]),
    }
}

/// What programs put in the person's mouth stands in a tag of their own; it is theirs.
fn said(role: &Value, content: &Value) -> Value {
    let text: String = match content {
        Value::String(text) => text.clone(),
        parts => list(parts)
            .iter()
            .filter_map(|part| part["text"].as_str())
            .collect(),
    };
    let text = text.trim();
    let of_the_program = role == "user" && text.starts_with('<') && text.ends_with('>');
    let role = if of_the_program {
        json!("system")
    } else {
        role.clone()
    };
    json!({"role": role, "content": content})
}

/// A request of the Messages API.
pub(super) fn messages(body: &Value) -> Value {
    let mut messages = system(&body["system"]);
    for turn in list(&body["messages"]) {
        match &turn["content"] {
            Value::Array(blocks) => {
                for block in blocks.iter().map(|block| self::block(&turn["role"], block)) {
                    add(&mut messages, block);
                }
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

/// A request of Google's API.
pub(super) fn gemini(body: &Value) -> Value {
    let mut messages = system(&body["systemInstruction"]["parts"]);
    for turn in list(&body["contents"]) {
        for part in list(&turn["parts"]) {
            add(&mut messages, self::part(&turn["role"], part));
        }
    }
    let tools = list(&body["tools"]).iter();
    let tools = tools.flat_map(|tools| list(&tools["functionDeclarations"]));
    let tool = |tool: &Value| {
        json!({"type": "function", "function": {"name": tool["name"],
            "description": tool["description"], "parameters": tool["parametersJsonSchema"]}})
    };
    let tools: Vec<_> = tools.map(tool).collect();
    json!({"messages": messages, "tools": tools})
}

fn part(role: &Value, part: &Value) -> Value {
    let (call, response) = (&part["functionCall"], &part["functionResponse"]);
    if call.is_object() {
        let function = json!({"name": call["name"], "arguments": call["args"].to_string()});
        let call = json!({"id": call["id"], "type": "function", "function": function});
        return json!({"role": "assistant", "content": null, "tool_calls": [call]});
    }
    if response.is_object() {
        let content = response["response"].to_string();
        return json!({"role": "tool", "tool_call_id": response["id"], "content": content});
    }
    let role = match role.as_str() {
        Some("model") => json!("assistant"),
        _ => role.clone(),
    };
    said(&role, &part["text"])
}

/// What a person says in several blocks is one message.
fn add(messages: &mut Vec<Value>, message: Value) {
    if let Some(last) = messages.last_mut()
        && last["role"] == "user"
        && message["role"] == "user"
        && let (Some(before), Some(text)) = (last["content"].as_str(), message["content"].as_str())
    {
        last["content"] = format!("{before}\n\n{text}").into();
    } else {
        messages.push(message);
    }
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
        _ => said(role, &block["text"]),
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
