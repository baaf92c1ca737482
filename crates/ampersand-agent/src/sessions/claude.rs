//! Claude Code keeps a file of JSON lines for each conversation, in folders by the folder it was held in.

use std::path::{Path, PathBuf};

use ampersand_core::AgentKind;
use serde_json::Value;

use super::{Head, Session, files, title};

const PROJECTS: &str = "projects";

/// Beyond this the name of a folder is shortened in a way of its own.
const NAME_CHARS_MAX: usize = 200;

pub(super) fn list() -> Vec<Session> {
    let Some(home) = crate::discover::program_home("claude") else {
        return Vec::new();
    };
    let files = files::newest(&home.join(PROJECTS), 1, ".jsonl").into_iter();
    let sessions = files.filter_map(|(file, at)| {
        let id = file.file_stem()?.to_str()?.to_owned();
        let head = read(&id, files::head(&file))?;
        let below = file.strip_prefix(&home).ok()?.to_owned();
        Some(Session {
            agent: AgentKind::named("claude"),
            id: head.id,
            title: head.title,
            at,
            folder: head.folder,
            file,
            below,
        })
    });
    sessions.collect()
}

/// Where a conversation lies for this checkout, below the folder of its own.
pub(super) fn below(worktree: &Path, id: &str) -> Option<PathBuf> {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let name: String = worktree.to_string_lossy().chars().map(plain).collect();
    (name.len() <= NAME_CHARS_MAX)
        .then(|| Path::new(PROJECTS).join(name).join(format!("{id}.jsonl")))
}

/// What the first lines say; `None` for what is no conversation of a person's.
pub(super) fn read(id: &str, lines: impl Iterator<Item = Value>) -> Option<Head> {
    let mut folder = None;
    for line in lines {
        if line["type"] != "user" || line["isSidechain"] == true {
            continue;
        }
        folder = folder.or_else(|| line["cwd"].as_str().map(PathBuf::from));
        if let (Some(folder), Some(text)) = (&folder, said(&line)) {
            return Some(Head {
                id: id.to_owned(),
                folder: folder.clone(),
                title: title(text),
            });
        }
    }
    None
}

/// What a person said, if a line holds that.
fn said(line: &Value) -> Option<&str> {
    if line["isMeta"] == true {
        return None;
    }
    let content = &line["message"]["content"];
    let pieces = content.as_array().into_iter().flatten();
    let first = pieces
        .filter(|piece| piece["type"] == "text")
        .find_map(|piece| piece["text"].as_str());
    // In angle brackets it is told by its program, not by the person.
    content
        .as_str()
        .or(first)
        .filter(|text| !text.trim().is_empty() && !text.starts_with('<'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_conversation_is_called_by_how_it_began_and_lies_by_its_folder() {
        let user = |content: Value| {
            json!({"type": "user", "cwd": "/home/me/it", "sessionId": "s",
            "isSidechain": false, "message": {"role": "user", "content": content}})
        };
        let lines = [
            json!({"type": "queue-operation"}),
            user(json!("<command-name>/clear</command-name>")),
            user(json!([{"type": "tool_result", "content": "x"}])),
            user(json!([{"type": "text", "text": "Fix the login"}])),
        ];
        let expected = Head {
            id: "s".into(),
            folder: "/home/me/it".into(),
            title: "Fix the login".into(),
        };
        assert_eq!(read("s", lines.into_iter()), Some(expected));
        let aside =
            json!({"type": "user", "cwd": "/w", "isSidechain": true, "message": {"content": "x"}});
        assert_eq!(read("s", [aside].into_iter()), None);
        let place = below(Path::new("/home/me/.amp_x/wt"), "s").unwrap();
        assert_eq!(place, Path::new("projects/-home-me--amp-x-wt/s.jsonl"));
        assert_eq!(below(Path::new(&"/x".repeat(101)), "s"), None);
    }
}
