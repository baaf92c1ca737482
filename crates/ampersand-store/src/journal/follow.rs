//! The journal as a stream: everything there is, then everything there will be.

use ampersand_core::Event;
use tokio::sync::watch;

use crate::{Journal, ReadError};

/// Every event after one number, in order, none twice and none left out.
#[derive(Debug)]
pub struct Follow {
    journal: Journal,
    newest: watch::Receiver<u64>,
    after: u64,
}

impl Follow {
    pub(super) fn new(journal: Journal, after: u64) -> Self {
        let newest = journal.subscribe();
        Self {
            journal,
            newest,
            after,
        }
    }

    /// The next events, at least one and at most `limit`; waits until there are some. Nothing is lost if the
    /// caller stops waiting.
    pub async fn next(&mut self, limit: u32) -> Result<Vec<Event>, ReadError> {
        let after = self.after;
        // The journal is held here, so its writer has not ended; a closed one fails at the read.
        drop(self.newest.wait_for(|newest| *newest > after).await);
        let events = self.journal.events_after(after, limit.max(1)).await?;
        if let Some(last) = events.last() {
            self.after = last.seq;
        }
        Ok(events)
    }
}
