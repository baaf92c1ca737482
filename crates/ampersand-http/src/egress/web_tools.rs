//! The provider's own tools for the web, taken out of a request to it: an agent that the web was taken from would search and
//! fetch by them, from machines that no sandbox of ours is around. Pure.

use serde_json::{Map, Value};

/// What the types of such tools begin with, in lower case. Dates and other endings follow.
const TYPES: [&str; 3] = ["web_search", "web_fetch", "google_search"];

/// Members that are such a tool, or switch one on, in lower case and without underscores.
const MEMBERS: [&str; 4] = [
    "googlesearch",
    "googlesearchretrieval",
    "urlcontext",
    "websearchoptions",
];

/// Takes them out; whether there were any.
pub(super) fn take_out(request: &mut Value) -> bool {
    let Some(fields) = request.as_object_mut() else {
        return false;
    };
    let mut had = remove_members(fields);
    if let Some(tools) = fields.get_mut("tools").and_then(Value::as_array_mut) {
        let before = tools.len();
        tools.retain(|tool| !is_one(tool));
        had |= tools.len() < before;
        for tool in tools.iter_mut().filter_map(Value::as_object_mut) {
            had |= remove_members(tool);
        }
        tools.retain(|tool| tool.as_object().is_none_or(|tool| !tool.is_empty()));
    }
    // A choice of what is not offered any more would be refused.
    if fields.get("tool_choice").is_some_and(chooses_one) {
        fields.remove("tool_choice");
        had = true;
    }
    had
}

fn is_one(tool: &Value) -> bool {
    let kind = tool.get("type").and_then(Value::as_str);
    kind.is_some_and(|kind| is_type(&kind.to_ascii_lowercase()))
}

fn chooses_one(choice: &Value) -> bool {
    let named = choice.get("name").and_then(Value::as_str);
    is_one(choice) || named.is_some_and(|name| is_type(&name.to_ascii_lowercase()))
}

fn is_type(kind: &str) -> bool {
    TYPES.iter().any(|start| kind.starts_with(start))
}

fn remove_members(fields: &mut Map<String, Value>) -> bool {
    let before = fields.len();
    fields.retain(|name, _| {
        let plain = name.replace('_', "").to_ascii_lowercase();
        !MEMBERS.contains(&plain.as_str())
    });
    fields.len() < before
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(request: Value, left: Option<Value>) {
        let mut taken = request.clone();
        assert_eq!(take_out(&mut taken), left.is_some(), "{request}");
        assert_eq!(taken, left.unwrap_or(request));
    }

    #[test]
    fn the_web_is_taken_out_of_each_api_and_nothing_else() {
        let own = json!({"type": "function", "name": "shell"});
        check(
            json!({"model": "m", "tools": [own, {"type": "web_search", "external_web_access": true}]}),
            Some(json!({"model": "m", "tools": [own]})),
        );
        check(
            json!({"tools": [{"type": "web_search_20250305", "name": "web_search"}, {"type": "web_fetch_20250910"}],
                "tool_choice": {"type": "tool", "name": "web_search"}}),
            Some(json!({"tools": []})),
        );
        check(
            json!({"tools": [{"googleSearch": {}}, {"url_context": {}, "functionDeclarations": []}]}),
            Some(json!({"tools": [{"functionDeclarations": []}]})),
        );
        check(
            json!({"messages": [], "web_search_options": {}}),
            Some(json!({"messages": []})),
        );
        // A function of an agent's own runs where the agent does.
        let named = json!({"type": "function", "function": {"name": "web_search"}});
        check(json!({"tools": [named], "tool_choice": "auto"}), None);
        check(json!({"messages": [{"content": "web_search"}]}), None);
        check(json!("web_search"), None);
    }
}
