//! Overrides on their way to the orchestrator and back: what was understood, what the operating system confirmed,
//! and chips where it was not clear.

use std::sync::Arc;

use ampersand_core::{
    Actor, Answer, ApprovalId, ChoiceOption, Message, MessageBody, MessageId, OverrideOutcome,
    TaskId,
};
use ampersand_protocol::{Command, Reply, UpdateBody};
use jiff::Timestamp;
use uuid::Uuid;

use super::{Heard, PERSON_WAITS};
use crate::{
    desk::Desk,
    overrides::{Override, Reached, Verb},
};

const BY: Actor = Actor::Person;

/// Carries out an override that has one meaning.
pub(super) async fn carry_out(desk: &Arc<Desk>, mut heard: Heard, found: &Override) {
    let tasks = ids(&found.tasks);
    let verb = found.verb.word();
    let text = found.understood();
    let text = text.trim_start_matches("Understood as: ");
    let command = match found.verb {
        Verb::Pause => Command::Pause {
            tasks: tasks.clone(),
            by: BY,
        },
        Verb::Resume => Command::Resume {
            tasks: tasks.clone(),
            by: BY,
        },
        Verb::Cancel => Command::Cancel {
            tasks: tasks.clone(),
            now: false,
            by: BY,
        },
        Verb::Narrow(what) => Command::Narrow {
            tasks: tasks.clone(),
            what,
            by: BY,
        },
        Verb::None => return,
    };
    let answer = if tasks.is_empty() {
        // Nothing stands that it could reach; it was understood all the same.
        Ok(Reply::Done)
    } else {
        desk.board().mentioned = tasks;
        let _turn = desk.overriding.lock().await;
        desk.link.call_within(PERSON_WAITS, command).await
    };
    desk.order.acted();
    let took_ms = elapsed_ms(&heard);
    // It holds even if the disk takes no words: then it is said, and stands on no card.
    let is_stored = heard.is_stored().await;
    let (tasks, processes) = match answer {
        Ok(Reply::Overridden {
            tasks, processes, ..
        }) => (tasks, processes),
        Ok(_) => (Vec::new(), 0),
        Err(failure) => return desk.trouble(heard.message.id, failure).await,
    };
    let card = MessageBody::Override {
        verb: verb.to_owned(),
        tasks: tasks.clone(),
        frozen_in_ms: Some(took_ms).filter(|_| matches!(found.verb, Verb::Pause | Verb::Cancel)),
        outcome: OverrideOutcome::Stands,
    };
    let update = UpdateBody::Understood {
        message: heard.message.id,
        text: text.to_owned(),
        verb: verb.to_owned(),
        tasks: tasks.clone(),
        processes,
        took_ms,
    };
    desk.hub.emit(None, update);
    if !is_stored {
        return;
    }
    note_understood(desk, &mut heard, text).await;
    if !tasks.is_empty()
        && let Err(failure) = desk.card(Some(heard.message.id), card).await
    {
        desk.hub.emit(None, UpdateBody::Error { failure });
    }
}

/// Says how a rule understood the message, on the message and as an update.
pub(super) async fn say_understood(
    desk: &Arc<Desk>,
    heard: &mut Heard,
    verb: &str,
    text: &str,
    tasks: Vec<TaskId>,
    processes: u32,
) {
    let update = UpdateBody::Understood {
        message: heard.message.id,
        text: text.to_owned(),
        verb: verb.to_owned(),
        tasks,
        processes,
        took_ms: elapsed_ms(heard),
    };
    desk.hub.emit(None, update);
    note_understood(desk, heard, text).await;
}

async fn note_understood(desk: &Arc<Desk>, heard: &mut Heard, text: &str) {
    if let MessageBody::Said { understood, .. } = &mut heard.message.body {
        *understood = Some(text.to_owned());
    }
    if let Err(failure) = desk.put(&heard.message).await {
        tracing::warn!(code = failure.code, "what was understood was not written");
    }
}

/// Answers the one open question.
pub(super) async fn answer(
    desk: &Arc<Desk>,
    mut heard: Heard,
    approval: ApprovalId,
    answer: Answer,
) {
    let title = {
        let board = desk.board();
        let task = board.approvals.get(&approval).map(|open| open.task);
        task.map(|task| board.title(task)).unwrap_or_default()
    };
    let word = match answer {
        Answer::Allow | Answer::AllowForTask | Answer::AllowForProject => "allow",
        Answer::Deny => "deny",
    };
    let command = Command::Answer { approval, answer };
    match desk.link.call_within(PERSON_WAITS, command).await {
        Ok(_) => note_understood(desk, &mut heard, &format!("{word} · {title}")).await,
        Err(failure) => desk.trouble(heard.message.id, failure).await,
    }
}

/// Offers the tasks an override may have meant. What it would have killed stands still until the person chose.
pub(super) async fn offer(
    desk: &Arc<Desk>,
    mut heard: Heard,
    verb: Verb,
    candidates: &[Reached],
    freeze: &[String],
) {
    let frozen: Vec<TaskId> = freeze.iter().filter_map(|id| id.parse().ok()).collect();
    let mut troubled = None;
    if !frozen.is_empty() {
        let command = Command::Pause {
            tasks: frozen.clone(),
            by: BY,
        };
        let answer = desk.link.call_within(PERSON_WAITS, command).await;
        desk.order.acted();
        troubled = answer.err();
    }
    // What stands still must not wait for a disk to take the question.
    let under = heard.is_stored().await.then_some(heard.message.id);
    match (troubled, under) {
        (Some(failure), Some(under)) => desk.trouble(under, failure).await,
        (Some(failure), None) => desk.hub.emit(None, UpdateBody::Error { failure }),
        (None, _) => {}
    }
    let word = verb.said();
    let mut options = chips(word, candidates);
    if candidates.len() > 1 {
        options.push(option("All of them", &format!("{word} everything")));
    }
    if !frozen.is_empty() {
        options.push(option("None, let them go on", "resume everything"));
    }
    let stand = if frozen.is_empty() {
        ""
    } else {
        " They stand still until you choose."
    };
    let body = MessageBody::Choice {
        question: match verb {
            Verb::Narrow(what) => format!("Which one should have {}?", what.shown()),
            Verb::Pause | Verb::Resume | Verb::Cancel | Verb::None => {
                format!("Which one should I {word}?{stand}")
            }
        },
        options,
        chosen: None,
    };
    desk.board().choice_is_open = true;
    put_choice(desk, under, body).await;
}

/// The reply is stopped; perhaps tasks were meant as well.
pub(super) async fn offer_tasks(desk: &Arc<Desk>, mut heard: Heard, tasks: &[Reached]) {
    let under = heard.is_stored().await.then_some(heard.message.id);
    if under.is_some() {
        note_understood(desk, &mut heard, "stop the reply").await;
    }
    if tasks.is_empty() {
        return;
    }
    let mut options = chips("cancel", tasks);
    if tasks.len() > 1 {
        options.push(option("All background work", "cancel everything"));
    }
    let body = MessageBody::Choice {
        question: "The reply is stopped. Background work goes on; stop some of it too?".to_owned(),
        options,
        chosen: None,
    };
    desk.board().choice_is_open = true;
    put_choice(desk, under, body).await;
}

/// Puts a card to choose from under a message; one that cannot be kept, or whose message could not be, is shown all
/// the same.
pub(super) async fn put_choice(desk: &Arc<Desk>, under: Option<MessageId>, body: MessageBody) {
    let kept = match under {
        Some(_) => desk.card(under, body.clone()).await,
        None => Ok(show_unkept(desk, body.clone())),
    };
    let card = kept.unwrap_or_else(|failure| {
        desk.hub.emit(None, UpdateBody::Error { failure });
        show_unkept(desk, body)
    });
    if let MessageBody::Choice {
        question, options, ..
    } = card.body
    {
        let update = UpdateBody::Choice {
            message: card.id,
            question,
            options,
        };
        desk.hub.emit(None, update);
    }
}

fn show_unkept(desk: &Desk, body: MessageBody) -> Message {
    let card = Message {
        id: MessageId::new(Uuid::now_v7()),
        position: desk.conversation.next_position(),
        at: Timestamp::now(),
        body,
    };
    desk.hub.message(None, &card);
    desk.board().unkept_choice = Some(card.clone());
    card
}

fn chips(verb: &str, tasks: &[Reached]) -> Vec<ChoiceOption> {
    tasks
        .iter()
        .map(|task| option(&task.title, &format!("{verb} \"{}\"", task.title)))
        .collect()
}

fn option(label: &str, says: &str) -> ChoiceOption {
    ChoiceOption {
        label: label.to_owned(),
        says: says.to_owned(),
    }
}

fn ids(tasks: &[Reached]) -> Vec<TaskId> {
    let ids = tasks.iter().filter_map(|task| task.id.parse().ok());
    ids.collect()
}

fn elapsed_ms(heard: &Heard) -> u32 {
    u32::try_from(heard.arrived.elapsed().as_millis()).unwrap_or(u32::MAX)
}
