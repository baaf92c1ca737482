//! How values lie in SQLite's columns, and how they come back.

use ampersand_core::{Message, MessageBody, MessageId, ReplyState, Task};
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use crate::{
    rows::{Binding, Rows},
    writer::WriteError,
};

/// SQLite's integers are signed; nothing we count comes near their end.
pub(crate) fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Back from [`integer`].
pub(crate) fn count(integer: i64) -> u64 {
    u64::try_from(integer).unwrap_or(0)
}

/// Nanoseconds since 1970: exact from 1678 to 2262.
pub(crate) fn nanoseconds(at: Timestamp) -> i64 {
    i64::try_from(at.as_nanosecond()).unwrap_or(if at < Timestamp::UNIX_EPOCH {
        i64::MIN
    } else {
        i64::MAX
    })
}

/// Back from [`nanoseconds`].
pub(crate) fn timestamp(nanoseconds: i64) -> Timestamp {
    Timestamp::from_nanosecond(nanoseconds.into()).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The text of a JSON column.
pub(crate) fn json(value: &impl Serialize) -> Result<String, WriteError> {
    serde_json::to_string(value).map_err(|source| WriteError::Unwritable {
        source: source.into(),
    })
}

/// What a row takes beside its text, in bytes, roughly.
pub(crate) const ROW_BYTES: usize = 64;

/// A row of a `tasks` table.
#[derive(Debug)]
pub(crate) struct TaskRow {
    pub(crate) id: Uuid,
    pub(crate) body: String,
}

impl TaskRow {
    pub(crate) fn all(tasks: &[Task]) -> Result<Vec<Self>, WriteError> {
        let row = |task: &Task| {
            let body = json(task)?;
            let id = *task.id.as_uuid();
            Ok(Self { id, body })
        };
        tasks.iter().map(row).collect()
    }

    /// New tasks go to the end, known ones keep their places.
    pub(crate) async fn write_all(
        connection: &mut sqlx::SqliteConnection,
        tasks: Vec<Self>,
    ) -> Result<(), sqlx::Error> {
        const ROWS: Rows = Rows {
            head: "INSERT INTO tasks (id, body)",
            row: "(?, ?)",
            tail: "ON CONFLICT (id) DO UPDATE SET body = excluded.body",
        };
        let bind = |query: Binding, task: Self| query.bind(task.id).bind(task.body);
        ROWS.write(connection, tasks, bind).await
    }

    /// How many bytes it is on the disk, roughly.
    pub(crate) const fn bytes(&self) -> usize {
        ROW_BYTES + self.body.len()
    }
}

/// A row of `messages`.
#[derive(Debug)]
pub(crate) struct MessageRow {
    id: Uuid,
    position: i64,
    at: i64,
    streaming: bool,
    body: String,
}

impl MessageRow {
    pub(crate) fn all(messages: &[Message]) -> Result<Vec<Self>, WriteError> {
        messages.iter().map(Self::of).collect()
    }

    fn of(message: &Message) -> Result<Self, WriteError> {
        let streaming = matches!(
            message.body,
            MessageBody::Reply {
                state: ReplyState::Streaming,
                ..
            }
        );
        Ok(Self {
            id: *message.id.as_uuid(),
            position: integer(message.position),
            at: nanoseconds(message.at),
            streaming,
            body: json(&message.body)?,
        })
    }

    pub(crate) async fn write_all(
        connection: &mut sqlx::SqliteConnection,
        messages: Vec<Self>,
    ) -> Result<(), sqlx::Error> {
        const ROWS: Rows = Rows {
            head: "INSERT INTO messages (id, position, at, streaming, body)",
            row: "(?, ?, ?, ?, ?)",
            tail: "ON CONFLICT (id) DO UPDATE SET position = excluded.position, at = excluded.at,
                 streaming = excluded.streaming, body = excluded.body",
        };
        let bind = |query: Binding, message: Self| {
            query
                .bind(message.id)
                .bind(message.position)
                .bind(message.at)
                .bind(message.streaming)
                .bind(message.body)
        };
        ROWS.write(connection, messages, bind).await
    }

    /// How many bytes it is on the disk, roughly.
    pub(crate) const fn bytes(&self) -> usize {
        ROW_BYTES + self.body.len()
    }
}

/// The columns a message is read from: `id, position, at, body`.
pub(crate) type MessageColumns = (Uuid, i64, i64, String);

/// Back from its row.
pub(crate) fn message(
    (id, position, at, body): MessageColumns,
) -> Result<Message, serde_json::Error> {
    Ok(Message {
        id: MessageId::new(id),
        position: count(position),
        at: timestamp(at),
        body: serde_json::from_str(&body)?,
    })
}
