//! The orchestrator's end: one session for each controller that connected.
//!
//! Three things leave a session, and none may hold up the one before it: replies first, then the journal in
//! order, then activity, of which only the newest for each task is kept.

use std::{
    collections::{HashMap, VecDeque},
    future::Future,
    sync::Arc,
};

use ampersand_core::{CommandId, Event, Failure, TaskId};
use ampersand_protocol::{
    Activity, Command, FromOrchestrator, Hello, PROTOCOL_VERSION, Reply, ToOrchestrator,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::{Semaphore, broadcast, mpsc, watch},
};
use tokio_util::task::TaskTracker;

use crate::frames::{FrameError, FrameReader, FrameWriter};

/// What a session asks of the orchestrator.
pub trait Responder: Clone + Send + Sync + 'static {
    /// Who is speaking.
    fn hello(&self) -> Hello;

    /// Carries out a command; the same id a second time gives the first reply again.
    fn handle(
        &self,
        id: CommandId,
        command: Command,
    ) -> impl Future<Output = Result<Reply, Failure>> + Send;

    /// At most `limit` lines of the journal after `after`, in order, without gaps.
    fn events_after(
        &self,
        after: u64,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<Event>, Failure>> + Send;

    /// The newest line's number, as it grows.
    fn newest(&self) -> watch::Receiver<u64>;

    /// What tasks are doing, as it changes.
    fn activities(&self) -> broadcast::Receiver<Activity>;
}

/// Requests of one session carried out at once. When all are taken the session reads no further, so a
/// controller that floods is held back by its own socket.
const REQUESTS_MAX: usize = 256;

/// Lines of the journal in one write: enough to keep the disk busy, few enough for a reply to slip between.
const EVENTS_AT_ONCE: u32 = 128;

/// Speaks with one controller until it goes away.
pub async fn serve<S: Responder>(
    stream: impl AsyncRead + AsyncWrite + Send,
    responder: S,
) -> Result<(), FrameError> {
    let (read, write) = tokio::io::split(stream);
    let (mut reader, mut writer) = (FrameReader::new(read), FrameWriter::new(write));
    let newest = *responder.newest().borrow();
    writer
        .send(&FromOrchestrator::Hello {
            hello: responder.hello(),
            newest,
        })
        .await?;
    greet(&mut reader).await?;

    let (replies, outgoing) = mpsc::channel(REQUESTS_MAX);
    let (subscribe, subscribed) = watch::channel(None);
    let requests = TaskTracker::new();
    let ended = tokio::select! {
        ended = take_requests(reader, &responder, &requests, replies, subscribe) => ended,
        ended = send_frames(writer, &responder, outgoing, subscribed) => ended,
    };
    // A command that was begun is finished: its sender may ask for the reply again after reconnecting.
    requests.close();
    requests.wait().await;
    match ended {
        Err(FrameError::Gone) => Ok(()),
        ended => ended,
    }
}

async fn greet<R: AsyncRead + Unpin>(reader: &mut FrameReader<R>) -> Result<(), FrameError> {
    match reader.next().await? {
        ToOrchestrator::Hello { hello } if hello.protocol == PROTOCOL_VERSION => Ok(()),
        ToOrchestrator::Hello { hello } => Err(FrameError::Version {
            theirs: hello.protocol,
            ours: PROTOCOL_VERSION,
        }),
        ToOrchestrator::Subscribe { .. } | ToOrchestrator::Request { .. } => {
            Err(FrameError::Silent)
        }
    }
}

type Outgoing = (CommandId, Result<Reply, Failure>);

async fn take_requests<R: AsyncRead + Unpin, S: Responder>(
    mut reader: FrameReader<R>,
    responder: &S,
    requests: &TaskTracker,
    replies: mpsc::Sender<Outgoing>,
    subscribe: watch::Sender<Option<u64>>,
) -> Result<(), FrameError> {
    let room = Arc::new(Semaphore::new(REQUESTS_MAX));
    loop {
        match reader.next().await? {
            ToOrchestrator::Hello { .. } => {}
            ToOrchestrator::Subscribe { after } => {
                subscribe.send_replace(Some(after));
            }
            ToOrchestrator::Request { id, command } => {
                let Ok(permit) = Arc::clone(&room).acquire_owned().await else {
                    return Err(FrameError::Gone);
                };
                let (responder, replies) = (responder.clone(), replies.clone());
                requests.spawn(async move {
                    let outcome = responder.handle(id, command).await;
                    // Nobody listens any more: the reply is kept under the command's id.
                    replies.send((id, outcome)).await.ok();
                    drop(permit);
                });
            }
        }
    }
}

/// Where the reader of the journal is, and whether it has asked at all.
#[derive(Clone, Copy)]
enum Cursor {
    Idle,
    Behind(u64),
    UpToDate(u64),
}

/// What is to leave next. Chosen first and written after: a write that a more urgent one cut short would leave
/// half a batch behind, to be sent twice.
enum Next {
    Reply(Box<Outgoing>),
    Subscribed(Option<u64>),
    Events(Result<Vec<Event>, Failure>),
    Newer,
    Activity(Activity),
    Heard(Activity),
    Fell,
    Closed,
}

async fn send_frames<W: AsyncWrite + Unpin, S: Responder>(
    mut writer: FrameWriter<W>,
    responder: &S,
    mut outgoing: mpsc::Receiver<Outgoing>,
    mut subscribed: watch::Receiver<Option<u64>>,
) -> Result<(), FrameError> {
    let mut newest = responder.newest();
    let mut activities = responder.activities();
    let mut waiting = Waiting::default();
    let mut cursor = Cursor::Idle;
    loop {
        let next = tokio::select! {
            biased;
            Some(reply) = outgoing.recv() => Next::Reply(Box::new(reply)),
            Ok(()) = subscribed.changed() => Next::Subscribed(*subscribed.borrow_and_update()),
            events = read_events(responder, cursor) => Next::Events(events),
            Ok(()) = newest.changed() => Next::Newer,
            heard = activities.recv() => match heard {
                Ok(activity) => Next::Heard(activity),
                // Fell behind: older activity is worth nothing, the newest comes again.
                Err(broadcast::error::RecvError::Lagged(_)) => Next::Fell,
                Err(broadcast::error::RecvError::Closed) => Next::Closed,
            },
            activity = waiting.next() => Next::Activity(activity),
        };
        match next {
            Next::Reply(reply) => {
                let (id, outcome) = *reply;
                writer
                    .send(&FromOrchestrator::Reply { id, outcome })
                    .await?;
            }
            Next::Subscribed(after) => cursor = after.map_or(cursor, Cursor::Behind),
            Next::Events(events) => cursor = send_events(&mut writer, cursor, events).await?,
            Next::Newer => {
                newest.borrow_and_update();
                if let Cursor::UpToDate(after) = cursor {
                    cursor = Cursor::Behind(after);
                }
            }
            Next::Heard(activity) => waiting.put(activity),
            Next::Activity(activity) => {
                writer
                    .send(&FromOrchestrator::Activity { activity })
                    .await?;
            }
            Next::Fell => {}
            Next::Closed => return Err(FrameError::Gone),
        }
    }
}

/// The next lines of the journal if the reader is behind; never ends if it is not.
async fn read_events<S: Responder>(responder: &S, cursor: Cursor) -> Result<Vec<Event>, Failure> {
    match cursor {
        Cursor::Behind(after) => responder.events_after(after, EVENTS_AT_ONCE).await,
        Cursor::Idle | Cursor::UpToDate(_) => std::future::pending().await,
    }
}

async fn send_events<W: AsyncWrite + Unpin>(
    writer: &mut FrameWriter<W>,
    cursor: Cursor,
    events: Result<Vec<Event>, Failure>,
) -> Result<Cursor, FrameError> {
    let events = events.map_err(|failure| {
        tracing::error!(code = failure.code, "the journal cannot be read: {failure}");
        FrameError::Gone
    })?;
    let more = events.len() == EVENTS_AT_ONCE as usize;
    let Some(last) = events.last().map(|event| event.seq) else {
        return Ok(match cursor {
            Cursor::Behind(after) | Cursor::UpToDate(after) => Cursor::UpToDate(after),
            Cursor::Idle => Cursor::Idle,
        });
    };
    for event in events {
        writer.feed(&FromOrchestrator::Event { event }).await?;
    }
    writer.flush().await?;
    Ok(if more {
        Cursor::Behind(last)
    } else {
        Cursor::UpToDate(last)
    })
}

/// The newest activity of each task, the one first that has waited longest: no task is drowned out by others that
/// tell more.
#[derive(Default)]
struct Waiting {
    order: VecDeque<Option<TaskId>>,
    newest: HashMap<Option<TaskId>, Activity>,
}

impl Waiting {
    /// Takes the place of what the same task told before.
    fn put(&mut self, activity: Activity) {
        let task = activity.task;
        if self.newest.insert(task, activity).is_none() {
            self.order.push_back(task);
        }
    }

    fn take(&mut self) -> Option<Activity> {
        let task = self.order.pop_front()?;
        self.newest.remove(&task)
    }

    /// As [`Self::take`]; never ends if there is none.
    async fn next(&mut self) -> Activity {
        match self.take() {
            Some(activity) => activity,
            None => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn told(task: u128, line: &str) -> Activity {
        Activity {
            task: Some(TaskId::new(Uuid::from_u128(task))),
            line: line.to_owned(),
            ..Activity::default()
        }
    }

    #[test]
    fn each_task_is_heard_in_turn_with_its_newest_words() {
        let mut waiting = Waiting::default();
        for (task, line) in [(1, "a"), (2, "b"), (1, "c"), (3, "d"), (2, "e")] {
            waiting.put(told(task, line));
        }
        assert_eq!(waiting.take(), Some(told(1, "c")));
        waiting.put(told(1, "f"));
        let rest: Vec<_> = std::iter::from_fn(|| waiting.take()).collect();
        assert_eq!(rest, [told(2, "e"), told(3, "d"), told(1, "f")]);
    }
}
