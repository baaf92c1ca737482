//! What became of one request to the model, told once: answered whole, or why not. An answer that streams is whole once what
//! ends it has come; an orderly end of its connection alone proves nothing.

use std::{sync::Arc, time::Duration};

use hyper::StatusCode;

use super::{
    Event,
    reading::{Found, Reading},
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
    /// Of an answer that streams.
    reading: Option<Reading>,
    said: Vec<u8>,
    is_told: bool,
}

/// How an answer came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// As it should: there is nothing more to come.
    Orderly,
    /// Before it was whole.
    Early,
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
            reading: None,
            said: Vec::new(),
            is_told: false,
        }
    }

    /// Has it read as it passes.
    pub(super) fn reading(mut self, reading: Option<Reading>) -> Self {
        self.reading = reading.filter(|_| self.status.is_success());
        self
    }

    /// A piece of it, without the key, before the agent has it.
    pub(super) fn passed(&mut self, piece: &[u8]) {
        if !self.status.is_success() {
            let room = SAID_BYTES.saturating_sub(self.said.len());
            self.said.extend_from_slice(&piece[..piece.len().min(room)]);
        } else if !self.is_told
            && let Some(reading) = &mut self.reading
            && let Some(found) = reading.push(piece)
        {
            self.found(found);
        }
    }

    /// The server says no more.
    pub(super) fn ended(&mut self) -> End {
        if self.is_told {
            return End::Orderly;
        }
        if !self.status.is_success() {
            self.refused();
            return End::Orderly;
        }
        let Some(reading) = &mut self.reading else {
            self.tell(Event::Answered);
            return End::Orderly;
        };
        match reading.finish() {
            Some(found) => self.found(found),
            None if reading.is_blind() => self.tell(Event::Answered),
            None => {
                let host = self.host.clone();
                return self.broke(HttpError::Cut { host });
            }
        }
        End::Orderly
    }

    /// It broke off; of what was whole before, nothing is missing.
    pub(super) fn broke(&mut self, error: HttpError) -> End {
        if self.is_told {
            return End::Orderly;
        }
        let begun = self.status.is_success();
        self.failed(error, begun);
        End::Early
    }

    fn found(&mut self, found: Found) {
        match found {
            Found::Whole => self.tell(Event::Answered),
            Found::Fault { said, begun } => {
                let host = self.host.clone();
                self.failed(HttpError::Reported { host, body: said }, begun);
            }
        }
    }

    fn failed(&mut self, error: HttpError, begun: bool) {
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
        self.failed(error, false);
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
