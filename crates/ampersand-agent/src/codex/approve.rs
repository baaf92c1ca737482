//! What Codex asks: approvals, which a person gives, and our own tools, which it calls as if they were its own.

use std::collections::HashMap;

use ampersand_core::{Answer, Question, Role};
use serde_json::{Value, json};

use super::wire::{Change, CommandApproval};
use crate::shown;
use crate::vendor::rpc::{self, RequestId};
use crate::vendor::{Effect, Unasked, are_shown};

/// Questions open at one time; nobody answers more.
const MAX_OPEN: usize = 16;

/// Our tool by which it says how far it is.
pub(super) const PROGRESS: &str = "report_progress";
/// Our tool by which it asks the person.
pub(super) const ASK: &str = "ask";

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

impl Open {
    /// The beginning of it, for whoever is not asked.
    fn in_a_line(&self) -> String {
        match self {
            Self::Command(approval) => approval.command.clone().unwrap_or_default(),
            Self::Files(changes) => changes
                .first()
                .map(|change| change.path.clone())
                .unwrap_or_default(),
            Self::Words(arguments) => arguments["question"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        }
    }
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

    /// Puts a question to the person, or answers it where the role does. What they could not judge is turned down, and they
    /// are told so.
    pub(super) fn put(&mut self, id: RequestId, open: Open) -> Vec<Effect> {
        let kind = match open {
            Open::Words(_) => Kind::Tool,
            Open::Command(_) | Open::Files(_) => Kind::Approval,
        };
        match (kind, self.role) {
            (Kind::Tool, _) | (Kind::Approval, Role::Default) => {}
            (Kind::Approval, Role::Explorer) => {
                return vec![Effect::Send(said(id, kind, Answer::Deny))];
            }
            // Our sandbox holds what a worker may do; there is nothing more to allow.
            (Kind::Approval, Role::Worker) => {
                return vec![Effect::Send(said(id, kind, Answer::Allow))];
            }
        }
        let wanted = open.in_a_line();
        let asked = match open {
            Open::Words(arguments) => Ok((words(&arguments), Vec::new())),
            Open::Command(approval) => command(approval),
            Open::Files(changes) => files(&changes),
        };
        let (about, paths) = match asked {
            Ok(_) if self.open.len() >= MAX_OPEN => {
                return turned_down(id, kind, Unasked::Many, &wanted);
            }
            Ok(asked) => asked,
            Err(unasked) => return turned_down(id, kind, unasked, &wanted),
        };
        self.next += 1;
        self.open.insert(self.next, (id, kind));
        vec![Effect::Ask {
            question: self.next,
            about,
            paths,
        }]
    }

    /// The message that answers a question that is open.
    pub(super) fn answer(&mut self, question: u64, answer: Answer) -> Option<Value> {
        let (id, kind) = self.open.remove(&question)?;
        Some(said(id, kind, answer))
    }
}

/// An approval has no room for a reason.
fn turned_down(id: RequestId, kind: Kind, unasked: Unasked, wanted: &str) -> Vec<Effect> {
    let message = match kind {
        Kind::Approval => said(id, kind, Answer::Deny),
        Kind::Tool => {
            let text = format!("Nobody was asked: {}.", unasked.why());
            rpc::answer(id, tool_said(&text))
        }
    };
    vec![Effect::Tell(unasked.note(wanted)), Effect::Send(message)]
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
fn command(approval: CommandApproval) -> Result<(Question, Vec<String>), Unasked> {
    let command = approval.command.ok_or(Unasked::Unsaid)?;
    let paths: Vec<String> = approval.cwd.into_iter().collect();
    if !shown::shows_whole(&command) || !are_shown(&paths) {
        return Err(Unasked::Long);
    }
    let detail = match approval.reason.filter(|reason| !reason.trim().is_empty()) {
        Some(reason) => format!("{command}\n\nIts reason: {reason}"),
        None => command,
    };
    Ok((act("execute", &detail), paths))
}

fn files(changes: &[Change]) -> Result<(Question, Vec<String>), Unasked> {
    let mut paths = Vec::new();
    let mut detail = Vec::new();
    for change in changes {
        paths.push(change.path.clone());
        paths.extend(change.moves_to().map(str::to_owned));
        detail.push(format!("{}\n{}", change.path, change.diff));
    }
    if paths.is_empty() {
        return Err(Unasked::Unsaid);
    }
    if !are_shown(&paths) {
        return Err(Unasked::Long);
    }
    Ok((act("edit", &detail.join("\n")), paths))
}

/// A question whose path is not known yet.
fn act(tool: &str, detail: &str) -> Question {
    Question::Act {
        tool: tool.to_owned(),
        detail: shown::detail(detail),
        path: None,
    }
}

fn words(arguments: &Value) -> Question {
    act(ASK, arguments["question"].as_str().unwrap_or_default())
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
