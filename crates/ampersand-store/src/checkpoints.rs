//! Moving what was committed from the write-ahead log into the database: beside the writer, through a connection of
//! its own, so that no commit ever waits for it.

use std::sync::Arc;

use sqlx::{Connection, SqliteConnection};
use tokio::task::JoinHandle;

use crate::file::File;

/// Written before a checkpoint is due, in bytes. Bounds one step, and keeps the log so short that it stays in memory
/// and is written over instead of growing.
const DUE_AFTER: usize = 4 * 1024 * 1024;

/// What the pages that every commit touches take in the log, in bytes, roughly.
const COMMIT_BYTES: usize = 16 * 1024;

/// Steps one after the other: a short one takes what was committed during a long one, and after a step that took
/// everything the log begins anew.
const STEPS_MAX: usize = 3;

/// When one is due, and the one that is under way.
pub(crate) struct Checkpoints {
    file: Arc<File>,
    written: usize,
    connection: Option<SqliteConnection>,
    under_way: Option<JoinHandle<Option<SqliteConnection>>>,
}

impl Checkpoints {
    pub(crate) const fn new(file: Arc<File>) -> Self {
        Self {
            file,
            written: 0,
            connection: None,
            under_way: None,
        }
    }

    /// Whether one is under way. What is in no hurry waits for it, or the log would never be taken in as a whole.
    pub(crate) const fn is_under_way(&self) -> bool {
        self.under_way.is_some()
    }

    /// A commit of so many bytes; begins a checkpoint if one is due.
    pub(crate) fn note_commit(&mut self, bytes: usize) {
        self.written += bytes + COMMIT_BYTES;
        if self.written < DUE_AFTER || self.is_under_way() {
            return;
        }
        self.written = 0;
        let (file, connection) = (Arc::clone(&self.file), self.connection.take());
        self.under_way = Some(tokio::spawn(async move {
            let checkpointed = checkpoint(&file, connection).await;
            // Nothing is lost: it all stands in the log, and the next one takes it in.
            let failed = |error| {
                tracing::warn!(path = %file.path().display(), %error, "no checkpoint");
            };
            checkpointed.map_err(failed).ok()
        }));
    }

    /// Waits for the one under way, if there is one. Cancel-safe.
    pub(crate) async fn ended(&mut self) {
        if let Some(under_way) = &mut self.under_way {
            self.connection = under_way.await.ok().flatten();
            self.under_way = None;
        }
    }

    /// Waits for the one under way and disconnects.
    pub(crate) async fn close(&mut self) {
        self.ended().await;
        if let Some(connection) = self.connection.take()
            && let Err(error) = connection.close().await
        {
            tracing::warn!(path = %self.file.path().display(), %error, "a connection did not close");
        }
    }
}

async fn checkpoint(
    file: &File,
    connection: Option<SqliteConnection>,
) -> Result<SqliteConnection, sqlx::Error> {
    let mut connection = match connection {
        Some(connection) => connection,
        None => file.connect().await?,
    };
    for _ in 0..STEPS_MAX {
        // Passive: it waits for nobody, and nobody for it.
        let (_, log, taken_in): (i64, i64, i64) = sqlx::query_as("PRAGMA wal_checkpoint(PASSIVE)")
            .fetch_one(&mut connection)
            .await?;
        if taken_in >= log {
            break;
        }
    }
    Ok(connection)
}
