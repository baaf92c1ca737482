//! What Codex is at: what runs, which files it touched, how far its plan is.

use std::collections::{BTreeSet, HashMap};

use ampersand_core::Usage;
use serde_json::Value;

use super::wire::{Change, Item};
use crate::event::Activity;
use crate::shown;

/// Changes that are remembered until they are asked about.
const MAX_CHANGES: usize = 64;

#[derive(Debug)]
pub(super) struct Items {
    root: String,
    /// What runs, and how much each has printed so far, in bytes.
    running: HashMap<String, usize>,
    changes: HashMap<String, Vec<Change>>,
    files: BTreeSet<String>,
    steps_done: usize,
    steps: usize,
}

impl Items {
    pub(super) fn new(root: &str) -> Self {
        Self {
            root: format!("{root}/"),
            running: HashMap::new(),
            changes: HashMap::new(),
            files: BTreeSet::new(),
            steps_done: 0,
            steps: 0,
        }
    }

    /// Takes in that something began or ended, and says what to show of it.
    pub(super) fn moved(&mut self, item: Item, completed: bool) -> Option<String> {
        let (id, line) = match item {
            Item::CommandExecution { id, command, .. } => {
                (id, format!("running {}", shown::line(&command)))
            }
            Item::McpToolCall { id, tool } => (id, format!("calling {}", shown::line(&tool))),
            Item::WebSearch { id, query } => {
                (id, format!("searching the web for {}", shown::line(&query)))
            }
            Item::FileChange { id, changes } => {
                let line = changes
                    .first()
                    .map(|change| self.short(&change.path).to_owned());
                if completed {
                    self.changes.remove(&id);
                    let paths = changes
                        .iter()
                        .map(|change| self.short(&change.path).to_owned());
                    let paths: Vec<_> = paths.collect();
                    self.files.extend(paths);
                } else if self.changes.len() < MAX_CHANGES {
                    self.changes.insert(id.clone(), changes);
                }
                (
                    id,
                    format!("editing {}", shown::line(&line.unwrap_or_default())),
                )
            }
            Item::UserMessage { .. } | Item::AgentMessage { .. } | Item::Other => return None,
        };
        if completed {
            self.running.remove(&id);
            None
        } else {
            self.running.insert(id, 0);
            Some(line)
        }
    }

    /// Something that runs printed this.
    pub(super) fn printed(&mut self, id: &str, text: &str) {
        if let Some(bytes) = self.running.get_mut(id) {
            *bytes = bytes.saturating_add(text.len());
        }
    }

    /// What a command that ends printed and did not tell while it ran: all of it where it ended at once.
    pub(super) fn untold<'a>(&self, id: &str, whole: &'a str) -> Option<&'a str> {
        let told = self.running.get(id)?;
        whole.get(*told..).filter(|rest| !rest.is_empty())
    }

    fn short<'a>(&self, path: &'a str) -> &'a str {
        path.strip_prefix(&self.root).unwrap_or(path)
    }

    /// The changes of an item that has begun and not ended.
    pub(super) fn changes(&self, item: &str) -> Vec<Change> {
        self.changes.get(item).cloned().unwrap_or_default()
    }

    pub(super) fn runs_something(&self) -> bool {
        !self.running.is_empty()
    }

    pub(super) fn all_ended(&mut self) {
        self.running.clear();
        self.changes.clear();
    }

    pub(super) const fn plan(&mut self, done: usize, all: usize) {
        self.steps_done = done;
        self.steps = all;
    }

    /// The diff of the whole turn names files that commands changed too.
    pub(super) fn diff(&mut self, diff: &str) {
        let names = diff.lines().filter_map(|line| line.strip_prefix("+++ b/"));
        self.files.extend(names.map(str::to_owned));
    }

    /// What our tool for progress was called with, as a line.
    pub(super) fn progress(&mut self, arguments: &Value) -> String {
        let number = |name: &str| {
            arguments[name]
                .as_u64()
                .and_then(|number| usize::try_from(number).ok())
        };
        if let (Some(done), Some(all)) = (number("steps_done"), number("steps")) {
            self.plan(done.min(all), all);
        }
        shown::line(arguments["line"].as_str().unwrap_or_default())
    }

    pub(super) fn activity(&self, line: String, usage: Usage) -> Activity {
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Activity {
            line,
            steps_done: count(self.steps_done),
            steps: count(self.steps),
            files: count(self.files.len()),
            tokens: usage.input_tokens.saturating_add(usage.output_tokens),
        }
    }
}
