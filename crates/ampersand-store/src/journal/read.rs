//! Reads of the journal. Each goes through an index: what it costs does not grow with the number of events.

use ampersand_core::{Approval, CommandId, Event, EventBody, Report, Task, TaskId};
use sqlx::{Connection, SqliteConnection};
use uuid::Uuid;

use super::{Journal, Snapshot, project::Latest};
use crate::{
    readers::ReadError,
    row::{count, integer, timestamp},
};

type Texts = Result<Vec<(String,)>, sqlx::Error>;

async fn tasks(connection: &mut SqliteConnection) -> Texts {
    let query = sqlx::query_as("SELECT body FROM tasks ORDER BY position");
    query.fetch_all(connection).await
}

async fn approvals(connection: &mut SqliteConnection) -> Texts {
    let query = sqlx::query_as("SELECT body FROM approvals ORDER BY position");
    query.fetch_all(connection).await
}

impl Journal {
    /// The events after `seq`, at most `limit` of them, in order.
    pub async fn events_after(&self, seq: u64, limit: u32) -> Result<Vec<Event>, ReadError> {
        let readers = &self.shared.readers;
        let rows: Vec<(i64, i64, String)> =
            sqlx::query_as("SELECT seq, at, body FROM events WHERE seq > ? ORDER BY seq LIMIT ?")
                .bind(integer(seq))
                .bind(limit)
                .fetch_all(&mut *readers.lend().await?)
                .await
                .map_err(|e| readers.failure(e))?;
        rows.into_iter()
            .map(|(seq, at, body)| {
                Ok(Event {
                    seq: count(seq),
                    at: timestamp(at),
                    body: readers.parse(&body)?,
                })
            })
            .collect()
    }

    /// Tasks, open approvals and the number they are true for, all of the same moment.
    pub async fn snapshot(&self) -> Result<Snapshot, ReadError> {
        let readers = &self.shared.readers;
        let (seq, tasks, approvals) = {
            let mut reader = readers.lend().await?;
            let read = async {
                let mut moment = reader.begin().await?;
                let (seq,): (i64,) = sqlx::query_as("SELECT coalesce(max(seq), 0) FROM events")
                    .fetch_one(&mut *moment)
                    .await?;
                let tasks = tasks(&mut moment).await?;
                let approvals = approvals(&mut moment).await?;
                moment.commit().await?;
                Ok((seq, tasks, approvals))
            };
            read.await.map_err(|e| readers.failure(e))?
        };
        Ok(Snapshot {
            seq: count(seq),
            tasks: readers.parse_all(tasks)?,
            approvals: readers.parse_all(approvals)?,
        })
    }

    /// All tasks in the order they were planned.
    pub async fn tasks(&self) -> Result<Vec<Task>, ReadError> {
        let readers = &self.shared.readers;
        let rows = tasks(&mut *readers.lend().await?).await;
        readers.parse_all(rows.map_err(|e| readers.failure(e))?)
    }

    /// One task.
    pub async fn task(&self, task: TaskId) -> Result<Option<Task>, ReadError> {
        let readers = &self.shared.readers;
        let row: Option<(String,)> = sqlx::query_as("SELECT body FROM tasks WHERE id = ?")
            .bind(task.as_uuid())
            .fetch_optional(&mut *readers.lend().await?)
            .await
            .map_err(|e| readers.failure(e))?;
        row.map(|(body,)| readers.parse(&body)).transpose()
    }

    /// Questions that wait for a person, in the order they were asked.
    pub async fn open_approvals(&self) -> Result<Vec<Approval>, ReadError> {
        let readers = &self.shared.readers;
        let rows = approvals(&mut *readers.lend().await?).await;
        readers.parse_all(rows.map_err(|e| readers.failure(e))?)
    }

    /// What tasks were told and no agent has taken in yet, in the order it was said.
    pub async fn unheard(&self) -> Result<Vec<(TaskId, String)>, ReadError> {
        let readers = &self.shared.readers;
        let rows: Vec<(Uuid, String)> =
            sqlx::query_as("SELECT task, text FROM unheard ORDER BY seq")
                .fetch_all(&mut *readers.lend().await?)
                .await
                .map_err(|e| readers.failure(e))?;
        Ok(rows
            .into_iter()
            .map(|(task, text)| (TaskId::new(task), text))
            .collect())
    }

    /// Hosts that a person allowed a task for as long as it lasts.
    pub async fn granted(&self, task: TaskId) -> Result<Vec<String>, ReadError> {
        let readers = &self.shared.readers;
        sqlx::query_scalar("SELECT host FROM granted WHERE task = ? ORDER BY host")
            .bind(*task.as_uuid())
            .fetch_all(&mut *readers.lend().await?)
            .await
            .map_err(|e| readers.failure(e))
    }

    /// What a task reported last.
    pub async fn report(&self, task: TaskId) -> Result<Option<Report>, ReadError> {
        Ok(match self.latest(task, Latest::Report).await? {
            Some(EventBody::TaskReported { report, .. }) => Some(report),
            _ => None,
        })
    }

    /// What a task's agent was given last, word for word.
    pub async fn given(&self, task: TaskId) -> Result<Option<String>, ReadError> {
        Ok(match self.latest(task, Latest::Given).await? {
            Some(EventBody::TaskGiven { given, .. }) => Some(given),
            _ => None,
        })
    }

    /// The digest of the file that was trusted last for this repository.
    pub async fn trusted(&self, repository: &str) -> Result<Option<String>, ReadError> {
        let readers = &self.shared.readers;
        sqlx::query_scalar("SELECT digest FROM trusted WHERE repository = ?")
            .bind(repository.to_owned())
            .fetch_optional(&mut *readers.lend().await?)
            .await
            .map_err(|e| readers.failure(e))
    }

    /// What a command was answered with, as JSON, if it was carried out.
    pub async fn reply_to(&self, command: CommandId) -> Result<Option<String>, ReadError> {
        let readers = &self.shared.readers;
        sqlx::query_scalar("SELECT reply FROM commands WHERE id = ?")
            .bind(command.as_uuid())
            .fetch_optional(&mut *readers.lend().await?)
            .await
            .map_err(|e| readers.failure(e))
    }

    async fn latest(&self, task: TaskId, kind: Latest) -> Result<Option<EventBody>, ReadError> {
        let readers = &self.shared.readers;
        let row: Option<(String,)> = sqlx::query_as(
            "SELECT body FROM events WHERE seq =
                 (SELECT seq FROM latest WHERE task = ? AND kind = ?)",
        )
        .bind(task.as_uuid())
        .bind(kind.word())
        .fetch_optional(&mut *readers.lend().await?)
        .await
        .map_err(|e| readers.failure(e))?;
        row.map(|(body,)| readers.parse(&body)).transpose()
    }
}
