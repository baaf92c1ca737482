//! The controller's conversation: messages and cards in their places, the number of the orchestrator's
//! journal they came from, and what must outlive a crash of the window.
//!
//! One process holds a conversation at a time; keeping others out is for whoever opens it.

mod places;
mod read;
mod write;

use std::{fmt, path::Path, sync::Arc};

use ampersand_core::{CommandId, Message, MessageId, Task};

use crate::{
    ReadError,
    file::{File, Kind},
    open_error::OpenError,
    readers::Readers,
    row::{MessageRow, TaskRow, count, integer},
    writer::{Lane, WriteError, Writer},
};
use places::Places;
use write::{Entries, Entry};

const KIND: Kind = Kind {
    name: "conversation",
    application_id: i32::from_be_bytes(*b"&cnv"),
    migrations: &[include_str!(
        "../migrations/conversation/0001_create_conversation.sql"
    )],
};

/// A conversation on disk. Clones share it; when the last one is dropped, what was handed in is still written.
#[derive(Clone)]
pub struct Conversation {
    shared: Arc<Shared>,
}

struct Shared {
    readers: Readers,
    places: Places,
    writer: Writer<Entries>,
}

impl fmt::Debug for Conversation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conversation").finish_non_exhaustive()
    }
}

impl Conversation {
    /// Opens the conversation at `path`, creating it if there is none and bringing an older one up to date.
    /// Must be called within a Tokio runtime; the folder must exist.
    pub async fn open(path: &Path) -> Result<Self, OpenError> {
        let file = Arc::new(File::open(path, &KIND).await?);
        let mut connection = file.connect().await.map_err(|e| file.refusal(e))?;
        let last: i64 = sqlx::query_scalar("SELECT coalesce(max(position), 0) FROM messages")
            .fetch_one(&mut connection)
            .await
            .map_err(|e| file.refusal(e))?;
        let readers = Readers::open(Arc::clone(&file)).await?;
        let writer = Writer::start(file, connection, Entries);
        let shared = Arc::new(Shared {
            readers,
            places: Places::after(count(last)),
            writer,
        });
        Ok(Self { shared })
    }

    /// A place after everything else, for what a person says and for cards. It belongs to the caller, and
    /// so do the places right under it until the next one: [`Self::position_after`] gives them out.
    pub fn next_position(&self) -> u64 {
        self.shared.places.next()
    }

    /// The last place that was given after everything else, whatever was put under it since.
    pub fn newest_position(&self) -> u64 {
        self.shared.places.newest()
    }

    /// A place under a message and under what was already given a place there, for its reply; a place after
    /// everything else if the message is not there, or nothing fits under it any more. No place is given
    /// twice, however many ask at once.
    pub async fn position_after(&self, message: MessageId) -> Result<u64, ReadError> {
        let Some(position) = self.position_of(message).await? else {
            return Ok(self.next_position());
        };
        let room = Places::room(position);
        let last = self.last_position_in(&room).await?;
        Ok(self.shared.places.under(&room, last.unwrap_or(position)))
    }

    /// Writes messages, new or changed, all or none; returns once they are on the disk.
    pub async fn put(&self, messages: &[Message]) -> Result<(), WriteError> {
        let rows = self.rows(messages)?;
        self.write(Entry::Put(rows)).await.map(drop)
    }

    /// Takes in what one event of the orchestrator's journal brought: its number, the cards and the tasks, all
    /// or none. False if that number, or a newer one, was taken in before: then nothing is written.
    pub async fn take_in(
        &self,
        seq: u64,
        messages: &[Message],
        tasks: &[Task],
    ) -> Result<bool, WriteError> {
        let entry = Entry::TakeIn {
            seq: integer(seq),
            messages: self.rows(messages)?,
            tasks: TaskRow::all(tasks)?,
        };
        self.write(entry).await
    }

    /// Keeps what stands in the composer.
    pub async fn set_draft(&self, text: &str) -> Result<(), WriteError> {
        let entry = Entry::Draft(text.to_owned());
        self.write(entry).await.map(drop)
    }

    /// Keeps a preference.
    pub async fn set_preference(&self, key: &str, value: &str) -> Result<(), WriteError> {
        let entry = Entry::Preference {
            key: key.to_owned(),
            value: value.to_owned(),
        };
        self.write(entry).await.map(drop)
    }

    /// Keeps a command, as JSON, until the orchestrator has acknowledged it. One that is kept already stays
    /// as it is.
    pub async fn outbox_put(&self, id: CommandId, command: &str) -> Result<(), WriteError> {
        let entry = Entry::OutboxPut {
            id,
            command: command.to_owned(),
        };
        self.write(entry).await.map(drop)
    }

    /// Forgets a command; false if it was not kept.
    pub async fn outbox_remove(&self, id: CommandId) -> Result<bool, WriteError> {
        self.write(Entry::OutboxRemove(id)).await
    }

    /// Writes what was handed in, refuses what comes later, and returns when the file is closed.
    pub async fn close(&self) {
        // The writer last: it is then alone, and leaves one file without a write-ahead log.
        self.shared.readers.close().await;
        self.shared.writer.close().await;
    }

    async fn write(&self, entry: Entry) -> Result<bool, WriteError> {
        self.shared.writer.write(entry, Lane::Ordinary).await
    }

    fn rows(&self, messages: &[Message]) -> Result<Vec<MessageRow>, WriteError> {
        for message in messages {
            self.shared.places.saw(message.position);
        }
        MessageRow::all(messages)
    }
}
