//! What a task hands back when it ends, and the card it goes on.

use ampersand_core::{
    Event, Message, MessageBody, MessageId, Report, TaskId, TaskResult, TaskState, Work, counted,
};
use ampersand_protocol::UpdateBody;
use jiff::SignedDuration;

use super::{Cards, Fresh, Taken, new_card};
use crate::{board::Board, inbox::bounded::bounded, turn::step::Unexplained};

/// Results that come within this share a card.
const TOGETHER: SignedDuration = SignedDuration::from_secs(30);

impl Cards {
    /// A task ended: its result goes on a card.
    pub(super) fn end(
        &mut self,
        event: &Event,
        id: TaskId,
        state: &TaskState,
        board: &Board,
        fresh: &mut Fresh<'_>,
        taken: &mut Taken,
    ) {
        let result = TaskResult {
            task: id,
            title: board.title(id),
            state: state.word().to_owned(),
            report: report_of(id, state, board),
            seq: event.seq,
        };
        if self.amend(event.seq, &result, taken) {
            return;
        }
        let by_person = matches!(
            state,
            TaskState::Cancelled { .. } | TaskState::Skipped { .. }
        );
        let is_to_explain = fresh.explains && !by_person;
        // What is the person's to do next stands where they look, and not on a card above.
        let is_alone = board.task(id).is_some_and(|task| task.work == Work::ByHand);
        if is_alone {
            self.newest = None;
        }
        let card = self.card_for(event, &result, is_to_explain, fresh);
        taken.card(event.seq, &card);
        let update = UpdateBody::Result {
            message: card.id,
            task: id,
            title: result.title,
            state: result.state,
            report: result.report,
        };
        taken.updates.push((event.seq, update));
        if is_to_explain {
            taken.unexplained.push(Unexplained {
                card: card.id,
                task: id,
                at: event.at,
            });
        }
    }

    /// Changes the result that stands already, if its checks were run once more.
    fn amend(&mut self, seq: u64, result: &TaskResult, taken: &mut Taken) -> bool {
        let card = self.of_task.get(&result.task);
        let Some(card) = card.and_then(|card| self.results.get_mut(card)) else {
            return false;
        };
        if let MessageBody::Result { results, .. } = &mut card.body
            && let Some(known) = results.iter_mut().find(|known| known.task == result.task)
        {
            known.clone_from(result);
            taken.card(seq, card);
            return true;
        }
        false
    }

    /// The card a result goes on: the newest one if that is young and the last of all, else a new one.
    fn card_for(
        &mut self,
        event: &Event,
        result: &TaskResult,
        is_to_explain: bool,
        fresh: &mut Fresh<'_>,
    ) -> Message {
        let to_explain = is_to_explain.then_some(result.task);
        let young = self
            .newest
            .filter(|(_, first)| event.at.duration_since(*first) <= TOGETHER)
            .and_then(|(id, _)| self.results.get_mut(&id))
            // What was said or happened since stands below it, and that is where people look.
            .filter(|card| card.position >= (fresh.newest)());
        let card = match young {
            Some(card) => {
                if let MessageBody::Result {
                    results,
                    unexplained,
                    ..
                } = &mut card.body
                {
                    results.push(result.clone());
                    unexplained.extend(to_explain);
                }
                card.clone()
            }
            None => {
                let body = MessageBody::Result {
                    results: vec![result.clone()],
                    explanation: None,
                    unexplained: Vec::from_iter(to_explain),
                };
                let card = new_card(event, body, fresh);
                self.newest = Some((card.id, event.at));
                card
            }
        };
        self.forget_settled(card.id);
        self.results.insert(card.id, card.clone());
        self.of_task.insert(result.task, card.id);
        card
    }

    /// Only cards whose checks may still run need to be kept, and the newest.
    fn forget_settled(&mut self, newest: MessageId) {
        self.results.retain(|id, card| {
            *id == newest
                || matches!(&card.body, MessageBody::Result { results, .. }
                    if results.iter().any(|result| result.state == "ready"))
        });
    }
}

/// Whether moving from one state to the other is an end that hands something back. Putting work aside or bringing
/// it in is not: its result stands already.
pub(super) fn ends(before: &TaskState, after: &TaskState) -> bool {
    let is_end = matches!(
        after,
        TaskState::Ready { .. }
            | TaskState::Done
            | TaskState::Failed { .. }
            | TaskState::Cancelled { .. }
            | TaskState::Skipped { .. }
    );
    let was_end = before.is_over()
        || before.merging().is_some()
        || matches!(
            before,
            TaskState::Landing { .. } | TaskState::Undoing { .. }
        );
    is_end && !was_end
}

/// What the task handed back; where it handed nothing back, its state in words.
fn report_of(id: TaskId, state: &TaskState, board: &Board) -> Report {
    let told = board.reports.get(&id).cloned();
    let headline = match state {
        TaskState::Failed { failure } => Some((failure.message.clone(), failure.hint.clone())),
        TaskState::Cancelled {
            processes,
            files_kept,
        } => {
            let hint = "Its worktree is kept; it can be started again from there.";
            let files = match files_kept {
                0 => String::new(),
                n => format!(", {} kept", counted(u64::from(*n), "changed file")),
            };
            let processes = counted(u64::from(*processes), "process");
            Some((
                format!("Cancelled, {processes} gone{files}"),
                hint.to_owned(),
            ))
        }
        TaskState::Skipped { dependency } => {
            let why = format!(
                "Not started: {:?} did not end well",
                board.title(*dependency)
            );
            Some((why, "Start it again once that is mended.".to_owned()))
        }
        _ => None,
    };
    match (headline, told) {
        (Some((headline, hint)), told) => {
            let told = told.filter(|_| !matches!(state, TaskState::Skipped { .. }));
            let mut report = told.unwrap_or_default();
            report.headline = headline;
            report.summary = match report.summary.is_empty() {
                true => hint,
                false => format!("{hint}\n\n{}", report.summary),
            };
            bounded(report)
        }
        (None, Some(told)) => told,
        (None, None) => Report {
            headline: "It ended without a report".to_owned(),
            ..Report::default()
        },
    }
}
