//! When a person is called, and what for. Pure: what happened and the time go in, what to show comes out.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use ampersand_core::{ApprovalId, Message, MessageBody, MessageId, PlanId, TaskId};
use ampersand_protocol::{TaskView, Update, UpdateBody};
use tokio::time::Instant;

use super::call::{Call, Plan, Subject, together};
use crate::words;

/// What comes within this time of the first call is said together.
const GATHER: Duration = Duration::from_secs(10);

/// What happened.
#[derive(Debug)]
pub(crate) enum Event {
    /// The controller said so.
    Update(Box<Update>),
    /// This card was in front of the person, if the window was.
    Seen(MessageId),
    /// The window has the person's attention, or lost it.
    Focused(bool),
    /// It is time.
    Tick,
    /// A notification was clicked.
    Clicked(Number),
    /// A notification is gone.
    Closed(Number),
}

/// What to do about it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Send a tick at this time.
    WakeAt(Instant),
    /// Show a notification.
    Show(Notification),
    /// Take a notification back.
    Withdraw(Number),
    /// Put this task's card in front of the person.
    Open(TaskId),
}

/// Names a notification as long as it stands.
pub(crate) type Number = u32;

/// What a notification says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notification {
    pub(crate) number: Number,
    pub(crate) summary: String,
    pub(crate) body: String,
}

/// What is known.
#[derive(Debug, Default)]
pub(crate) struct Caller {
    is_focused: bool,
    titles: HashMap<TaskId, String>,
    plans: HashMap<PlanId, Plan>,
    /// Questions that were answered or called for already.
    questions: HashSet<ApprovalId>,
    seen: HashSet<MessageId>,
    /// The cards that results stand on.
    results: HashMap<TaskId, MessageId>,
    /// Not handled yet, oldest first.
    calls: Vec<Call>,
    wakes_at: Option<Instant>,
    numbers: Number,
}

impl Caller {
    /// Takes note of what happened and says what to do.
    pub(crate) fn step(&mut self, event: Event, now: Instant) -> Vec<Effect> {
        let mut effects = match event {
            Event::Update(update) => self.learn(update.body),
            Event::Seen(card) => {
                self.seen.insert(card);
                Vec::new()
            }
            Event::Focused(is_focused) => {
                self.is_focused = is_focused;
                Vec::new()
            }
            Event::Tick => self.call(now),
            Event::Clicked(number) => self.clicked(number),
            Event::Closed(number) => {
                self.calls.retain(|call| call.shown_in != Some(number));
                Vec::new()
            }
        };
        if self.is_focused {
            let seen = |call: &Call| call.card.is_some_and(|card| self.seen.contains(&card));
            let handled = self.calls.iter().filter(|call| seen(call));
            let handled: Vec<Subject> = handled.map(|call| call.subject).collect();
            handled
                .into_iter()
                .for_each(|subject| effects.extend(self.settle(subject)));
        }
        if self.wakes_at.is_none() && self.calls.iter().any(|call| call.shown_in.is_none()) {
            let at = now + GATHER;
            self.wakes_at = Some(at);
            effects.push(Effect::WakeAt(at));
        }
        effects
    }

    fn learn(&mut self, news: UpdateBody) -> Vec<Effect> {
        match news {
            UpdateBody::Message { message } => self.learn_card(message),
            UpdateBody::Approval {
                approval,
                answered: Some(_),
                ..
            } => {
                self.questions.insert(approval.id);
                self.settle(Subject::Question(approval.id))
            }
            UpdateBody::Approval {
                approval, title, ..
            } => {
                self.titles.insert(approval.task, title);
                self.ask(&approval, None);
                Vec::new()
            }
            UpdateBody::Plan { tasks, .. } => {
                // All of them before any verdict: a plan is not over because its first task is.
                let plans: HashSet<PlanId> =
                    tasks.into_iter().map(|task| self.note(task)).collect();
                plans
                    .into_iter()
                    .flat_map(|plan| self.judge(plan))
                    .collect()
            }
            UpdateBody::Task { task } => {
                let plan = self.note(*task);
                self.judge(plan)
            }
            UpdateBody::Result { message, task, .. } => {
                self.stands_on(task, message);
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn learn_card(&mut self, message: Message) -> Vec<Effect> {
        match message.body {
            MessageBody::NeedsYou {
                approval,
                answered: Some(_),
            } => {
                self.questions.insert(approval.id);
                self.settle(Subject::Question(approval.id))
            }
            MessageBody::NeedsYou { approval, .. } => {
                self.ask(&approval, Some(message.id));
                Vec::new()
            }
            MessageBody::Result { results, .. } => {
                results
                    .iter()
                    .for_each(|result| self.stands_on(result.task, message.id));
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn ask(&mut self, approval: &ampersand_core::Approval, card: Option<MessageId>) {
        let subject = Subject::Question(approval.id);
        if let Some(call) = self.calls.iter_mut().find(|call| call.subject == subject) {
            call.card = call.card.or(card);
        }
        if !self.questions.insert(approval.id) {
            return;
        }
        let title = self.titles.get(&approval.task);
        let title = title.map_or("A task", String::as_str);
        self.calls.push(Call {
            subject,
            task: approval.task,
            card,
            summary: words::plain(&format!("{title} needs you")),
            body: words::plain(&words::question(&approval.question)),
            shown_in: None,
        });
    }

    fn note(&mut self, task: TaskView) -> PlanId {
        self.titles.insert(task.id, task.title.clone());
        let known = self.plans.contains_key(&task.plan);
        let plan = self.plans.entry(task.plan).or_default();
        // What was over before anybody looked is no news.
        plan.is_over = if known {
            plan.is_over
        } else {
            task.detail.is_over()
        };
        plan.tasks.insert(task.id, (task.title, task.detail));
        task.plan
    }

    fn judge(&mut self, id: PlanId) -> Vec<Effect> {
        let Some(plan) = self.plans.get_mut(&id) else {
            return Vec::new();
        };
        let is_over = plan.tasks.values().all(|(_, state)| state.is_over());
        if std::mem::replace(&mut plan.is_over, is_over) == is_over {
            return Vec::new();
        }
        if !is_over {
            return self.settle(Subject::Plan(id));
        }
        if let Some(mut call) = plan.call(id) {
            call.card = self.results.get(&call.task).copied();
            self.calls.push(call);
        }
        Vec::new()
    }

    fn stands_on(&mut self, task: TaskId, card: MessageId) {
        self.results.insert(task, card);
        let ended =
            |call: &&mut Call| matches!(call.subject, Subject::Plan(_)) && call.task == task;
        self.calls
            .iter_mut()
            .filter(ended)
            .for_each(|call| call.card = Some(card));
    }

    /// It calls for nobody any more; a notification that called for nothing else goes.
    fn settle(&mut self, subject: Subject) -> Vec<Effect> {
        let place = self.calls.iter().position(|call| call.subject == subject);
        let number = place.and_then(|place| self.calls.remove(place).shown_in);
        let stands = |number: &Number| self.calls.iter().any(|call| call.shown_in == Some(*number));
        let empty = number.filter(|number| !stands(number));
        empty.map(Effect::Withdraw).into_iter().collect()
    }

    fn clicked(&mut self, number: Number) -> Vec<Effect> {
        let first = self.calls.iter().find(|call| call.shown_in == Some(number));
        let open = first.map(|call| Effect::Open(call.task));
        self.calls.retain(|call| call.shown_in != Some(number));
        open.into_iter().chain([Effect::Withdraw(number)]).collect()
    }

    /// Calls for everything that came meanwhile, if it is time.
    fn call(&mut self, now: Instant) -> Vec<Effect> {
        if self.wakes_at.is_none_or(|at| at > now) {
            return Vec::new();
        }
        self.wakes_at = None;
        let waiting = || self.calls.iter().filter(|call| call.shown_in.is_none());
        let (summary, body) = match waiting().collect::<Vec<_>>().as_slice() {
            [] => return Vec::new(),
            [call] => (call.summary.clone(), call.body.clone()),
            calls => together(calls),
        };
        self.numbers += 1;
        let number = self.numbers;
        for call in self.calls.iter_mut().filter(|call| call.shown_in.is_none()) {
            call.shown_in = Some(number);
        }
        vec![Effect::Show(Notification {
            number,
            summary,
            body,
        })]
    }
}

#[cfg(test)]
mod tests;
