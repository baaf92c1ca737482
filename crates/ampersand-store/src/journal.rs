//! The orchestrator's journal: what happened, in one order without gaps, and how things stand after it.
//! One writer; numbers are given out by it, in the transaction that makes them durable.

mod follow;
mod project;
mod read;
mod write;

use std::{fmt, path::Path, sync::Arc};

use ampersand_core::{Approval, CommandId, Event, EventBody, Failure, Task};
use jiff::Timestamp;
use tokio::sync::watch;

use crate::{
    file::{File, Kind},
    open_error::OpenError,
    readers::Readers,
    row::{TaskRow, json},
    writer::{Book, Lane, WriteError, Writer},
};
use write::{Entry, Events, Receipt};

pub use follow::Follow;

const KIND: Kind = Kind {
    name: "journal",
    application_id: i32::from_be_bytes(*b"&jnl"),
    migrations: &[
        include_str!("../migrations/journal/0001_create_journal.sql"),
        include_str!("../migrations/journal/0002_create_unheard.sql"),
        include_str!("../migrations/journal/0003_create_granted.sql"),
    ],
};

/// What belongs together: all of it is written, or nothing.
#[derive(Debug, Clone)]
pub struct Batch {
    /// When it happened; kept to the nanosecond.
    pub at: Timestamp,
    /// What happened, in order.
    pub bodies: Vec<EventBody>,
    /// Tasks that are new or changed, as they stand after it. A new one goes to the end of the order.
    pub tasks: Vec<Task>,
    /// The command this carries out and its reply as JSON, so that repeating it does nothing twice.
    pub command: Option<(CommandId, String)>,
    /// Whether it goes before everything that is not: overrides, and what a person waits for. It may then
    /// also go before ordinary batches handed in earlier.
    pub urgent: bool,
}

impl Batch {
    /// Events alone, in no hurry.
    pub fn new(at: Timestamp, bodies: Vec<EventBody>) -> Self {
        Self {
            at,
            bodies,
            tasks: Vec::new(),
            command: None,
            urgent: false,
        }
    }
}

/// Why a batch was not appended. Nothing of it is in the journal, and no number was used up.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AppendError {
    /// Its command was carried out before.
    #[error("this command was carried out before")]
    AlreadyDone {
        /// What it was answered with then, as JSON.
        reply: String,
    },
    /// It could not be written.
    #[error(transparent)]
    NotWritten(#[from] WriteError),
}

impl AppendError {
    /// Whether the disk is full: the same batch can be appended again when it no longer is.
    pub const fn is_no_space(&self) -> bool {
        matches!(self, Self::NotWritten(WriteError::NoSpace { .. }))
    }
}

impl From<AppendError> for Failure {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::AlreadyDone { .. } => Self::new(
                "already_done",
                "This command was carried out before.",
                "Nothing needs to be done.",
            ),
            AppendError::NotWritten(error) => error.into(),
        }
    }
}

/// How everything stands after one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// That event's number.
    pub seq: u64,
    /// Tasks in the order they were planned.
    pub tasks: Vec<Task>,
    /// Questions that wait for a person, in the order they were asked.
    pub approvals: Vec<Approval>,
}

/// A journal on disk. Clones share it; when the last one is dropped, what was handed in is still written.
#[derive(Clone)]
pub struct Journal {
    shared: Arc<Shared>,
}

struct Shared {
    readers: Readers,
    newest: watch::Receiver<u64>,
    writer: Writer<Events>,
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let newest = self.newest();
        f.debug_struct("Journal").field("newest", &newest).finish()
    }
}

impl Journal {
    /// Opens the journal at `path`, creating it if there is none and bringing an older one up to date.
    /// Must be called within a Tokio runtime; the folder must exist.
    pub async fn open(path: &Path) -> Result<Self, OpenError> {
        Self::on(Arc::new(File::open(path, &KIND).await?)).await
    }

    async fn on(file: Arc<File>) -> Result<Self, OpenError> {
        let mut connection = file.connect().await.map_err(|e| file.refusal(e))?;
        let (publish, newest) = watch::channel(0);
        let mut book = Events::new(publish);
        let started = book.start(&mut connection).await;
        started.map_err(|e| file.refusal(e))?;
        book.committed();
        let readers = Readers::open(Arc::clone(&file)).await?;
        let writer = Writer::start(file, connection, book);
        let shared = Arc::new(Shared {
            readers,
            newest,
            writer,
        });
        Ok(Self { shared })
    }

    /// Appends a batch and returns its events with their numbers, once they are on the disk. Batches of one
    /// caller that waits for each keep their order.
    pub async fn append(&self, batch: Batch) -> Result<Vec<Event>, AppendError> {
        let lane = if batch.urgent {
            Lane::Urgent
        } else {
            Lane::Ordinary
        };
        let texts = batch.bodies.iter().map(json).collect::<Result<_, _>>()?;
        let entry = Entry {
            at: batch.at,
            texts,
            tasks: TaskRow::all(&batch.tasks)?,
            bodies: batch.bodies,
            command: batch.command,
        };
        match self.shared.writer.write(entry, lane).await? {
            Receipt::Written(events) => Ok(events),
            Receipt::AlreadyDone { reply } => Err(AppendError::AlreadyDone { reply }),
        }
    }

    /// The number of the newest event; zero for none.
    pub fn newest(&self) -> u64 {
        *self.shared.newest.borrow()
    }

    /// Tells the number of the newest event whenever there is a newer one.
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.shared.newest.clone()
    }

    /// Every event after `seq`, those to come included.
    pub fn follow(&self, seq: u64) -> Follow {
        Follow::new(self.clone(), seq)
    }

    /// Writes what was handed in, refuses what comes later, and returns when the file is closed.
    pub async fn close(&self) {
        // The writer last: it is then alone, and leaves one file without a write-ahead log.
        self.shared.readers.close().await;
        self.shared.writer.close().await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use super::*;

    fn batch(text: &str) -> Batch {
        let failure = Failure::new("note", text, "None.");
        let noticed = EventBody::Noticed {
            task: None,
            failure,
        };
        Batch::new(Timestamp::UNIX_EPOCH, vec![noticed.clone(), noticed])
    }

    #[tokio::test]
    async fn a_full_disk_is_said_and_costs_neither_a_number_nor_half_a_batch() {
        let home = tempfile::tempdir().unwrap();
        let file = File::open(&home.path().join("journal.db"), &KIND).await;
        let file = Arc::new(file.unwrap());
        file.page_limit.store(60, Ordering::Relaxed);
        let journal = Journal::on(Arc::clone(&file)).await.unwrap();

        let long = "x".repeat(3000);
        let mut acknowledged = Vec::new();
        let error = loop {
            match journal.append(batch(&long)).await {
                Ok(events) => acknowledged.extend(events),
                Err(error) => break error,
            }
        };
        assert!(error.is_no_space(), "{error:?}");
        assert_eq!(Failure::from(error).code, "store_no_space");
        let again = journal.append(batch(&long)).await;
        assert!(again.unwrap_err().is_no_space());
        assert_eq!(journal.events_after(0, 1000).await.unwrap(), acknowledged);

        file.page_limit.store(u32::MAX, Ordering::Relaxed);
        acknowledged.extend(journal.append(batch(&long)).await.unwrap());
        assert_eq!(journal.events_after(0, 1000).await.unwrap(), acknowledged);
        let numbers: Vec<_> = acknowledged.iter().map(|event| event.seq).collect();
        let expected: Vec<_> = (1..=journal.newest()).collect();
        assert_eq!(numbers, expected);
    }
}
