//! One turn: the controller's model answers one message, with its verbs as tools. Its words stream; what it does
//! goes through [`crate::tools`], in the order in which messages were said.

pub(crate) mod explain;
mod history;
pub(crate) mod prompt;
mod reply;
pub(crate) mod step;

use std::sync::Arc;

use ampersand_core::{Failure, Message, MessageBody, ReplyState};
use ampersand_model::{Call, Delta, Message as Said, Request, Stop, Talk};
use ampersand_protocol::UpdateBody;
use futures::StreamExt;
use jiff::Timestamp;
use tokio::{sync::watch, time::sleep_until};
use uuid::Uuid;

use crate::{
    connected::Connected,
    desk::Desk,
    load::UnderWay,
    order,
    tools::{self, Acting},
};
use reply::Reply;

/// Requests of one turn: more means that the model goes in circles.
const ROUNDS_MAX: usize = 12;

/// Answers in pieces, where a model hands on its calls one by one.
const ANSWERS_MAX: usize = 4 * ROUNDS_MAX;

/// Calls in one answer that are carried out. More are told of and not done.
const CALLS_MAX: usize = 24;

/// The most one reply may hold: far more than anybody reads, and an end to a model that finds none.
const REPLY_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Entries of the conversation that are looked at; the token budget decides which of them are sent.
const HISTORY_MAX: u32 = 200;

/// A turn about to begin.
#[derive(Debug)]
pub(crate) struct Begin {
    /// Its place in the order of turns.
    pub(crate) turn: order::Turn,
    /// What it answers.
    pub(crate) said: Message,
    /// The entry its reply takes the place of; under the question if there is none.
    pub(crate) instead_of: Option<Message>,
    /// Whether it takes back what was said before.
    pub(crate) corrects: bool,
    /// Counted until it has ended.
    pub(crate) under_way: UnderWay,
}

/// Why a turn ends before it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Halt {
    /// The person wants it so.
    Stopped,
    /// A later message took its place.
    Superseded,
    /// The controller closes.
    Closing,
}

/// Answers one message, whatever happens.
pub(crate) async fn answer(desk: Arc<Desk>, begin: Begin, mut halt: watch::Receiver<Option<Halt>>) {
    let place = match &begin.instead_of {
        Some(entry) => entry.clone(),
        None => match desk.conversation.position_after(begin.said.id).await {
            Ok(position) => Message {
                id: ampersand_core::MessageId::new(Uuid::now_v7()),
                position,
                at: Timestamp::now(),
                body: begin.said.body.clone(),
            },
            Err(error) => {
                let failure = error.into();
                desk.hub.emit(None, UpdateBody::Error { failure });
                return;
            }
        },
    };
    let mut reply = Reply::begin(Arc::clone(&desk), place, begin.said.id);
    let ended = {
        let mut thinking = std::pin::pin!(think(&desk, &begin, &mut reply));
        tokio::select! {
            biased;
            halted = halted(&mut halt) => Err(halted),
            done = &mut thinking => Ok(done),
        }
    };
    let state = match ended {
        Ok(Ok(())) => ReplyState::Done,
        Err(Halt::Stopped) => ReplyState::Stopped,
        Err(Halt::Superseded) => ReplyState::Superseded,
        Err(Halt::Closing) => ReplyState::Broken {
            failure: interrupted(),
        },
        Ok(Err(failure)) => {
            let error = failure.clone();
            desk.hub.emit(None, UpdateBody::Error { failure: error });
            ReplyState::Broken { failure }
        }
    };
    reply.end(state).await;
    drop(begin.under_way);
}

/// What a reply ends with that was cut off by the end of the program.
pub(crate) fn interrupted() -> Failure {
    Failure::new(
        "interrupted",
        "Ampersand ended before this was answered to the end.",
        "Send the message again.",
    )
}

async fn halted(halt: &mut watch::Receiver<Option<Halt>>) -> Halt {
    match halt.wait_for(Option::is_some).await {
        Ok(halted) => halted.unwrap_or(Halt::Closing),
        Err(_) => Halt::Closing,
    }
}

async fn think(desk: &Arc<Desk>, begin: &Begin, reply: &mut Reply) -> Result<(), Failure> {
    let (model, context_tokens) = match desk.settled().await {
        Connected::Model(model, context_tokens) => (model, context_tokens),
        Connected::Unusable(_, failure) => return Err(failure),
        Connected::Nothing | Connected::Asking(_) => return Err(no_model()),
    };
    // Before anything is looked at, so that whatever happens after counts as unseen.
    let mut acting = Acting::new(Arc::clone(desk), &begin.turn, begin.said.id);
    let mut history = desk.history(None, HISTORY_MAX).await?;
    history.retain(|message| message.id != reply.id() && is_before(message, begin));
    let facts = desk.facts();
    let packed = {
        let board = desk.board();
        let system = prompt::system(&board, facts.as_ref());
        let said = (history.as_slice(), &begin.said);
        history::request(system, tools::specs(), said, &board, context_tokens)
    };
    reply.left_out = packed.left_out;
    let mut request = packed.request;
    history::check(&begin.said, &request, context_tokens)?;
    let mut talk = model.talk();
    for _ in 0..ANSWERS_MAX {
        if talk.asked() >= ROUNDS_MAX {
            break;
        }
        let heard = listen(talk.as_mut(), &request, reply).await?;
        if heard.calls.is_empty() {
            if reply.is_empty() && !acting.has_acted {
                return Err(silent());
            }
            return Ok(());
        }
        let mut results = Vec::new();
        for (nth, call) in heard.calls.iter().enumerate() {
            let text = if nth < CALLS_MAX {
                acting.perform(call).await
            } else {
                format!(
                    "Not done: one answer may call {CALLS_MAX} times. Call again if it is still right."
                )
            };
            results.push(Said::tool_result(call.id.clone(), text));
        }
        request.messages.push(Said::Assistant {
            text: heard.text,
            calls: heard.calls,
        });
        request.messages.extend(results);
        history::fit(&mut request, context_tokens);
        reply.end_paragraph();
    }
    Err(Failure::new(
        "model_in_circles",
        format!("The model used its tools {ROUNDS_MAX} times without coming to an end."),
        "Say what you want in smaller pieces, or choose another model.",
    ))
}

/// A message that was said later is another turn's.
fn is_before(message: &Message, begin: &Begin) -> bool {
    let is_later = message.position > begin.said.position;
    let is_said = matches!(message.body, MessageBody::Said { .. });
    !(is_later && is_said) || begin.instead_of.is_some()
}

struct Heard {
    text: String,
    calls: Vec<Call>,
}

/// One answer of the model, its words sent on as they come.
async fn listen(
    talk: &mut dyn Talk,
    request: &Request,
    reply: &mut Reply,
) -> Result<Heard, Failure> {
    let mut deltas = talk.ask(request);
    let mut heard = Heard {
        text: String::new(),
        calls: Vec::new(),
    };
    loop {
        let due = reply.due();
        let next = tokio::select! {
            next = deltas.next() => next,
            () = sleep_until(due.unwrap_or_else(tokio::time::Instant::now)), if due.is_some() => {
                reply.send();
                continue;
            }
        };
        match next {
            Some(Ok(Delta::Text { text })) => {
                if reply.len() + text.len() > REPLY_BYTES_MAX {
                    return Err(endless());
                }
                reply.say(&text);
                heard.text.push_str(&text);
            }
            Some(Ok(Delta::Call { call, .. })) => heard.calls.push(call),
            Some(Ok(Delta::Usage { .. })) => {}
            Some(Ok(Delta::Done { stop })) => {
                return match stop {
                    Stop::End | Stop::Calls => Ok(heard),
                    Stop::Length => Err(too_long()),
                    Stop::Filtered => Err(withheld()),
                };
            }
            Some(Err(failure)) => return Err(failure),
            None => return Ok(heard),
        }
    }
}

/// Nothing is connected, so nothing can be answered.
pub(crate) fn no_model() -> Failure {
    Failure::new(
        "no_model",
        "No model is connected.",
        "Connect one in the settings; commands work without.",
    )
}

fn silent() -> Failure {
    Failure::new(
        "model_silent",
        "The model answered nothing.",
        "Send the message again, or choose another model.",
    )
}

fn endless() -> Failure {
    let most = REPLY_BYTES_MAX / 1024 / 1024;
    Failure::new(
        "model_endless",
        format!("The answer passed {most} MB and was ended here."),
        "Ask for less at once, or choose another model.",
    )
}

fn too_long() -> Failure {
    Failure::new(
        "model_length",
        "The answer ran into the model's limit of length.",
        "Ask for the rest, or choose a model that writes more.",
    )
}

fn withheld() -> Failure {
    Failure::new(
        "model_filtered",
        "The provider withheld the rest of the answer.",
        "Say it in other words, or choose another model.",
    )
}
