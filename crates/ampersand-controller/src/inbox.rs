//! The journal's lines on their way into the conversation: each exactly once, its cards and its number in one
//! transaction. No model is needed for any of it.

mod bounded;
mod cards;
mod undone;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use ampersand_core::{
    Event, EventBody, Failure, Message, MessageBody, MessageId, PlanId, Task, TaskId, TaskState,
};
use ampersand_protocol::{Activity, Command, Counts, Reply, UpdateBody};
use tokio::{sync::mpsc, time::sleep};
use uuid::Uuid;

use crate::{
    connected::Connected, desk::Desk, load::UnderWay, turn::step::Unexplained, turns::Occurrence,
};

pub(crate) use bounded::REPORT_BYTES_MAX;
pub(crate) use cards::Cards;
use cards::{Fresh, Taken};

/// Mail not yet taken in. When it is full the journal is not read any further, and nothing is lost.
pub(crate) const MAIL_MAX: usize = 1024;

/// Lines taken in at once, so that a long absence costs few transactions and none of them is large.
const AT_ONCE: usize = 64;

/// How long to wait before writing again what could not be written.
const WRITE_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// How long a report may be waited for that an earlier run had heard and not shown.
const REPORT_WITHIN: Duration = Duration::from_secs(2);

/// What comes in.
#[derive(Debug)]
pub(crate) enum Mail {
    /// A line of the journal.
    Event(Box<Event>),
    /// What a task is doing.
    Activity(Activity),
    /// What results mean. Comes here because here alone their cards are changed.
    Explained {
        /// The results; the words go on the card of the last one.
        about: Vec<Unexplained>,
        /// The words; empty if there is nothing to add.
        text: String,
        /// Whether it is attached without being announced.
        silently: bool,
        /// Counted until it stands on its card.
        under_way: UnderWay,
    },
}

/// Takes in mail until nobody sends any.
pub(crate) async fn take_in(desk: Arc<Desk>, mut cards: Cards, mut mail: mpsc::Receiver<Mail>) {
    let before: HashSet<TaskId> = desk.board().tasks().iter().map(|task| task.id).collect();
    while let Some(first) = mail.recv().await {
        let mut next = Some(first);
        let mut events = Vec::new();
        while let Some(one) = next.take() {
            match one {
                Mail::Event(event) => events.push(*event),
                Mail::Activity(activity) => show_activity(&desk, activity),
                Mail::Explained {
                    about,
                    text,
                    silently,
                    under_way,
                } => {
                    explain(&desk, &mut cards, &about, &text, silently).await;
                    drop(under_way);
                }
            }
            if events.len() < AT_ONCE {
                next = mail.try_recv().ok();
            }
        }
        if !events.is_empty() {
            take_events(&desk, &mut cards, &events, &before).await;
        }
    }
}

fn show_activity(desk: &Desk, activity: Activity) {
    if let Some(task) = activity.task {
        desk.board().set_activity(task, activity.clone());
    }
    desk.hub.emit(None, UpdateBody::Activity { activity });
}

async fn take_events(
    desk: &Arc<Desk>,
    cards: &mut Cards,
    events: &[Event],
    known_before: &HashSet<TaskId>,
) {
    let Some(last) = events.last().map(|event| event.seq) else {
        return;
    };
    let plans = places_of_plans(desk, events).await;
    let overrides = undone::cards(desk, events).await;
    fetch_reports(desk, events, known_before).await;
    let (taken, tasks, counts) = step(desk, cards, events, (plans, overrides));
    write(desk, last, &taken, &tasks).await;
    for (seq, body) in taken.updates {
        desk.hub.emit(Some(seq), body);
    }
    if let Some(counts) = counts {
        desk.hub.emit(None, UpdateBody::Counts { counts });
    }
    for result in taken.unexplained {
        let under_way = desk.load.begin();
        let happened = Occurrence::Result { result, under_way };
        desk.happened(happened).await;
    }
    desk.newest.send_replace(last);
    if events.iter().any(changes_repository) {
        let desk = Arc::clone(desk);
        tokio::spawn(async move {
            if let Err(failure) = desk.attach().await {
                tracing::info!(
                    code = failure.code,
                    "the repository was not looked at again"
                );
            }
        });
    }
}

/// Whether the repository's facts may read differently after it.
const fn changes_repository(event: &Event) -> bool {
    matches!(
        event.body,
        EventBody::RepositoryTrusted { .. }
            | EventBody::TaskLanded { .. }
            | EventBody::LandingUndone { .. }
    )
}

/// Everything several lines come to, decided at once.
fn step(
    desk: &Desk,
    cards: &mut Cards,
    events: &[Event],
    (plans, overrides): (HashMap<PlanId, u64>, Vec<Message>),
) -> (Taken, Vec<Task>, Option<Counts>) {
    let mut fresh = Fresh {
        place: &mut || desk.conversation.next_position(),
        newest: &|| desk.conversation.newest_position(),
        id: &mut || MessageId::new(Uuid::now_v7()),
        plans,
        overrides,
        // Without a model nobody explains, now or later.
        explains: matches!(
            desk.connected(),
            Connected::Model(..) | Connected::Asking(_)
        ),
    };
    let mut board = desk.board();
    let before = board.counts();
    let mut taken = Taken::default();
    for event in events {
        cards.take(event, &mut board, &mut fresh, &mut taken);
    }
    let touched = taken.touched.iter();
    let tasks = touched.filter_map(|id| board.task(*id).cloned()).collect();
    let counts = Some(board.counts()).filter(|counts| *counts != before);
    (taken, tasks, counts)
}

/// Writes until it is written: what the journal says must not be lost, however full the disk is.
async fn write(desk: &Desk, last: u64, taken: &Taken, tasks: &[Task]) {
    let mut told = false;
    loop {
        match desk.conversation.take_in(last, &taken.cards, tasks).await {
            Ok(_) => return,
            Err(ampersand_store::WriteError::Closed { .. }) => return,
            Err(error) => {
                let failure = Failure::from(error);
                tracing::error!(code = failure.code, "cards cannot be written: {failure}");
                if !std::mem::replace(&mut told, true) {
                    desk.hub.emit(None, UpdateBody::Error { failure });
                }
                sleep(WRITE_AGAIN_AFTER).await;
            }
        }
    }
}

async fn places_of_plans(desk: &Desk, events: &[Event]) -> HashMap<PlanId, u64> {
    let mut places = HashMap::new();
    for event in events {
        let EventBody::PlanAccepted { plan, .. } = &event.body else {
            continue;
        };
        let under = desk.board().planned_under.get(plan).copied();
        if let Some(under) = under
            && let Ok(place) = desk.conversation.position_after(under).await
        {
            places.insert(*plan, place);
        }
    }
    places
}

/// A report that an earlier run had heard, and not shown before it ended, is asked for again.
async fn fetch_reports(desk: &Desk, events: &[Event], known_before: &HashSet<TaskId>) {
    let mut heard = HashSet::new();
    for event in events {
        match &event.body {
            EventBody::TaskReported { task, .. } => {
                heard.insert(*task);
            }
            EventBody::TaskMoved {
                task,
                state: TaskState::Done | TaskState::Ready { .. } | TaskState::Failed { .. },
                ..
            } if known_before.contains(task) && !heard.contains(task) => {
                let task = *task;
                if desk.board().reports.contains_key(&task) {
                    continue;
                }
                let asked = desk
                    .link
                    .call_within(REPORT_WITHIN, Command::ReadReport { task });
                if let Ok(Reply::Report { report, .. }) = asked.await {
                    let report = bounded::bounded(report);
                    desk.board().reports.insert(task, report);
                }
            }
            _ => {}
        }
    }
}

/// Puts what was said on the last card, and marks every result as looked at, all at once.
async fn explain(
    desk: &Desk,
    cards: &mut Cards,
    about: &[Unexplained],
    text: &str,
    silently: bool,
) {
    let mut changed: Vec<Message> = Vec::new();
    for result in about {
        if changed.iter().any(|card| card.id == result.card) {
            continue;
        }
        let known = match cards.result(result.card) {
            Some(known) => Some(known.clone()),
            None => desk.conversation.message(result.card).await.ok().flatten(),
        };
        if let Some(mut card) = known {
            look_at(&mut card, about);
            changed.push(card);
        }
    }
    let last = about.last().map(|result| result.card);
    let told = changed.iter_mut().find(|card| Some(card.id) == last);
    let told = told.filter(|_| !text.is_empty()).map(|card| {
        explain_in(card, text);
        card.clone()
    });
    if let Err(error) = desk.conversation.put(&changed).await {
        // The results themselves stand; the next run asks again what they mean.
        tracing::warn!(%error, "an explanation was not written");
        return;
    }
    for card in &changed {
        cards.put(card);
    }
    let Some(card) = told else { return };
    if !silently {
        let update = UpdateBody::Explanation {
            message: card.id,
            text: text.to_owned(),
        };
        desk.hub.emit(None, update);
    }
    desk.hub.message(None, &card);
}

/// Takes the results off the list of those that are still to be looked at.
fn look_at(card: &mut Message, about: &[Unexplained]) {
    if let MessageBody::Result { unexplained, .. } = &mut card.body {
        unexplained.retain(|task| !about.iter().any(|result| result.task == *task));
    }
}

fn explain_in(message: &mut Message, more: &str) {
    if let MessageBody::Result { explanation, .. } = &mut message.body {
        *explanation = Some(match explanation.take() {
            Some(before) => format!("{before}\n\n{more}"),
            None => more.to_owned(),
        });
    }
}
