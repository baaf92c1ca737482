//! Ends of attempts: what each means for its task, and whether the task begins again.

use ampersand_core::{
    Actor, AgentKind, AttemptId, EventBody, Failure, Outage, Report, TaskEvent, TaskId, sent_back,
};
use jiff::Timestamp;

use super::{Dispatcher, words::LeftOver};
use crate::input::Ended;

const BY: Actor = Actor::Orchestrator;

impl Dispatcher {
    /// Counts an attempt that a limit or an outage ended, and says when the next one begins: at once, if it is another
    /// agent's.
    fn held_up(
        &mut self,
        id: TaskId,
        outage: Outage,
        answered: bool,
        heirs: &[AgentKind],
    ) -> TaskEvent {
        let now = Timestamp::now();
        let before = self.state.task(id);
        let (before, last) = before.map_or((0, None), |task| (task.tries, task.held_up_by));
        let obstacle = outage.obstacle;
        let tries = obstacle.tries(before, last, answered);
        let (_, seed) = id.as_uuid().as_u64_pair();
        let mut next_try_at = outage.next_try(tries, now, seed);
        let failure = outage.failure;
        let changes = &mut self.unwritten;
        self.state.amend(id, changes, |task| {
            (task.tries, task.held_up_by) = (tries, Some(obstacle));
        });
        if let Ok(task) = self.state.task(id)
            && let Some(to) = self.settings.agents.heir(task, heirs, next_try_at, now)
        {
            changes.bodies.push(EventBody::TaskHandedOver {
                task: id,
                from: task.agent.clone(),
                to: to.clone(),
                failure: failure.clone(),
            });
            self.state.amend(id, changes, |task| task.hand_over(to));
            next_try_at = Some(now);
        }
        TaskEvent::HitLimit {
            failure,
            next_try_at,
        }
    }

    pub(super) fn end_attempt(&mut self, task: TaskId, attempt: AttemptId, ended: Ended) {
        let (report, event) = match ended {
            Ended::Finished { report } => {
                let event = match self.begins_again(task) {
                    true => TaskEvent::SentBack,
                    false => TaskEvent::Finished,
                };
                (Some(report), event)
            }
            Ended::WorkDone { report } => (Some(report), TaskEvent::WorkDone),
            Ended::Committed { report, verdict } => {
                let event = match self.send_back(task, &report) || self.begins_again(task) {
                    true => TaskEvent::SentBack,
                    false => TaskEvent::Committed { verdict },
                };
                (Some(report), event)
            }
            Ended::GaveUp { report, failure } => (report, TaskEvent::GaveUp { failure }),
            Ended::HitLimit {
                outage,
                answered,
                heirs,
            } => (None, self.held_up(task, outage, answered, &heirs)),
            Ended::AtLimit { limit } => (None, TaskEvent::EndedAtLimit { limit }),
        };
        let changes = &mut self.unwritten;
        // The report stands in the journal before the end that it belongs to.
        if let Some(report) = report {
            self.state.spend(task, report.usage, changes);
            changes
                .bodies
                .push(EventBody::TaskReported { task, report });
        }
        let goes_on = event == TaskEvent::WorkDone;
        self.state.apply(task, event, BY, changes);
        if !goes_on {
            self.executor.forget(attempt);
        }
        self.forget_closed_questions();
    }

    /// Whether the task goes back to its agent for what it was told while its work came to an end.
    fn begins_again(&mut self, id: TaskId) -> bool {
        match self.words.left_over(id) {
            LeftOver::Nothing => false,
            LeftOver::BeginsAgain => true,
            LeftOver::NeverRead(texts) => {
                let said = texts.join("” and “");
                self.notice(
                    id,
                    Failure::new(
                        "words_not_read",
                        format!("Its agent came to an end twice without reading “{said}”."),
                        "Look at the work, and start another task for what is missing.",
                    ),
                );
                false
            }
        }
    }

    /// Tells the agent what has to be mended, if the work is to go back to it before a person sees it.
    fn send_back(&mut self, id: TaskId, report: &Report) -> bool {
        let settings = &self.settings.review;
        let Ok(task) = self.state.task(id) else {
            return false;
        };
        let Some(text) = sent_back(settings, task, report) else {
            return false;
        };
        let review = report.review.clone();
        let changes = &mut self.unwritten;
        self.state
            .amend(id, changes, |task| task.review.count(review.as_deref()));
        changes.bodies.push(EventBody::TaskSteered {
            task: id,
            text: text.clone(),
            by: BY,
            waits: None,
        });
        self.words.keep(id, text);
        true
    }

    pub(super) fn forget_closed_questions(&mut self) {
        let (state, asking) = (&self.state, &mut self.asking);
        asking.retain(|id, _| state.approval(*id).is_some());
    }
}
