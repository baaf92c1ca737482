//! One task for one agent: a worktree, a host that grants what the test says, and a scripted model.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ampersand_agent::{
    AgentEvent, Assignment, Attempt, Gate, Host, Launch, Outcome, Vendor, VendorKey, VendorModel,
    runtime,
};
use ampersand_core::{AgentKind, Answer, Failure, Narrowing, Outage, Question, Rewind, Role, Work};
use ampersand_model::{Api, Client, Endpoint, Model};
use ampersand_process::Tree;
use ampersand_sandbox::{LaunchError, Launched, Launcher, Policy};
use ampersand_testkit::TestRepository;
use ampersand_testkit::model_server::{ModelServer, Script};
use futures::future::{BoxFuture, FutureExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::installed;

/// Beyond this a test is stuck.
const PATIENCE: Duration = Duration::from_secs(100);

pub(crate) struct Stage {
    folder: tempfile::TempDir,
    _repository: TestRepository,
    agent: AgentKind,
    host: Arc<Granting>,
    pub(crate) server: ModelServer,
    /// Our private record, not writable by the agent.
    transcript: PathBuf,
    pub(crate) silence: Duration,
    pub(crate) keep_percent: u8,
    /// A wish to take back what was told.
    pub(crate) rewind: Option<Rewind>,
}

struct Granting {
    launcher: Launcher,
    role: Role,
    worktree: PathBuf,
    git_dir: PathBuf,
    /// Where the scripted model is; an agent reaches it through its one door.
    model: SocketAddr,
    gate: watch::Sender<Gate>,
    answers: Mutex<VecDeque<Answer>>,
    asked: Mutex<Vec<Question>>,
    trees: Mutex<Vec<Tree>>,
}

/// An attempt under way.
pub(crate) struct Running {
    outcome: JoinHandle<Outcome>,
    events: mpsc::Receiver<AgentEvent>,
    pub(crate) steering: mpsc::Sender<String>,
    pub(crate) seen: Vec<AgentEvent>,
}

/// Where an agent finds its model.
const MODEL_PORT: u16 = 4911;

/// Passes every connection on as it is; what the real proxy does besides is its own tests' to show.
async fn pass_on(listener: TcpListener, to: SocketAddr) {
    while let Ok((mut from, _)) = listener.accept().await {
        tokio::spawn(async move {
            let mut to = TcpStream::connect(to).await?;
            tokio::io::copy_bidirectional(&mut from, &mut to).await
        });
    }
}

impl Host for Granting {
    fn launch(&self, launch: Launch) -> BoxFuture<'_, Result<Launched, LaunchError>> {
        async move {
            let mut policy = Policy::new(self.role, &self.worktree);
            policy.git_dir = Some(self.git_dir.clone());
            policy.execute = launch.execute;
            policy.read_only = launch.read_only;
            policy.writable = launch.writable;
            policy.env = launch.env;
            policy.way_port = launch.reaches_model.then_some(MODEL_PORT);
            let mut launched = self.launcher.launch(&policy, launch.argv, "test").await?;
            self.trees.lock().unwrap().push(launched.tree.clone());
            if let Some(listener) = launched.way.take() {
                tokio::spawn(pass_on(
                    TcpListener::from_std(listener).unwrap(),
                    self.model,
                ));
            }
            Ok(launched)
        }
        .boxed()
    }

    fn ask(&self, question: Question) -> BoxFuture<'_, Answer> {
        self.asked.lock().unwrap().push(question);
        let answer = self.answers.lock().unwrap().pop_front();
        async move {
            match answer {
                Some(answer) => answer,
                None => std::future::pending().await,
            }
        }
        .boxed()
    }

    fn web_search(&self, _: String) -> BoxFuture<'_, Result<String, Failure>> {
        async { Err(Failure::new("no_search", "There is none.", "Go on.")) }.boxed()
    }

    fn web_fetch(&self, _: String) -> BoxFuture<'_, Result<String, Failure>> {
        async { Err(Failure::new("no_fetch", "There is none.", "Go on.")) }.boxed()
    }

    fn gate(&self) -> watch::Receiver<Gate> {
        self.gate.subscribe()
    }

    fn taken(&self) -> watch::Receiver<Vec<Narrowing>> {
        watch::channel(Vec::new()).1
    }

    /// What the way to a model means is the orchestrator's own tests' to show.
    fn model_shut(&self) -> watch::Receiver<Option<Outage>> {
        watch::channel(None).1
    }
}

impl Stage {
    pub(crate) async fn new(agent: &str, role: Role, script: Script) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("agents-")
            // Not below the usual temporary folder, of which every sandbox has its own.
            .tempdir_in(env!("CARGO_TARGET_TMPDIR"))
            .unwrap();
        let repository = TestRepository::new();
        std::fs::create_dir(folder.path().join("home")).unwrap();
        let launcher = Launcher::probe(&folder.path().join("state")).await;
        assert!(launcher.isolation().is_full());
        let server = ModelServer::start(script).await.unwrap();
        let address = server.base_url();
        let address = address
            .trim_start_matches("http://")
            .trim_end_matches("/v1");
        let worktree = dunce::canonicalize(repository.root()).unwrap();
        let host = Granting {
            launcher,
            role,
            git_dir: worktree.join(".git"),
            worktree,
            model: address.parse().unwrap(),
            gate: watch::Sender::new(Gate::Open),
            answers: Mutex::default(),
            asked: Mutex::default(),
            trees: Mutex::default(),
        };
        Self {
            transcript: folder.path().join("record.jsonl"),
            folder,
            _repository: repository,
            agent: AgentKind::named(agent),
            host: Arc::new(host),
            server,
            silence: PATIENCE,
            keep_percent: 0,
            rewind: None,
        }
    }

    /// What the person answers next, in order; with none left a question stands open.
    pub(crate) fn answers(&self, answers: impl IntoIterator<Item = Answer>) {
        self.host.answers.lock().unwrap().extend(answers);
    }

    pub(crate) fn asked(&self) -> Vec<Question> {
        self.host.asked.lock().unwrap().clone()
    }

    pub(crate) fn content(&self, path: &str) -> String {
        let path = self.host.worktree.join(path);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    pub(crate) fn has(&self, path: &str) -> bool {
        self.host.worktree.join(path).exists()
    }

    /// Waits until a file is there that something in the worktree writes.
    pub(crate) async fn wait_file(&self, path: &str) {
        let waiting = async {
            while !self.has(path) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, waiting)
            .await
            .unwrap_or_else(|_| panic!("{path} never came"));
    }

    pub(crate) fn start(&self, brief: &str) -> Running {
        let vendor = self.agent.vendor();
        let vendor = vendor.map(|name| self.vendor(installed::program(name)));
        let model = vendor.is_none().then(|| self.model());
        let assignment = Assignment {
            work: Work::Brief {
                text: brief.to_owned(),
            },
            given: brief.to_owned(),
            role: self.host.role,
            capabilities: self.host.role.capabilities(),
            worktree: self.host.worktree.clone(),
            began: "HEAD".to_owned(),
            model,
            context_tokens: 32_000,
            toolhost: ampersand_testkit::program("ampersand-toolhost"),
            transcript: self.transcript.clone(),
            before: None,
            rewind: self.rewind.clone(),
            vendor,
        };
        let (events_tx, events) = mpsc::channel(1024);
        let (steering, steering_rx) = mpsc::channel(8);
        let attempt = Attempt {
            assignment,
            host: Arc::clone(&self.host) as Arc<dyn Host>,
            events: events_tx,
            steering: steering_rx,
        };
        Running {
            outcome: tokio::spawn(runtime(&self.agent).run(attempt)),
            events,
            steering,
            seen: Vec::new(),
        }
    }

    fn vendor(&self, (program, reads): (Vec<PathBuf>, Vec<PathBuf>)) -> Vendor {
        Vendor {
            name: self.agent.shown().to_owned(),
            program: program.into_iter().map(Into::into).collect(),
            reads,
            env: Vec::new(),
            home: dunce::canonicalize(self.folder.path().join("home")).unwrap(),
            model: VendorModel {
                origin: format!("http://127.0.0.1:{MODEL_PORT}"),
                model: "scripted".to_owned(),
                opens: VendorKey::Key,
            },
            not_loaded: Vec::new(),
            silence: self.silence,
            keep_percent: self.keep_percent,
        }
    }

    /// The built-in agent's, which it asks by itself.
    fn model(&self) -> Model {
        let endpoint = Endpoint {
            api: Api::ChatCompletions,
            base_url: self.server.base_url(),
            model: "scripted".to_owned(),
            key: None,
        };
        Model::new(Client::new().unwrap(), endpoint).unwrap()
    }

    /// The trees the agent has grown so far.
    pub(crate) fn trees(&self) -> Vec<Tree> {
        self.host.trees.lock().unwrap().clone()
    }

    /// Ends every process of the agent as something outside would.
    #[expect(clippy::disallowed_methods, reason = "what a person would type")]
    pub(crate) async fn kill_9(&self) {
        for tree in self.trees() {
            let pids = tree.pids().await.unwrap();
            let pids = pids.iter().map(u32::to_string);
            // Some are gone before their turn comes.
            std::process::Command::new("kill")
                .arg("-KILL")
                .args(pids)
                .output()
                .unwrap();
        }
    }

    /// How many processes of the agent there are.
    pub(crate) async fn processes(&self) -> usize {
        let mut count = 0;
        for tree in self.trees() {
            count += tree.pids().await.unwrap().len();
        }
        count
    }

    pub(crate) fn worktree(&self) -> &Path {
        &self.host.worktree
    }

    /// Requests that offer a tool of this name: those of the work, not those on the side.
    pub(crate) fn model_requests(&self, tool: &str) -> usize {
        let requests = self.server.requests();
        let offers = |request: &&ampersand_testkit::model_server::Recorded| {
            request.body["tools"].to_string().contains(tool)
        };
        requests.iter().filter(offers).count()
    }

    pub(crate) fn gate(&self, gate: Gate) {
        self.host.gate.send_replace(gate);
    }

    pub(crate) fn record(&self) -> String {
        std::fs::read_to_string(&self.transcript).unwrap_or_default()
    }
}

impl Running {
    /// Waits for something the agent tells.
    pub(crate) async fn wait<T>(
        &mut self,
        what: &str,
        pick: impl Fn(&AgentEvent) -> Option<T>,
    ) -> T {
        let waiting = async {
            while let Some(event) = self.events.recv().await {
                let found = pick(&event);
                self.seen.push(event);
                if found.is_some() {
                    return found;
                }
            }
            None
        };
        match timeout(PATIENCE, waiting).await {
            Ok(Some(found)) => found,
            Ok(None) => panic!("it ended before: {what}\n{:#?}", self.seen),
            Err(_) => panic!("never came: {what}\n{:#?}", self.seen),
        }
    }

    /// Waits for the end.
    pub(crate) async fn end(mut self) -> (Outcome, Vec<AgentEvent>) {
        let waiting = async {
            while let Some(event) = self.events.recv().await {
                self.seen.push(event);
            }
        };
        if timeout(PATIENCE, waiting).await.is_err() {
            panic!("it does not end\n{:#?}", self.seen);
        }
        (self.outcome.await.unwrap(), self.seen)
    }

    /// Drops the attempt's own code, as the orchestrator does when it cancels.
    pub(crate) async fn abandon(self) {
        self.outcome.abort();
        self.outcome.await.ok();
    }
}
