//! What Codex asks: approvals, which a person gives, and our own tools, which it calls as if they were its own.

use std::collections::HashMap;

use ampersand_core::{Answer, Question, Role};
use serde_json::{Value, json};

use super::wire::{Change, CommandApproval};
use crate::shown;
pub(super) use crate::vendor::ASK;
use crate::vendor::Effect;
use crate::vendor::rpc::{self, RequestId};

/// Questions open at one time; nobody answers more.
const MAX_OPEN: usize = 16;

/// Our tool by which it says how far it is.
pub(super) const PROGRESS: &str = "report_progress";

/// What it wants to know.
#[derive(Debug)]
pub(super) enum Open {
    /// May it run this?
    Command(CommandApproval),
    /// May it change these?
    Files(Vec<Change>),
    /// Yes or no?
    Words(Value),
}

/// The questions that are open.
#[derive(Debug)]
pub(super) struct Questions {
    role: Role,
    next: u64,
    open: HashMap<u64, (RequestId, Kind)>,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Approval,
    Tool,
}

impl Questions {
    pub(super) fn new(role: Role) -> Self {
        Self {
            role,
            next: 0,
            open: HashMap::new(),
        }
    }

    /// Puts a question to the person, or answers it where the role does.
    pub(super) fn put(&mut self, id: RequestId, open: Open) -> Effect {
        let (kind, about) = match open {
            Open::Words(arguments) => (Kind::Tool, Some(words(&arguments))),
            Open::Command(_) | Open::Files(_) if self.role == Role::Explorer => {
                (Kind::Approval, None)
            }
            // Our sandbox holds what a worker may do; there is nothing more to allow.
            Open::Command(_) | Open::Files(_) if self.role == Role::Worker => {
                return Effect::Send(said(id, Kind::Approval, Answer::Allow));
            }
            Open::Command(approval) => (Kind::Approval, command(approval)),
            Open::Files(changes) => (Kind::Approval, files(&changes)),
        };
        match about {
            Some(about) if self.open.len() < MAX_OPEN => {
                self.next += 1;
                self.open.insert(self.next, (id, kind));
                Effect::Ask {
                    question: self.next,
                    about,
                }
            }
            _ => Effect::Send(said(id, kind, Answer::Deny)),
        }
    }

    /// The message that answers a question that is open.
    pub(super) fn answer(&mut self, question: u64, answer: Answer) -> Option<Value> {
        let (id, kind) = self.open.remove(&question)?;
        Some(said(id, kind, answer))
    }
}

fn said(id: RequestId, kind: Kind, answer: Answer) -> Value {
    let result = match (kind, answer) {
        // Never for the session: what was allowed for the task is remembered by us, and shown.
        (Kind::Approval, Answer::Allow | Answer::AllowForTask | Answer::AllowForProject) => {
            json!({"decision": "accept"})
        }
        (Kind::Approval, Answer::Deny) => json!({"decision": "decline"}),
        (Kind::Tool, Answer::Allow | Answer::AllowForTask | Answer::AllowForProject) => {
            tool_said("The person says yes.")
        }
        (Kind::Tool, Answer::Deny) => {
            tool_said("The person says no. Do not get there another way; go on without it.")
        }
    };
    rpc::answer(id, result)
}

pub(super) fn tool_said(text: &str) -> Value {
    json!({"contentItems": [{"type": "inputText", "text": text}], "success": true})
}

/// A command is asked about whole or not at all.
fn command(approval: CommandApproval) -> Option<Question> {
    let command = approval
        .command
        .filter(|command| shown::shows_whole(command))?;
    let detail = match approval.reason.filter(|reason| !reason.trim().is_empty()) {
        Some(reason) => format!("{command}\n\nIts reason: {reason}"),
        None => command,
    };
    Some(Question::Act {
        tool: "execute".to_owned(),
        detail: shown::detail(&detail),
        path: approval.cwd.map(|cwd| shown::line(&cwd)),
    })
}

fn files(changes: &[Change]) -> Option<Question> {
    let detail: Vec<String> = changes
        .iter()
        .map(|change| format!("{}\n{}", change.path, change.diff))
        .collect();
    let path = match changes {
        [] => return None,
        [change] => Some(shown::line(&change.path)),
        _ => None,
    };
    Some(Question::Act {
        tool: "edit".to_owned(),
        detail: shown::detail(&detail.join("\n")),
        path,
    })
}

fn words(arguments: &Value) -> Question {
    Question::Act {
        tool: ASK.to_owned(),
        detail: shown::detail(arguments["question"].as_str().unwrap_or_default()),
        path: None,
    }
}

/// Our tools, as Codex offers them to its model.
pub(super) fn tools() -> Value {
    json!([
        {
            "type": "function",
            "name": PROGRESS,
            "description": "Say in one line what you are at, for the person who watches. Call it when a new part of the work begins.",
            "inputSchema": {
                "type": "object",
                "properties": {
                    "line": {"type": "string"},
                    "steps_done": {"type": "integer", "minimum": 0},
                    "steps": {"type": "integer", "minimum": 0},
                },
                "required": ["line"],
            },
        },
        {
            "type": "function",
            "name": ASK,
            "description": "Ask the person one question that yes or no answers, and wait. Only for what you cannot decide.",
            "inputSchema": {
                "type": "object",
                "properties": {"question": {"type": "string"}},
                "required": ["question"],
            },
        },
    ])
}
