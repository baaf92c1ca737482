//! The orchestrator as a controller sees it: tasks in, and what the journal says of them.

use std::{fs, path::Path, time::Duration};

use ampersand_core::{Actor, CommandId, EventBody, NewTask, Plan, PlanId, Role, TaskId, Work};
use ampersand_link::{Client, Incoming, connect, dial};
use ampersand_process::{Child, Spec, spawn};
use ampersand_protocol::{Command, Hello, Home, PROTOCOL_VERSION};
use ampersand_testkit::program;
use anyhow::{Context, Result, bail};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep, timeout},
};
use uuid::Uuid;

use crate::orchestrator;

/// Beyond this it is stuck.
const PATIENCE: Duration = Duration::from_secs(300);

pub(super) struct Background {
    home: Home,
    _process: Child,
    client: Client,
    incoming: mpsc::Receiver<Incoming>,
    /// What was heard and not asked for yet.
    heard: Vec<EventBody>,
}

impl Background {
    pub(super) async fn start(folder: &Path) -> Result<Self> {
        let home = Home::find(Some(&folder.join("home")))?;
        fs::create_dir(home.root())?;
        fs::write(home.settings(), "[slots]\nlimit = 8\n")?;
        let mut spec = Spec::new(program("ampersand-orchestrator"))
            .arg("--home")
            .arg(home.root());
        spec.env.extend(std::env::vars_os());
        let process = spawn(spec).await?;
        let began = Instant::now();
        let stream = loop {
            match connect(&home).await {
                Ok(stream) => break stream,
                Err(error) if began.elapsed() > PATIENCE => return Err(error.into()),
                // Nobody tells when a socket appears.
                Err(_) => sleep(Duration::from_millis(10)).await,
            }
        };
        let hello = Hello {
            protocol: PROTOCOL_VERSION,
            build: "bench".to_owned(),
            pid: std::process::id(),
        };
        let (client, incoming, _, driver) = dial(stream, hello, 0).await?;
        tokio::spawn(driver);
        Ok(Self {
            home,
            _process: process,
            client,
            incoming,
            heard: Vec::new(),
        })
    }

    /// Plans a command.
    pub(super) async fn run(&self, root: &Path, title: &str, line: &str) -> Result<TaskId> {
        let task = NewTask {
            id: TaskId::new(Uuid::now_v7()),
            title: title.to_owned(),
            role: Role::Worker,
            work: Work::Command {
                line: line.to_owned(),
            },
            agent: None,
            reviewer: None,
            reason: "it is measured".to_owned(),
            after: Vec::new(),
            inputs: Vec::new(),
        };
        let id = task.id;
        let plan = Plan {
            id: PlanId::new(Uuid::now_v7()),
            reason: "it is measured".to_owned(),
            repository: root.display().to_string(),
            tasks: vec![task],
        };
        let by = Actor::Person;
        self.call(Command::SubmitPlan { plan, by }).await?;
        Ok(id)
    }

    async fn call(&self, command: Command) -> Result<()> {
        self.client
            .call(CommandId::new(Uuid::now_v7()), command)
            .await?;
        Ok(())
    }

    /// Waits until its attempt has begun.
    pub(super) async fn begun(&mut self, wanted: TaskId) -> Result<()> {
        self.wait(|body| match body {
            EventBody::AttemptStarted { task, .. } => (*task == wanted).then_some(()),
            _ => None,
        })
        .await
    }

    /// Waits until it is over, and tells how it ended.
    pub(super) async fn over(&mut self, wanted: TaskId) -> Result<&'static str> {
        self.wait(|body| match body {
            EventBody::TaskMoved { task, state, .. } if *task == wanted => {
                state.is_over().then(|| state.word())
            }
            _ => None,
        })
        .await
    }

    /// Ends it at once, and tells at which limit it stood, if at any.
    pub(super) async fn end(&mut self, wanted: TaskId) -> Result<String> {
        let at_limit = self.heard.iter().rev().find_map(|body| match body {
            EventBody::TaskMoved { task, state, .. } if *task == wanted => Some(state.limit()),
            _ => None,
        });
        let cancel = Command::Cancel {
            tasks: vec![wanted],
            now: true,
            by: Actor::Person,
        };
        self.call(cancel).await?;
        self.over(wanted).await?;
        Ok(at_limit.flatten().map_or_else(
            || "still at work".to_owned(),
            |limit| format!("paused at its {}", limit.shown()),
        ))
    }

    async fn wait<T>(&mut self, pick: impl Fn(&EventBody) -> Option<T>) -> Result<T> {
        if let Some(found) = self.heard.iter().find_map(&pick) {
            return Ok(found);
        }
        let waiting = async {
            loop {
                match self.incoming.recv().await.context("the link broke")? {
                    Incoming::Activity(_) => {}
                    Incoming::Event(event) => {
                        let found = pick(&event.body);
                        self.heard.push(event.body);
                        if let Some(found) = found {
                            return Ok(found);
                        }
                    }
                }
            }
        };
        match timeout(PATIENCE, waiting).await {
            Ok(found) => found,
            Err(_) => bail!("nothing happens"),
        }
    }

    /// Ends it in order and waits until it is gone.
    pub(super) fn stop(&self) -> Result<()> {
        let pid = fs::read_to_string(self.home.orchestrator_lock())?;
        orchestrator::end(pid.trim().parse()?)
    }
}
