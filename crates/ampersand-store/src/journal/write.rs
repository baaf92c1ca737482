//! What the journal's writer does inside a transaction: number the events, and keep the projections true.

use std::collections::HashMap;

use ampersand_core::{CommandId, Event, EventBody};
use jiff::Timestamp;
use sqlx::SqliteConnection;
use tokio::sync::watch;
use uuid::Uuid;

use super::project::project;
use crate::{
    row::{ROW_BYTES, TaskRow, count, integer, nanoseconds, timestamp},
    rows::{Binding, Rows},
    writer::Book,
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

    fn bytes(entry: &Entry) -> usize {
        let events = entry.texts.iter().map(|text| ROW_BYTES + text.len());
        events.sum::<usize>() + entry.tasks.iter().map(TaskRow::bytes).sum::<usize>()
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
        let events = receipts.iter().flat_map(|receipt| match receipt {
            Receipt::Written(events) => events.as_slice(),
            Receipt::AlreadyDone { .. } => &[],
        });
        project(connection, events).await?;
        TaskRow::write_all(connection, tasks.rows).await?;
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

async fn insert(
    connection: &mut SqliteConnection,
    rows: Vec<(i64, i64, String)>,
) -> Result<(), sqlx::Error> {
    const ROWS: Rows = Rows {
        head: "INSERT INTO events (seq, at, body)",
        row: "(?, ?, ?)",
        tail: "",
    };
    let bind =
        |query: Binding, (seq, at, text): (i64, i64, String)| query.bind(seq).bind(at).bind(text);
    ROWS.write(connection, rows, bind).await
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
