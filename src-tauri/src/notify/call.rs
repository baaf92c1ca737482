//! Why a person is called, and in which words.

use std::collections::BTreeMap;

use ampersand_core::{ApprovalId, MessageId, PlanId, TaskId, TaskState};

use super::step::Number;
use crate::words;

/// Calls that are named in one notification.
const NAMED_MAX: usize = 4;

/// Why a person is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Subject {
    Question(ApprovalId),
    Plan(PlanId),
}

#[derive(Debug)]
pub(super) struct Call {
    pub(super) subject: Subject,
    pub(super) task: TaskId,
    /// The card it stands on, once known.
    pub(super) card: Option<MessageId>,
    pub(super) summary: String,
    pub(super) body: String,
    /// The notification it is in.
    pub(super) shown_in: Option<Number>,
}

/// A plan's tasks, in order of their ids: that is the order they were made in.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) tasks: BTreeMap<TaskId, (String, TaskState)>,
    pub(super) is_over: bool,
}

impl Plan {
    /// Nothing if the person ended all of it: they know.
    pub(super) fn call(&self, id: PlanId) -> Option<Call> {
        let by_hand = |state: &TaskState| {
            matches!(
                state,
                TaskState::Cancelled { .. }
                    | TaskState::Skipped { .. }
                    | TaskState::Discarded
                    | TaskState::Landed { .. }
            )
        };
        let told: Vec<_> = self
            .tasks
            .iter()
            .filter(|(_, (_, state))| !by_hand(state))
            .collect();
        let (task, _) = told.last()?;
        let said = |title: &str, state: &TaskState| format!("{title} {}", words::ended(state));
        let (summary, body) = match told.as_slice() {
            [(_, (title, state))] => (said(title, state), String::new()),
            several => {
                let lines = several
                    .iter()
                    .take(NAMED_MAX)
                    .map(|(_, (title, state))| words::plain(&said(title, state)));
                (
                    format!("{} tasks have ended", several.len()),
                    lines.collect::<Vec<_>>().join("\n"),
                )
            }
        };
        Some(Call {
            subject: Subject::Plan(id),
            task: **task,
            card: None,
            summary: words::plain(&summary),
            body,
            shown_in: None,
        })
    }
}

/// Several calls in one notification: a summary, and a line for each.
pub(super) fn together(calls: &[&Call]) -> (String, String) {
    let is_question = |call: &&&Call| matches!(call.subject, Subject::Question(_));
    let questions = calls.iter().filter(is_question).count();
    let plans = calls.len() - questions;
    let need = match questions {
        0 => None,
        1 => Some("1 task needs you".to_owned()),
        n => Some(format!("{n} tasks need you")),
    };
    let done = match plans {
        0 => None,
        1 => Some("1 plan is done".to_owned()),
        n => Some(format!("{n} plans are done")),
    };
    let mut lines: Vec<String> = calls
        .iter()
        .take(NAMED_MAX)
        .map(|call| call.summary.clone())
        .collect();
    if calls.len() > NAMED_MAX {
        lines.push(format!("and {} more", calls.len() - NAMED_MAX));
    }
    let summary: Vec<String> = need.into_iter().chain(done).collect();
    (summary.join(" · "), lines.join("\n"))
}
