//! Updates on their way to whoever shows the conversation. A viewer that falls behind gets everything as it
//! stands instead of what it missed, so that nothing grows without bound and nothing is lost.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError, Weak},
};

use ampersand_core::{Message, MessageBody, MessageId, ReplyState};
use ampersand_protocol::{Update, UpdateBody};
use jiff::Timestamp;
use tokio::sync::broadcast;

use crate::desk::Desk;

/// Updates a viewer may be behind before it is given everything afresh.
const UPDATES_MAX: usize = 4096;

/// Where updates are put in.
#[derive(Debug)]
pub(crate) struct Hub {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Gone once the conversation is closed.
    sender: Option<broadcast::Sender<Update>>,
    /// Replies under way, exactly as far as their words were sent out.
    live: HashMap<MessageId, Message>,
}

impl Hub {
    pub(crate) fn new() -> Self {
        let state = State {
            sender: Some(broadcast::Sender::new(UPDATES_MAX)),
            live: HashMap::new(),
        };
        Self {
            state: Mutex::new(state),
        }
    }

    /// Sends an update; `seq` is the journal's number it comes from.
    pub(crate) fn emit(&self, seq: Option<u64>, body: UpdateBody) {
        self.lock().send(seq, body);
    }

    /// An entry is new or changed as a whole.
    pub(crate) fn message(&self, seq: Option<u64>, message: &Message) {
        let mut state = self.lock();
        let streaming = MessageBody::is_streaming(&message.body);
        if streaming {
            state.live.insert(message.id, message.clone());
        } else {
            state.live.remove(&message.id);
        }
        let message = message.clone();
        state.send(seq, UpdateBody::Message { message });
    }

    /// More words of a reply that is under way.
    pub(crate) fn delta(&self, id: MessageId, more: &str) {
        let mut state = self.lock();
        if let Some(MessageBody::Reply { text, .. }) =
            state.live.get_mut(&id).map(|message| &mut message.body)
        {
            text.push_str(more);
        }
        let text = more.to_owned();
        state.send(None, UpdateBody::MessageDelta { message: id, text });
    }

    /// A reply ended.
    pub(crate) fn done(&self, message: &Message) {
        let mut state = self.lock();
        state.live.remove(&message.id);
        if let MessageBody::Reply {
            text,
            state: ended,
            left_out,
            ..
        } = &message.body
        {
            let body = UpdateBody::MessageDone {
                message: message.id,
                text: text.clone(),
                state: ended.clone(),
                left_out: left_out.clone(),
            };
            state.send(None, body);
        }
    }

    /// Replies under way as they stand.
    pub(crate) fn live(&self) -> Vec<Message> {
        self.lock().live.values().cloned().collect()
    }

    /// Begins to listen: what comes from now on, and replies under way up to exactly here.
    pub(crate) fn listen(&self) -> (Option<broadcast::Receiver<Update>>, Vec<Message>) {
        let state = self.lock();
        let receiver = state.sender.as_ref().map(broadcast::Sender::subscribe);
        (receiver, state.live.values().cloned().collect())
    }

    /// Ends every viewer's updates after the last one sent.
    pub(crate) fn close(&self) {
        self.lock().sender = None;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change is complete before anything can panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn send(&self, seq: Option<u64>, body: UpdateBody) {
        if let Some(sender) = &self.sender {
            // Nobody looks at the moment; whoever comes gets everything as it stands.
            sender.send(update(seq, body)).ok();
        }
    }
}

/// An update made now.
pub(crate) fn update(seq: Option<u64>, body: UpdateBody) -> Update {
    Update {
        at: Timestamp::now(),
        seq,
        body,
    }
}

/// Whether a message is a reply whose words still come.
trait Streams {
    fn is_streaming(&self) -> bool;
}

impl Streams for MessageBody {
    fn is_streaming(&self) -> bool {
        matches!(
            self,
            Self::Reply {
                state: ReplyState::Streaming,
                ..
            }
        )
    }
}

/// What a viewer reads.
#[derive(Debug)]
pub struct Updates {
    pub(crate) first: VecDeque<Update>,
    pub(crate) live: Option<broadcast::Receiver<Update>>,
    pub(crate) desk: Weak<Desk>,
}

impl Updates {
    /// The next update; `None` once the conversation was closed and everything was handed out.
    ///
    /// A viewer that fell far behind gets everything as it stands (entries, tasks, counts) before what follows.
    pub async fn next(&mut self) -> Option<Update> {
        loop {
            if let Some(update) = self.first.pop_front() {
                return Some(update);
            }
            match self.live.as_mut()?.recv().await {
                Ok(update) => return Some(update),
                Err(broadcast::error::RecvError::Closed) => {
                    self.live = None;
                    return None;
                }
                Err(broadcast::error::RecvError::Lagged(_)) => {
                    let desk = self.desk.upgrade()?;
                    let (live, first) = desk.snapshot().await;
                    self.live = live;
                    self.first = first;
                }
            }
        }
    }
}
