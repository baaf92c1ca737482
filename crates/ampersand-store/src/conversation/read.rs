//! Reads of the conversation.

use std::ops::Range;

use ampersand_core::{CommandId, Message, MessageId, Task};
use uuid::Uuid;

use super::Conversation;
use crate::{
    readers::ReadError,
    row::{self, MessageColumns, count, integer},
};

impl Conversation {
    /// The last `limit` messages before a place, or of all; the newest is last.
    pub async fn messages(
        &self,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Message>, ReadError> {
        let readers = &self.shared.readers;
        let mut rows: Vec<MessageColumns> = sqlx::query_as(
            "SELECT id, position, at, body FROM messages WHERE position < ?
             ORDER BY position DESC LIMIT ?",
        )
        .bind(integer(before.unwrap_or(u64::MAX)))
        .bind(limit)
        .fetch_all(&mut *readers.lend().await?)
        .await
        .map_err(|e| readers.failure(e))?;
        rows.reverse();
        self.read(rows)
    }

    /// One message.
    pub async fn message(&self, id: MessageId) -> Result<Option<Message>, ReadError> {
        let readers = &self.shared.readers;
        let row: Option<MessageColumns> =
            sqlx::query_as("SELECT id, position, at, body FROM messages WHERE id = ?")
                .bind(*id.as_uuid())
                .fetch_optional(&mut *readers.lend().await?)
                .await
                .map_err(|e| readers.failure(e))?;
        row.map(row::message)
            .transpose()
            .map_err(|e| readers.unreadable(e))
    }

    /// How many messages there are.
    pub async fn count(&self) -> Result<u64, ReadError> {
        let readers = &self.shared.readers;
        let number: i64 = sqlx::query_scalar("SELECT count(*) FROM messages")
            .fetch_one(&mut *readers.lend().await?)
            .await
            .map_err(|e| readers.failure(e))?;
        Ok(count(number))
    }

    /// Replies whose words were still coming when they were written last. Right after opening, these are
    /// the ones that a crash or a power failure cut off.
    pub async fn unfinished(&self) -> Result<Vec<Message>, ReadError> {
        let readers = &self.shared.readers;
        let rows: Vec<MessageColumns> = sqlx::query_as(
            "SELECT id, position, at, body FROM messages WHERE streaming = 1 ORDER BY position",
        )
        .fetch_all(&mut *readers.lend().await?)
        .await
        .map_err(|e| readers.failure(e))?;
        self.read(rows)
    }

    /// The newest number of the orchestrator's journal that was taken in; zero for none.
    pub async fn newest_taken_in(&self) -> Result<u64, ReadError> {
        let readers = &self.shared.readers;
        let seq: i64 = sqlx::query_scalar("SELECT seq FROM taken_in")
            .fetch_one(&mut *readers.lend().await?)
            .await
            .map_err(|e| readers.failure(e))?;
        Ok(count(seq))
    }

    /// Tasks as the orchestrator last told them, in the order they were first told.
    pub async fn tasks(&self) -> Result<Vec<Task>, ReadError> {
        let readers = &self.shared.readers;
        let rows = sqlx::query_as("SELECT body FROM tasks ORDER BY position")
            .fetch_all(&mut *readers.lend().await?)
            .await
            .map_err(|e| readers.failure(e))?;
        readers.parse_all(rows)
    }

    /// What stands in the composer.
    pub async fn draft(&self) -> Result<String, ReadError> {
        let readers = &self.shared.readers;
        sqlx::query_scalar("SELECT text FROM draft")
            .fetch_one(&mut *readers.lend().await?)
            .await
            .map_err(|e| readers.failure(e))
    }

    /// A preference, if it was ever set.
    pub async fn preference(&self, key: &str) -> Result<Option<String>, ReadError> {
        let readers = &self.shared.readers;
        sqlx::query_scalar("SELECT value FROM preferences WHERE key = ?")
            .bind(key.to_owned())
            .fetch_optional(&mut *readers.lend().await?)
            .await
            .map_err(|e| readers.failure(e))
    }

    /// Commands the orchestrator has not acknowledged, as JSON, in the order they were made.
    pub async fn outbox(&self) -> Result<Vec<(CommandId, String)>, ReadError> {
        let readers = &self.shared.readers;
        let rows: Vec<(Uuid, String)> =
            sqlx::query_as("SELECT id, command FROM outbox ORDER BY position")
                .fetch_all(&mut *readers.lend().await?)
                .await
                .map_err(|e| readers.failure(e))?;
        let rows = rows.into_iter();
        Ok(rows.map(|(id, command)| (id.into(), command)).collect())
    }

    pub(super) async fn position_of(&self, id: MessageId) -> Result<Option<u64>, ReadError> {
        let readers = &self.shared.readers;
        let position: Option<i64> =
            sqlx::query_scalar("SELECT position FROM messages WHERE id = ?")
                .bind(*id.as_uuid())
                .fetch_optional(&mut *readers.lend().await?)
                .await
                .map_err(|e| readers.failure(e))?;
        Ok(position.map(count))
    }

    pub(super) async fn last_position_in(
        &self,
        room: &Range<u64>,
    ) -> Result<Option<u64>, ReadError> {
        let readers = &self.shared.readers;
        let position: Option<i64> = sqlx::query_scalar(
            "SELECT max(position) FROM messages WHERE position >= ? AND position < ?",
        )
        .bind(integer(room.start))
        .bind(integer(room.end))
        .fetch_one(&mut *readers.lend().await?)
        .await
        .map_err(|e| readers.failure(e))?;
        Ok(position.map(count))
    }

    fn read(&self, rows: Vec<MessageColumns>) -> Result<Vec<Message>, ReadError> {
        rows.into_iter()
            .map(|columns| row::message(columns).map_err(|e| self.shared.readers.unreadable(e)))
            .collect()
    }
}
