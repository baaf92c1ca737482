//! A controller in a folder of its own, with everything around it in the test's hands.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use ampersand_controller::{Connector, Controller, NotReached, Options, Updates, Wire};
use ampersand_core::{
    Actor, AttemptId, CommandId, Event, EventBody, Failure, Message, MessageBody, MessageId,
    Narrowing, Report, Task, TaskId, TaskState,
};
use ampersand_link::{Responder, serve};
use ampersand_protocol::{
    Activity, Command, Hello, Home, PROTOCOL_VERSION, Reply, RepositoryFacts, TaskSnapshot, Update,
    UpdateBody,
};
use ampersand_testkit::model_server::{ModelServer, Recorded, Script};
use futures::future::BoxFuture;
use jiff::Timestamp;
use tokio::{
    sync::{broadcast, watch},
    task::AbortHandle,
    time::timeout,
};
use uuid::Uuid;

/// Far beyond what anything here takes; only a test that fails waits for it.
const LONG: Duration = Duration::from_secs(20);

/// An orchestrator that is a journal in memory. It accepts whatever it is asked and does nothing by itself.
#[derive(Clone)]
pub(crate) struct Orchestrator {
    state: Arc<Mutex<State>>,
    newest: watch::Sender<u64>,
    pub(crate) activities: broadcast::Sender<Activity>,
    up: Arc<AtomicBool>,
    can_start: Arc<AtomicBool>,
    pub(crate) starts: Arc<AtomicUsize>,
    /// Commands are not answered while this is set.
    pub(crate) deaf: watch::Sender<bool>,
    asked: watch::Sender<usize>,
}

#[derive(Default)]
struct State {
    events: Vec<Event>,
    tasks: Vec<Task>,
    commands: Vec<(CommandId, Command)>,
    answered: HashSet<CommandId>,
    sessions: Vec<AbortHandle>,
    reports: Vec<(TaskId, Report)>,
}

impl Orchestrator {
    pub(crate) fn new() -> Self {
        Self {
            state: Arc::default(),
            newest: watch::Sender::new(0),
            activities: broadcast::Sender::new(64),
            up: Arc::new(AtomicBool::new(true)),
            can_start: Arc::new(AtomicBool::new(true)),
            starts: Arc::default(),
            deaf: watch::Sender::new(false),
            asked: watch::Sender::new(0),
        }
    }

    /// Writes lines into the journal.
    pub(crate) fn write(&self, bodies: impl IntoIterator<Item = EventBody>) {
        let mut state = self.state.lock().unwrap();
        for body in bodies {
            state.write(body);
        }
        self.newest.send_replace(state.events.len() as u64);
    }

    pub(crate) fn move_to(&self, task: TaskId, to: TaskState) {
        self.write([EventBody::TaskMoved {
            task,
            state: to,
            by: Actor::Orchestrator,
        }]);
    }

    /// The task runs and hands this back.
    pub(crate) fn finish(&self, task: TaskId, headline: &str) {
        let report = Report {
            headline: headline.to_owned(),
            summary: format!("All about {headline}."),
            ..Report::default()
        };
        self.state
            .lock()
            .unwrap()
            .reports
            .push((task, report.clone()));
        let attempt = AttemptId::new(Uuid::now_v7());
        let moved = |state| EventBody::TaskMoved {
            task,
            state,
            by: Actor::Orchestrator,
        };
        self.write([
            moved(TaskState::Running { attempt }),
            EventBody::TaskReported { task, report },
            moved(TaskState::Done),
        ]);
    }

    /// What it was asked, in order, repetitions included.
    pub(crate) fn commands(&self) -> Vec<(CommandId, Command)> {
        self.state.lock().unwrap().commands.clone()
    }

    pub(crate) fn tasks(&self) -> Vec<Task> {
        self.state.lock().unwrap().tasks.clone()
    }

    /// Waits until a command came that `look` picks.
    pub(crate) async fn asked<T>(&self, look: impl Fn(&Command) -> Option<T>) -> T {
        let mut asked = self.asked.subscribe();
        let found = async {
            loop {
                asked.borrow_and_update();
                let commands = self.commands();
                if let Some(found) = commands.iter().find_map(|(_, command)| look(command)) {
                    return found;
                }
                asked.changed().await.unwrap();
            }
        };
        timeout(LONG, found).await.expect("it was never asked")
    }

    /// Goes away; the next one has to be started.
    pub(crate) fn die(&self) {
        self.up.store(false, Ordering::SeqCst);
        for session in self.state.lock().unwrap().sessions.drain(..) {
            session.abort();
        }
    }

    pub(crate) fn cannot_start(&self) {
        self.can_start.store(false, Ordering::SeqCst);
    }

    fn answer(&self, id: CommandId, command: Command) -> Result<Reply, Failure> {
        let mut state = self.state.lock().unwrap();
        let is_new = state.answered.insert(id);
        match command {
            Command::SubmitPlan { plan, .. } => {
                if is_new {
                    let (repository, tasks) = (plan.repository, plan.tasks.into_iter());
                    let tasks = tasks
                        .map(|new| {
                            Task::planned(new, plan.id, repository.clone(), Timestamp::now())
                        })
                        .collect();
                    state.write(EventBody::PlanAccepted {
                        plan: plan.id,
                        reason: plan.reason,
                        tasks,
                    });
                    self.newest.send_replace(state.events.len() as u64);
                }
                Ok(Reply::Done)
            }
            Command::Pause { tasks, .. }
            | Command::Resume { tasks, .. }
            | Command::Cancel { tasks, .. }
            | Command::Undo { tasks } => Ok(overridden(tasks)),
            Command::Narrow { tasks, what, by } => {
                state.narrow(&tasks, what, by);
                self.newest.send_replace(state.events.len() as u64);
                Ok(overridden(tasks))
            }
            Command::Attach { repository } => Ok(Reply::Repository {
                repository: facts(&repository),
            }),
            Command::ListTasks { .. } => Ok(Reply::Tasks {
                snapshot: TaskSnapshot {
                    seq: state.events.len() as u64,
                    tasks: state.tasks.clone(),
                    approvals: Vec::new(),
                    more: false,
                },
            }),
            Command::ReadReport { task } => {
                let found = state.reports.iter().rev().find(|(of, _)| *of == task);
                match found {
                    Some((_, report)) => Ok(Reply::Report {
                        title: "A task".to_owned(),
                        report: report.clone(),
                    }),
                    None => Err(Failure::new("no_report", "No report yet.", "Wait.")),
                }
            }
            _ => Ok(Reply::Done),
        }
    }
}

fn overridden(tasks: Vec<TaskId>) -> Reply {
    Reply::Overridden {
        processes: 3 * tasks.len() as u32,
        tasks,
        took_ms: 4,
    }
}

impl State {
    fn narrow(&mut self, tasks: &[TaskId], what: Narrowing, by: Actor) {
        for task in tasks {
            let known = self.tasks.iter_mut().find(|known| known.id == *task);
            let capabilities = known.map(|known| {
                known.narrow(what);
                known.capabilities.clone()
            });
            self.write(EventBody::TaskNarrowed {
                task: *task,
                what,
                capabilities: capabilities.unwrap_or_default(),
                by,
            });
        }
    }

    fn write(&mut self, body: EventBody) {
        match &body {
            EventBody::PlanAccepted { tasks, .. } => self.tasks.extend(tasks.iter().cloned()),
            EventBody::TaskMoved { task, state, .. } => {
                for known in self.tasks.iter_mut().filter(|known| known.id == *task) {
                    known.state = state.clone();
                }
            }
            _ => {}
        }
        self.events.push(Event {
            seq: self.events.len() as u64 + 1,
            at: Timestamp::now(),
            body,
        });
    }
}

pub(crate) fn facts(root: &str) -> RepositoryFacts {
    RepositoryFacts {
        root: root.to_owned(),
        name: "payments-api".to_owned(),
        branch: Some("main".to_owned()),
        commit: "3f2a".repeat(10),
        uncommitted: 0,
        checks: Vec::new(),
        app: None,
        trusted: true,
    }
}

impl Responder for Orchestrator {
    fn hello(&self) -> Hello {
        Hello {
            protocol: PROTOCOL_VERSION,
            build: "test".to_owned(),
            pid: 4711,
        }
    }

    async fn handle(&self, id: CommandId, command: Command) -> Result<Reply, Failure> {
        let recorded = (id, command.clone());
        self.state.lock().unwrap().commands.push(recorded);
        self.asked.send_modify(|count| *count += 1);
        let mut deaf = self.deaf.subscribe();
        deaf.wait_for(|deaf| !deaf).await.unwrap();
        self.answer(id, command)
    }

    async fn events_after(&self, after: u64, limit: u32) -> Result<Vec<Event>, Failure> {
        let state = self.state.lock().unwrap();
        let later = state.events.iter().filter(|event| event.seq > after);
        Ok(later.take(limit as usize).cloned().collect())
    }

    fn newest(&self) -> watch::Receiver<u64> {
        self.newest.subscribe()
    }

    fn activities(&self) -> broadcast::Receiver<Activity> {
        self.activities.subscribe()
    }
}

impl Connector for Orchestrator {
    fn connect(&self) -> BoxFuture<'_, Result<Wire, NotReached>> {
        Box::pin(async {
            if !self.up.load(Ordering::SeqCst) {
                return Err(NotReached::Nobody);
            }
            let (ours, theirs) = tokio::io::duplex(64 * 1024);
            let session = tokio::spawn(serve(theirs, self.clone()));
            let mut state = self.state.lock().unwrap();
            state.sessions.push(session.abort_handle());
            Ok(Box::new(ours) as Wire)
        })
    }

    fn start(&self) -> BoxFuture<'_, Result<(), Failure>> {
        Box::pin(async {
            self.starts.fetch_add(1, Ordering::SeqCst);
            if !self.can_start.load(Ordering::SeqCst) {
                return Err(Failure::new(
                    "orchestrator_cannot_start",
                    "The journal was written by a newer version.",
                    "Update Ampersand.",
                ));
            }
            self.up.store(true, Ordering::SeqCst);
            Ok(())
        })
    }

    fn last_words(&self) -> Option<Failure> {
        None
    }
}

/// A controller and everything around it.
pub(crate) struct World {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) orchestrator: Orchestrator,
    pub(crate) model: Option<ModelServer>,
    pub(crate) controller: Controller,
    pub(crate) updates: Updates,
}

impl World {
    /// Without a model.
    pub(crate) async fn offline() -> Self {
        Self::open(tempfile::tempdir().unwrap(), Orchestrator::new(), None).await
    }

    /// With a model that follows this script.
    pub(crate) async fn with(script: Script) -> Self {
        let model = ModelServer::start(script).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        connect(folder.path(), &model.base_url(), "");
        Self::open(folder, Orchestrator::new(), Some(model)).await
    }

    pub(crate) async fn open(
        folder: tempfile::TempDir,
        orchestrator: Orchestrator,
        model: Option<ModelServer>,
    ) -> Self {
        let opened =
            Controller::open_with(options(folder.path()), Arc::new(orchestrator.clone())).await;
        let (controller, updates) = opened.unwrap();
        Self {
            folder,
            orchestrator,
            model,
            controller,
            updates,
        }
    }

    /// Closes the controller and opens it again.
    pub(crate) async fn reopen(self) -> Self {
        self.controller.close().await;
        let Self {
            folder,
            orchestrator,
            model,
            ..
        } = self;
        Self::open(folder, orchestrator, model).await
    }

    pub(crate) async fn say(&self, text: &str) -> MessageId {
        let id = MessageId::new(Uuid::now_v7());
        self.controller.send(id, text).await.unwrap();
        id
    }

    /// Reads updates until `look` picks one.
    pub(crate) async fn until<T>(&mut self, look: impl FnMut(&UpdateBody) -> Option<T>) -> T {
        self.until_with(look, &mut Vec::new()).await
    }

    /// As [`Self::until`], keeping what was passed over.
    pub(crate) async fn until_with<T>(
        &mut self,
        mut look: impl FnMut(&UpdateBody) -> Option<T>,
        passed: &mut Vec<Update>,
    ) -> T {
        let found = async {
            loop {
                let update = self.updates.next().await.expect("the updates ended");
                if let Some(found) = look(&update.body) {
                    return found;
                }
                passed.push(update);
            }
        };
        match timeout(LONG, found).await {
            Ok(found) => found,
            Err(_) => panic!("it never came; there were {passed:#?}"),
        }
    }

    pub(crate) async fn done(&mut self) -> UpdateBody {
        self.until(|body| match body {
            UpdateBody::MessageDone { .. } => Some(body.clone()),
            _ => None,
        })
        .await
    }

    pub(crate) async fn delta(&mut self) -> String {
        self.until(|body| match body {
            UpdateBody::MessageDelta { text, .. } => Some(text.clone()),
            _ => None,
        })
        .await
    }

    /// The ids of the tasks of the next plan.
    pub(crate) async fn plan(&mut self) -> Vec<TaskId> {
        self.until(|body| match body {
            UpdateBody::Plan { tasks, .. } => Some(tasks.iter().map(|task| task.id).collect()),
            _ => None,
        })
        .await
    }

    pub(crate) async fn idle(&self) {
        timeout(LONG, self.controller.idle())
            .await
            .expect("it is never idle");
    }

    pub(crate) async fn history(&self) -> Vec<Message> {
        self.controller.history(None, 100).await.unwrap()
    }

    /// One word for each entry, in order.
    pub(crate) async fn kinds(&self) -> Vec<&'static str> {
        let history = self.history().await;
        history.iter().map(|message| kind(&message.body)).collect()
    }

    pub(crate) fn server(&self) -> &ModelServer {
        self.model.as_ref().unwrap()
    }
}

pub(crate) fn options(home: &std::path::Path) -> Options {
    Options {
        home: Home::find(Some(home)).unwrap(),
        repository: Some(home.to_owned()),
        orchestrator: None,
        build: "test".to_owned(),
    }
}

/// Writes settings that connect a model; `more` is added to its table.
pub(crate) fn connect(home: &std::path::Path, base_url: &str, more: &str) {
    let text = format!(
        "[models.controller]\napi = \"chat-completions\"\nbase_url = \"{base_url}\"\nmodel = \"scripted\"\n{more}\n"
    );
    std::fs::write(home.join("ampersand.toml"), text).unwrap();
}

fn kind(body: &MessageBody) -> &'static str {
    match body {
        MessageBody::Said { .. } => "said",
        MessageBody::Reply { .. } => "reply",
        MessageBody::Plan { .. } => "plan",
        MessageBody::Result { .. } => "result",
        MessageBody::NeedsYou { .. } => "needs_you",
        MessageBody::Landing { .. } => "landing",
        MessageBody::PullRequest { .. } => "pull_request",
        MessageBody::Branched { .. } => "branched",
        MessageBody::Override { .. } => "override",
        MessageBody::Choice { .. } => "choice",
        MessageBody::Kept { .. } => "kept",
        MessageBody::Notice { .. } => "notice",
    }
}

/// Everything a request says, as one text.
pub(crate) fn text_of(request: &Recorded) -> String {
    request.body.to_string()
}
