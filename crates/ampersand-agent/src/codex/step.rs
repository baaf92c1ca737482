//! The machine: what each message of Codex means for the attempt.

mod ending;
mod opening;
mod usage;

use std::collections::HashMap;

use ampersand_core::Usage;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::approve::{self, Open, Questions};
use super::items::Items;
use super::quota::{Quota, refused};
use super::wire::{
    Delta, Diff, Failed, ItemMoved, Plan, RateLimits, TokenUsage, ToolCall, TurnEnded, TurnStarted,
    Windows,
};
use crate::event::AgentEvent;
use crate::outcome::Outcome;
use crate::vendor::rpc::{self, Incoming, RequestId, RpcError};
use crate::vendor::{Brief, Driver, Effect, Entry, Input, Said};

/// A thread of Codex, as one attempt drives it.
#[derive(Debug)]
pub(super) struct Thread {
    brief: Brief,
    id: Option<String>,
    phase: Phase,
    requests: u64,
    /// What we asked and have no answer to.
    asked: HashMap<u64, Asked>,
    questions: Questions,
    items: Items,
    words: Said,
    usage: Usage,
    /// What the thread's own count stood at when it was told last; `None` where that is not known.
    counted: Option<Usage>,
    limits: Quota,
    last_message: String,
    /// The turn that began last.
    newest_turn: Option<String>,
}

#[derive(Debug)]
enum Phase {
    /// Nothing was said in the thread yet.
    Opening,
    /// It works; the turn's id is not known at first.
    Working {
        turn: Option<String>,
    },
    /// It was told to stop, and will end with this.
    Stopping {
        outcome: Box<Outcome>,
    },
    Over,
}

#[derive(Debug)]
enum Asked {
    Hello,
    Open { resumed: bool },
    Turn { told: Vec<String>, words: bool },
    Steer { text: String },
    Interrupt,
    Clean,
    Revert { wish: String, turn: String },
}

impl Driver for Thread {
    fn step(&mut self, input: Input) -> Vec<Effect> {
        let mut effects = Vec::new();
        match input {
            Input::Begin => self.hello(&mut effects),
            Input::Heard(Incoming::Response { id, result }) => {
                // An answer to nothing is nothing.
                if let Some(asked) = self.asked.remove(&id) {
                    self.answered(asked, result, &mut effects);
                }
            }
            Input::Heard(Incoming::Notification { method, params }) => {
                self.told(&method, params, &mut effects);
            }
            Input::Heard(Incoming::Request { id, method, params }) => {
                self.wanted(id, &method, params, &mut effects);
            }
            Input::Told(text) => {
                self.words.say(text);
                self.steer(&mut effects);
            }
            Input::Answered { question, answer } => {
                effects.extend(self.questions.answer(question, answer).map(Effect::Send));
            }
            Input::Stop(outcome) => self.stop(outcome, &mut effects),
        }
        effects
    }

    fn is_busy(&self) -> bool {
        self.items.runs_something()
    }

    fn is_open(&self) -> bool {
        !matches!(self.phase, Phase::Opening)
    }
}

impl Thread {
    pub(super) fn new(brief: Brief) -> Self {
        Self {
            id: None,
            phase: Phase::Opening,
            requests: 0,
            asked: HashMap::new(),
            questions: Questions::new(brief.role),
            items: Items::new(&brief.cwd),
            words: Said::default(),
            usage: brief.past.usage,
            counted: brief.past.counted,
            limits: Quota::default(),
            last_message: String::new(),
            newest_turn: None,
            brief,
        }
    }

    fn ask(&mut self, asked: Asked, method: &str, params: Value, effects: &mut Vec<Effect>) {
        self.requests += 1;
        self.asked.insert(self.requests, asked);
        effects.push(Effect::Send(rpc::request(self.requests, method, params)));
    }

    fn hello(&mut self, effects: &mut Vec<Effect>) {
        let params = json!({
            "clientInfo": {"name": "ampersand", "title": "Ampersand", "version": env!("CARGO_PKG_VERSION")},
            "capabilities": {"experimentalApi": true, "requestAttestation": false},
        });
        self.ask(Asked::Hello, "initialize", params, effects);
    }

    fn turn(&mut self, text: String, told: Vec<String>, words: bool, effects: &mut Vec<Effect>) {
        let params = json!({
            "threadId": self.id,
            "input": [{"type": "text", "text": text, "text_elements": []}],
            "sandboxPolicy": {"type": "externalSandbox", "networkAccess": "restricted"},
        });
        self.phase = Phase::Working { turn: None };
        self.ask(Asked::Turn { told, words }, "turn/start", params, effects);
    }

    fn answered(
        &mut self,
        asked: Asked,
        result: Result<Value, RpcError>,
        effects: &mut Vec<Effect>,
    ) {
        match (asked, result) {
            (Asked::Hello, Ok(_)) => {
                effects.push(Effect::Send(rpc::notification("initialized", Value::Null)));
                self.open(self.brief.past.session.clone(), effects);
            }
            (Asked::Open { resumed }, Ok(opened)) => self.opened(resumed, opened, effects),
            (Asked::Open { resumed: true }, Err(error)) => self.not_resumed(&error, effects),
            (Asked::Hello | Asked::Open { .. } | Asked::Turn { .. }, Err(error)) => {
                effects.push(Effect::End(Outcome::failed(refused(&error))));
            }
            (Asked::Turn { told, words }, Ok(started)) => {
                for text in told.clone() {
                    if words {
                        let text = text.clone();
                        effects.push(Effect::Tell(AgentEvent::SteeringDelivered { text }));
                    }
                    effects.push(Effect::Keep(Entry::Told { text }));
                }
                if let Some(TurnStarted { turn }) = parsed(started) {
                    self.works(turn.id, effects);
                }
                let told = told.into_iter().filter(|_| words);
                effects.extend(told.map(|text| Effect::Keep(Entry::Words { text })));
            }
            (Asked::Revert { wish, turn }, Ok(_)) => self.rewound(wish, turn, effects),
            (Asked::Revert { wish, .. }, Err(error)) => {
                self.not_taken_back(wish, &error.message, effects);
            }
            (Asked::Steer { .. }, Ok(_)) => {}
            (Asked::Steer { text }, Err(_)) => {
                self.words.came_back(&text);
            }
            (Asked::Interrupt, Ok(_)) => {}
            (Asked::Interrupt, Err(_)) => self.clean(effects),
            (Asked::Clean, _) => self.end_stopped(effects),
        }
    }

    /// The turn has a name, so it can be told things.
    fn works(&mut self, id: String, effects: &mut Vec<Effect>) {
        if self.newest_turn.as_ref() != Some(&id) {
            effects.push(Effect::Keep(Entry::Turn { id: id.clone() }));
            self.newest_turn = Some(id.clone());
        }
        if let Phase::Working { turn } = &mut self.phase {
            *turn = Some(id);
            self.steer(effects);
        }
    }

    /// Hands Codex what a person said, if a turn is there to hear it.
    fn steer(&mut self, effects: &mut Vec<Effect>) {
        let Phase::Working { turn: Some(turn) } = &self.phase else {
            return;
        };
        let turn = turn.clone();
        for text in self.words.send() {
            let params = json!({
                "threadId": self.id,
                "expectedTurnId": turn,
                "input": [{"type": "text", "text": text, "text_elements": []}],
            });
            self.ask(Asked::Steer { text }, "turn/steer", params, effects);
        }
    }

    fn told(&mut self, method: &str, params: Value, effects: &mut Vec<Effect>) {
        if method == "account/rateLimits/updated" {
            if let Some(RateLimits { rate_limits }) = parsed(params) {
                self.quota(rate_limits, effects);
            }
            return;
        }
        if !self.is_ours(&params) {
            return;
        }
        match method {
            "turn/started" => {
                if let Some(TurnStarted { turn }) = parsed(params) {
                    self.works(turn.id, effects);
                }
            }
            "turn/completed" => {
                if let Some(TurnEnded { turn }) = parsed(params) {
                    self.turn_ended(&turn, effects);
                }
            }
            "turn/plan/updated" => {
                if let Some(Plan { plan }) = parsed(params) {
                    let done = plan
                        .iter()
                        .filter(|step| step.status == "completed")
                        .count();
                    self.items.plan(done, plan.len());
                    self.at("planning".to_owned(), effects);
                }
            }
            "turn/diff/updated" => {
                if let Some(Diff { diff }) = parsed(params) {
                    self.items.diff(&diff);
                }
            }
            "thread/tokenUsage/updated" => {
                if let Some(TokenUsage {
                    turn_id,
                    token_usage,
                }) = parsed(params)
                {
                    // Of a turn that was before, it tells what is known.
                    if turn_id.is_none() || turn_id == self.newest_turn {
                        self.used(&token_usage, effects);
                    }
                }
            }
            "item/started" | "item/completed" => {
                if let Some(ItemMoved { item }) = parsed(params) {
                    self.item(item, method == "item/completed", effects);
                }
            }
            "item/agentMessage/delta" => {
                if let Some(Delta { delta, .. }) = parsed(params) {
                    effects.push(Effect::Tell(AgentEvent::Said { text: delta }));
                }
            }
            "item/commandExecution/outputDelta" => {
                if let Some(Delta { item_id, delta }) = parsed(params) {
                    self.items.printed(&item_id, &delta);
                    effects.push(Effect::Tell(AgentEvent::Output { text: delta }));
                }
            }
            "error" => {
                if let Some(Failed { error }) = parsed(params) {
                    let line = crate::shown::line(&error.message);
                    self.at(line, effects);
                }
            }
            _ => {}
        }
    }

    /// The account was used up to here, by whomever. What is kept for the person is not touched any further.
    fn quota(&mut self, told: Windows, effects: &mut Vec<Effect>) {
        if !self.limits.take_in(told) {
            return;
        }
        let windows = self.limits.windows();
        effects.push(Effect::Tell(AgentEvent::Quota { windows }));
        if matches!(self.phase, Phase::Working { .. })
            && let Some(outcome) = self.limits.kept(self.brief.keep_percent)
        {
            self.stop(outcome, effects);
        }
    }

    fn item(&mut self, item: super::wire::Item, completed: bool, effects: &mut Vec<Effect>) {
        use super::wire::Item;
        match item {
            Item::UserMessage { content } => {
                let text: String = content.into_iter().map(|piece| piece.text).collect();
                self.heard(&text, effects);
            }
            Item::AgentMessage { text } if completed => {
                effects.push(Effect::Tell(AgentEvent::Said {
                    text: "\n".to_owned(),
                }));
                effects.push(Effect::Keep(Entry::Said { text: text.clone() }));
                self.last_message = text;
            }
            item => {
                if completed
                    && let Item::CommandExecution {
                        id,
                        aggregated_output: Some(whole),
                        ..
                    } = &item
                    && let Some(text) = self.items.untold(id, whole)
                {
                    let text = text.to_owned();
                    effects.push(Effect::Tell(AgentEvent::Output { text }));
                }
                if let Some(line) = self.items.moved(item, completed) {
                    self.at(line, effects);
                }
            }
        }
    }

    /// Codex took something in: perhaps what a person said.
    fn heard(&mut self, text: &str, effects: &mut Vec<Effect>) {
        if let Some(text) = self.words.taken_in(text) {
            effects.push(Effect::Keep(Entry::Told { text: text.clone() }));
            effects.push(Effect::Keep(Entry::Words { text: text.clone() }));
            effects.push(Effect::Tell(AgentEvent::SteeringDelivered { text }));
        }
    }

    fn at(&self, line: String, effects: &mut Vec<Effect>) {
        let activity = self.items.activity(line, self.usage);
        effects.push(Effect::Tell(AgentEvent::Activity(activity)));
    }

    /// Threads of agents it starts itself speak here too; theirs is not ours.
    fn is_ours(&self, params: &Value) -> bool {
        let thread = params["threadId"].as_str();
        thread.is_some() && thread == self.id.as_deref()
    }

    fn wanted(&mut self, id: RequestId, method: &str, params: Value, effects: &mut Vec<Effect>) {
        let open = match method {
            _ if !self.is_ours(&params) => None,
            "item/commandExecution/requestApproval" => parsed(params).map(Open::Command),
            "item/fileChange/requestApproval" => {
                parsed(params).map(|approval: super::wire::FileApproval| {
                    Open::Files(self.items.changes(&approval.item_id))
                })
            }
            "item/tool/call" => match parsed::<ToolCall>(params) {
                Some(call) if call.tool == approve::PROGRESS => {
                    let line = self.items.progress(&call.arguments);
                    self.at(line, effects);
                    let said = approve::tool_said("Noted.");
                    return effects.push(Effect::Send(rpc::answer(id, said)));
                }
                Some(call) if call.tool == approve::ASK => Some(Open::Words(call.arguments)),
                _ => None,
            },
            _ => None,
        };
        match open {
            Some(open) => effects.extend(self.questions.put(id, open)),
            None => effects.push(Effect::Send(rpc::not_offered(id))),
        }
    }
}

/// A message as we know it; `None` if it is another one by the same name.
fn parsed<T: DeserializeOwned>(value: Value) -> Option<T> {
    serde_json::from_value(value).ok()
}
