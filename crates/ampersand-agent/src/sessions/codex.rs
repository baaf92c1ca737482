//! Codex keeps a file of JSON lines for each thread, in folders by date.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use ampersand_core::{AgentKind, Usage};
use serde_json::Value;
use serde_json::value::RawValue;

use super::{Head, Session, files, title};

/// Below the folder of its own: by year, month and day.
const SESSIONS: &str = "sessions";

pub(super) fn list() -> Vec<Session> {
    let Some(home) = crate::discover::program_home("codex") else {
        return Vec::new();
    };
    let files = files::newest(&home.join(SESSIONS), 3, ".jsonl").into_iter();
    let sessions = files.filter_map(|(file, at)| {
        let head = read(files::head(&file))?;
        let below = file.strip_prefix(&home).ok()?.to_owned();
        Some(Session {
            agent: AgentKind::Codex,
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

/// What the first lines say; `None` for what is no thread of a person's.
pub(super) fn read(mut lines: impl Iterator<Item = Value>) -> Option<Head> {
    let first = lines.next()?;
    let meta = &first["payload"];
    // Agents it started itself, and what it did by the way, are not the person's.
    let is_theirs = meta["source"].is_string() || meta["source"].is_null();
    if first["type"] != "session_meta" || !is_theirs {
        return None;
    }
    let id = meta["id"].as_str()?.to_owned();
    let folder = PathBuf::from(meta["cwd"].as_str()?);
    let title = title(&lines.find_map(|line| said(&line))?);
    Some(Head { id, folder, title })
}

/// What a person said, if a line holds that.
fn said(line: &Value) -> Option<String> {
    let payload = &line["payload"];
    if line["type"] != "event_msg" {
        return None;
    }
    let text = match payload["type"].as_str()? {
        "user_message" => payload["message"].as_str(),
        "item_completed" if payload["item"]["type"] == "UserMessage" => {
            payload["item"]["content"][0]["text"].as_str()
        }
        _ => None,
    };
    text.filter(|text| !text.trim().is_empty())
        .map(str::to_owned)
}

/// A line of a copy, with our way to the model in place of the one it names: that may be set up nowhere but at its owner's.
pub(super) fn ours(line: &str) -> Option<String> {
    let fields: Fields = serde_json::from_str(line).ok()?;
    let kind: String = serde_json::from_str(fields.get("type")?.get()).ok()?;
    let at: &[&str] = match kind.as_str() {
        "session_meta" => &["payload", "model_provider"],
        "event_msg" => &["payload", "thread_settings", "model_provider_id"],
        _ => return None,
    };
    with(line, at, crate::codex::PROVIDER)
}

/// The fields of an object as they were written: a number that was read and written again would be another one.
type Fields = BTreeMap<String, Box<RawValue>>;

/// An object with this text in place of what is there now, if there is something.
fn with(object: &str, at: &[&str], text: &str) -> Option<String> {
    let (name, rest) = at.split_first()?;
    let mut fields: Fields = serde_json::from_str(object).ok()?;
    let field = fields.get_mut(*name)?;
    let changed = match rest {
        [] => serde_json::to_string(text).ok()?,
        _ => with(field.get(), rest, text)?,
    };
    *field = RawValue::from_string(changed).ok()?;
    serde_json::to_string(&fields).ok()
}

/// What a thread had used by its last word about that.
pub(super) fn used(file: &Path) -> Usage {
    File::open(file)
        .map(|file| used_in(BufReader::new(file)))
        .unwrap_or_default()
}

pub(super) fn used_in(lines: impl BufRead) -> Usage {
    let mut used = Usage::default();
    for line in files::whole_lines(lines).map_while(Result::ok) {
        // Looked for first: most lines are about something else, and long.
        let told = std::str::from_utf8(&line).ok();
        let Some(line) = told.filter(|line| line.contains("\"total_token_usage\"")) else {
            continue;
        };
        let line: Value = serde_json::from_str(line).unwrap_or_default();
        let total = &line["payload"]["info"]["total_token_usage"];
        if total.is_object() {
            let tokens = |name: &str| total[name].as_u64().unwrap_or_default();
            used = Usage {
                input_tokens: tokens("input_tokens"),
                cached_tokens: tokens("cached_input_tokens"),
                output_tokens: tokens("output_tokens"),
                ..Usage::default()
            };
        }
    }
    used
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn meta(source: Value) -> Value {
        json!({"type": "session_meta", "payload":
            {"id": "01a22b75", "cwd": "/home/me/it", "source": source, "cli_version": "0.169.0"}})
    }

    #[test]
    fn a_copy_goes_our_way_to_the_model_and_is_otherwise_the_same() {
        let ours = |line: Value| {
            ours(&line.to_string()).map(|line| serde_json::from_str::<Value>(&line).unwrap())
        };
        let meta = |provider: &str| {
            json!({"type": "session_meta", "ordinal": 0,
            "payload": {"id": "i", "model_provider": provider}})
        };
        assert_eq!(ours(meta("own")), Some(meta("ampersand")));
        let set = |provider: &str| {
            json!({"type": "event_msg", "payload":
            {"type": "thread_settings_applied", "thread_settings": {"model_provider_id": provider}}})
        };
        assert_eq!(ours(set("own")), Some(set("ampersand")));
        let numbers = r#"{"n":18446744073709551616e255,"payload":{"model_provider":"own","n":12345678901234567890123},"type":"session_meta"}"#;
        let kept = numbers.replace("own", "ampersand");
        assert_eq!(super::ours(numbers), Some(kept), "as they were written");
        for other in [
            json!({"type": "response_item", "payload": {}}),
            json!({"type": "event_msg", "payload": {}}),
        ] {
            assert_eq!(ours(other), None);
        }
    }

    #[test]
    fn a_thread_is_called_by_how_it_began_in_old_files_and_in_new_ones() {
        let context = json!({"type": "response_item", "payload": {"type": "message", "role": "user",
            "content": [{"type": "input_text", "text": "<environment_context>"}]}});
        let new = json!({"type": "event_msg", "payload": {"type": "item_completed", "item":
            {"type": "UserMessage", "content": [{"type": "text", "text": "Fix the\nlogin\u{202e}", "text_elements": []}]}}});
        let old = json!({"type": "event_msg", "payload": {"type": "user_message", "message": "Fix the login"}});
        let titled = |line: &Value| {
            let lines = [meta(json!("cli")), context.clone(), line.clone()];
            read(lines.into_iter()).map(|head| (head.id, head.folder, head.title))
        };
        let head = |title: &str| Some(("01a22b75".into(), "/home/me/it".into(), title.into()));
        assert_eq!(titled(&new), head("Fix the login\\u{202e}"));
        assert_eq!(titled(&old), head("Fix the login"));
        assert_eq!(titled(&context), None, "nobody said anything");
        let of_its_own = [meta(json!({"subagent": "review"})), old];
        assert_eq!(read(of_its_own.into_iter()), None);
    }
}
