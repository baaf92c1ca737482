//! What agents ask to be allowed.

use std::collections::HashMap;

use ampersand_core::{Answer, Question, Role};
use serde_json::{Value, json};

use super::wire::{PermissionAsked, PermissionOption, ToolCall};
use crate::shown;
use crate::vendor::rpc::{self, RequestId};
use crate::vendor::{Effect, Unasked, are_shown};

/// Questions open at one time; nobody answers more.
const MAX_OPEN: usize = 16;

/// The questions that are open.
#[derive(Debug)]
pub(super) struct Questions {
    role: Role,
    next: u64,
    open: HashMap<u64, Open>,
}

#[derive(Debug)]
struct Open {
    id: RequestId,
    /// The call it is about.
    call: String,
    options: Vec<PermissionOption>,
}

/// What becomes of a question.
#[derive(Debug)]
pub(super) struct Put {
    pub(super) effects: Vec<Effect>,
    /// The answer, unless a person is asked for it.
    pub(super) answer: Option<Answer>,
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
    pub(super) fn put(&mut self, id: RequestId, asked: PermissionAsked) -> Put {
        let answered = |id, answer, mut effects: Vec<Effect>| {
            effects.push(Effect::Send(said(id, &asked.options, answer)));
            Put {
                effects,
                answer: Some(answer),
            }
        };
        match self.role {
            // Our sandbox holds what they may do; nothing an agent is allowed here goes beyond it.
            Role::Explorer | Role::Worker => return answered(id, Answer::Allow, Vec::new()),
            Role::Default => {}
        }
        let asking =
            question(&asked.tool_call).and_then(|asking| match self.open.len() < MAX_OPEN {
                true => Ok(asking),
                false => Err(Unasked::Many),
            });
        let (about, paths) = match asking {
            Ok(asking) => asking,
            Err(unasked) => {
                let note = unasked.note(&wanted(&asked.tool_call));
                return answered(id, Answer::Deny, vec![Effect::Tell(note)]);
            }
        };
        self.next += 1;
        let open = Open {
            id,
            call: asked.tool_call.tool_call_id,
            options: asked.options,
        };
        self.open.insert(self.next, open);
        let ask = Effect::Ask {
            question: self.next,
            about,
            paths,
        };
        Put {
            effects: vec![ask],
            answer: None,
        }
    }

    /// The message that answers a question that is open, and the call it was about.
    pub(super) fn answer(&mut self, question: u64, answer: Answer) -> Option<(Value, String)> {
        let Open { id, call, options } = self.open.remove(&question)?;
        Some((said(id, &options, answer), call))
    }

    /// What its turn leaves open is answered with nothing, as the protocol asks.
    pub(super) fn withdraw_all(&mut self) -> Vec<Value> {
        let open = std::mem::take(&mut self.open).into_values();
        open.map(|open| cancelled(open.id)).collect()
    }
}

/// The answer among those it offers: once rather than always, as what is allowed for a task is remembered by us.
fn said(id: RequestId, options: &[PermissionOption], answer: Answer) -> Value {
    let kinds = match answer {
        Answer::Allow | Answer::AllowForTask | Answer::AllowForProject => {
            ["allow_once", "allow_always"]
        }
        Answer::Deny => ["reject_once", "reject_always"],
    };
    let chosen = kinds
        .iter()
        .find_map(|kind| options.iter().find(|option| option.kind == *kind));
    match chosen {
        Some(option) => rpc::answer(
            id,
            json!({"outcome": {"outcome": "selected", "optionId": option.option_id}}),
        ),
        None => cancelled(id),
    }
}

pub(super) fn cancelled(id: RequestId) -> Value {
    rpc::answer(id, json!({"outcome": {"outcome": "cancelled"}}))
}

/// What it is about in a line, for whoever is not asked.
fn wanted(call: &ToolCall) -> String {
    let command = call.raw_input["command"].as_str();
    let title = call.title.as_deref();
    command.or(title).unwrap_or_default().to_owned()
}

/// What a person is asked, and the files it is about.
fn question(call: &ToolCall) -> Result<(Question, Vec<String>), Unasked> {
    let diffs = call.diffs();
    let detail = if let Some(command) = call.raw_input["command"].as_str() {
        command.to_owned()
    } else if !diffs.is_empty() {
        let prefixed = |mark: &str, text: &str| -> String {
            text.lines().map(|line| format!("{mark}{line}\n")).collect()
        };
        let changes = diffs.iter().map(|diff| {
            let old = prefixed("- ", diff.old_text.as_deref().unwrap_or_default());
            format!("{}\n{old}{}", diff.path, prefixed("+ ", &diff.new_text))
        });
        changes.collect()
    } else {
        let title = call.title.as_deref().unwrap_or_default();
        match &call.raw_input {
            Value::Null => title.to_owned(),
            input => format!("{title}\n{input}"),
        }
    };
    let places = call.locations.iter().flatten();
    let mut paths: Vec<String> = places.map(|location| location.path.clone()).collect();
    for diff in &diffs {
        if !paths.contains(&diff.path) {
            paths.push(diff.path.clone());
        }
    }
    // A change may be longer than its card; a command is shown whole or not asked about.
    let is_change = !diffs.is_empty();
    if !(is_change || shown::shows_whole(&detail)) || !are_shown(&paths) {
        return Err(Unasked::Long);
    }
    let about = Question::Act {
        tool: call.tool().to_owned(),
        detail: shown::detail(&detail),
        path: None,
    };
    Ok((about, paths))
}
