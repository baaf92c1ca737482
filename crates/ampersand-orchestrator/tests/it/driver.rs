//! Starts the orchestrator, speaks to it as a controller does, and waits for what the journal says.

mod plans;

use std::{ffi::OsStr, process::Stdio, time::Duration};

use ampersand_core::{
    Answer, Approval, CommandId, Event, EventBody, Failure, Project, Report, TaskId, TaskState,
};
use ampersand_link::{CallError, Client, Incoming, connect, dial};
use ampersand_protocol::{Command, Diff, Hello, Home, PROTOCOL_VERSION, Reply, TaskSnapshot};
use ampersand_testkit::{TestRepository, model_server::ModelServer};
use tempfile::TempDir;
use tokio::{sync::mpsc, time::timeout};
use uuid::Uuid;

/// Beyond this a test is stuck.
const PATIENCE: Duration = Duration::from_secs(40);

pub(crate) struct Driver {
    folder: TempDir,
    pub(crate) home: Home,
    /// What the program is started by: an environment that lacks something.
    wrapper: Vec<String>,
    pub(crate) repository: TestRepository,
    process: tokio::process::Child,
    /// Absent while hung up.
    client: Option<Client>,
    incoming: mpsc::Receiver<Incoming>,
    pub(crate) events: Vec<Event>,
}

impl Driver {
    pub(crate) async fn start() -> Self {
        Self::with("").await
    }

    pub(crate) async fn with(settings: &str) -> Self {
        Self::wrapped(&[], settings).await
    }

    /// With a model behind built-in agents.
    pub(crate) async fn with_model(server: &ModelServer) -> Self {
        Self::with(&model_settings(server)).await
    }

    /// Started by `wrapper`, which takes the program and its arguments and becomes it.
    pub(crate) async fn wrapped(wrapper: &[&str], settings: &str) -> Self {
        let wrapper: Vec<String> = wrapper.iter().map(|&word| word.to_owned()).collect();
        let folder = tempfile::tempdir().unwrap();
        let home = Home::find(Some(&folder.path().join("home"))).unwrap();
        std::fs::create_dir(home.root()).unwrap();
        std::fs::write(home.settings(), settings).unwrap();
        let process = spawn(&wrapper, &home);
        let (client, incoming) = attach(&home, 0).await;
        let repository = TestRepository::new();
        Self {
            folder,
            home,
            wrapper,
            repository,
            process,
            client,
            incoming,
            events: Vec::new(),
        }
    }

    /// Ends the process as a crash would, and starts another.
    pub(crate) async fn crash(&mut self) {
        self.kill().await;
        self.start_again().await;
    }

    /// Ends the process as a crash would.
    pub(crate) async fn kill(&mut self) {
        self.process.kill().await.unwrap();
    }

    /// Starts another process after the one before has ended.
    pub(crate) async fn start_again(&mut self) {
        self.process = spawn(&self.wrapper, &self.home);
        self.attach_again().await;
    }

    /// A new session in place of this one.
    pub(crate) async fn attach_again(&mut self) {
        let after = self.events.last().map_or(0, |event| event.seq);
        (self.client, self.incoming) = attach(&self.home, after).await;
    }

    /// The process under test.
    #[cfg(target_os = "linux")]
    pub(crate) fn pid(&self) -> u32 {
        self.process.id().unwrap()
    }

    /// Sends it a signal, such as `-TERM`.
    #[cfg(target_os = "linux")]
    #[expect(clippy::disallowed_methods, reason = "a signal as a person sends it")]
    pub(crate) fn signal(&self, signal: &str) {
        let pid = self.pid().to_string();
        let sent = std::process::Command::new("kill")
            .args([signal, &pid])
            .status();
        assert!(sent.unwrap().success());
    }

    /// Ends the session, as a window that closes.
    pub(crate) fn hang_up(&mut self) {
        self.client = None;
        self.incoming = mpsc::channel(1).1;
    }

    /// Whether the process runs.
    pub(crate) fn is_there(&mut self) -> bool {
        self.process.try_wait().unwrap().is_none()
    }

    /// For a journal that begins anew.
    pub(crate) fn forget_events(&mut self) {
        self.events.clear();
    }

    /// Waits until the process has left by itself.
    pub(crate) async fn left(&mut self) -> std::process::ExitStatus {
        match timeout(PATIENCE, self.process.wait()).await {
            Ok(status) => status.unwrap(),
            Err(_) => panic!("it does not leave"),
        }
    }

    pub(crate) async fn call(&self, command: Command) -> Result<Reply, Failure> {
        self.call_as(CommandId::new(Uuid::now_v7()), command).await
    }

    /// Calls under an id that may have been used before.
    pub(crate) async fn call_as(&self, id: CommandId, command: Command) -> Result<Reply, Failure> {
        match self.try_call(id, command).await {
            Some(answer) => answer,
            None => panic!("the orchestrator is gone"),
        }
    }

    /// Calls; nothing comes back if the orchestrator went away.
    pub(crate) async fn try_call(
        &self,
        id: CommandId,
        command: Command,
    ) -> Option<Result<Reply, Failure>> {
        let call = self.client.as_ref().unwrap().call(id, command);
        match timeout(PATIENCE, call)
            .await
            .unwrap_or_else(|_| panic!("a call is not answered"))
        {
            Ok(reply) => Some(Ok(reply)),
            Err(CallError::Refused(failure)) => Some(Err(failure)),
            Err(CallError::Lost) => None,
        }
    }

    /// Takes in all events up to a number.
    pub(crate) async fn read_to(&mut self, seq: u64) {
        while self.events.last().map_or(0, |last| last.seq) < seq {
            self.wait("the rest", |_| Some(())).await;
        }
    }

    /// Waits for an event that has not been returned yet.
    pub(crate) async fn wait<T>(
        &mut self,
        what: &str,
        pick: impl Fn(&EventBody) -> Option<T>,
    ) -> T {
        let waiting = async {
            loop {
                match self.incoming.recv().await {
                    None => panic!("the link broke before: {what}\n{:#?}", self.events),
                    Some(Incoming::Activity(_)) => {}
                    Some(Incoming::Event(event)) => {
                        let expected = self.events.last().map_or(1, |last| last.seq + 1);
                        assert_eq!(event.seq, expected, "numbers without gaps");
                        let found = pick(&event.body);
                        self.events.push(*event);
                        if let Some(found) = found {
                            return found;
                        }
                    }
                }
            }
        };
        match timeout(PATIENCE, waiting).await {
            Ok(found) => found,
            Err(_) => panic!("never came: {what}\n{:#?}", self.events),
        }
    }

    pub(crate) async fn wait_state(&mut self, task: TaskId, word: &str) -> TaskState {
        self.wait(word, |body| match body {
            EventBody::TaskMoved {
                task: moved, state, ..
            } if *moved == task && state.word() == word => Some(state.clone()),
            _ => None,
        })
        .await
    }

    /// The next question that is put to the person.
    pub(crate) async fn question(&mut self) -> Approval {
        self.wait("a question", |body| match body {
            EventBody::ApprovalAsked { approval } => Some(approval.clone()),
            _ => None,
        })
        .await
    }

    pub(crate) async fn answer(&self, approval: &Approval, answer: Answer) {
        let approval = approval.id;
        self.call(Command::Answer { approval, answer })
            .await
            .unwrap();
    }

    /// How often the journal says something, as far as it was waited for.
    pub(crate) fn count(&self, pick: impl Fn(&EventBody) -> bool) -> usize {
        self.events.iter().filter(|event| pick(&event.body)).count()
    }

    pub(crate) async fn report(&self, task: TaskId) -> Report {
        match self.call(Command::ReadReport { task }).await {
            Ok(Reply::Report { report, .. }) => report,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn diff(&self, task: TaskId) -> Diff {
        match self.call(Command::ReadDiff { task }).await {
            Ok(Reply::Diff { diff }) => diff,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn snapshot(&self) -> TaskSnapshot {
        let mut all = self.page(None, u32::MAX).await;
        while all.more {
            let page = self
                .page(all.tasks.last().map(|task| task.id), u32::MAX)
                .await;
            all.tasks.extend(page.tasks);
            all.more = page.more;
        }
        all
    }

    pub(crate) async fn page(&self, after: Option<TaskId>, limit: u32) -> TaskSnapshot {
        match self.call(Command::ListTasks { after, limit }).await {
            Ok(Reply::Tasks { snapshot }) => snapshot,
            other => panic!("{other:?}"),
        }
    }

    /// Trusts what the repository declares at this moment.
    pub(crate) async fn trust(&self) {
        let root = self.repository.root();
        let declared = std::fs::read_to_string(root.join(Project::FILE)).unwrap();
        let (repository, digest) = (root.display().to_string(), Project::digest(&declared));
        let trust = Command::Trust { repository, digest };
        self.call(trust).await.unwrap();
    }

    pub(crate) async fn text(&self, command: Command) -> String {
        match self.call(command).await {
            Ok(Reply::Text { text }) => text,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn worktrees(&self) -> usize {
        let list = self.repository.git(&["worktree", "list", "--porcelain"]);
        list.lines()
            .filter(|line| line.starts_with("worktree "))
            .count()
            - 1
    }

    /// A file outside every worktree that lives as long as the test.
    pub(crate) fn outside(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }
}

#[expect(clippy::disallowed_methods, reason = "starts the program under test")]
pub(crate) fn spawn(wrapper: &[String], home: &Home) -> tokio::process::Child {
    let program = env!("CARGO_BIN_EXE_ampersand-orchestrator");
    let mut argv: Vec<&OsStr> = wrapper.iter().map(OsStr::new).collect();
    argv.extend([
        OsStr::new(program),
        "--home".as_ref(),
        home.root().as_os_str(),
    ]);
    tokio::process::Command::new(argv[0])
        .args(&argv[1..])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

/// Settings that name a scripted model.
pub(crate) fn model_settings(server: &ModelServer) -> String {
    format!(
        "[models.controller]\napi = \"chat-completions\"\nbase_url = \"{}\"\nmodel = \"scripted\"\n",
        server.base_url()
    )
}

async fn attach(home: &Home, after: u64) -> (Option<Client>, mpsc::Receiver<Incoming>) {
    let began = tokio::time::Instant::now();
    let stream = loop {
        match connect(home).await {
            Ok(stream) => break stream,
            Err(error) if began.elapsed() > PATIENCE => panic!("{error}"),
            // Nobody tells when a socket appears.
            Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    };
    let hello = Hello {
        protocol: PROTOCOL_VERSION,
        build: "test".into(),
        pid: 1,
    };
    let (client, incoming, _, driver) = dial(stream, hello, after).await.unwrap();
    tokio::spawn(driver);
    (Some(client), incoming)
}
