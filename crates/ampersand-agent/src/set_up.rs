//! What a person has set up for an agent's own program: of what is in their home folder, words come along into the folder of
//! the agent's own, and the rest is named. Settings may hold secrets and start programs, so they stay. What git does not keep
//! of their checkout is named too where it is not in the task's.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::discover::own_folder;
use crate::home::HomeFile;

/// No file of words is larger.
const FILE_BYTES_MAX: u64 = 1 << 20;
/// All of them together.
const BYTES_MAX: usize = 8 << 20;
const FILES_MAX: usize = 500;
/// A file of settings of which names are read and nothing else is kept.
const NAMES_BYTES_MAX: u64 = 64 << 20;
/// Folders inside one another.
const DEPTH_MAX: usize = 6;
/// Names of what did not come; a card holds no more.
const NAMED_MAX: usize = 12;

/// What came along, and what did not.
#[derive(Default)]
pub struct SetUp {
    /// Files for the folder of the agent's own.
    pub files: Vec<HomeFile>,
    /// What the agent's own program would have loaded and is not there, in words.
    pub not_loaded: Vec<String>,
}

/// Where an agent's set-up is, and what of it is what.
struct Known {
    /// The folder below the agent's own that stands for the person's.
    to: &'static str,
    /// Files of words, and folders of them.
    words: &'static [&'static str],
    /// What stays, if it is there.
    stays: &'static [&'static str],
    /// What it looks for in a checkout.
    in_checkout: &'static [&'static str],
}

const CODEX: Known = Known {
    to: "",
    words: &["AGENTS.md", "AGENTS.override.md", "prompts", "skills"],
    stays: &["config.toml", "rules", "plugins", "hooks.json"],
    in_checkout: &["AGENTS.md", "AGENTS.override.md", ".codex", ".agents"],
};

const CLAUDE: Known = Known {
    to: "",
    words: &[
        "CLAUDE.md",
        "skills",
        "commands",
        "agents",
        "rules",
        "output-styles",
    ],
    stays: &["settings.json", "plugins"],
    in_checkout: &[
        "CLAUDE.md",
        "CLAUDE.local.md",
        ".claude/settings.json",
        ".claude/settings.local.json",
        ".claude/CLAUDE.md",
        ".claude/skills",
        ".claude/commands",
        ".claude/agents",
        ".claude/rules",
        ".claude/output-styles",
        ".mcp.json",
    ],
};

const GEMINI: Known = Known {
    to: ".gemini",
    words: &["GEMINI.md", "commands", "skills"],
    stays: &["settings.json", "extensions"],
    in_checkout: &["GEMINI.md", ".gemini"],
};

const OPENCODE: Known = Known {
    to: "config/opencode",
    words: &[
        "AGENTS.md",
        "command",
        "commands",
        "agent",
        "agents",
        "skill",
        "skills",
    ],
    stays: &["opencode.json", "opencode.jsonc", "plugin", "plugins"],
    in_checkout: &["AGENTS.md", "opencode.json", "opencode.jsonc", ".opencode"],
};

/// Where a task works, and whose checkout that is a copy of.
#[derive(Debug, Clone, Copy)]
pub struct Checkouts<'a> {
    /// The person's, free of symbolic links.
    pub persons: &'a Path,
    /// The task's.
    pub tasks: &'a Path,
}

/// Looks at what the person with this home folder has set up for an agent. Reads; nothing is written.
pub fn set_up(name: &str, person: &Path, checkouts: Checkouts<'_>) -> SetUp {
    let (known, from) = match name {
        "codex" => (CODEX, own_folder(name, person)),
        "claude" => (CLAUDE, own_folder(name, person)),
        "gemini" => (GEMINI, Some(person.join(".gemini"))),
        "opencode" => (OPENCODE, Some(person.join(".config/opencode"))),
        _ => return SetUp::default(),
    };
    let Some(from) = from else {
        return SetUp::default();
    };
    let mut found = Looking::default();
    for name in known.words {
        let to = [known.to, name];
        let to = to.into_iter().filter(|part| !part.is_empty());
        let to = to.collect::<Vec<_>>().join("/");
        found.take(&from.join(name), &to, 0);
    }
    let mut not_loaded = found.not_loaded;
    let stays = known.stays.iter().filter(|name| from.join(name).exists());
    not_loaded.extend(stays.map(|name| (*name).to_owned()));
    if name == "claude" {
        let files = [person.join(".claude.json"), from.join(".claude.json")];
        let servers = files
            .iter()
            .filter_map(|file| servers(file, checkouts.persons));
        not_loaded.extend(servers.max());
    }
    not_loaded.extend(left_in(known.in_checkout, checkouts));
    SetUp {
        files: found.files,
        not_loaded,
    }
}

/// What of these the person's checkout has and the task's has not.
fn left_in(looked_for: &[&str], checkouts: Checkouts<'_>) -> Vec<String> {
    let Checkouts { persons, tasks } = checkouts;
    let looked_for = looked_for.iter();
    let left = looked_for.filter(|path| persons.join(path).exists() && !tasks.join(path).exists());
    left.map(|path| (*path).to_owned()).collect()
}

/// What was found so far.
#[derive(Default)]
struct Looking {
    files: Vec<HomeFile>,
    bytes: usize,
    not_loaded: Vec<String>,
}

impl Looking {
    /// Takes a file, or a folder of them, along to this path; what is too much is named.
    fn take(&mut self, from: &Path, to: &str, depth: usize) {
        // A person may keep these elsewhere and link to them.
        let Ok(known) = fs::metadata(from) else {
            return;
        };
        if known.is_dir() {
            return self.folder(from, to, depth);
        }
        if !known.is_file() {
            return;
        }
        if self.is_full() {
            return self.leave(to);
        }
        let content = match read(from) {
            Some(content) if self.bytes + content.len() <= BYTES_MAX => content,
            _ => return self.leave(to),
        };
        self.bytes += content.len();
        self.files.push(HomeFile::new(to, content));
    }

    fn folder(&mut self, from: &Path, to: &str, depth: usize) {
        if depth == DEPTH_MAX || self.is_full() {
            return self.leave(to);
        }
        let entries = fs::read_dir(from).into_iter().flatten().flatten();
        let mut entries: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        entries.sort();
        for entry in entries {
            let name = entry.file_name().and_then(|name| name.to_str());
            // What begins with a dot is a program's own.
            if let Some(name) = name.filter(|name| !name.starts_with('.')) {
                self.take(&entry, &format!("{to}/{name}"), depth + 1);
            }
        }
    }

    const fn is_full(&self) -> bool {
        self.files.len() >= FILES_MAX
    }

    /// Names what is too much, once there is no more room for names not at all.
    fn leave(&mut self, path: &str) {
        if self.not_loaded.len() < NAMED_MAX {
            self.not_loaded.push(path.to_owned());
        }
    }
}

fn read(path: &Path) -> Option<Vec<u8>> {
    let mut content = Vec::new();
    let file = File::open(path).ok()?;
    file.take(FILE_BYTES_MAX + 1)
        .read_to_end(&mut content)
        .ok()?;
    (content.len() as u64 <= FILE_BYTES_MAX).then_some(content)
}

/// What Claude Code keeps of servers that it would start; the rest of its file is not looked at.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kept {
    #[serde(default)]
    mcp_servers: HashMap<String, IgnoredAny>,
    /// By the folder that they are for.
    #[serde(default)]
    projects: HashMap<String, Project>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Project {
    #[serde(default)]
    mcp_servers: HashMap<String, IgnoredAny>,
}

/// What Claude Code's own file names of servers that it would start in this checkout, in words. A file that cannot be read may
/// name some.
fn servers(file: &Path, checkout: &Path) -> Option<String> {
    let opened = File::open(file).ok()?;
    let reader = BufReader::new(opened.take(NAMES_BYTES_MAX));
    let Ok(kept) = serde_json::from_reader::<_, Kept>(reader) else {
        return Some(".claude.json".to_owned());
    };
    let here = |folder: &str| {
        let folder = Path::new(folder);
        folder == checkout
            || (folder.file_name() == checkout.file_name()
                && dunce::canonicalize(folder).is_ok_and(|real| real == checkout))
    };
    let projects = kept.projects.iter();
    let has_some = !kept.mcp_servers.is_empty()
        || projects
            .filter(|(folder, _)| here(folder))
            .any(|(_, project)| !project.mcp_servers.is_empty());
    has_some.then(|| "MCP servers".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: &Path, text: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Of this home folder, where a task has all there is.
    fn set_up_of(name: &str, person: &Path) -> SetUp {
        let checkouts = Checkouts {
            persons: person,
            tasks: person,
        };
        set_up(name, person, checkouts)
    }

    fn paths(found: &SetUp) -> Vec<&str> {
        found.files.iter().map(|file| file.path.as_str()).collect()
    }

    #[test]
    fn words_come_along_and_what_starts_or_hides_something_is_named() {
        let person = tempfile::tempdir().unwrap();
        let at = |path: &str| person.path().join(path);
        write(&at(".gemini/GEMINI.md"), "be brief");
        write(&at(".gemini/commands/fix.toml"), "prompt = \"fix\"");
        write(&at(".gemini/skills/.cache/x"), "no");
        write(&at(".gemini/settings.json"), "{\"mcpServers\": {}}");
        write(&at(".gemini/oauth_creds.json"), "secret");
        let found = set_up_of("gemini", person.path());
        assert_eq!(
            paths(&found),
            [".gemini/GEMINI.md", ".gemini/commands/fix.toml"]
        );
        assert_eq!(found.not_loaded, ["settings.json"]);
        write(&at(".config/opencode/AGENTS.md"), "be brief");
        let found = set_up_of("opencode", person.path());
        assert_eq!(paths(&found), ["config/opencode/AGENTS.md"]);
        assert!(found.not_loaded.is_empty());
        assert!(paths(&set_up_of("mine", person.path())).is_empty());
    }

    #[test]
    fn servers_for_everything_and_for_this_checkout_are_named() {
        let person = tempfile::tempdir().unwrap();
        let root = dunce::canonicalize(person.path()).unwrap();
        let (file, checkout) = (root.join(".claude.json"), root.join("it"));
        fs::create_dir(&checkout).unwrap();
        assert_eq!(servers(&file, &checkout), None);
        let some = "{\"mcpServers\": {\"x\": {\"command\": \"y\"}}}";
        let long = "x".repeat(2 * FILE_BYTES_MAX as usize);
        let here = serde_json::Value::from(checkout.to_str().unwrap());
        for (text, named) in [
            (some.to_owned(), Some("MCP servers")),
            ("{\"mcpServers\": {}}".to_owned(), None),
            (
                format!("{{\"projects\": {{{here}: {some}}}}}"),
                Some("MCP servers"),
            ),
            (
                format!("{{\"projects\": {{\"/else/it\": {some}, {here}: {{\"history\": []}}}}}}"),
                None,
            ),
            (
                format!("{{\"history\": \"{long}\", \"projects\": {{{here}: {some}}}}}"),
                Some("MCP servers"),
            ),
            ("{\"mcpServers\":".to_owned(), Some(".claude.json")),
        ] {
            write(&file, &text);
            let found = servers(&file, &checkout);
            assert_eq!(found.as_deref(), named, "{}", &text[..text.len().min(100)]);
        }
    }

    #[test]
    fn what_git_does_not_keep_of_the_checkout_is_named_unless_the_task_has_it() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        let checkouts = Checkouts {
            persons: &at("persons"),
            tasks: &at("tasks"),
        };
        for path in [
            "CLAUDE.md",
            "CLAUDE.local.md",
            ".claude/settings.local.json",
            ".mcp.json",
        ] {
            write(&at("persons").join(path), "x");
        }
        for path in ["CLAUDE.md", ".mcp.json"] {
            write(&at("tasks").join(path), "x");
        }
        let left = left_in(CLAUDE.in_checkout, checkouts);
        assert_eq!(left, ["CLAUDE.local.md", ".claude/settings.local.json"]);
        assert!(left_in(CODEX.in_checkout, checkouts).is_empty());
    }

    #[test]
    fn what_is_too_much_is_named_and_not_taken() {
        let person = tempfile::tempdir().unwrap();
        let commands = person.path().join(".gemini/commands");
        let large = "x".repeat(FILE_BYTES_MAX as usize + 1);
        write(&commands.join("large.toml"), &large);
        write(&commands.join("a/b/c/d/e/f/deep.toml"), "x");
        let found = set_up_of("gemini", person.path());
        assert!(paths(&found).is_empty());
        let left = [
            ".gemini/commands/a/b/c/d/e/f",
            ".gemini/commands/large.toml",
        ];
        assert_eq!(found.not_loaded, left);
        for nth in 0..=FILES_MAX + NAMED_MAX {
            write(&commands.join(format!("{nth:04}.toml")), "x");
        }
        let found = set_up_of("gemini", person.path());
        assert_eq!(found.files.len(), FILES_MAX);
        assert_eq!(found.not_loaded.len(), NAMED_MAX);
    }
}
