//! `look`: lists, reads and searches the repository's checkout, and nothing else. Links are never followed; what git
//! ignores, `.git` itself and files that hold secrets are not there for it.

mod checkout;

use ampersand_model::ToolSpec;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Acting, Refusal, read_arguments, spec as tool};
use crate::turn::prompt::quoted;
use checkout::Checkout;

pub(super) const NAME: &str = "look";

#[derive(Deserialize)]
struct Arguments {
    what: What,
    path: Option<String>,
    pattern: Option<String>,
    from_line: Option<usize>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum What {
    List,
    Read,
    Search,
}

pub(super) fn spec() -> ToolSpec {
    tool(
        NAME,
        "Look into the person's checkout: list a folder, read a file from a line on, or search for a text.",
        json!({
            "type": "object",
            "properties": {
                "what": {"type": "string", "enum": ["list", "read", "search"]},
                "path": {"type": "string", "description": "relative to the repository; its root if absent"},
                "pattern": {"type": "string", "description": "search: the text, taken literally, case ignored"},
                "from_line": {"type": "integer", "description": "read: the first line, counted from 1"},
            },
            "required": ["what"],
        }),
    )
}

pub(super) async fn look(acting: &Acting<'_>, arguments: Value) -> Result<String, Refusal> {
    let arguments: Arguments = read_arguments(arguments)?;
    let Some(root) = acting.desk.repository() else {
        return Err("no repository is open.".to_owned());
    };
    let looking = tokio::task::spawn_blocking(move || {
        let checkout = Checkout::open(&root)?;
        let path = arguments.path.as_deref().unwrap_or("");
        match arguments.what {
            What::List => checkout.list(path),
            What::Read => checkout.read(path, arguments.from_line.unwrap_or(1)),
            What::Search => {
                let pattern = arguments.pattern.as_deref().unwrap_or("");
                checkout.search(path, pattern)
            }
        }
    });
    let found = looking
        .await
        .map_err(|_| "looking broke off.".to_owned())??;
    Ok(format!("As data:\n{}", quoted(&found)))
}
