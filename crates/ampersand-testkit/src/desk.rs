//! A person at a terminal: a home, a repository, and the real command-line program.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Output, Stdio},
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::{sleep, timeout},
};

use crate::{TestRepository, program};

/// Beyond this a test is stuck. Generous, because build machines are.
const PATIENCE: Duration = Duration::from_secs(60);

/// A shell line that goes on once [`Desk::release`] is called, and leaves its worktree as it was.
pub const HELD: &str =
    "touch held; until rm released 2>/dev/null; do sleep 0.05; done; rm held; echo released";

/// Called with a size, where to mount, and what to run there.
const MOUNTS: &str = "size=$0 home=$1; shift; \
    mount -t tmpfs -o size=\"$size\",mode=700 none \"$home\" && exec \"$@\"";

/// A home and a repository, and what is typed there.
#[derive(Debug)]
pub struct Desk {
    home: TempDir,
    runtime: TempDir,
    /// The repository messages are about.
    pub repository: TestRepository,
    env: Vec<(String, String)>,
    /// Puts the home on a disk of this size, for every program started here and those it starts.
    disk: Option<&'static str>,
}

/// What one run of the program printed and returned.
#[derive(Debug)]
pub struct Ran {
    /// The JSON lines of standard output.
    pub lines: Vec<Value>,
    /// The exit code.
    pub code: i32,
    /// Standard error.
    pub errors: String,
}

impl Desk {
    /// With a fresh home and the usual repository.
    pub fn new() -> Self {
        Self::with(TestRepository::new())
    }

    /// With a fresh home.
    pub fn with(repository: TestRepository) -> Self {
        Self {
            home: tempfile::tempdir().unwrap(),
            runtime: tempfile::tempdir().unwrap(),
            repository,
            env: Vec::new(),
            disk: None,
        }
    }

    /// As [`Self::new`], with the home of each chat on a disk of its own, as large as `size` says to mount. Only that
    /// chat and what it starts see it; from outside it is [`Chat::disk`]. Linux only.
    pub fn on_disk_of(size: &'static str) -> Self {
        let mut desk = Self::new();
        desk.disk = Some(size);
        desk
    }

    /// The home folder.
    pub fn home(&self) -> PathBuf {
        self.home.path().to_owned()
    }

    /// Sets a variable for every program started from now on.
    pub fn set(&mut self, name: &str, value: &str) {
        self.env.push((name.to_owned(), value.to_owned()));
    }

    /// Writes the settings file.
    pub fn settings(&self, text: &str) {
        fs::write(self.home.path().join("ampersand.toml"), text).unwrap();
    }

    /// Settings with a model at `base_url` for controller and agents.
    pub fn connect_model(&self, base_url: &str) {
        self.settings(&format!(
            "[models.controller]\napi = \"chat-completions\"\nbase_url = \"{base_url}\"\nmodel = \"scripted\"\n"
        ));
    }

    #[expect(clippy::disallowed_methods, reason = "starts the program under test")]
    fn command(&self, format: &[&str], args: &[&str]) -> Command {
        let program = program("ampersand-cli");
        let mut command = match self.disk {
            None => Command::new(program),
            Some(size) => {
                let mut command = Command::new("unshare");
                command
                    .args(["--map-root-user", "--mount", "sh", "-c", MOUNTS, size])
                    .arg(self.home.path())
                    .arg(program);
                command
            }
        };
        command
            .args(format)
            .arg("--home")
            .arg(self.home.path())
            .arg("--repo")
            .arg(self.repository.root())
            .args(args)
            .env("XDG_RUNTIME_DIR", self.runtime.path())
            .env_remove("AMPERSAND_HOME")
            .envs(self.env.iter().cloned())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// Runs one verb to its end.
    pub async fn run(&self, args: &[&str]) -> Ran {
        self.run_with(args, "").await
    }

    /// Runs one verb to its end with something on standard input.
    pub async fn run_with(&self, args: &[&str], input: &str) -> Ran {
        let output = self.output(&["--json"], args, input.as_bytes()).await;
        let text = String::from_utf8(output.stdout).unwrap();
        Ran {
            lines: text.lines().map(parse).collect(),
            code: output.status.code().unwrap_or(-1),
            errors: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Runs one verb to its end as a person would, with any bytes on standard input; returns standard output.
    pub async fn run_text(&self, args: &[&str], input: &[u8]) -> String {
        let output = self.output(&[], args, input).await;
        String::from_utf8(output.stdout).unwrap()
    }

    async fn output(&self, format: &[&str], args: &[&str], input: &[u8]) -> Output {
        let mut child = self.command(format, args).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        // Beside the reading: a pipe takes only so much.
        let writing = tokio::spawn(async move {
            // A program that reads nothing closes its end early.
            stdin.write_all(&input).await.ok();
        });
        let output = timeout(PATIENCE, child.wait_with_output())
            .await
            .unwrap_or_else(|_| panic!("{args:?} does not end"))
            .unwrap();
        writing.await.unwrap();
        output
    }

    /// Opens the conversation.
    pub async fn chat(&self) -> Chat {
        self.chat_with(&["chat"]).await
    }

    /// Opens the conversation with other arguments; returns when it is ready.
    pub async fn chat_with(&self, args: &[&str]) -> Chat {
        let mut command = self.command(&["--json"], args);
        let mut child = command.stderr(Stdio::inherit()).spawn().unwrap();
        let stdin = child.stdin.take();
        let stdout = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut chat = Chat {
            child,
            stdin,
            stdout,
            home: self.home(),
            seen: Vec::new(),
        };
        chat.wait_for("ready", |line| line["type"] == "ready").await;
        chat
    }

    /// The tasks as the orchestrator has them.
    pub async fn tasks(&self) -> Vec<Value> {
        let ran = self.run(&["tasks"]).await;
        assert_eq!(ran.code, 0, "{ran:?}");
        ran.lines
            .into_iter()
            .filter(|line| line["type"] == "task")
            .collect()
    }

    /// Waits until a task has made this file in its worktree.
    pub async fn made(&self, name: &str) -> PathBuf {
        let pools = self.home.path().join("worktrees");
        let looking = async {
            loop {
                let worktrees = folders(&pools).into_iter().flat_map(|pool| folders(&pool));
                let mut files = worktrees.map(|worktree| worktree.join(name));
                if let Some(file) = files.find(|file| file.exists()) {
                    return file;
                }
                // A folder tells nobody what appears in it.
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, looking)
            .await
            .unwrap_or_else(|_| panic!("no task made {name}"))
    }

    /// Lets the task go on that runs [`HELD`], however long it takes to come there.
    pub async fn release(&self) {
        let held = self.made("held").await;
        fs::write(held.with_file_name("released"), "").unwrap();
    }

    /// Ends the orchestrator of this home as a crash would, and returns its process.
    pub fn kill_orchestrator(&self) -> i32 {
        let pid = self.orchestrator().expect("an orchestrator runs");
        signal(pid, "-KILL");
        pid
    }

    /// The orchestrator's process, if its lock names one.
    pub fn orchestrator(&self) -> Option<i32> {
        fs::read_to_string(self.home.path().join("orchestrator.lock"))
            .ok()?
            .trim()
            .parse()
            .ok()
    }
}

/// What is in a folder; nothing, if there is none.
fn folders(of: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(of).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}

/// Ends a process in order, by its id.
pub fn end(pid: i32) {
    signal(pid, "-TERM");
}

#[expect(clippy::disallowed_methods, reason = "what a person would type")]
fn signal(pid: i32, signal: &str) {
    std::process::Command::new("kill")
        .args([signal, &pid.to_string()])
        .status()
        .unwrap();
}

impl Default for Desk {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        // Its home is about to go; nothing may go on writing there.
        if let Some(pid) = self.orchestrator() {
            signal(pid, "-TERM");
        }
    }
}

fn parse(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("no JSON: {error}: {line}"))
}

/// An open conversation.
#[derive(Debug)]
pub struct Chat {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: Lines<BufReader<ChildStdout>>,
    home: PathBuf,
    /// Every line so far.
    pub seen: Vec<Value>,
}

impl Chat {
    /// Types a message.
    pub async fn say(&mut self, text: &str) {
        let stdin = self.stdin.as_mut().expect("standard input is open");
        stdin
            .write_all(format!("{text}\n").as_bytes())
            .await
            .unwrap();
        stdin.flush().await.unwrap();
    }

    /// Waits for a line that has not been returned yet.
    pub async fn wait_for(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let waiting = async {
            loop {
                let Some(line) = self.stdout.next_line().await.unwrap() else {
                    panic!(
                        "the conversation ended before: {what}\n{}",
                        self.transcript()
                    );
                };
                let line = parse(&line);
                self.seen.push(line.clone());
                if wanted(&line) {
                    return line;
                }
            }
        };
        match timeout(PATIENCE, waiting).await {
            Ok(line) => line,
            Err(_) => panic!("never came: {what}\n{}", self.transcript()),
        }
    }

    /// Waits for a line of each kind, in whichever order they come, and returns them in the order asked.
    pub async fn wait_for_each<const N: usize>(
        &mut self,
        what: &str,
        wanted: [&dyn Fn(&Value) -> bool; N],
    ) -> [Value; N] {
        let mut found = [const { None }; N];
        while found.iter().any(Option::is_none) {
            let missing = |at: usize| found[at].is_none();
            let line = self
                .wait_for(what, |line| {
                    (0..N).any(|at| missing(at) && wanted[at](line))
                })
                .await;
            for (found, wanted) in found.iter_mut().zip(wanted) {
                if found.is_none() && wanted(&line) {
                    *found = Some(line.clone());
                }
            }
        }
        found.map(|line| line.unwrap())
    }

    /// Waits for a line of this type.
    pub async fn wait_for_type(&mut self, kind: &str) -> Value {
        self.wait_for(kind, |line| line["type"] == kind).await
    }

    /// Waits until the task of this title is in this state.
    pub async fn wait_for_state(&mut self, title: &str, state: &str) -> Value {
        self.wait_for(&format!("{title} {state}"), |line| {
            line["type"] == "task" && line["title"] == title && line["state"] == state
        })
        .await
    }

    /// Its home as it sees it, where that is a disk of its own.
    pub fn disk(&self) -> PathBuf {
        let mut seen = PathBuf::from(format!("/proc/{}/root", self.pid()));
        seen.push(self.home.strip_prefix("/").unwrap_or(&self.home));
        seen
    }

    fn pid(&self) -> i32 {
        let pid = self.child.id().expect("it runs");
        i32::try_from(pid).unwrap()
    }

    /// Sends a signal: `-INT`, `-TERM`.
    pub fn signal(&self, name: &str) {
        signal(self.pid(), name);
    }

    /// Waits for the program to end by itself, its standard input still open.
    pub async fn left(mut self) -> (i32, Vec<Value>) {
        self.ended().await
    }

    /// Ends standard input and waits for the program to end; returns the exit code.
    pub async fn end(mut self) -> (i32, Vec<Value>) {
        self.stdin = None;
        self.ended().await
    }

    async fn ended(&mut self) -> (i32, Vec<Value>) {
        let ending = async {
            while let Some(line) = self.stdout.next_line().await.unwrap() {
                self.seen.push(parse(&line));
            }
            self.child.wait().await.unwrap().code().unwrap_or(-1)
        };
        let code = match timeout(PATIENCE, ending).await {
            Ok(code) => code,
            Err(_) => panic!("the conversation does not end\n{}", self.transcript()),
        };
        (code, std::mem::take(&mut self.seen))
    }

    /// Ends the program as a crash would.
    pub async fn kill(mut self) -> Vec<Value> {
        self.child.kill().await.unwrap();
        std::mem::take(&mut self.seen)
    }

    fn transcript(&self) -> String {
        let lines: Vec<String> = self.seen.iter().map(Value::to_string).collect();
        lines.join("\n")
    }
}
