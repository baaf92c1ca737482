//! From a line of the journal to what the person sees of it: cards and updates. Pure: places and ids come from
//! outside, so that every line can be tried on paper.

mod landing;
mod outgoing;
mod result;
mod told;
mod trying;

use std::collections::{HashMap, HashSet};

use ampersand_core::{
    AgentKind, Answer, Approval, ApprovalId, Event, EventBody, Failure, Limit, Message,
    MessageBody, MessageId, Narrowing, PlanId, Task, TaskId, TaskResult, TaskState,
};
use ampersand_protocol::{Activity, UpdateBody};
use jiff::Timestamp;

use super::{bounded::bounded, undone};
use crate::{board::Board, turn::step::Unexplained};

/// Where places and ids come from.
pub(crate) struct Fresh<'a> {
    /// A place after everything else.
    pub(crate) place: &'a mut dyn FnMut() -> u64,
    /// The last place after everything else.
    pub(crate) newest: &'a dyn Fn() -> u64,
    /// A new id.
    pub(crate) id: &'a mut dyn FnMut() -> MessageId,
    /// The places of plans under the messages they answer.
    pub(crate) plans: HashMap<PlanId, u64>,
    /// Cards of overrides that may be taken back, newest first.
    pub(crate) overrides: Vec<Message>,
    /// Whether there is a model that will explain results.
    pub(crate) explains: bool,
}

/// What several lines come to, to be written in one transaction and then shown.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    /// Cards in the order they were made or changed first; each once.
    pub(crate) cards: Vec<Message>,
    /// Tasks that changed.
    pub(crate) touched: HashSet<TaskId>,
    /// What to show, each with its number.
    pub(crate) updates: Vec<(u64, UpdateBody)>,
    /// Results that the model has still to look at.
    pub(crate) unexplained: Vec<Unexplained>,
}

impl Taken {
    fn card(&mut self, seq: u64, card: &Message) {
        match self.cards.iter_mut().find(|known| known.id == card.id) {
            Some(known) => known.clone_from(card),
            None => self.cards.push(card.clone()),
        }
        let message = card.clone();
        self.updates.push((seq, UpdateBody::Message { message }));
    }
}

/// The cards that may still change.
#[derive(Debug, Default)]
pub(crate) struct Cards {
    /// Questions that wait.
    questions: HashMap<ApprovalId, Message>,
    /// Cards with a result that checks may amend, and the newest one.
    results: HashMap<MessageId, Message>,
    /// The card each task's result stands on, until it runs again.
    of_task: HashMap<TaskId, MessageId>,
    /// The newest card of each task's pull request.
    pulls: HashMap<TaskId, Message>,
    /// The newest card with results, and when its first came.
    newest: Option<(MessageId, Timestamp)>,
}

impl Cards {
    /// Takes up again where an earlier run left off; `history` is the end of the conversation.
    pub(crate) fn of(history: &[Message]) -> Self {
        let mut cards = Self::default();
        for message in history {
            match &message.body {
                MessageBody::NeedsYou {
                    approval,
                    answered: None,
                } => {
                    cards.questions.insert(approval.id, message.clone());
                }
                MessageBody::Result { results, .. } => cards.remember(message, results),
                MessageBody::PullRequest { task, .. } => {
                    cards.pulls.insert(*task, message.clone());
                }
                _ => {}
            }
        }
        cards
    }

    /// Questions that wait, as they stand on their cards.
    pub(crate) fn open(&self) -> Vec<Approval> {
        let approvals = self.questions.values().map(|message| &message.body);
        approvals
            .filter_map(|body| match body {
                MessageBody::NeedsYou { approval, .. } => Some(approval.clone()),
                _ => None,
            })
            .collect()
    }

    /// The card as it stands, if it may still change here.
    pub(crate) fn result(&self, card: MessageId) -> Option<&Message> {
        self.results.get(&card)
    }

    /// The card was changed elsewhere.
    pub(crate) fn put(&mut self, card: &Message) {
        if let Some(known) = self.results.get_mut(&card.id) {
            known.clone_from(card);
        }
    }

    fn remember(&mut self, message: &Message, results: &[TaskResult]) {
        self.results.insert(message.id, message.clone());
        for result in results {
            self.of_task.insert(result.task, message.id);
        }
    }

    /// Takes in one line.
    pub(crate) fn take(
        &mut self,
        event: &Event,
        board: &mut Board,
        fresh: &mut Fresh<'_>,
        taken: &mut Taken,
    ) {
        let seq = event.seq;
        match &event.body {
            EventBody::PlanAccepted {
                plan,
                reason,
                tasks,
            } => accept_plan(event, (*plan, reason, tasks), board, fresh, taken),
            EventBody::TaskMoved { task, state, .. } => {
                self.move_task(event, *task, state, board, fresh, taken);
            }
            EventBody::AttemptStarted {
                task,
                base,
                isolation,
                reads_login,
                not_loaded,
                ..
            } => {
                board.begin_attempt(*task, base.as_ref(), (isolation, *reads_login, not_loaded));
                show_task(seq, *task, board, taken);
            }
            EventBody::TaskHandedOver {
                task,
                from,
                to,
                failure,
            } => hand_over(event, *task, (from, to, failure), board, fresh, taken),
            EventBody::TaskNarrowed { task, what, .. } => narrow(seq, (*task, *what), board, taken),
            EventBody::TaskSteered { .. } | EventBody::SteeringDelivered { .. } => {
                told::take(event, board, taken);
            }
            EventBody::TaskReported { task, report } => {
                board.reports.insert(*task, bounded(report.clone()));
            }
            EventBody::ApprovalAsked { approval } => self.ask(event, approval, board, fresh, taken),
            EventBody::ApprovalAnswered {
                approval, answer, ..
            } => self.close(seq, *approval, in_words(*answer), board, taken),
            EventBody::ApprovalWithdrawn { approval, .. } => {
                self.close(seq, *approval, "Not needed any more", board, taken);
            }
            EventBody::LandingRefused {
                task, conflicts, ..
            } => {
                let files = conflicts.clone();
                board.amend(*task, |task| task.standoff.files = files);
                landing::card(event, board, fresh, taken);
            }
            EventBody::AppServes { .. }
            | EventBody::TaskShown { .. }
            | EventBody::TaskPutBack { .. } => trying::take(event, board, fresh, taken),
            EventBody::TaskLanded { .. }
            | EventBody::LandingUndone { .. }
            | EventBody::LandingStands { .. } => landing::card(event, board, fresh, taken),
            EventBody::TaskBranched { .. } => outgoing::branched(event, board, fresh, taken),
            EventBody::PullRequestMoved { task, pull_request } => {
                self.move_pull_request(event, (*task, pull_request), board, fresh, taken);
            }
            EventBody::ClashesFound { task, clashes } => {
                board.amend(*task, |task| task.clashes.clone_from(clashes));
                show_task(seq, *task, board, taken);
            }
            EventBody::Noticed { failure, .. } => notice(event, failure, fresh, taken),
            // Shown where it was asked for, or on demand.
            EventBody::TaskGiven { .. }
            | EventBody::OverrideConfirmed { .. }
            | EventBody::RepositoryTrusted { .. } => {}
        }
    }

    fn move_task(
        &mut self,
        event: &Event,
        id: TaskId,
        state: &TaskState,
        board: &mut Board,
        fresh: &mut Fresh<'_>,
        taken: &mut Taken,
    ) {
        let Some(before) = board.task(id).map(|task| task.state.clone()) else {
            return;
        };
        board.amend(id, |task| task.move_to(state.clone()));
        show_task(event.seq, id, board, taken);
        if matches!(state, TaskState::Queued | TaskState::Running { .. }) {
            // It runs again, so its next end is another result.
            self.of_task.remove(&id);
        }
        if let Some(limit) = state.limit().filter(|_| before.limit().is_none())
            && let Some(task) = board.task(id)
        {
            notice(event, &at_limit(&task.title, limit), fresh, taken);
        }
        if undone::is_undone(&before, state)
            && let Some(card) = undone::mark(&mut fresh.overrides, id)
        {
            taken.card(event.seq, card);
        }
        if result::ends(&before, state) {
            self.end(event, id, state, board, fresh, taken);
        }
    }

    fn ask(
        &mut self,
        event: &Event,
        approval: &Approval,
        board: &mut Board,
        fresh: &mut Fresh<'_>,
        taken: &mut Taken,
    ) {
        board.approvals.insert(approval.id, approval.clone());
        let body = MessageBody::NeedsYou {
            approval: approval.clone(),
            answered: None,
        };
        let card = Message {
            // So that its answer finds it in any later run.
            id: MessageId::new(*approval.id.as_uuid()),
            ..new_card(event, body, fresh)
        };
        taken.card(event.seq, &card);
        let update = asked(approval, board, None);
        taken.updates.push((event.seq, update));
        self.questions.insert(approval.id, card);
    }

    fn close(
        &mut self,
        seq: u64,
        id: ApprovalId,
        said: &str,
        board: &mut Board,
        taken: &mut Taken,
    ) {
        board.approvals.remove(&id);
        let Some(mut card) = self.questions.remove(&id) else {
            return;
        };
        if let MessageBody::NeedsYou { approval, answered } = &mut card.body {
            *answered = Some(said.to_owned());
            let update = asked(approval, board, Some(said.to_owned()));
            taken.updates.push((seq, update));
        }
        taken.card(seq, &card);
    }
}

const fn in_words(answer: Answer) -> &'static str {
    match answer {
        Answer::Allow => "Allowed",
        Answer::AllowForTask => "Allowed for this task",
        Answer::AllowForProject => "Allowed for this repository",
        Answer::Deny => "Denied",
    }
}

/// Something was taken from a task.
fn narrow(seq: u64, (id, what): (TaskId, Narrowing), board: &mut Board, taken: &mut Taken) {
    board.amend(id, |task| task.narrow(what));
    show_task(seq, id, board, taken);
}

fn accept_plan(
    event: &Event,
    (plan, reason, tasks): (PlanId, &str, &[Task]),
    board: &mut Board,
    fresh: &mut Fresh<'_>,
    taken: &mut Taken,
) {
    for task in tasks {
        board.put(task.clone());
        taken.touched.insert(task.id);
    }
    let ids: Vec<TaskId> = tasks.iter().map(|task| task.id).collect();
    board.mentioned.clone_from(&ids);
    board.planned_under.remove(&plan);
    let body = MessageBody::Plan {
        plan,
        reason: reason.to_owned(),
        tasks: ids,
    };
    let position = fresh.plans.remove(&plan);
    let card = Message {
        id: MessageId::new(*plan.as_uuid()),
        position: position.unwrap_or_else(|| (fresh.place)()),
        at: event.at,
        body,
    };
    let views = tasks.iter().map(|task| board.view(task)).collect();
    let update = UpdateBody::Plan {
        plan,
        reason: reason.to_owned(),
        tasks: views,
    };
    taken.updates.push((event.seq, update));
    for task in tasks {
        show_task(event.seq, task.id, board, taken);
        if let Some(resolved) = task.resolves {
            board.amend(resolved, |other| other.standoff.follow_up = Some(task.id));
            show_task(event.seq, resolved, board, taken);
        }
    }
    taken.card(event.seq, &card);
}

fn show_task(seq: u64, id: TaskId, board: &Board, taken: &mut Taken) {
    let Some(task) = board.task(id) else { return };
    taken.touched.insert(id);
    let task = Box::new(board.view(task));
    taken.updates.push((seq, UpdateBody::Task { task }));
}

/// Puts a line on a task's card that is no change of its state.
fn say_of(seq: u64, id: TaskId, line: String, board: &mut Board, taken: &mut Taken) {
    let known = board.task(id).map(|task| board.view(task).activity);
    let activity = Activity {
        task: Some(id),
        line,
        ..known.flatten().unwrap_or_default()
    };
    board.set_activity(id, activity.clone());
    taken.updates.push((seq, UpdateBody::Activity { activity }));
}

fn asked(approval: &Approval, board: &Board, answered: Option<String>) -> UpdateBody {
    UpdateBody::Approval {
        id: approval.id,
        title: board.title(approval.task),
        approval: approval.clone(),
        answered,
    }
}

/// Nobody asked for this pause, so that it is said.
fn at_limit(title: &str, limit: Limit) -> Failure {
    Failure::new(
        "limit_reached",
        format!("{title:?} is paused: it reached its {}.", limit.shown()),
        format!(
            "Say resume to go on with as much again, or give it more: {} under [limits] in the settings.",
            limit.which.setting()
        ),
    )
}

/// The task's card says who goes on, and the conversation why.
fn hand_over(
    event: &Event,
    id: TaskId,
    (from, to, why): (&AgentKind, &AgentKind, &Failure),
    board: &mut Board,
    fresh: &mut Fresh<'_>,
    taken: &mut Taken,
) {
    board.amend(id, |task| task.hand_over(to.clone()));
    show_task(event.seq, id, board, taken);
    let (from, to, title) = (from.shown(), to.shown(), board.title(id));
    let told = Failure::new(
        "handed_over",
        format!(
            "{to} goes on with {title:?} where {from} left it. {}",
            why.message
        ),
        "Which agents go on with each other's work is set by failover, under [agents] in the settings.",
    );
    notice(event, &told, fresh, taken);
}

fn notice(event: &Event, failure: &Failure, fresh: &mut Fresh<'_>, taken: &mut Taken) {
    // The settings file is read here too, and what is wrong with it is said once.
    if matches!(
        failure.code.as_str(),
        "settings_invalid" | "settings_unreadable"
    ) {
        return;
    }
    let failure = failure.clone();
    let body = MessageBody::Notice {
        failure: failure.clone(),
    };
    taken.card(event.seq, &new_card(event, body, fresh));
    taken
        .updates
        .push((event.seq, UpdateBody::Notice { failure }));
}

fn new_card(event: &Event, body: MessageBody, fresh: &mut Fresh<'_>) -> Message {
    Message {
        id: (fresh.id)(),
        position: (fresh.place)(),
        at: event.at,
        body,
    }
}

#[cfg(test)]
mod tests;
