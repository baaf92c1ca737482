//! A reply while it is written: its words go out gathered, and to the disk now and then.

use std::sync::Arc;

use ampersand_core::{Message, MessageBody, MessageId, ReplyState};
use tokio::{
    task::JoinHandle,
    time::{Duration, Instant},
};

use crate::desk::Desk;

/// One update a frame is as much as anybody sees.
const SENT_EVERY: Duration = Duration::from_millis(16);
/// What a crash may cost.
const KEPT_EVERY: Duration = Duration::from_millis(250);

/// A reply under way.
pub(crate) struct Reply {
    desk: Arc<Desk>,
    message: Message,
    to: MessageId,
    text: String,
    /// Words that were not sent out yet.
    unsent: String,
    is_new_paragraph: bool,
    sent_at: Option<Instant>,
    kept_at: Instant,
    keeping: Option<JoinHandle<()>>,
    /// What did not fit into the request, in words.
    pub(crate) left_out: Option<String>,
}

impl Reply {
    /// Begins in the place of `message`, whose body is not looked at.
    pub(crate) fn begin(desk: Arc<Desk>, mut message: Message, to: MessageId) -> Self {
        message.body = body(String::new(), to, ReplyState::Streaming, None);
        desk.hub.message(None, &message);
        let mut reply = Self {
            desk,
            message,
            to,
            text: String::new(),
            unsent: String::new(),
            is_new_paragraph: false,
            sent_at: None,
            kept_at: Instant::now(),
            keeping: None,
            left_out: None,
        };
        reply.keep();
        reply
    }

    pub(crate) const fn id(&self) -> MessageId {
        self.message.id
    }

    /// Bytes so far.
    pub(crate) const fn len(&self) -> usize {
        self.text.len()
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// More words. The first go out at once.
    pub(crate) fn say(&mut self, more: &str) {
        let apart = std::mem::take(&mut self.is_new_paragraph) && !self.text.is_empty();
        if apart && !self.text.ends_with("\n\n") {
            self.text.push_str("\n\n");
            self.unsent.push_str("\n\n");
        }
        self.text.push_str(more);
        self.unsent.push_str(more);
        if self.due().is_some_and(|due| due <= Instant::now()) {
            self.send();
        }
    }

    /// Sets what is said next apart from what was said, if anything was.
    pub(crate) const fn end_paragraph(&mut self) {
        self.is_new_paragraph = true;
    }

    /// When unsent words should go out.
    pub(crate) fn due(&self) -> Option<Instant> {
        if self.unsent.is_empty() {
            return None;
        }
        Some(self.sent_at.map_or_else(Instant::now, |at| at + SENT_EVERY))
    }

    /// Sends out what was not yet, and keeps it if that is some time ago.
    pub(crate) fn send(&mut self) {
        if self.unsent.is_empty() {
            return;
        }
        let more = std::mem::take(&mut self.unsent);
        self.desk.hub.delta(self.message.id, &more);
        let now = Instant::now();
        self.sent_at = Some(now);
        if now.duration_since(self.kept_at) >= KEPT_EVERY {
            self.kept_at = now;
            self.keep();
        }
    }

    /// Writes what there is, unless that is being done; never waits.
    fn keep(&mut self) {
        if self
            .keeping
            .as_ref()
            .is_some_and(|task| !task.is_finished())
        {
            return;
        }
        let mut message = self.message.clone();
        message.body = body(self.text.clone(), self.to, ReplyState::Streaming, None);
        let conversation = self.desk.conversation.clone();
        self.keeping = Some(tokio::spawn(async move {
            if let Err(error) = conversation.put(&[message]).await {
                // The end of the reply is written again; until then it is only not safe from a crash.
                tracing::warn!(%error, "a reply under way was not written");
            }
        }));
    }

    /// Ends it.
    pub(crate) async fn end(mut self, state: ReplyState) {
        self.send();
        if let Some(keeping) = self.keeping.take() {
            // It must not come after the end.
            keeping.await.ok();
        }
        let asks = self.text.trim_end().ends_with(['?', '？']);
        self.desk.board().reply_asks = asks;
        self.message.body = body(self.text, self.to, state, self.left_out);
        let written = self
            .desk
            .conversation
            .put(std::slice::from_ref(&self.message));
        if let Err(error) = written.await {
            tracing::error!(%error, "a reply was not written");
            let failure = error.into();
            let update = ampersand_protocol::UpdateBody::Error { failure };
            self.desk.hub.emit(None, update);
        }
        self.desk.hub.done(&self.message);
    }
}

const fn body(
    text: String,
    to: MessageId,
    state: ReplyState,
    left_out: Option<String>,
) -> MessageBody {
    MessageBody::Reply {
        text,
        to,
        state,
        left_out,
    }
}
