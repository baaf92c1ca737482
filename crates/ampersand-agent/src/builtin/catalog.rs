//! The tools a model is told of, by what the task is granted, and what its calls mean.

use std::path::Path;

use ampersand_core::{Capability, Report, Role};
use ampersand_model::ToolSpec;
use ampersand_toolhost::Call;
use serde::Deserialize;
use serde_json::{Value, json};

use super::report::Reported;
use super::transcript::Step;

const MAX_STEPS: usize = 50;

/// A call, understood.
#[derive(Debug)]
pub(super) enum Wanted {
    /// For the tool process.
    Tool(Call),
    /// The agent's own plan.
    Plan(Vec<Step>),
    /// The end.
    Report(Report),
    /// For the host.
    WebSearch { query: String },
    /// For the host.
    WebFetch { url: String },
}

/// The tools on offer.
pub(super) fn offered(role: Role, granted: &[Capability]) -> Vec<ToolSpec> {
    let within = role.capabilities();
    let may = |capability: &Capability| within.contains(capability) && granted.contains(capability);
    let mut tools = vec![plan(), report()];
    if may(&Capability::Read) {
        tools.extend([read(), list()]);
    }
    if may(&Capability::Search) {
        tools.push(search());
    }
    if may(&Capability::Write) {
        tools.extend([edit(), write(), delete(), rename()]);
    }
    if may(&Capability::Execute) {
        tools.push(execute());
    }
    if may(&Capability::WebSearch) {
        tools.extend([web_search(), web_fetch()]);
    }
    tools
}

/// What a call means, or what is wrong with it in words for the model.
pub(super) fn understood(
    call: &ampersand_model::Call,
    offered: &[ToolSpec],
    worktree: &Path,
) -> Result<Wanted, String> {
    if !offered.iter().any(|tool| tool.name == call.name) {
        let names: Vec<&str> = offered.iter().map(|tool| tool.name.as_str()).collect();
        return Err(format!(
            "There is no tool {:?} here. There are: {}.",
            call.name,
            names.join(", ")
        ));
    }
    let arguments = if call.arguments.trim().is_empty() {
        "{}"
    } else {
        &call.arguments
    };
    let mut arguments: Value = serde_json::from_str(arguments).map_err(|error| {
        format!("The arguments are not JSON: {error}. Call again with a JSON object.")
    })?;
    make_relative(&mut arguments, worktree);
    match call.name.as_str() {
        "plan" => parsed::<PlanArguments>(arguments)
            .map(|plan| Wanted::Plan(plan.steps.into_iter().take(MAX_STEPS).collect())),
        "report" => parsed::<Reported>(arguments)?
            .accepted()
            .map(Wanted::Report),
        "web_search" => {
            parsed::<WebSearch>(arguments).map(|web| Wanted::WebSearch { query: web.query })
        }
        "web_fetch" => parsed::<WebFetch>(arguments).map(|web| Wanted::WebFetch { url: web.url }),
        tool => parsed::<Call>(json!({ "tool": tool, "arguments": arguments })).map(Wanted::Tool),
    }
}

/// Models repeat the whole paths that programs print; those below the worktree are meant to be relative to it.
fn make_relative(arguments: &mut Value, worktree: &Path) {
    for key in ["path", "from", "to"] {
        let Some(Value::String(path)) = arguments.get_mut(key) else {
            continue;
        };
        if let Ok(inside) = Path::new(path.as_str()).strip_prefix(worktree) {
            let inside = inside.to_string_lossy().into_owned();
            *path = if inside.is_empty() {
                ".".to_owned()
            } else {
                inside
            };
        }
    }
}

fn parsed<T: for<'de> Deserialize<'de>>(arguments: Value) -> Result<T, String> {
    serde_json::from_value(arguments).map_err(|error| {
        format!("The arguments do not fit: {error}. Call again with the right ones.")
    })
}

#[derive(Deserialize)]
struct PlanArguments {
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct WebSearch {
    query: String,
}

#[derive(Deserialize)]
struct WebFetch {
    url: String,
}

fn tool(name: &str, description: &str, required: &[&str], properties: Value) -> ToolSpec {
    ToolSpec {
        name: name.to_owned(),
        description: description.to_owned(),
        parameters: json!({ "type": "object", "properties": properties, "required": required }),
    }
}

fn path(of: &str) -> Value {
    json!({ "type": "string", "description": format!("{of}, relative to the root of the checkout") })
}

fn plan() -> ToolSpec {
    let steps = json!({
        "type": "array",
        "items": {
            "type": "object",
            "properties": { "title": { "type": "string" }, "done": { "type": "boolean" } },
            "required": ["title", "done"],
        },
    });
    tool(
        "plan",
        "Say the steps of your work, all of them, and which are done.",
        &["steps"],
        json!({ "steps": steps }),
    )
}

fn report() -> ToolSpec {
    let findings = json!({
        "type": "array",
        "items": {
            "type": "object",
            "properties": {
                "severity": { "enum": ["high", "medium", "low", "note"] },
                "text": { "type": "string" },
                "path": { "type": "string" },
                "line": { "type": "integer" },
            },
            "required": ["severity", "text"],
        },
    });
    let properties = json!({
        "headline": { "type": "string", "description": "The finding itself in one line" },
        "summary": { "type": "string", "description": "Markdown, a few paragraphs at most" },
        "findings": findings,
    });
    tool(
        "report",
        "Hand back the result and end the task.",
        &["headline", "summary"],
        properties,
    )
}

fn read() -> ToolSpec {
    let properties = json!({
        "path": path("The file"),
        "from_line": { "type": "integer", "description": "First line, counted from one" },
        "lines": { "type": "integer", "description": "How many lines, at most 2000" },
    });
    tool(
        "read",
        "Read lines of a text file. Each comes with its number and a tab.",
        &["path"],
        properties,
    )
}

fn list() -> ToolSpec {
    let properties = json!({
        "path": path("The folder"),
        "depth": { "type": "integer", "description": "How many levels, two unless said" },
    });
    tool(
        "list",
        "List a folder, without what git ignores.",
        &[],
        properties,
    )
}

fn search() -> ToolSpec {
    let properties = json!({
        "pattern": { "type": "string", "description": "A regular expression, matched line by line" },
        "literal": { "type": "boolean", "description": "Take the pattern as plain text" },
        "path": path("The folder or file"),
        "limit": { "type": "integer", "description": "How many lines at most, 100 unless said" },
    });
    tool(
        "search",
        "Find lines that match, without what git ignores.",
        &["pattern"],
        properties,
    )
}

fn edit() -> ToolSpec {
    let properties = json!({
        "path": path("The file"),
        "old": { "type": "string", "description": "The text as it is, without line numbers; must be there exactly once" },
        "new": { "type": "string", "description": "The text as it shall be" },
    });
    tool(
        "edit",
        "Replace one piece of text in a file.",
        &["path", "old", "new"],
        properties,
    )
}

fn write() -> ToolSpec {
    let properties = json!({ "path": path("The file"), "content": { "type": "string" } });
    tool(
        "write",
        "Create a file, or replace all of it. Folders are made.",
        &["path", "content"],
        properties,
    )
}

fn delete() -> ToolSpec {
    tool(
        "delete",
        "Delete a file or an empty folder.",
        &["path"],
        json!({ "path": path("What to delete") }),
    )
}

fn rename() -> ToolSpec {
    let properties =
        json!({ "from": path("What to move"), "to": path("Where to; must not exist") });
    tool(
        "rename",
        "Move a file or a folder.",
        &["from", "to"],
        properties,
    )
}

fn execute() -> ToolSpec {
    let properties = json!({
        "line": { "type": "string", "description": "A command line for the shell, run in the root of the checkout" },
        "timeout_s": { "type": "integer", "description": "Seconds until it is killed, 600 unless said" },
    });
    tool(
        "execute",
        "Run a command. It has no input.",
        &["line"],
        properties,
    )
}

fn web_search() -> ToolSpec {
    tool(
        "web_search",
        "Search the web.",
        &["query"],
        json!({ "query": { "type": "string" } }),
    )
}

fn web_fetch() -> ToolSpec {
    tool(
        "web_fetch",
        "Fetch one page as text.",
        &["url"],
        json!({ "url": { "type": "string" } }),
    )
}
