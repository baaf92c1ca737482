//! What tasks are told and take in: the line on their cards.

use ampersand_core::{Actor, Event, EventBody};

use super::{Taken, say_of};
use crate::board::Board;

pub(super) fn take(event: &Event, board: &mut Board, taken: &mut Taken) {
    match &event.body {
        // Nobody in the conversation said it, so it is not what is talked about. The first line says it all.
        EventBody::TaskSteered {
            task,
            text,
            by: Actor::Orchestrator,
            ..
        } => say_of(event.seq, *task, first_line(text), board, taken),
        EventBody::TaskSteered {
            task, text, waits, ..
        } => {
            board.mentioned = vec![*task];
            board.amend(*task, |task| task.tell(text));
            let told = match waits {
                Some(waits) => format!("Told: {text} · {waits}"),
                None => format!("Told: {text}"),
            };
            say_of(event.seq, *task, told, board, taken);
        }
        EventBody::SteeringDelivered { task, text } => {
            let heard = format!("Heard: {}", first_line(text));
            say_of(event.seq, *task, heard, board, taken);
        }
        _ => {}
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
