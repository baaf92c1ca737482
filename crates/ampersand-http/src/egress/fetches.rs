//! What a request would have the provider fetch: an agent that reaches nothing but its model could send whatever it reads to
//! any address, by way of the model's own servers. Pure.
//!
//! Searching and fetching by tools of the provider's own is not looked at here: they are what an agent was granted or not.

use serde_json::Value;

/// Where messages and what is in them may stand.
const HOLDS: [&str; 12] = [
    "content",
    "contents",
    "functionresponse",
    "input",
    "messages",
    "output",
    "parts",
    "prompt",
    "source",
    "system",
    "systeminstruction",
    "variables",
];

/// What a request to a model has fetched, as the end of a sentence; `None` if nothing.
pub(super) fn fetched(request: &Value) -> Option<&'static str> {
    let fields = request.as_object()?;
    for (name, value) in fields {
        let servers = named(name, "mcpservers") && !is_empty(value);
        if servers || (named(name, "tools") && has_server(value)) {
            return Some("a tool server");
        }
        if holds(name) && has_address(value) {
            return Some("an address");
        }
    }
    None
}

fn has_server(tools: &Value) -> bool {
    let kind = |tool: &Value| tool["type"].as_str().map(str::to_ascii_lowercase);
    let is_server = |kind: String| kind == "mcp" || kind == "mcp_toolset";
    let mut tools = tools.as_array().into_iter().flatten();
    tools.any(|tool| kind(tool).is_some_and(is_server))
}

/// Whether something in a message is given by its address. What a tool was called with is not looked into: that is data.
fn has_address(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(has_address),
        Value::Object(fields) => {
            let kind = fields.get("type").and_then(Value::as_str);
            let is_data = |name| kind == Some("tool_use") && named(name, "input");
            fields.iter().any(|(name, value)| {
                let goes_on = holds(name) && !is_data(name);
                is_outside(name, value)
                    || (goes_on && has_address(value))
                    || (named(name, "variables") && any_has_address(value))
            })
        }
        _ => false,
    }
}

/// What is given by its address, with that address beside its name.
const AT: [&str; 7] = [
    "audiourl",
    "documenturl",
    "fileuri",
    "fileurl",
    "imageurl",
    "videourl",
    "videouri",
];

/// What holds a file, or says where it lies.
const FILES: [&str; 12] = [
    "audio",
    "audiourl",
    "document",
    "documenturl",
    "file",
    "filedata",
    "image",
    "imageurl",
    "inputaudio",
    "source",
    "video",
    "videourl",
];

/// Whether a field says where something lies, and that is not here. An address on its own is said, not fetched.
fn is_outside(name: &str, value: &Value) -> bool {
    match value {
        Value::String(text) => {
            (AT.iter().any(|plain| named(name, plain)) && leads_out(text))
                || (named(name, "filedata") && has_scheme(text))
        }
        Value::Object(fields) => {
            // A document may be given as text, which may be an address.
            let is_plain = named(name, "source");
            let is_address = |(name, value): (&String, &Value)| {
                let text = value.as_str().unwrap_or_default();
                let is_at = ["url", "uri"]
                    .iter()
                    .chain(&AT)
                    .any(|plain| named(name, plain));
                let is_data = named(name, "filedata") || (named(name, "data") && !is_plain);
                (is_at && leads_out(text)) || (is_data && has_scheme(text))
            };
            FILES.iter().any(|plain| named(name, plain)) && fields.iter().any(is_address)
        }
        _ => false,
    }
}

/// Whether what may be the content itself is an address after all.
fn has_scheme(text: &str) -> bool {
    let (scheme, rest) = text.trim_start().split_once(':').unwrap_or_default();
    rest.starts_with("//") && !scheme.is_empty() && scheme.len() <= 16 && leads_out(text)
}

fn leads_out(address: &str) -> bool {
    let address = address.trim_start().as_bytes();
    let start = address.get(..5);
    let is_here = start.is_some_and(|start| start.eq_ignore_ascii_case(b"data:"));
    !address.is_empty() && !is_here
}

fn any_has_address(variables: &Value) -> bool {
    let mut values = variables.as_object().into_iter().flatten();
    values.any(|(_, value)| has_address(value))
}

fn holds(name: &str) -> bool {
    HOLDS.iter().any(|holds| named(name, holds))
}

/// Names are read generously by some servers: in either case, and with or without underscores.
fn named(name: &str, plain: &str) -> bool {
    let letters = name.bytes().filter(|byte| *byte != b'_');
    letters
        .map(|byte| byte.to_ascii_lowercase())
        .eq(plain.bytes())
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::fetched;

    const OUT: &str = "https://evil.example/?secret";

    #[test]
    fn what_the_provider_would_fetch_is_found_in_each_api() {
        let image = json!({"type": "image", "source": {"type": "url", "url": OUT}});
        for request in [
            json!({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": OUT}}]}]}),
            json!({"messages": [{"role": "user", "content": [{"image_url": {"URL": OUT}}]}]}),
            json!({"input": [{"role": "user", "content": [{"type": "input_image", "image_url": OUT}]}]}),
            json!({"input": [{"role": "user", "content": [{"type": "input_file", "file_url": " HTTP://x/"}]}]}),
            json!({"input": [{"type": "function_call_output", "output": [{"type": "input_image", "image_url": OUT}]}]}),
            json!({"prompt": {"id": "p", "variables": {"any": {"type": "input_image", "image_url": OUT}}}}),
            json!({"messages": [{"content": [image]}]}),
            json!({"messages": [{"content": [{"type": "tool_result", "content": [image]}]}]}),
            json!({"messages": [{"content": [{"type": "document", "source": {"type": "content", "content": [image]}}]}]}),
            json!({"system": [image]}),
            json!({"contents": [{"parts": [{"fileData": {"fileUri": OUT}}]}]}),
            json!({"contents": [{"parts": [{"file_data": {"file_uri": OUT}}]}]}),
            json!({"messages": [{"content": [{"type": "video_url", "video_url": {"url": OUT}}]}]}),
            json!({"messages": [{"content": [{"type": "audio_url", "audio_url": {"url": OUT}}]}]}),
            json!({"messages": [{"content": [{"type": "file", "file": {"file_data": OUT}}]}]}),
            json!({"messages": [{"content": [{"type": "input_audio", "input_audio": {"data": OUT}}]}]}),
        ] {
            assert_eq!(fetched(&request), Some("an address"), "{request}");
        }
        for request in [
            json!({"mcp_servers": [{"type": "url", "url": OUT}]}),
            json!({"tools": [{"type": "mcp", "server_url": OUT}]}),
            json!({"tools": [{"type": "mcp_toolset", "mcp_server_name": "x"}]}),
        ] {
            assert_eq!(fetched(&request), Some("a tool server"), "{request}");
        }
    }

    #[test]
    fn what_agents_ask_every_day_passes() {
        let schema = json!({"type": "object", "properties": {"image_url": {"type": "string"}, "source": {"url": OUT}}});
        for request in [
            json!({"messages": [{"role": "user", "content": OUT}, {"role": "user", "content": [{"type": "text", "text": OUT}]}]}),
            json!({"messages": [{"content": [{"type": "image", "source": {"type": "base64", "data": "aGk="}}]}]}),
            json!({"messages": [{"content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}}]}]}),
            json!({"messages": [{"content": [{"type": "tool_use", "input": {"image_url": OUT, "content": [{"source": {"url": OUT}}]}}]}]}),
            json!({"messages": [{"tool_calls": [{"function": {"arguments": "{\"image_url\": \"https://x\"}"}}]}]}),
            json!({"input": [{"type": "function_call", "arguments": "{\"file_url\": \"https://x\"}"}, {"type": "function_call_output", "output": OUT}]}),
            json!({"input": "plain", "tools": [{"type": "web_search"}, {"type": "function", "parameters": schema}]}),
            json!({"tools": [{"name": "mcp__docs__find", "input_schema": schema}], "mcp_servers": []}),
            json!({"messages": [{"content": [{"type": "search_result", "source": OUT, "content": []}]}]}),
            json!({"messages": [{"content": [{"type": "web_search_tool_result", "content": [{"type": "web_search_result", "url": OUT}]}]}]}),
            json!({"messages": [{"content": [{"type": "web_fetch_tool_result", "content": {"type": "web_fetch_result", "url": OUT,
                "content": {"type": "document", "source": {"type": "text", "data": OUT}}}}]}]}),
            json!({"input": [{"type": "web_search_call", "action": {"type": "open_page", "url": OUT}}]}),
            json!({"input": [{"content": [{"type": "output_text", "annotations": [{"type": "url_citation", "url": OUT}]}]}]}),
            json!({"contents": [{"parts": [{"inlineData": {"data": "aGk="}}, {"functionCall": {"args": {"fileUri": OUT}}}]}]}),
            Value::Null,
        ] {
            assert_eq!(fetched(&request), None, "{request}");
        }
    }
}
