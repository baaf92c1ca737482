//! The loop that owns the truth: one input at a time, decided in memory, written down, then carried out.
//!
//! Freezing is the one thing that does not wait for the disk: an override has to hold even when the disk is
//! full. What happened and could not be written is kept and written first as soon as there is room; a command that
//! could not be written has not happened.

mod carry_out;
mod command;
mod due;
mod ends;
mod flush;
mod inbox;
mod news;
mod overrides;
mod pull_requests;
mod shown;
mod standing;
mod words;

use std::{
    collections::{HashMap, HashSet},
    time::Instant,
};

use ampersand_core::{
    Actor, Answer, ApprovalId, AttemptId, CommandId, Failure, Settings, Showing, TaskEvent, TaskId,
    TaskState,
};
use ampersand_protocol::Reply;
use ampersand_store::Journal;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    executor::{Executor, is_over},
    input::{Asked, News},
    state::{Changes, State},
};
use due::sleep_until;
use inbox::{Answered, Inbox};
use overrides::Overrides;
use standing::Standing;
use words::Words;

/// Commands not yet taken. A session waits when there are more; 256 is far beyond what people type.
pub(crate) const COMMANDS_MAX: usize = 256;

/// News not yet taken. Attempts wait when there is more; output does not come this way.
pub(crate) const NEWS_MAX: usize = 1024;

/// News written down at once. A commit for each would let a confirmation wait behind all that happened before it.
const NEWS_AT_ONCE: usize = 256;

/// A reply that is sent once what it promises is written down.
struct Promise {
    id: CommandId,
    reply: oneshot::Sender<Result<Reply, Failure>>,
    outcome: Result<Reply, Failure>,
    binds: Binds,
}

/// What a promise depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Binds {
    /// The journal: what cannot be written down has not happened.
    Journal,
    /// The operating system alone: an override holds even when nothing can be written.
    System,
}

/// Something for an attempt that waits until it is written down.
enum Delivery {
    /// What a person told its task.
    Words { task: TaskId, text: String },
    /// The answer to its question.
    Answer {
        approval: ApprovalId,
        answer: Answer,
    },
}

/// What is outside and inside at this moment, for whoever decides whether to leave.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Load {
    /// Tasks that something will still happen to without a person.
    pub(crate) busy: usize,
    /// Attempts with processes, frozen ones included.
    pub(crate) attempts: usize,
    /// It was asked to leave, and nothing is under way any more.
    pub(crate) is_drained: bool,
}

pub(crate) struct Dispatcher {
    state: State,
    journal: Journal,
    executor: Executor,
    settings: Settings,
    unwritten: Changes,
    write_again_at: Option<Instant>,
    /// Why the journal could not be written the last time, until it can.
    unwritable: Option<Failure>,
    inbox: Inbox,
    answered: Answered,
    overrides: Overrides,
    deliveries: Vec<Delivery>,
    /// Attempts that wait for an answer.
    asking: HashMap<ApprovalId, oneshot::Sender<Answer>>,
    words: Words,
    standing: Standing,
    /// Tasks whose trees are being killed: too late to undo, and no second kill is begun.
    killing: HashSet<TaskId>,
    load: watch::Sender<Load>,
}

impl Dispatcher {
    /// A dispatcher for what stands in the journal.
    pub(crate) async fn open(
        journal: Journal,
        commands: mpsc::Receiver<Asked>,
        executor: Executor,
        settings: Settings,
        load: watch::Sender<Load>,
    ) -> Result<Self, Failure> {
        let tasks = journal.tasks().await?;
        let approvals = journal.open_approvals().await?;
        let mut words = Words::default();
        for (task, text) in journal.unheard().await? {
            words.keep(task, text);
        }
        Ok(Self {
            state: State::new(settings.slots, tasks, approvals),
            journal,
            executor,
            settings,
            unwritten: Changes::default(),
            write_again_at: None,
            unwritable: None,
            inbox: Inbox::new(commands),
            answered: Answered::default(),
            overrides: Overrides::default(),
            deliveries: Vec::new(),
            asking: HashMap::new(),
            words,
            standing: Standing::default(),
            killing: HashSet::new(),
            load,
        })
    }

    /// Runs until `stop`. Commands go before news, so that an override waits for nothing but itself.
    pub(crate) async fn run(mut self, mut told: mpsc::Receiver<News>, stop: CancellationToken) {
        self.recover();
        self.flush(None).await;
        loop {
            self.load.send_if_modified(|load| {
                let now = self.measure();
                std::mem::replace(load, now) != now
            });
            self.standing.look(self.state.open(), Instant::now());
            self.executor.follow(self.state.followed());
            self.executor.watch(self.state.watched());
            let due = self.next_due();
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                asked = self.inbox.next() => self.obey(asked).await,
                Some(news) = told.recv() => {
                    let mut promises = self.take_news(news);
                    for _ in 1..NEWS_AT_ONCE {
                        let Ok(news) = told.try_recv() else { break };
                        promises.extend(self.take_news(news));
                    }
                    self.flush(promises).await;
                }
                () = sleep_until(due) => {
                    self.take_time();
                    self.flush(None).await;
                }
            }
        }
        // Whoever still has something to tell shall not wait for somebody to listen.
        drop(told);
        self.executor.stop().await;
    }

    fn measure(&self) -> Load {
        let counts = |pick: fn(&TaskState) -> bool| {
            self.state.open().filter(|task| pick(&task.state)).count()
        };
        let under_way = counts(|state| {
            state.holds_slot()
                || matches!(
                    state,
                    TaskState::Landing { .. }
                        | TaskState::Undoing { .. }
                        | TaskState::Stopping { .. }
                )
        });
        let unwritten = usize::from(!self.unwritten.is_empty());
        Load {
            busy: unwritten
                + self.state.watched_count()
                + counts(|state| {
                    matches!(
                        state,
                        TaskState::Queued
                            | TaskState::Running { .. }
                            | TaskState::Checking { .. }
                            | TaskState::Stopping { .. }
                            | TaskState::Landing { .. }
                            | TaskState::Undoing { .. }
                            | TaskState::Merging { .. }
                            | TaskState::Paused {
                                why: ampersand_core::Pause::Limit { .. },
                                ..
                            }
                    )
                }),
            attempts: counts(TaskState::holds_slot),
            is_drained: self.state.starts_nothing() && under_way + unwritten == 0,
        }
    }

    /// What the journal says is under way is not: its processes ended with the orchestrator before this one.
    fn recover(&mut self) {
        let changes = &mut self.unwritten;
        let lost: Vec<(TaskId, TaskState, bool)> = self
            .state
            .open()
            .map(|task| (task.id, task.state.clone(), repeats_safely(task)))
            .collect();
        for (id, state, repeats) in lost {
            let by = Actor::Orchestrator;
            if let TaskState::Landing { .. } = state
                && let Ok(task) = self.state.task(id)
            {
                self.executor.look_after_landing(task.clone());
            }
            if let TaskState::Undoing { .. } = state
                && let Ok(task) = self.state.task(id)
            {
                self.executor.look_after_undoing(task.clone());
            }
            if state.attempt().is_none() {
                continue;
            }
            if state.is_checking() {
                // Its work is committed: only what the checks say is missing, and they can be asked again.
                let attempt = AttemptId::new(Uuid::now_v7());
                let event = TaskEvent::ChecksAllowed { attempt };
                self.state.apply(id, event, by, changes);
                continue;
            }
            let reason = "The background process ended while it ran.".to_owned();
            self.state
                .apply(id, TaskEvent::Lost { reason }, by, changes);
            if state.merging().is_some()
                && let Ok(task) = self.state.task(id)
            {
                self.executor.look_after_landing(task.clone());
            }
            let interrupted = self
                .state
                .task(id)
                .is_ok_and(|task| matches!(task.state, TaskState::Interrupted { .. }));
            if repeats && interrupted {
                self.state.apply(id, TaskEvent::ResumeAsked, by, changes);
            }
        }
        for task in self.state.tasks() {
            // Cut off on the way there or back: the checkout is put back, as it may be neither.
            if matches!(task.showing, Some(Showing::Asked | Showing::PuttingBack)) {
                self.executor.put_back(task.clone());
            }
        }
        let over = self.state.tasks().filter(|task| is_over(&task.state));
        self.executor.clear_away_left(over.cloned().collect());
        self.state.recover_pull_requests(changes);
        self.state.settle(self.settings.slots, changes);
    }
}

/// Whether a lost attempt may begin again without asking: all but commands, which may do something twice.
fn repeats_safely(task: &ampersand_core::Task) -> bool {
    task.agent != ampersand_core::AgentKind::Command
}
