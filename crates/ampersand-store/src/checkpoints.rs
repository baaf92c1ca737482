//! Moving what was committed from the write-ahead log into the database: beside the writer, through a connection of
//! its own, so that commits do not wait for it. Only a log grown past its bound makes even an urgent one wait.

use std::sync::Arc;

use sqlx::{Connection, SqliteConnection};
use tokio::task::JoinHandle;

use crate::file::File;

/// Written before a checkpoint is due, in bytes. Bounds one step, and keeps the log so short that it stays in memory
/// and is written over instead of growing.
const DUE_AFTER: usize = 4 * 1024 * 1024;

/// The size of a page, in bytes; SQLite's own choice, which this project leaves alone.
const PAGE_BYTES: i64 = 4096;

/// What the pages that every commit touches take in the log, in bytes, roughly.
const COMMIT_BYTES: usize = 16 * 1024;

/// What the log may be, in bytes, before urgent commits wait for a checkpoint too. Taken in while overrides go on without
/// end, it would otherwise never begin anew, and fill the disk.
const LOG_BYTES_MAX: i64 = 32 * 1024 * 1024;

/// Steps one after the other: a short one takes what was committed during a long one, and after a step that took
/// everything the log begins anew.
const STEPS_MAX: usize = 3;

/// When one is due, and the one that is under way.
pub(crate) struct Checkpoints {
    file: Arc<File>,
    written: usize,
    connection: Option<SqliteConnection>,
    under_way: Option<JoinHandle<Option<Checkpointed>>>,
    log_overgrown: bool,
}

impl Checkpoints {
    pub(crate) const fn new(file: Arc<File>) -> Self {
        Self {
            file,
            written: 0,
            connection: None,
            under_way: None,
            log_overgrown: false,
        }
    }

    /// Whether one is under way. What is in no hurry waits for it, or the log would never be taken in as a whole.
    pub(crate) const fn is_under_way(&self) -> bool {
        self.under_way.is_some()
    }

    /// Whether what is urgent waits for the one under way too.
    pub(crate) const fn comes_first(&self) -> bool {
        self.is_under_way() && self.log_overgrown
    }

    /// A commit of so many bytes; begins a checkpoint if one is due.
    pub(crate) fn note_commit(&mut self, bytes: usize) {
        self.written += bytes + COMMIT_BYTES;
        let due = self.written >= DUE_AFTER || self.log_overgrown;
        if !due || self.is_under_way() {
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
            let ended = under_way.await.ok().flatten();
            self.under_way = None;
            self.log_overgrown = ended.as_ref().is_some_and(Checkpointed::log_overgrown);
            self.connection = ended.map(|ended| ended.connection);
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

/// How one ended.
struct Checkpointed {
    connection: SqliteConnection,
    /// Pages in the log.
    log: i64,
}

impl Checkpointed {
    /// That all of it was taken in says nothing: a commit in the same instant keeps the log from beginning anew.
    const fn log_overgrown(&self) -> bool {
        self.log * PAGE_BYTES > LOG_BYTES_MAX
    }
}

async fn checkpoint(
    file: &File,
    connection: Option<SqliteConnection>,
) -> Result<Checkpointed, sqlx::Error> {
    let mut connection = match connection {
        Some(connection) => connection,
        None => file.connect().await?,
    };
    let mut log = 0;
    for _ in 0..STEPS_MAX {
        // Passive: it waits for nobody, and nobody for it.
        let (_, pages, taken_in): (i64, i64, i64) =
            sqlx::query_as("PRAGMA wal_checkpoint(PASSIVE)")
                .fetch_one(&mut connection)
                .await?;
        log = pages;
        if taken_in >= log {
            break;
        }
    }
    Ok(Checkpointed { connection, log })
}
