//! What a person said, before any model: overrides, undo, a typed yes or no, plain commands. What the rules do not
//! know goes to the model, or is kept until there is one.

mod commands;
mod corrections;
mod nothing;
mod outgoing;
mod overridden;
mod undo;

use std::{sync::Arc, time::Duration};

use ampersand_core::{Answer, ApprovalId, Failure, Message, MessageBody};
use ampersand_model::offline::{Offline, understand};
use tokio::{sync::watch, time::Instant};

use crate::{
    connected::Connected,
    desk::Desk,
    load::UnderWay,
    order,
    overrides::{self, Override, Reached, Recognised, Verb},
    turn::Begin,
    turns::Occurrence,
};

/// How long a person's word waits for an orchestrator that is away. Carried out much later it would surprise.
const PERSON_WAITS: Duration = Duration::from_secs(10);

/// What is to be done about a message.
#[derive(Debug)]
pub(crate) enum Route {
    /// An override with one meaning.
    Override(Override),
    /// One whose tasks are not clear.
    Ambiguous {
        verb: Verb,
        candidates: Vec<Reached>,
        freeze: Vec<String>,
    },
    /// The reply being written is meant; these tasks may be too.
    StopReply(Vec<Reached>),
    /// The newest cancel is taken back.
    Undo,
    /// The last landing is undone.
    UndoLanding,
    /// Work goes out, or what went out is watched or not.
    Outgoing(outgoing::Outgoing),
    /// The one open question is answered.
    Answer(ApprovalId, Answer),
    /// It is plain what was meant, and there is nothing to do it to.
    Nothing(Failure),
    /// The model answers.
    Model { corrects: bool },
    /// There is no model: what the rules make of it.
    Commands(Vec<Offline>),
}

/// A message on its way.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) message: Message,
    pub(crate) arrived: Instant,
    /// True once the message is on the disk; gone if it could not be written.
    pub(crate) stored: watch::Receiver<bool>,
    pub(crate) under_way: UnderWay,
    /// Counted until what was said is carried out, handed on, or a turn of the model's.
    pub(crate) on_its_way: UnderWay,
}

impl Heard {
    /// Waits until cards can be put under it; false if they never can.
    async fn is_stored(&mut self) -> bool {
        self.stored.wait_for(|stored| *stored).await.is_ok()
    }
}

/// Decides about a text by what stands at this moment.
pub(crate) fn route(desk: &Desk, text: &str) -> Route {
    let is_writing = !desk.hub.live().is_empty();
    let reply = if is_writing {
        overrides::Reply::Streaming
    } else {
        overrides::Reply::Quiet
    };
    let mut board = desk.board();
    let recognised = overrides::recognise_during(text, &board.standing(), reply);
    let answer = typed_answer(text);
    let open: Vec<ApprovalId> = board.approvals.keys().copied().collect();
    let another_question = std::mem::take(&mut board.choice_is_open) | board.reply_asks;
    board.reply_asks = false;
    let mut missing = None;
    match recognised {
        Recognised::Override(found) => return Route::Override(found),
        Recognised::Ambiguous {
            verb,
            candidates,
            freeze,
        } => {
            return Route::Ambiguous {
                verb,
                candidates,
                freeze,
            };
        }
        Recognised::StopReply { offer } => return Route::StopReply(offer),
        Recognised::Nobody(verb) => missing = Some(nothing::runs(verb)),
        Recognised::None => {}
    }
    board.hear(text);
    drop(board);
    match undo::meant(text) {
        Some(undo::Undo::Cancel) => return Route::Undo,
        Some(undo::Undo::Landing) => return Route::UndoLanding,
        None => {}
    }
    if let Some(meant) = outgoing::meant(text) {
        return Route::Outgoing(meant);
    }
    if let Some(answer) = answer {
        match (&open[..], another_question || is_writing) {
            ([approval], false) => return Route::Answer(*approval, answer),
            ([], _) => missing = Some(nothing::asks()),
            // What the model asked last may be what is answered; approvals it cannot answer.
            (open, is_unclear) => {
                let unclear = nothing::asks_for_one(open.len());
                if !is_unclear {
                    return Route::Nothing(unclear);
                }
                missing = Some(unclear);
            }
        }
    }
    match desk.connected() {
        Connected::Nothing => match missing {
            Some(failure) => Route::Nothing(failure),
            None => Route::Commands(understand(text)),
        },
        Connected::Model(..) | Connected::Asking(_) | Connected::Unusable(..) => Route::Model {
            corrects: corrections::is_correction(text),
        },
    }
}

impl Route {
    /// Whether it is carried out before the message is even stored.
    pub(crate) const fn is_urgent(&self) -> bool {
        matches!(
            self,
            Self::Override(_) | Self::Ambiguous { .. } | Self::StopReply(_)
        )
    }
}

/// Does what a message asks for. `turn` is its place in the order if the model answers it.
pub(crate) async fn follow(desk: Arc<Desk>, route: Route, heard: Heard, turn: Option<order::Turn>) {
    match route {
        Route::Override(found) => overridden::carry_out(&desk, heard, &found).await,
        Route::Ambiguous {
            verb,
            candidates,
            freeze,
        } => overridden::offer(&desk, heard, verb, &candidates, &freeze).await,
        Route::StopReply(offer) => {
            desk.happened(Occurrence::Stop).await;
            overridden::offer_tasks(&desk, heard, &offer).await;
        }
        Route::Undo => undo::cancel(&desk, heard).await,
        Route::UndoLanding => undo::landing(&desk, heard).await,
        Route::Outgoing(meant) => outgoing::carry_out(&desk, heard, meant).await,
        Route::Answer(approval, answer) => overridden::answer(&desk, heard, approval, answer).await,
        Route::Nothing(failure) => desk.notice(Some(heard.message.id), failure).await,
        Route::Model { corrects } => {
            if let Some(turn) = turn {
                let begin = Begin {
                    turn,
                    said: heard.message,
                    instead_of: None,
                    corrects,
                    under_way: heard.under_way,
                };
                desk.happened(Occurrence::Turn(Box::new(begin))).await;
            }
        }
        Route::Commands(found) => commands::carry_out(&desk, heard, found).await,
    }
}

/// A yes or no that is meant for an open question, if it is nothing else.
fn typed_answer(text: &str) -> Option<Answer> {
    match plain(text).as_str() {
        "allow" | "yes allow" | "allow it" | "yes allow it" | "approve" | "yes approve" => {
            Some(Answer::Allow)
        }
        // Of a push this means the fixes that follow, too.
        "allow for this task"
        | "allow it for this task"
        | "you may push fixes to this one"
        | "may push fixes to this one"
        | "allow and push fixes" => Some(Answer::AllowForTask),
        "deny" | "no deny" | "deny it" | "no deny it" => Some(Answer::Deny),
        _ => None,
    }
}

/// Lower case, one space between words, no punctuation.
fn plain(text: &str) -> String {
    let words = text.split(|c: char| !(c.is_alphanumeric() || c == '\''));
    let words: Vec<String> = words
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.join(" ")
}

/// The most one message may hold, in bytes: about half of what a usual model reads at once. What is longer belongs
/// into a file.
pub const MESSAGE_BYTES_MAX: usize = 64 * 1024;

/// What a message that cannot be taken as it is is refused with.
pub(crate) fn check(text: &str) -> Result<(), Failure> {
    if text.trim().is_empty() {
        return Err(empty());
    }
    if text.len() > MESSAGE_BYTES_MAX {
        return Err(Failure::new(
            "message_too_long",
            format!(
                "The message is longer than {} KB and was not taken.",
                MESSAGE_BYTES_MAX / 1024
            ),
            "Put it into a file in the repository and name that, or send it in parts.",
        ));
    }
    Ok(())
}

/// What a message that says nothing is refused with.
fn empty() -> Failure {
    Failure::new(
        "message_empty",
        "The message says nothing.",
        "Write something first.",
    )
}

/// The entry of a message just said.
pub(crate) const fn said(text: String) -> MessageBody {
    MessageBody::Said {
        text,
        understood: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bare_yes_or_no_answers_a_question() {
        for yes in ["allow", "Yes, allow.", "approve", "yes allow it"] {
            assert_eq!(typed_answer(yes), Some(Answer::Allow), "{yes}");
        }
        assert_eq!(typed_answer("Deny!"), Some(Answer::Deny));
        for other in ["yes", "ok", "allow everything", "do you allow that?", "no"] {
            assert_eq!(typed_answer(other), None, "{other}");
        }
    }
}
