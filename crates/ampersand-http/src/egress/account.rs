//! What became of one request to the model, told once: answered whole, or why not.

use std::{sync::Arc, time::Duration};

use hyper::StatusCode;

use super::{
    Event,
    state::{Phase, State},
};
use crate::HttpError;

/// The most that is kept of the words of a refusal.
const SAID_BYTES: usize = 4 * 1024;

/// An answer under way. A refusal is told of even if the agent does not read it to its end.
pub(super) struct Account {
    state: Arc<State>,
    host: String,
    status: StatusCode,
    retry_after: Option<Duration>,
    said: Vec<u8>,
    is_told: bool,
}

impl Account {
    pub(super) const fn new(
        state: Arc<State>,
        host: String,
        status: StatusCode,
        retry_after: Option<Duration>,
    ) -> Self {
        Self {
            state,
            host,
            status,
            retry_after,
            said: Vec::new(),
            is_told: false,
        }
    }

    /// A piece of it, without the key.
    pub(super) fn passed(&mut self, piece: &[u8]) {
        if !self.status.is_success() {
            let room = SAID_BYTES.saturating_sub(self.said.len());
            self.said.extend_from_slice(&piece[..piece.len().min(room)]);
        }
    }

    /// It came to its end.
    pub(super) fn ended(&mut self) {
        if self.status.is_success() {
            self.tell(Event::Answered);
        } else {
            self.refused();
        }
    }

    /// It broke off.
    pub(super) fn broke(&mut self, error: HttpError) {
        let begun = self.status.is_success();
        if begun {
            // Before the agent can know: it would ask again at once.
            self.state.enter(Phase::Halted);
        }
        self.tell(Event::Failed { error, begun });
    }

    fn refused(&mut self) {
        let said = String::from_utf8_lossy(&self.said).into_owned();
        let host = std::mem::take(&mut self.host);
        let status = self.status.as_u16();
        let error = HttpError::from_status(host, status, self.retry_after, said);
        let begun = false;
        self.tell(Event::Failed { error, begun });
    }

    fn tell(&mut self, event: Event) {
        self.is_told = true;
        self.state.tell(event);
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        if !self.is_told && !self.status.is_success() {
            self.refused();
        }
    }
}
