//! The machine: what each message of the protocol means for the attempt.

mod spent;
mod words;

use std::collections::{BTreeSet, HashMap, HashSet};

use ampersand_core::{Answer, Usage};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use self::words::Telling;
use super::allow::{Put, Questions, cancelled};
use super::ending;
use super::wire::{
    Initialized, NewSession, PermissionAsked, PlanEntry, Prompted, ToolCall, Update, Updated,
    VERSION,
};
use crate::builtin::report;
use crate::event::{Activity, AgentEvent};
use crate::outcome::Outcome;
use crate::shown;
use crate::vendor::rpc::{self, Incoming, RequestId, RpcError};
use crate::vendor::{Brief, Driver, Effect, Entry, Input, Said, manners, not_continued};

/// What is kept of one message; more was shown as it came.
const SAID_BYTES_MAX: usize = 64 * 1024;

/// A conversation with an agent, as one attempt drives it.
#[derive(Debug)]
pub(super) struct Conversation {
    brief: Brief,
    /// Whether its word that it loads conversations is taken.
    reloads: bool,
    can: Abilities,
    session: Option<String>,
    phase: Phase,
    requests: u64,
    asked: HashMap<u64, Asked>,
    questions: Questions,
    words: Said,
    /// What the prompt under way tells, while nothing was heard of it.
    telling: Vec<Telling>,
    running: HashSet<String>,
    files: BTreeSet<String>,
    steps: (usize, usize),
    usage: Usage,
    /// What it last said the whole conversation cost, in millionths of a US dollar.
    cost_told: u64,
    /// Its words since it last used a tool.
    said: String,
}

#[derive(Debug, Default)]
struct Abilities {
    steers: bool,
    resumes: bool,
    loads: bool,
}

#[derive(Debug)]
enum Phase {
    /// Nothing was said in the conversation yet; what it tells of an old one is known.
    Opening,
    Working,
    Stopping {
        outcome: Box<Outcome>,
    },
    Over,
}

#[derive(Debug)]
enum Asked {
    Hello,
    New,
    /// To go on with this one.
    Again {
        session: String,
    },
    Prompt,
    Steer {
        text: String,
    },
}

impl Driver for Conversation {
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
                if method == "session/update"
                    && let Some(updated) = parsed::<Updated>(params)
                    && Some(&updated.session_id) == self.session.as_ref()
                {
                    self.updated(updated.update, &mut effects);
                }
            }
            Input::Heard(Incoming::Request { id, method, params }) => {
                let asked = parsed::<PermissionAsked>(params)
                    .filter(|_| method == "session/request_permission");
                match asked {
                    Some(asked) if self.is_ours(&asked.session_id) => {
                        self.wants(id, asked, &mut effects);
                    }
                    Some(_) => effects.push(Effect::Send(cancelled(id))),
                    None => effects.push(Effect::Send(rpc::not_offered(id))),
                }
            }
            Input::Told(text) => {
                self.words.say(text);
                self.steer(&mut effects);
            }
            Input::Answered { question, answer } => {
                if let Some((message, call)) = self.questions.answer(question, answer) {
                    effects.push(Effect::Send(message));
                    self.decided(&call, answer);
                }
            }
            Input::Stop(outcome) => self.stop(outcome, &mut effects),
        }
        effects
    }

    fn is_busy(&self) -> bool {
        !self.running.is_empty()
    }

    fn is_open(&self) -> bool {
        !matches!(self.phase, Phase::Opening)
    }
}

impl Conversation {
    pub(super) fn new(brief: Brief, reloads: bool) -> Self {
        Self {
            reloads,
            can: Abilities::default(),
            session: None,
            phase: Phase::Opening,
            requests: 0,
            asked: HashMap::new(),
            questions: Questions::new(brief.role),
            words: Said::default(),
            telling: Vec::new(),
            running: HashSet::new(),
            files: BTreeSet::new(),
            steps: (0, 0),
            usage: brief.past.usage,
            cost_told: spent::told(&brief.past),
            said: String::new(),
            brief,
        }
    }

    fn ask(&mut self, asked: Asked, method: &str, params: Value, effects: &mut Vec<Effect>) {
        self.requests += 1;
        self.asked.insert(self.requests, asked);
        effects.push(Effect::Send(rpc::request(self.requests, method, params)));
    }

    fn is_ours(&self, session: &str) -> bool {
        self.session.as_deref() == Some(session)
    }

    fn hello(&mut self, effects: &mut Vec<Effect>) {
        let params = json!({
            "protocolVersion": VERSION,
            "clientCapabilities": {"fs": {"readTextFile": false, "writeTextFile": false}, "terminal": false},
            "clientInfo": {"name": "ampersand", "title": "Ampersand", "version": env!("CARGO_PKG_VERSION")},
        });
        self.ask(Asked::Hello, "initialize", params, effects);
    }

    fn open(&mut self, effects: &mut Vec<Effect>) {
        let params = json!({"cwd": self.brief.cwd, "mcpServers": []});
        self.ask(Asked::New, "session/new", params, effects);
    }

    fn met(&mut self, hello: Initialized, effects: &mut Vec<Effect>) {
        if hello.protocol_version != VERSION {
            let message = format!(
                "it speaks version {} of the protocol, not {VERSION}",
                hello.protocol_version
            );
            return effects.push(Effect::End(self.refused(&RpcError { code: 0, message })));
        }
        self.can = Abilities {
            steers: hello.steers(),
            resumes: self.reloads
                && hello.agent_capabilities.session_capabilities["resume"].is_object(),
            loads: self.reloads && hello.agent_capabilities.load_session,
        };
        let past = &self.brief.past;
        let goes_on = past.prompted || past.continued.is_some();
        let method = match (&self.can, goes_on) {
            (Abilities { resumes: true, .. }, true) => "session/resume",
            (Abilities { loads: true, .. }, true) => "session/load",
            _ => return self.open(effects),
        };
        let Some(session) = self.brief.past.session.clone() else {
            return self.open(effects);
        };
        let params = json!({"sessionId": session, "cwd": self.brief.cwd, "mcpServers": []});
        self.ask(Asked::Again { session }, method, params, effects);
    }

    fn answered(
        &mut self,
        asked: Asked,
        result: Result<Value, RpcError>,
        effects: &mut Vec<Effect>,
    ) {
        match (asked, result) {
            (Asked::Hello, Ok(hello)) => match parsed::<Initialized>(hello) {
                Some(hello) => self.met(hello, effects),
                None => effects.push(Effect::End(self.unreadable())),
            },
            (Asked::New, Ok(opened)) => match parsed::<NewSession>(opened) {
                Some(NewSession { session_id }) => {
                    self.session = Some(session_id.clone());
                    self.cost_told = 0;
                    effects.push(Effect::Keep(Entry::Session { id: session_id }));
                    let text = self.brief.opening.new_conversation();
                    let telling = vec![Telling::opening(text.clone())];
                    self.prompt(&[&text, &manners(&self.brief.reach)], telling, effects);
                }
                None => effects.push(Effect::End(self.unreadable())),
            },
            (Asked::Again { session }, Ok(_)) => {
                self.session = Some(session);
                let text = self.brief.opening.same_conversation();
                let telling = vec![Telling::opening(text.clone())];
                match self.is_new_to_us() {
                    true => self.prompt(&[&text, &manners(&self.brief.reach)], telling, effects),
                    false => self.prompt(&[&text], telling, effects),
                }
            }
            (Asked::Again { .. }, Err(error)) if self.is_new_to_us() => {
                let failure = not_continued(&self.brief.name, &error.message);
                effects.push(Effect::End(Outcome::failed(failure)));
            }
            // It does not know it any more.
            (Asked::Again { .. }, Err(_)) => self.open(effects),
            (Asked::Hello | Asked::New, Err(error)) => {
                let outcome = self.refused(&error);
                effects.push(Effect::End(outcome));
            }
            (Asked::Prompt, Ok(prompted)) => match parsed::<Prompted>(prompted) {
                Some(prompted) => self.turn_ended(&prompted, effects),
                None => effects.push(Effect::End(self.unreadable())),
            },
            (Asked::Prompt, Err(error)) => self.turn_failed(&error, effects),
            (Asked::Steer { text }, Ok(answer)) if answer["outcome"] == "injected" => {
                self.heard(&text, effects);
            }
            (Asked::Steer { text }, Ok(_) | Err(_)) => {
                self.words.came_back(&text);
            }
        }
    }

    /// Whether it goes on with a conversation of its own program's in which we said nothing yet.
    const fn is_new_to_us(&self) -> bool {
        self.brief.past.continued.is_some() && !self.brief.past.prompted
    }

    fn updated(&mut self, update: Update, effects: &mut Vec<Effect>) {
        // What else there is, is told between turns too.
        if !matches!(update, Update::Costs { .. } | Update::Other) {
            self.taken_in(effects);
        }
        match update {
            Update::AgentMessageChunk { content } => {
                if self.said.len() < SAID_BYTES_MAX {
                    self.said.push_str(&content.text);
                }
                effects.push(Effect::Tell(AgentEvent::Said { text: content.text }));
            }
            Update::Called(call) | Update::CallChanged(call) => self.called(&call, effects),
            Update::Plan { entries } => {
                let done = |entry: &&PlanEntry| entry.status == "completed";
                self.steps = (entries.iter().filter(done).count(), entries.len());
                self.at("planning".to_owned(), effects);
            }
            Update::Costs { cost } => {
                if let Some(told) = cost.and_then(|cost| cost.microdollars()) {
                    self.cost(told, effects);
                }
            }
            Update::UserMessageChunk | Update::AgentThoughtChunk | Update::Other => {}
        }
    }

    fn called(&mut self, call: &ToolCall, effects: &mut Vec<Effect>) {
        self.keep_said(effects);
        self.note_files(call);
        if call.has_ended() {
            self.running.remove(&call.tool_call_id);
            let text = call.text();
            if !text.is_empty() {
                let text = format!("{}\n", text.trim_end());
                effects.push(Effect::Tell(AgentEvent::Output { text }));
            }
        } else {
            self.running.insert(call.tool_call_id.clone());
        }
        match call.title.as_deref() {
            Some(title) if !title.is_empty() => {
                self.at(format!("{}: {}", call.tool(), shown::line(title)), effects);
            }
            _ if call.has_ended() => self.at("thinking".to_owned(), effects),
            _ => {}
        }
    }

    /// Some tell of a call that they ask about in no other way until it has ended.
    fn wants(&mut self, id: RequestId, asked: PermissionAsked, effects: &mut Vec<Effect>) {
        let call = asked.tool_call.tool_call_id.clone();
        self.taken_in(effects);
        self.called(&asked.tool_call, effects);
        let Put {
            effects: said,
            answer,
        } = self.questions.put(id, asked);
        effects.extend(said);
        if let Some(answer) = answer {
            self.decided(&call, answer);
        }
    }

    fn decided(&mut self, call: &str, answer: Answer) {
        if answer == Answer::Deny {
            self.running.remove(call);
        }
    }

    fn note_files(&mut self, call: &ToolCall) {
        let root = format!("{}/", self.brief.cwd);
        for diff in call.diffs() {
            let path = diff.path.strip_prefix(&root).unwrap_or(&diff.path);
            self.files.insert(path.to_owned());
        }
    }

    fn keep_said(&mut self, effects: &mut Vec<Effect>) {
        if !self.said.trim().is_empty() {
            let text = std::mem::take(&mut self.said);
            effects.push(Effect::Keep(Entry::Said { text }));
        }
    }

    fn at(&self, line: String, effects: &mut Vec<Effect>) {
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let (done, all) = self.steps;
        effects.push(Effect::Tell(AgentEvent::Activity(Activity {
            line,
            steps_done: count(done),
            steps: count(all),
            files: count(self.files.len()),
            tokens: self
                .usage
                .input_tokens
                .saturating_add(self.usage.output_tokens),
        })));
    }

    fn turn_ended(&mut self, prompted: &Prompted, effects: &mut Vec<Effect>) {
        self.running.clear();
        if let Some(used) = prompted.used() {
            self.spent(used.usage(), effects);
        }
        // A turn that was cancelled may never have begun.
        if prompted.stop_reason != "cancelled" {
            self.taken_in(effects);
        }
        if let Phase::Stopping { .. } | Phase::Over = self.phase {
            return self.end_stopped(effects);
        }
        if let Some(told) = self.words.take() {
            self.keep_said(effects);
            let text = told.join("\n\n");
            let telling = told.into_iter().map(Telling::words).collect();
            return self.prompt(&[&text], telling, effects);
        }
        self.phase = Phase::Over;
        let last = self.said.clone();
        self.keep_said(effects);
        if prompted.stop_reason == "end_turn" {
            effects.push(Effect::Keep(Entry::Reported));
        }
        let report = report::from_text(&last, self.usage);
        let outcome = ending::stopped(&self.brief.name, &prompted.stop_reason, report);
        effects.push(Effect::End(outcome));
    }

    fn turn_failed(&mut self, error: &RpcError, effects: &mut Vec<Effect>) {
        if let Phase::Stopping { .. } = self.phase {
            return self.end_stopped(effects);
        }
        self.phase = Phase::Over;
        let outcome = ending::failed(&self.brief.name, error);
        effects.push(Effect::End(outcome));
    }

    fn refused(&self, error: &RpcError) -> Outcome {
        ending::refused(&self.brief.name, error)
    }

    fn unreadable(&self) -> Outcome {
        self.refused(&RpcError {
            code: 0,
            message: "its answer is not in the protocol".to_owned(),
        })
    }

    fn stop(&mut self, outcome: Outcome, effects: &mut Vec<Effect>) {
        match std::mem::replace(
            &mut self.phase,
            Phase::Stopping {
                outcome: Box::new(outcome),
            },
        ) {
            Phase::Working => {
                let params = json!({"sessionId": self.session});
                effects.push(Effect::Send(rpc::notification("session/cancel", params)));
                let withdrawn = self.questions.withdraw_all();
                effects.extend(withdrawn.into_iter().map(Effect::Send));
            }
            Phase::Opening | Phase::Stopping { .. } | Phase::Over => self.end_stopped(effects),
        }
    }

    fn end_stopped(&mut self, effects: &mut Vec<Effect>) {
        if let Phase::Stopping { outcome } = std::mem::replace(&mut self.phase, Phase::Over) {
            effects.push(Effect::End(*outcome));
        }
    }
}

/// A message as we know it; `None` if it is another one by the same name.
fn parsed<T: DeserializeOwned>(value: Value) -> Option<T> {
    serde_json::from_value(value).ok()
}
