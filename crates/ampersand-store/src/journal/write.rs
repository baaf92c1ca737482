//! What the journal's writer does inside a transaction: number the events, and keep the projections true.

use std::{collections::HashMap, iter, sync::LazyLock};

use ampersand_core::{CommandId, Event, EventBody, TaskId};
use jiff::Timestamp;
use sqlx::SqliteConnection;
use tokio::sync::watch;
use uuid::Uuid;

use crate::{
    row::{TaskRow, count, integer, json, nanoseconds, timestamp},
    writer::{Book, WriteError},
};

/// A batch in the form it is written in, made by its caller so that the writer only writes.
pub(crate) struct Entry {
    pub(super) at: Timestamp,
    pub(super) bodies: Vec<EventBody>,
    /// Each body as JSON.
    pub(super) texts: Vec<String>,
    pub(super) tasks: Vec<TaskRow>,
    pub(super) command: Option<(CommandId, String)>,
}

/// What became of an entry.
pub(crate) enum Receipt {
    Written(Vec<Event>),
    AlreadyDone { reply: String },
}

/// What a task's newest event is remembered for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Latest {
    Given,
    Report,
}

impl Latest {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::Report => "report",
        }
    }
}

/// The numbers: what is on the disk, and what is being written.
pub(crate) struct Events {
    newest: u64,
    publish: watch::Sender<u64>,
}

impl Events {
    pub(super) const fn new(publish: watch::Sender<u64>) -> Self {
        Self { newest: 0, publish }
    }
}

impl Book for Events {
    type Entry = Entry;
    type Receipt = Receipt;

    fn weight(entry: &Entry) -> usize {
        entry.bodies.len() + entry.tasks.len()
    }

    async fn start(&mut self, connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        let newest: i64 = sqlx::query_scalar("SELECT coalesce(max(seq), 0) FROM events")
            .fetch_one(connection)
            .await?;
        self.newest = count(newest);
        Ok(())
    }

    async fn write(
        &mut self,
        connection: &mut SqliteConnection,
        entries: Vec<Entry>,
    ) -> Result<Vec<Receipt>, sqlx::Error> {
        let mut receipts = Vec::with_capacity(entries.len());
        let mut rows = Vec::new();
        let mut tasks = LastOfEach::default();
        for entry in entries {
            if let Some((id, reply)) = entry.command
                && let Some(reply) = done_before(connection, id, reply).await?
            {
                receipts.push(Receipt::AlreadyDone { reply });
                continue;
            }
            // What the caller gets back is what a reader will see.
            let at = nanoseconds(entry.at);
            let mut events = Vec::with_capacity(entry.bodies.len());
            for (body, text) in entry.bodies.into_iter().zip(entry.texts) {
                self.newest += 1;
                let seq = self.newest;
                rows.push((integer(seq), at, text));
                let at = timestamp(at);
                events.push(Event { seq, at, body });
            }
            entry.tasks.into_iter().for_each(|task| tasks.push(task));
            receipts.push(Receipt::Written(events));
        }
        insert(connection, rows).await?;
        for receipt in &receipts {
            if let Receipt::Written(events) = receipt {
                for event in events {
                    project(connection, event).await?;
                }
            }
        }
        for task in tasks.rows {
            task.write(connection).await?;
        }
        Ok(receipts)
    }

    fn committed(&mut self) {
        self.publish.send_replace(self.newest);
    }
}

/// The reply a command already has; if it has none, it now has this one.
async fn done_before(
    connection: &mut SqliteConnection,
    command: CommandId,
    reply: String,
) -> Result<Option<String>, sqlx::Error> {
    let inserted = sqlx::query("INSERT OR IGNORE INTO commands (id, reply) VALUES (?, ?)")
        .bind(*command.as_uuid())
        .bind(reply)
        .execute(&mut *connection)
        .await?;
    if inserted.rows_affected() > 0 {
        return Ok(None);
    }
    sqlx::query_scalar("SELECT reply FROM commands WHERE id = ?")
        .bind(*command.as_uuid())
        .fetch_optional(connection)
        .await
}

/// Rows of one statement: crossing to SQLite's thread costs more than the insert itself.
const CHUNK: usize = 64;

static INSERT_CHUNK: LazyLock<String> = LazyLock::new(|| {
    let values: Vec<_> = iter::repeat_n("(?, ?, ?)", CHUNK).collect();
    format!(
        "INSERT INTO events (seq, at, body) VALUES {}",
        values.join(", ")
    )
});

async fn insert(
    connection: &mut SqliteConnection,
    rows: Vec<(i64, i64, String)>,
) -> Result<(), sqlx::Error> {
    let mut singles = rows.len() % CHUNK;
    let mut rows = rows.into_iter();
    loop {
        let (statement, size) = match singles {
            0 => (INSERT_CHUNK.as_str(), CHUNK),
            _ => ("INSERT INTO events (seq, at, body) VALUES (?, ?, ?)", 1),
        };
        let mut taken = rows.by_ref().take(size).peekable();
        if taken.peek().is_none() {
            return Ok(());
        }
        let mut query = sqlx::query(statement);
        for (seq, at, text) in taken {
            query = query.bind(seq).bind(at).bind(text);
        }
        query.execute(&mut *connection).await?;
        singles = singles.saturating_sub(1);
    }
}

async fn project(connection: &mut SqliteConnection, event: &Event) -> Result<(), sqlx::Error> {
    match &event.body {
        EventBody::TaskGiven { task, .. } => {
            remember(connection, *task, Latest::Given, event.seq).await
        }
        EventBody::TaskReported { task, .. } => {
            remember(connection, *task, Latest::Report, event.seq).await
        }
        EventBody::ApprovalAsked { approval } => {
            let body = json(approval).map_err(encoding)?;
            sqlx::query(
                "INSERT INTO approvals (id, body) VALUES (?, ?)
                 ON CONFLICT (id) DO UPDATE SET body = excluded.body",
            )
            .bind(*approval.id.as_uuid())
            .bind(body)
            .execute(connection)
            .await
            .map(drop)
        }
        EventBody::ApprovalAnswered { approval, .. }
        | EventBody::ApprovalWithdrawn { approval, .. } => {
            sqlx::query("DELETE FROM approvals WHERE id = ?")
                .bind(*approval.as_uuid())
                .execute(connection)
                .await
                .map(drop)
        }
        EventBody::TaskSteered { task, text, .. } => {
            sqlx::query("INSERT INTO unheard (seq, task, text) VALUES (?, ?, ?)")
                .bind(integer(event.seq))
                .bind(*task.as_uuid())
                .bind(text.clone())
                .execute(connection)
                .await
                .map(drop)
        }
        EventBody::SteeringDelivered { task, text } => sqlx::query(
            "DELETE FROM unheard WHERE seq =
                 (SELECT min(seq) FROM unheard WHERE task = ? AND text = ?)",
        )
        .bind(*task.as_uuid())
        .bind(text.clone())
        .execute(connection)
        .await
        .map(drop),
        EventBody::RepositoryTrusted { repository, digest } => sqlx::query(
            "INSERT INTO trusted (repository, digest) VALUES (?, ?)
             ON CONFLICT (repository) DO UPDATE SET digest = excluded.digest",
        )
        .bind(repository.clone())
        .bind(digest.clone())
        .execute(connection)
        .await
        .map(drop),
        EventBody::PlanAccepted { .. }
        | EventBody::TaskMoved { .. }
        | EventBody::AttemptStarted { .. }
        | EventBody::OverrideConfirmed { .. }
        | EventBody::TaskLanded { .. }
        | EventBody::LandingRefused { .. }
        | EventBody::Noticed { .. } => Ok(()),
    }
}

async fn remember(
    connection: &mut SqliteConnection,
    task: TaskId,
    kind: Latest,
    seq: u64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO latest (task, kind, seq) VALUES (?, ?, ?)
         ON CONFLICT (task, kind) DO UPDATE SET seq = excluded.seq",
    )
    .bind(*task.as_uuid())
    .bind(kind.word())
    .bind(integer(seq))
    .execute(connection)
    .await
    .map(drop)
}

fn encoding(error: WriteError) -> sqlx::Error {
    sqlx::Error::Encode(Box::new(error))
}

/// Tasks in the order they first came, each as it came last: one that moved often is written once.
#[derive(Default)]
struct LastOfEach {
    places: HashMap<Uuid, usize>,
    rows: Vec<TaskRow>,
}

impl LastOfEach {
    fn push(&mut self, task: TaskRow) {
        match self
            .places
            .get(&task.id)
            .and_then(|place| self.rows.get_mut(*place))
        {
            Some(row) => *row = task,
            None => {
                self.places.insert(task.id, self.rows.len());
                self.rows.push(task);
            }
        }
    }
}
