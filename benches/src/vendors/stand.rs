//! What is measured on: a home on a real disk, a repository, Codex as the tests install it, and a scripted model.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use ampersand_controller::{Controller, Options, Updates};
use ampersand_core::{Actor, AgentKind, NewTask, Plan, PlanId, Role, TaskId, Work};
use ampersand_protocol::{Command, Home, Reply, UpdateBody};
use ampersand_testkit::{
    TestRepository,
    model_server::{ModelServer, Recorded, Script},
};
use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;
use tokio::time::timeout;
use uuid::Uuid;

use crate::{moment::Moment, orchestrator};

/// Beyond this the measurement is stuck.
const PATIENCE: Duration = Duration::from_secs(120);

/// Codex's packages, below the folder in which the set-up keeps the agents that tests run.
const CODEX: &str = "node_modules/@openai/codex-linux-x64/vendor/x86_64-unknown-linux-musl";

pub(super) struct Stand {
    /// Goes with this, and what the programs wrote with it.
    folder: TempDir,
    pub(super) home: Home,
    repository: TestRepository,
    pub(super) model: ModelServer,
    controller: Controller,
    updates: Updates,
}

/// Codex's own program.
pub(super) fn codex() -> Result<PathBuf> {
    let usual = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/vendor-agents");
    let set = std::env::var_os("AMPERSAND_VENDOR_AGENTS").map(PathBuf::from);
    let vendor = set.unwrap_or(usual).join(CODEX);
    let program = vendor.join("bin/codex");
    let found = dunce::canonicalize(&program);
    found.with_context(|| format!("{} is not installed", program.display()))
}

impl Stand {
    /// With slots for so many agents.
    pub(super) async fn new(script: Script, slots: usize) -> Result<Self> {
        // Beside this program: there the disk is a real one, and Codex does not take a temporary folder for a home.
        let program = std::env::current_exe()?;
        let beside = program.parent().context("this program is in no folder")?;
        let folder = tempfile::Builder::new()
            .prefix("bench-")
            .tempdir_in(beside)?;
        let home = Home::find(Some(&folder.path().join("home")))?;
        fs::create_dir(home.root())?;
        let model = ModelServer::start(script).await?;
        let (codex, base_url) = (codex()?, model.base_url());
        let vendor = codex.ancestors().nth(2).context("it is in a folder")?;
        let settings = format!(
            "[slots]\nlimit = {slots}\n[agents.codex]\ncommand = [{codex:?}]\nreads = [{vendor:?}]\n\
             [agents.codex.model]\nbase_url = \"{base_url}\"\nmodel = \"scripted\"\n"
        );
        fs::write(home.settings(), settings)?;
        let repository = TestRepository::new();
        let (controller, updates) = Controller::open(Options {
            home: home.clone(),
            repository: Some(repository.root().to_owned()),
            orchestrator: None,
            build: env!("CARGO_PKG_VERSION").to_owned(),
        })
        .await?;
        let mut stand = Self {
            folder,
            home,
            repository,
            model,
            controller,
            updates,
        };
        let up = |body: &UpdateBody| matches!(body, UpdateBody::Link { up: true }).then_some(());
        stand.wait("the link", up).await?;
        Ok(stand)
    }

    /// A folder beside the home.
    pub(super) fn beside(&self, name: &str) -> Result<PathBuf> {
        let folder = self.folder.path().join(name);
        fs::create_dir_all(&folder)?;
        Ok(dunce::canonicalize(&folder)?)
    }

    pub(super) fn checkout(&self) -> &Path {
        self.repository.root()
    }

    /// Hands Codex these briefs and returns the tasks, and when they were handed out.
    pub(super) async fn hand_out(&self, briefs: &[String]) -> Result<(Moment, Vec<TaskId>)> {
        let task = |text: &String| NewTask {
            id: TaskId::new(Uuid::now_v7()),
            title: text.clone(),
            role: Role::Worker,
            work: Work::Brief { text: text.clone() },
            agent: Some(AgentKind::Codex),
            reviewer: None,
            reason: "it is measured".to_owned(),
            after: Vec::new(),
            inputs: Vec::new(),
        };
        let tasks: Vec<NewTask> = briefs.iter().map(task).collect();
        let ids = tasks.iter().map(|task| task.id).collect();
        let plan = Plan {
            id: PlanId::new(Uuid::now_v7()),
            reason: "they are measured".to_owned(),
            repository: self.checkout().display().to_string(),
            tasks,
        };
        let by = Actor::Person;
        let began = Moment::now();
        self.controller
            .command(Command::SubmitPlan { plan, by })
            .await?;
        Ok((began, ids))
    }

    /// Waits until each of these tasks has handed back its report.
    pub(super) async fn reported(&mut self, tasks: &[TaskId]) -> Result<()> {
        let mut open: HashSet<TaskId> = tasks.iter().copied().collect();
        self.wait("the reports", move |body| {
            match body {
                UpdateBody::Result { task, .. } => {
                    open.remove(task);
                }
                UpdateBody::Task { task } if task.state == "failed" || task.state == "paused" => {
                    return Some(Err(format!("{:?}", task.detail)));
                }
                _ => {}
            }
            open.is_empty().then_some(Ok(()))
        })
        .await?
        .map_err(anyhow::Error::msg)
    }

    async fn wait<T>(
        &mut self,
        what: &str,
        mut pick: impl FnMut(&UpdateBody) -> Option<T>,
    ) -> Result<T> {
        let waiting = async {
            while let Some(update) = self.updates.next().await {
                if let Some(found) = pick(&update.body) {
                    return Ok(found);
                }
            }
            bail!("the conversation was closed")
        };
        let waited = timeout(PATIENCE, waiting).await;
        waited
            .unwrap_or_else(|_| bail!("it never came"))
            .with_context(|| format!("waiting for {what}"))
    }

    /// What a task's agent said and printed.
    pub(super) async fn output(&self, task: TaskId) -> Result<String> {
        match self
            .controller
            .command(Command::ReadOutput { task })
            .await?
        {
            Reply::Text { text } => Ok(text),
            other => bail!("no output but {other:?}"),
        }
    }

    /// The requests that were about this brief, in the order in which they came.
    pub(super) fn asked_about(&self, brief: &str) -> Result<Vec<Recorded>> {
        let about = |request: &Recorded| request.body.to_string().contains(brief);
        let mut asked = self.model.requests();
        asked.retain(about);
        ensure!(!asked.is_empty(), "nothing was asked about {brief:?}");
        Ok(asked)
    }

    pub(super) fn orchestrator(&self) -> Result<i32> {
        let pid = fs::read_to_string(self.home.orchestrator_lock())?;
        Ok(pid.trim().parse()?)
    }

    /// Ends everything in order; the home stays until the folder that comes back is dropped.
    pub(super) async fn end(self) -> Result<(TempDir, Home)> {
        let orchestrator = self.orchestrator()?;
        self.controller.close().await;
        orchestrator::end(orchestrator)?;
        Ok((self.folder, self.home))
    }
}
