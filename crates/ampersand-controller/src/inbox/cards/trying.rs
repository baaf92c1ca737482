//! Work that is tried before it lands: where its app is reached, and how it stands in the checkout.

use ampersand_core::{Event, EventBody, Showing};

use super::{Fresh, Taken, landing, show_task};
use crate::board::Board;

pub(super) fn take(event: &Event, board: &mut Board, fresh: &mut Fresh<'_>, taken: &mut Taken) {
    let task = match &event.body {
        EventBody::AppServes { task, address } => {
            board.amend(*task, |task| task.address = Some(address.clone()));
            *task
        }
        EventBody::TaskShown { task, .. } => {
            board.amend(*task, |task| task.showing = Some(Showing::Up));
            *task
        }
        EventBody::TaskPutBack { task, .. } => {
            board.amend(*task, |task| task.showing = None);
            *task
        }
        _ => return,
    };
    show_task(event.seq, task, board, taken);
    landing::card(event, board, fresh, taken);
}
