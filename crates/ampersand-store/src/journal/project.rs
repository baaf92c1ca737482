//! How things stand after the newest event, kept in the transaction of the event it follows from.

use ampersand_core::{Answer, Approval, ApprovalId, Event, EventBody, Question, TaskId};
use sqlx::SqliteConnection;

use crate::{
    row::{integer, json},
    rows::{Binding, Rows},
    writer::WriteError,
};

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

/// Brings everything up to date with these events, which are in the journal, in their order.
pub(super) async fn project<'a>(
    connection: &mut SqliteConnection,
    events: impl Iterator<Item = &'a Event>,
) -> Result<(), sqlx::Error> {
    let mut latest = Vec::new();
    for event in events {
        match &event.body {
            EventBody::TaskGiven { task, .. } => latest.push((*task, Latest::Given, event.seq)),
            EventBody::TaskReported { task, .. } => latest.push((*task, Latest::Report, event.seq)),
            _ => project_one(connection, event).await?,
        }
    }
    remember(connection, latest).await
}

async fn project_one(connection: &mut SqliteConnection, event: &Event) -> Result<(), sqlx::Error> {
    match &event.body {
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
        EventBody::ApprovalAnswered {
            approval,
            task,
            answer,
        } => {
            if *answer == Answer::AllowForTask {
                grant(connection, *approval, *task).await?;
            }
            close(connection, *approval).await
        }
        EventBody::ApprovalWithdrawn { approval, .. } => close(connection, *approval).await,
        EventBody::TaskSteered { task, text, .. } => keep(connection, event.seq, *task, text).await,
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
        // The last two are remembered together.
        EventBody::PlanAccepted { .. }
        | EventBody::TaskMoved { .. }
        | EventBody::AttemptStarted { .. }
        | EventBody::TaskHandedOver { .. }
        | EventBody::TaskNarrowed { .. }
        | EventBody::OverrideConfirmed { .. }
        | EventBody::TaskLanded { .. }
        | EventBody::LandingRefused { .. }
        | EventBody::AppServes { .. }
        | EventBody::TaskShown { .. }
        | EventBody::TaskPutBack { .. }
        | EventBody::LandingUndone { .. }
        | EventBody::LandingStands { .. }
        | EventBody::TaskBranched { .. }
        | EventBody::PullRequestMoved { .. }
        | EventBody::ClashesFound { .. }
        | EventBody::Noticed { .. }
        | EventBody::TaskGiven { .. }
        | EventBody::TaskReported { .. } => Ok(()),
    }
}

/// What a task was told and no agent has taken in.
async fn keep(
    connection: &mut SqliteConnection,
    seq: u64,
    task: TaskId,
    text: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO unheard (seq, task, text) VALUES (?, ?, ?)")
        .bind(integer(seq))
        .bind(*task.as_uuid())
        .bind(text.to_owned())
        .execute(connection)
        .await
        .map(drop)
}

async fn close(connection: &mut SqliteConnection, approval: ApprovalId) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM approvals WHERE id = ?")
        .bind(*approval.as_uuid())
        .execute(connection)
        .await
        .map(drop)
}

/// The host that an open question is about is allowed for as long as its task lasts.
async fn grant(
    connection: &mut SqliteConnection,
    approval: ApprovalId,
    task: TaskId,
) -> Result<(), sqlx::Error> {
    let asked: Option<String> = sqlx::query_scalar("SELECT body FROM approvals WHERE id = ?")
        .bind(*approval.as_uuid())
        .fetch_optional(&mut *connection)
        .await?;
    let asked = asked.and_then(|body| serde_json::from_str::<Approval>(&body).ok());
    let Some(Question::Host { host, .. }) = asked.map(|approval| approval.question) else {
        return Ok(());
    };
    sqlx::query("INSERT OR IGNORE INTO granted (task, host) VALUES (?, ?)")
        .bind(*task.as_uuid())
        .bind(host)
        .execute(connection)
        .await
        .map(drop)
}

async fn remember(
    connection: &mut SqliteConnection,
    latest: Vec<(TaskId, Latest, u64)>,
) -> Result<(), sqlx::Error> {
    const ROWS: Rows = Rows {
        head: "INSERT INTO latest (task, kind, seq)",
        row: "(?, ?, ?)",
        tail: "ON CONFLICT (task, kind) DO UPDATE SET seq = excluded.seq",
    };
    let bind = |query: Binding, (task, kind, seq): (TaskId, Latest, u64)| {
        let query = query.bind(*task.as_uuid()).bind(kind.word());
        query.bind(integer(seq))
    };
    ROWS.write(connection, latest, bind).await
}

fn encoding(error: WriteError) -> sqlx::Error {
    sqlx::Error::Encode(Box::new(error))
}
