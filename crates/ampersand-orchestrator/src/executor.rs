//! Carries out what the dispatcher decided: attempts, their trees, checks, landings. Each runs by itself and
//! tells the dispatcher what became of it; nothing here decides what follows.

mod by_hand;
mod checks;
mod control;
mod fence;
mod front;
mod furnish;
mod gateway;
mod host;
mod kept;
mod landing;
mod lent;
mod limits;
mod listen;
mod login;
mod own;
mod pool;
mod pull_request;
mod radar;
mod reach;
mod review;
mod trees;
mod vendor;
mod way;
mod web;
mod work;
mod worktree;

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, MutexGuard, PoisonError},
};

use ampersand_core::{
    AttemptId, Failure, KeyPlace, Meter, Narrowing, Resource, Settings, Task, TaskId, UnsafeConsent,
};
use ampersand_keys::{Keychain, Secret, resolve};
use ampersand_login::Logins;
use ampersand_protocol::{Activity, Home};
use ampersand_sandbox::Launcher;
use ampersand_store::{Journal, OutputLog};
use tokio::sync::{Mutex, OnceCell, Semaphore, broadcast, mpsc, watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    input::{News, Said},
    quotas::Quotas,
};
use control::Control;
use landing::Landing;
use limits::{Granted, Ledger};
pub(crate) use pull_request::Watched;
pub(crate) use radar::{Followed, Stands};

/// What every attempt can reach.
pub(crate) struct World {
    home: Home,
    journal: Journal,
    output: Arc<OutputLog>,
    news: mpsc::Sender<News>,
    activities: broadcast::Sender<Activity>,
    launcher: Arc<Launcher>,
    keychain: Keychain,
    logins: Arc<Logins>,
    quotas: Arc<Quotas>,
    /// Given for the next attempt of a task, in this process alone.
    consents: std::sync::Mutex<HashMap<TaskId, UnsafeConsent>>,
    settings: watch::Receiver<Settings>,
    /// One landing at a time in each repository.
    landings: Mutex<HashMap<String, Arc<Mutex<()>>>>,
    /// One permit for each sandbox that is being built.
    launches: Arc<Semaphore>,
    /// Folders of worktrees that were put right after the orchestrator before this one.
    adopted: Mutex<HashMap<PathBuf, Arc<OnceCell<()>>>>,
    refilling: pool::Refilling,
    added: limits::Added,
}

impl World {
    /// Tells the dispatcher what an attempt has to say. It may be leaving: then nobody needs to know.
    async fn tell(&self, task: TaskId, attempt: AttemptId, said: Said) {
        self.news
            .send(News::Attempt {
                task,
                attempt,
                said,
            })
            .await
            .ok();
    }

    /// The key that stands at a place; `who` needs it.
    async fn key(&self, place: Option<KeyPlace>, who: &str) -> Result<Option<Secret>, Failure> {
        let Some(place) = place else {
            return Ok(None);
        };
        let resolved = resolve(&place, &self.keychain).await;
        let resolved = resolved.map_err(|error| error.failure(who))?;
        if let Some(words) = resolved.notice {
            tracing::warn!("{words}");
        }
        Ok(Some(resolved.key))
    }

    fn settings(&self) -> Settings {
        self.settings.borrow().clone()
    }

    fn consents(&self) -> MutexGuard<'_, HashMap<TaskId, UnsafeConsent>> {
        self.consents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sandboxes built at the same time. Building takes processors: more at once start no sooner, and whoever freezes waits
/// for all that are under way.
fn launches_at_once() -> usize {
    std::thread::available_parallelism().map_or(2, |processors| processors.get().max(2))
}

/// An attempt that is under way.
struct Live {
    task: TaskId,
    control: Arc<Control>,
}

/// Everything that is under way.
pub(crate) struct Executor {
    world: Arc<World>,
    settings: watch::Sender<Settings>,
    live: HashMap<AttemptId, Live>,
    granted: Granted,
    followed: watch::Sender<Vec<Followed>>,
    watched: watch::Sender<Vec<Watched>>,
    /// Ends what is no attempt's.
    leaving: CancellationToken,
    running: TaskTracker,
}

impl Executor {
    pub(crate) async fn new(
        home: Home,
        journal: Journal,
        output: Arc<OutputLog>,
        news: mpsc::Sender<News>,
        activities: broadcast::Sender<Activity>,
        settings: Settings,
    ) -> Self {
        lent::sweep(&home.root().join(kept::AGENTS), &settings);
        let (settings, used) = watch::channel(settings);
        let launcher = Launcher::probe(&home.root().join("sandbox")).await;
        let logins = Arc::new(Logins::new(home.root()));
        let world = World {
            home,
            journal,
            output,
            news,
            activities,
            launcher: Arc::new(launcher),
            keychain: Keychain::new(),
            logins,
            quotas: Arc::default(),
            consents: std::sync::Mutex::default(),
            settings: used,
            landings: Mutex::default(),
            launches: Arc::new(Semaphore::new(launches_at_once())),
            adopted: Mutex::default(),
            refilling: pool::Refilling::default(),
            added: limits::Added::default(),
        };
        let (world, running) = (Arc::new(world), TaskTracker::new());
        let (followed, on_radar) = watch::channel(Vec::new());
        let leaving = CancellationToken::new();
        running.spawn(radar::run(Arc::clone(&world), on_radar, leaving.clone()));
        let (watched, looked_at) = watch::channel(Vec::new());
        let looking = pull_request::watch(Arc::clone(&world), looked_at, leaving.clone());
        running.spawn(looking);
        Self {
            world,
            settings,
            live: HashMap::new(),
            granted: Granted::default(),
            followed,
            watched,
            leaving,
            running,
        }
    }

    /// The sandbox.
    pub(crate) fn launcher(&self) -> Arc<Launcher> {
        Arc::clone(&self.world.launcher)
    }

    /// What agents told of their accounts.
    pub(crate) fn quotas(&self) -> Arc<Quotas> {
        Arc::clone(&self.world.quotas)
    }

    /// The logins that agents use.
    pub(crate) fn logins(&self) -> Arc<Logins> {
        Arc::clone(&self.world.logins)
    }

    /// Lets the next attempt of a task run without isolation.
    pub(crate) fn consent(&self, task: TaskId, consent: UnsafeConsent) {
        self.world.consents().insert(task, consent);
    }

    /// Takes back every consent that no attempt has used.
    pub(crate) fn forget_consents(&self) {
        self.world.consents().clear();
    }

    /// The settings in force, as they change.
    pub(crate) fn settings(&self) -> watch::Receiver<Settings> {
        self.settings.subscribe()
    }

    /// New attempts use these from now on.
    pub(crate) fn use_settings(&self, settings: Settings) {
        self.settings.send_replace(settings);
    }

    /// Closes the gate of an attempt and begins to freeze it, before anybody decided: what is decided after confirms it.
    pub(crate) fn freeze_early(&self, attempt: AttemptId) {
        if let Some(live) = self.live.get(&attempt) {
            live.control.close_gate();
            self.running
                .spawn(trees::freeze_early(Arc::clone(&live.control)));
        }
    }

    /// Begins an attempt.
    pub(crate) fn start(&mut self, task: Task, attempt: AttemptId) {
        let control = self.control(task.id, attempt);
        self.running
            .spawn(work::work(Arc::clone(&self.world), task, attempt, control));
    }

    /// Runs the declared checks of a task whose work is committed.
    pub(crate) fn run_checks(&mut self, task: Task, attempt: AttemptId) {
        let control = self.control(task.id, attempt);
        self.running
            .spawn(checks::run(Arc::clone(&self.world), task, attempt, control));
    }

    /// The control of an attempt, made if it has none yet: checks may run in an attempt of their own.
    fn control(&mut self, task: TaskId, attempt: AttemptId) -> Arc<Control> {
        let (world, granted) = (&self.world, self.granted.of(task));
        let live = self.live.entry(attempt).or_insert_with(|| {
            let meter = Meter::new(world.settings().limits, granted);
            let control = Control::new(Arc::clone(&world.launches), Ledger::new(meter));
            Live { task, control }
        });
        Arc::clone(&live.control)
    }

    /// Lets the attempts of a task use as much again of something.
    pub(crate) fn grant(&mut self, task: TaskId, which: Resource) {
        self.granted.add(task, which);
        for live in self.live.values().filter(|live| live.task == task) {
            live.control.ledger().grant(which);
        }
    }

    /// Takes something from an attempt: it is gone once this has returned.
    pub(crate) fn narrow(&self, attempt: AttemptId, what: Narrowing) {
        if let Some(live) = self.live.get(&attempt) {
            live.control.reach().take(what);
        }
    }

    /// Gives an attempt words. False if it is not there or takes no more.
    pub(crate) fn steer(&self, attempt: AttemptId, words: String) -> bool {
        self.live
            .get(&attempt)
            .is_some_and(|live| live.control.steer(words))
    }

    /// Stops these attempts where they are: gates first, so that no model request slips through.
    /// One that has not begun yet begins with its gate closed.
    pub(crate) fn freeze(&mut self, mut attempts: Vec<(TaskId, AttemptId)>) {
        // In one order, so that two freezes never wait for each other.
        attempts.sort_by_key(|(_, attempt)| *attempt);
        let controls: Vec<_> = attempts
            .into_iter()
            .map(|(task, attempt)| {
                let control = self.control(task, attempt);
                control.close_gate();
                (task, control)
            })
            .collect();
        self.running
            .spawn(trees::freeze(Arc::clone(&self.world), controls));
    }

    /// Lets an attempt go on.
    pub(crate) fn thaw(&self, attempt: AttemptId) {
        let Some(live) = self.live.get(&attempt) else {
            return;
        };
        live.control.want_open();
        self.running.spawn(trees::thaw(
            Arc::clone(&self.world),
            live.task,
            Arc::clone(&live.control),
        ));
    }

    /// Ends an attempt, or confirms that there is none to end. It is kept until it is seen gone.
    pub(crate) fn kill(&self, task: Task, attempt: Option<AttemptId>) {
        let control = attempt
            .and_then(|attempt| self.live.get(&attempt))
            .map(|live| Arc::clone(&live.control));
        self.running
            .spawn(trees::kill(Arc::clone(&self.world), task, control));
    }

    /// Ends the processes of an attempt that stands still.
    pub(crate) fn park(&self, task: TaskId, attempt: AttemptId) {
        let live = self.live.get(&attempt);
        let control = live.map(|live| Arc::clone(&live.control));
        let world = Arc::clone(&self.world);
        self.running
            .spawn(trees::park(world, (task, attempt), control));
    }

    /// Brings a task's work in.
    pub(crate) fn land(&self, task: Task) {
        let world = Arc::clone(&self.world);
        self.running
            .spawn(landing::land(world, task, Landing::Begins));
    }

    /// Brings a task's work in once what it makes together with the branch passes the declared checks.
    pub(crate) fn land_checked(&mut self, task: Task, attempt: AttemptId) {
        let control = self.control(task.id, attempt);
        let world = Arc::clone(&self.world);
        self.running
            .spawn(landing::land_checked(world, task, attempt, control));
    }

    /// Finds out what became of a landing that was cut off, and tells as if it had ended now.
    pub(crate) fn look_after_landing(&self, task: Task) {
        let world = Arc::clone(&self.world);
        self.running
            .spawn(landing::land(world, task, Landing::WasCutOff));
    }

    /// Puts a task's work into the person's checkout.
    pub(crate) fn show(&self, task: Task) {
        let world = Arc::clone(&self.world);
        self.running.spawn(landing::show(world, task));
    }

    /// Puts the checkout back as it was.
    pub(crate) fn put_back(&self, task: Task) {
        let world = Arc::clone(&self.world);
        self.running.spawn(landing::put_back(world, task));
    }

    /// Takes a task's work out of the branch again.
    pub(crate) fn undo_landing(&self, task: Task) {
        let world = Arc::clone(&self.world);
        self.running
            .spawn(landing::undo(world, task, Landing::Begins));
    }

    /// Finds out what became of undoing a landing that was cut off, and tells as if it had ended now.
    pub(crate) fn look_after_undoing(&self, task: Task) {
        let world = Arc::clone(&self.world);
        self.running
            .spawn(landing::undo(world, task, Landing::WasCutOff));
    }

    /// The works that may land from now on: what they will collide with is told.
    pub(crate) fn follow(&self, works: Vec<Followed>) {
        self.followed.send_if_modified(|followed| {
            let is_new = *followed != works;
            *followed = works;
            is_new
        });
    }

    /// The pull requests that are looked at from now on.
    pub(crate) fn watch(&self, pulls: Vec<Watched>) {
        self.watched.send_if_modified(|watched| {
            let is_new = *watched != pulls;
            *watched = pulls;
            is_new
        });
    }

    /// Puts a task's work on a branch of its own.
    pub(crate) fn put_on_branch(&self, task: Task, branch: String) {
        let world = Arc::clone(&self.world);
        self.running
            .spawn(pull_request::put_on_branch(world, task, branch));
    }

    /// Works out what would be pushed of a task's work.
    pub(crate) fn prepare_push(&self, task: Task) {
        let world = Arc::clone(&self.world);
        self.running.spawn(pull_request::prepare(world, task));
    }

    /// Pushes what the person allowed, and opens it where it is not open yet.
    pub(crate) fn push(&self, task: Task) {
        let world = Arc::clone(&self.world);
        self.running.spawn(pull_request::push(world, task));
    }

    /// Lets go of an attempt that ended.
    pub(crate) fn forget(&mut self, attempt: AttemptId) {
        self.live.remove(&attempt);
    }

    /// Ends everything and waits until it has ended.
    pub(crate) async fn stop(&mut self) {
        self.world.refilling.stop();
        self.leaving.cancel();
        let kills = self.live.drain().map(|(_, live)| async move {
            if let Err(error) = live.control.kill().await {
                tracing::error!(task = %live.task, %error, "a tree cannot be ended on leaving");
            }
            // Its code may hold on to what could not be ended.
            live.control.bury();
        });
        futures::future::join_all(kills).await;
        self.running.close();
        self.running.wait().await;
    }
}
