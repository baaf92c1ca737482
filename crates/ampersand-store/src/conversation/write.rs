//! What the conversation's writer does inside a transaction.

use ampersand_core::CommandId;
use sqlx::SqliteConnection;

use crate::{
    row::{MessageRow, ROW_BYTES, TaskRow},
    writer::Book,
};

/// One write of a caller.
pub(crate) enum Entry {
    Put(Vec<MessageRow>),
    TakeIn {
        seq: i64,
        messages: Vec<MessageRow>,
        tasks: Vec<TaskRow>,
    },
    Draft(String),
    Preference {
        key: String,
        value: String,
    },
    OutboxPut {
        id: CommandId,
        command: String,
    },
    OutboxRemove(CommandId),
}

/// Writes entries one after the other. A receipt says whether there was anything to write.
pub(crate) struct Entries;

impl Book for Entries {
    type Entry = Entry;
    type Receipt = bool;

    fn bytes(entry: &Entry) -> usize {
        match entry {
            Entry::Put(messages) => messages.iter().map(MessageRow::bytes).sum(),
            Entry::TakeIn {
                messages, tasks, ..
            } => {
                let messages = messages.iter().map(MessageRow::bytes).sum::<usize>();
                messages + tasks.iter().map(TaskRow::bytes).sum::<usize>()
            }
            Entry::Draft(text) => ROW_BYTES + text.len(),
            Entry::Preference { key, value } => ROW_BYTES + key.len() + value.len(),
            Entry::OutboxPut { command, .. } => ROW_BYTES + command.len(),
            Entry::OutboxRemove(_) => ROW_BYTES,
        }
    }

    async fn start(&mut self, _: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        Ok(())
    }

    async fn write(
        &mut self,
        connection: &mut SqliteConnection,
        entries: Vec<Entry>,
    ) -> Result<Vec<bool>, sqlx::Error> {
        let mut receipts = Vec::with_capacity(entries.len());
        for entry in entries {
            receipts.push(write(connection, entry).await?);
        }
        Ok(receipts)
    }

    fn committed(&mut self) {}
}

async fn write(connection: &mut SqliteConnection, entry: Entry) -> Result<bool, sqlx::Error> {
    let query = match entry {
        Entry::Put(messages) => {
            MessageRow::write_all(connection, messages).await?;
            return Ok(true);
        }
        Entry::TakeIn {
            seq,
            messages,
            tasks,
        } => return take_in(connection, seq, messages, tasks).await,
        Entry::Draft(text) => sqlx::query("UPDATE draft SET text = ?").bind(text),
        Entry::Preference { key, value } => sqlx::query(
            "INSERT INTO preferences (key, value) VALUES (?, ?)
             ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        )
        .bind(key)
        .bind(value),
        Entry::OutboxPut { id, command } => {
            sqlx::query("INSERT OR IGNORE INTO outbox (id, command) VALUES (?, ?)")
                .bind(*id.as_uuid())
                .bind(command)
        }
        Entry::OutboxRemove(id) => {
            sqlx::query("DELETE FROM outbox WHERE id = ?").bind(*id.as_uuid())
        }
    };
    let done = query.execute(connection).await?;
    Ok(done.rows_affected() > 0)
}

/// The number guards the rest: it only ever grows, and in the same transaction.
async fn take_in(
    connection: &mut SqliteConnection,
    seq: i64,
    messages: Vec<MessageRow>,
    tasks: Vec<TaskRow>,
) -> Result<bool, sqlx::Error> {
    let newer = sqlx::query("UPDATE taken_in SET seq = ?1 WHERE seq < ?1")
        .bind(seq)
        .execute(&mut *connection)
        .await?;
    if newer.rows_affected() == 0 {
        return Ok(false);
    }
    MessageRow::write_all(connection, messages).await?;
    TaskRow::write_all(connection, tasks).await?;
    Ok(true)
}
