//! The machine: one conversation with the app server, as one turn of ours drives it. A question of ours begins a thread
//! with what was said before in it; each answer of its model ends in calls, whose results the next question brings, or in
//! the end.

use std::collections::VecDeque;

use ampersand_agent::rpc::{self, Incoming, RequestId};
use ampersand_model::{Call, Delta, Message, Request, Stop};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::told::{items, tool};

/// What happened.
#[derive(Debug)]
pub(super) enum Input {
    /// The process is there, and this is asked first.
    Begin(Request),
    /// It said something.
    Heard(Incoming),
    /// This is asked next: the same with more at its end.
    Again(Request),
}

/// What follows.
#[derive(Debug, PartialEq)]
pub(super) enum Effect {
    /// Say this to it.
    Send(Value),
    /// A piece of the answer.
    Give(Delta),
    /// The answer is whole: more can be asked, if it ended in calls.
    Answered,
    /// There will be none.
    Failed(Fault),
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// It does not do what it was asked before anything could begin.
    Refused(String),
    /// The turn failed, for a reason in its own word.
    Turn { kind: String, message: String },
}

/// A conversation.
#[derive(Debug)]
pub(super) struct Thread {
    /// What is still to be asked; the tools and the words it begins with.
    first: Request,
    model: Option<String>,
    cwd: String,
    phase: Phase,
    requests: u64,
    /// Ids of calls that its model made in the answer under way, in that order.
    announced: Vec<String>,
    /// Calls it waits for the results of, in the order they came.
    open: Vec<(RequestId, Call)>,
    /// How many of them were handed on.
    given: usize,
    usage: Option<Tokens>,
    /// How often its model has answered.
    pub(super) asked: usize,
}

#[derive(Debug, Clone, PartialEq)]
enum Phase {
    Hello(u64),
    Opening(u64),
    Telling { thread: String, request: u64 },
    Turning { thread: String, request: u64 },
    Working { thread: String },
    Over,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Tokens {
    input_tokens: u64,
    cached_input_tokens: u64,
    output_tokens: u64,
}

impl Thread {
    pub(super) fn new(model: Option<String>, cwd: String) -> Self {
        Self {
            first: Request::default(),
            model,
            cwd,
            phase: Phase::Over,
            requests: 0,
            announced: Vec::new(),
            open: Vec::new(),
            given: 0,
            usage: None,
            asked: 0,
        }
    }

    /// Whether nothing was asked yet.
    pub(super) const fn is_new(&self) -> bool {
        self.requests == 0
    }

    pub(super) fn step(&mut self, input: Input) -> VecDeque<Effect> {
        let mut effects = VecDeque::new();
        match input {
            Input::Begin(request) => {
                self.first = request;
                let params = json!({
                    "clientInfo": {"name": "ampersand", "title": "Ampersand", "version": env!("CARGO_PKG_VERSION")},
                    "capabilities": {"experimentalApi": true, "requestAttestation": false},
                });
                let id = self.ask("initialize", params, &mut effects);
                self.phase = Phase::Hello(id);
            }
            Input::Again(request) => self.results(&request, &mut effects),
            Input::Heard(Incoming::Response { id, result }) => match result {
                Ok(result) => self.answered(id, result, &mut effects),
                Err(error) if self.waits_for(id) => {
                    effects.push_back(Effect::Failed(Fault::Refused(error.message)));
                }
                Err(_) => {}
            },
            Input::Heard(Incoming::Notification { method, params }) => {
                self.told(&method, params, &mut effects);
            }
            Input::Heard(Incoming::Request { id, method, params }) => {
                self.wanted(id, &method, params, &mut effects);
            }
        }
        effects
    }

    fn ask(&mut self, method: &str, params: Value, effects: &mut VecDeque<Effect>) -> u64 {
        self.requests += 1;
        effects.push_back(Effect::Send(rpc::request(self.requests, method, params)));
        self.requests
    }

    fn waits_for(&self, id: u64) -> bool {
        match &self.phase {
            Phase::Hello(request) | Phase::Opening(request) => *request == id,
            Phase::Telling { request, .. } | Phase::Turning { request, .. } => *request == id,
            Phase::Working { .. } | Phase::Over => false,
        }
    }

    fn answered(&mut self, id: u64, result: Value, effects: &mut VecDeque<Effect>) {
        if !self.waits_for(id) {
            return;
        }
        match self.phase.clone() {
            Phase::Hello(_) => {
                effects.push_back(Effect::Send(rpc::notification("initialized", Value::Null)));
                let params = self.opens();
                let id = self.ask("thread/start", params, effects);
                self.phase = Phase::Opening(id);
            }
            Phase::Opening(_) => match result["thread"]["id"].as_str() {
                Some(thread) => self.tell(thread.to_owned(), effects),
                None => {
                    let why = "it named no thread".to_owned();
                    effects.push_back(Effect::Failed(Fault::Refused(why)));
                }
            },
            Phase::Telling { thread, .. } => self.turn(thread, effects),
            Phase::Turning { thread, .. } => self.phase = Phase::Working { thread },
            Phase::Working { .. } | Phase::Over => {}
        }
    }

    /// Nothing of the machine is in reach: no environment, and of tools only ours.
    fn opens(&self) -> Value {
        json!({
            "cwd": self.cwd,
            "model": self.model,
            "modelProvider": "ampersand",
            "approvalPolicy": "never",
            "sandbox": "read-only",
            "ephemeral": true,
            "environments": [],
            "experimentalRawEvents": true,
            "baseInstructions": self.first.system,
            "dynamicTools": self.first.tools.iter().map(tool).collect::<Vec<_>>(),
        })
    }

    /// What was said before, as its model would have it in mind.
    fn tell(&mut self, thread: String, effects: &mut VecDeque<Effect>) {
        let before = match self.first.messages.last() {
            Some(Message::User { .. }) => self.first.messages.len() - 1,
            Some(Message::Assistant { .. } | Message::ToolResult { .. }) | None => {
                self.first.messages.len()
            }
        };
        let said = &self.first.messages[..before];
        let items: Vec<Value> = said.iter().flat_map(items).collect();
        if items.is_empty() {
            return self.turn(thread, effects);
        }
        let params = json!({"threadId": thread, "items": items});
        let request = self.ask("thread/inject_items", params, effects);
        self.phase = Phase::Telling { thread, request };
    }

    fn turn(&mut self, thread: String, effects: &mut VecDeque<Effect>) {
        let text = match self.first.messages.last() {
            Some(Message::User { text }) => text.as_str(),
            _ => "Go on.",
        };
        let params = json!({
            "threadId": thread,
            "input": [{"type": "text", "text": text, "text_elements": []}],
        });
        let request = self.ask("turn/start", params, effects);
        self.phase = Phase::Turning { thread, request };
    }

    fn told(&mut self, method: &str, params: Value, effects: &mut VecDeque<Effect>) {
        if !self.is_ours(&params) {
            return;
        }
        match method {
            "item/agentMessage/delta" => {
                if let Some(text) = params["delta"].as_str().filter(|text| !text.is_empty()) {
                    let text = text.to_owned();
                    effects.push_back(Effect::Give(Delta::Text { text }));
                }
            }
            "rawResponseItem/completed" if params["item"]["type"] == "function_call" => {
                let id = params["item"]["call_id"].as_str().unwrap_or_default();
                // What we told it of earlier answers comes back the same way, before its turn begins.
                if matches!(self.phase, Phase::Working { .. }) {
                    self.announced.push(id.to_owned());
                }
            }
            "rawResponse/completed" => {
                self.asked += 1;
                self.hand_on(effects);
            }
            "thread/tokenUsage/updated" => {
                self.usage = parsed(params["tokenUsage"]["total"].clone()).or(self.usage);
            }
            "turn/started" => {
                if let Phase::Turning { thread, .. } = self.phase.clone() {
                    self.phase = Phase::Working { thread };
                }
            }
            "turn/completed" => self.ended(&params["turn"], effects),
            _ => {}
        }
    }

    fn wanted(
        &mut self,
        id: RequestId,
        method: &str,
        params: Value,
        effects: &mut VecDeque<Effect>,
    ) {
        let known = |name: &str| self.first.tools.iter().any(|tool| tool.name == name);
        let name = params["tool"].as_str().unwrap_or_default().to_owned();
        if method != "item/tool/call" || !self.is_ours(&params) || !known(&name) {
            // Whatever else it wants to do or to be allowed, nobody is there to grant it.
            return effects.push_back(Effect::Send(rpc::not_offered(id)));
        }
        let call = Call {
            id: params["callId"].as_str().unwrap_or_default().to_owned(),
            arguments: params["arguments"].to_string(),
            name,
        };
        self.open.push((id, call));
        self.hand_on(effects);
    }

    /// Hands on the calls of an answer once all are there, in the order of the answer: they come here in any.
    fn hand_on(&mut self, effects: &mut VecDeque<Effect>) {
        let is_there = |id: &String| self.open.iter().any(|(_, call)| call.id == *id);
        if self.given > 0 || self.open.is_empty() || !self.announced.iter().all(is_there) {
            return;
        }
        let announced = std::mem::take(&mut self.announced);
        let place = |(_, call): &(RequestId, Call)| {
            let at = announced.iter().position(|id| *id == call.id);
            at.unwrap_or(announced.len())
        };
        self.open.sort_by_key(place);
        self.given = self.open.len();
        for (index, (_, call)) in self.open.iter().enumerate() {
            let call = call.clone();
            effects.push_back(Effect::Give(Delta::Call { index, call }));
        }
        effects.push_back(Effect::Give(Delta::Done { stop: Stop::Calls }));
        effects.push_back(Effect::Answered);
    }

    /// Answers the calls that were handed on with what came of them.
    fn results(&mut self, request: &Request, effects: &mut VecDeque<Effect>) {
        for (id, call) in self.open.drain(..self.given.min(self.open.len())) {
            let result = request
                .messages
                .iter()
                .rev()
                .find_map(|message| match message {
                    Message::ToolResult { call_id, text } if *call_id == call.id => {
                        Some(text.as_str())
                    }
                    _ => None,
                });
            let text = result.unwrap_or("Not done.");
            let said =
                json!({"contentItems": [{"type": "inputText", "text": text}], "success": true});
            effects.push_back(Effect::Send(rpc::answer(id, said)));
        }
        self.given = 0;
        // One that came meanwhile, outside of any answer that was announced.
        self.hand_on(effects);
    }

    fn ended(&mut self, turn: &Value, effects: &mut VecDeque<Effect>) {
        self.phase = Phase::Over;
        if turn["status"] != "completed" {
            let error = &turn["error"];
            let info = &error["codexErrorInfo"];
            let named = info.as_object().and_then(|info| info.keys().next());
            let kind = info.as_str().or(named.map(String::as_str));
            let message = error["message"].as_str().unwrap_or_default();
            return effects.push_back(Effect::Failed(Fault::Turn {
                kind: kind.unwrap_or_default().to_owned(),
                message: message.to_owned(),
            }));
        }
        if let Some(used) = self.usage {
            effects.push_back(Effect::Give(Delta::Usage {
                input_tokens: used.input_tokens,
                output_tokens: used.output_tokens,
                cached_tokens: used.cached_input_tokens,
            }));
        }
        effects.push_back(Effect::Give(Delta::Done { stop: Stop::End }));
        effects.push_back(Effect::Answered);
    }

    fn is_ours(&self, params: &Value) -> bool {
        let ours = match &self.phase {
            Phase::Telling { thread, .. }
            | Phase::Turning { thread, .. }
            | Phase::Working { thread } => thread,
            Phase::Hello(_) | Phase::Opening(_) | Phase::Over => return false,
        };
        params["threadId"].as_str() == Some(ours)
    }
}

fn parsed<T: DeserializeOwned>(value: Value) -> Option<T> {
    serde_json::from_value(value).ok()
}
