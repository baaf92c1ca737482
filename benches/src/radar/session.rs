//! The conversation whose cards are looked at, and the agents in whose worktrees is written: they stand still.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use ampersand_controller::{Controller, Options, Updates};
use ampersand_core::{
    Actor, ClashWith, MessageId, NewTask, Plan, PlanId, Role, TaskId, TaskState, Work,
};
use ampersand_protocol::{Command, Home, TaskView, UpdateBody};
use anyhow::{Context, Result, anyhow, bail};
use tokio::time::{Instant, timeout};
use uuid::Uuid;

use crate::{figures::talk, orchestrator};

/// Beyond this it is stuck: a cold worktree of a large repository takes seconds, and there are many.
const PATIENCE: Duration = Duration::from_secs(600);

/// What every agent does.
const STANDS_STILL: &str = "exec sleep 1000000";

pub(super) struct Session {
    controller: Controller,
    updates: Updates,
    home: Home,
    root: PathBuf,
    /// The tasks in the order of planning.
    pub(super) tasks: Vec<TaskId>,
    cards: HashMap<TaskId, TaskView>,
}

impl Session {
    /// Does `work` in a conversation about the repository at `root`, with a home below `folder`. However it ends, the
    /// orchestrator and its agents are ended after it.
    pub(super) async fn at<T>(
        folder: &Path,
        root: &Path,
        work: impl AsyncFnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        let home = Home::find(Some(&folder.join("home")))?;
        fs::create_dir(home.root())?;
        fs::write(
            home.settings(),
            "[slots]\nlimit = 16\n[worktrees]\nwarm = 0\n",
        )?;
        let options = Options {
            home: home.clone(),
            repository: Some(root.to_owned()),
            orchestrator: None,
            build: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let (controller, updates) = Controller::open(options).await?;
        let mut session = Self {
            controller,
            updates,
            home,
            root: root.to_owned(),
            tasks: Vec::new(),
            cards: HashMap::new(),
        };
        let done = tokio::select! {
            done = work(&mut session) => done,
            _ = tokio::signal::ctrl_c() => Err(anyhow!("interrupted")),
        };
        session.controller.close().await;
        orchestrator::end(session.pid()?)?;
        done
    }

    /// The orchestrator's process.
    pub(super) fn pid(&self) -> Result<i32> {
        let pid = fs::read_to_string(self.home.orchestrator_lock())?;
        Ok(pid.trim().parse()?)
    }

    /// Starts agents that stand still, and returns when all of them run.
    pub(super) async fn start(&mut self, count: usize) -> Result<()> {
        self.until("the link", |session| {
            session.controller.link_is_up().then_some(())
        })
        .await?;
        let began = Instant::now();
        let task = |number: usize| NewTask {
            id: TaskId::new(Uuid::now_v7()),
            title: format!("Agent {number:02}"),
            role: Role::Worker,
            work: Work::Command {
                line: STANDS_STILL.to_owned(),
            },
            agent: None,
            reviewer: None,
            reason: "it is measured".to_owned(),
            after: Vec::new(),
            inputs: Vec::new(),
        };
        let tasks: Vec<NewTask> = (0..count).map(task).collect();
        self.tasks = tasks.iter().map(|task| task.id).collect();
        let plan = Plan {
            id: PlanId::new(Uuid::now_v7()),
            reason: "they are measured".to_owned(),
            repository: self.root.display().to_string(),
            tasks,
        };
        let by = Actor::Person;
        self.controller
            .command(Command::SubmitPlan { plan, by })
            .await?;
        self.until("every agent to run", |session| {
            let runs = |id| {
                let card = session.cards.get(id);
                card.is_some_and(|card| card.isolation.is_some())
            };
            session.tasks.iter().all(runs).then_some(())
        })
        .await?;
        talk(format_args!(
            "{count} worktrees are live after {:.1?}",
            began.elapsed()
        ));
        Ok(())
    }

    /// Where an agent works.
    pub(super) fn worktree(&self, task: TaskId) -> Result<PathBuf> {
        for pool in fs::read_dir(self.home.worktrees())? {
            let place = pool?.path().join(task.to_string());
            if place.is_dir() {
                return Ok(place);
            }
        }
        bail!("the task {task} has no worktree")
    }

    /// Waits until both cards say that the tasks collide with each other, or until neither says so.
    pub(super) async fn collide(&mut self, pair: [TaskId; 2], wanted: bool) -> Result<()> {
        let [one, other] = pair;
        self.until("both cards", move |session| {
            let says = |id: TaskId, of: TaskId| {
                session.cards.get(&id).is_some_and(|card| {
                    let with = |clash: &ampersand_core::Clash| {
                        matches!(&clash.with, ClashWith::Task { task, .. } if *task == of)
                    };
                    card.clashes.iter().any(with)
                })
            };
            (says(one, other) == wanted && says(other, one) == wanted).then_some(())
        })
        .await
    }

    /// Lets every agent stand still for good.
    pub(super) async fn pause_all(&mut self) -> Result<()> {
        let id = MessageId::new(Uuid::now_v7());
        self.controller
            .send(id, "pause all background work")
            .await?;
        self.until("all to pause", |session| {
            let is_paused = |id| {
                let card = session.cards.get(id);
                card.is_some_and(|card| matches!(card.detail, TaskState::Paused { .. }))
            };
            session.tasks.iter().all(is_paused).then_some(())
        })
        .await
    }

    /// Takes updates in until something is so.
    async fn until<T>(&mut self, what: &str, is_so: impl Fn(&Self) -> Option<T>) -> Result<T> {
        let waiting = async {
            loop {
                if let Some(found) = is_so(self) {
                    return Ok(found);
                }
                let update = self.updates.next().await;
                match update.context("the conversation was closed")?.body {
                    UpdateBody::Task { task } => {
                        self.cards.insert(task.id, *task);
                    }
                    UpdateBody::Error { failure } => bail!("{}: {failure}", failure.code),
                    _ => {}
                }
            }
        };
        match timeout(PATIENCE, waiting).await {
            Ok(found) => found.with_context(|| format!("waiting for {what}")),
            Err(_) => bail!("waiting for {what}: it never came"),
        }
    }
}
