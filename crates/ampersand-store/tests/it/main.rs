//! The store through its own interface, on real files.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod conversation;
mod crash;
mod journal;
mod opening;
mod output;
mod projections;

use ampersand_core::{
    Approval, ApprovalId, EventBody, Failure, NewTask, Question, Role, Task, TaskId, Work,
};
use ampersand_store::Batch;
use jiff::Timestamp;
use tempfile::TempDir;
use uuid::Uuid;

fn home() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn at(nanoseconds: i128) -> Timestamp {
    Timestamp::from_nanosecond(1_700_000_000_123_456_789 + nanoseconds).unwrap()
}

fn noticed(text: impl Into<String>) -> EventBody {
    EventBody::Noticed {
        task: None,
        failure: Failure::new("note", text, "None."),
    }
}

/// A batch of one event that carries `text`.
fn batch(text: impl Into<String>) -> Batch {
    Batch::new(at(0), vec![noticed(text)])
}

fn task(number: u128, title: &str) -> Task {
    let new = NewTask {
        reason: "It was asked for.".to_owned(),
        ..NewTask::new(id(number).into(), title, Role::Explorer, Work::Scan)
    };
    Task::planned(new, id(1).into(), "/r", at(0))
}

fn approval(number: u128, task: TaskId) -> Approval {
    Approval {
        id: ApprovalId::new(id(number)),
        task,
        question: Question::Discard {
            why: "It is superseded.".to_owned(),
        },
        asked_at: at(5),
    }
}
