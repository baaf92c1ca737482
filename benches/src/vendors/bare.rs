//! The agent alone: the same program with the same settings and variables, in a home as new as the one it has with us, the
//! same protocol and scripted model, and nothing of ours in between.

use std::{
    ffi::OsString,
    fs,
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::timeout,
};

use super::stand::{Stand, codex};
use crate::moment::Moment;

/// Beyond this the measurement is stuck.
const PATIENCE: Duration = Duration::from_secs(120);

/// One run of the agent alone.
pub(super) struct Alone {
    /// When it was started.
    pub(super) began: Moment,
    /// Until it was done.
    pub(super) took: Duration,
}

/// Runs it on this brief to its end, in a home of this name. Whatever of its behaviour depends on settings is set as it is
/// with us, so that what is compared is the same; our tools and what we tell it besides are not there.
pub(super) async fn run(stand: &Stand, name: &str, brief: &str) -> Result<Alone> {
    let home = stand.beside(name)?;
    fs::write(home.join("config.toml"), config(&stand.model.base_url()))?;
    let (began, since) = (Moment::now(), Instant::now());
    let mut agent = Agent::start(&home, stand.checkout())?;
    let worked = timeout(PATIENCE, agent.work(brief)).await;
    worked.context("the agent alone does not end")??;
    let took = since.elapsed();
    agent.child.kill().await?;
    Ok(Alone { began, took })
}

fn config(base_url: &str) -> String {
    format!(
        r#"model = "scripted"
model_provider = "bench"
sandbox_mode = "danger-full-access"
check_for_update_on_startup = false

[model_providers.bench]
name = "Bench"
base_url = "{base_url}"
env_key = "BENCH_KEY"
wire_api = "responses"
stream_idle_timeout_ms = 86400000

[agents]
enabled = false

[analytics]
enabled = false
"#
    )
}

/// The variables an attempt has with us, and none of this process: what a person's own environment sets up besides would be
/// loaded by the one and not by the other.
fn variables(home: &Path) -> Vec<(&'static str, OsString)> {
    let fixed = [
        ("BENCH_KEY", "none"),
        ("CI", "1"),
        ("GIT_OPTIONAL_LOCKS", "0"),
        ("GIT_TERMINAL_PROMPT", "0"),
        ("LANG", "C.UTF-8"),
        ("LOGNAME", "agent"),
        (
            "PATH",
            "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin",
        ),
        ("SHELL", "/bin/sh"),
        ("TERM", "dumb"),
        ("USER", "agent"),
    ];
    let mut variables: Vec<_> = fixed.map(|(name, value)| (name, value.into())).into();
    variables.push(("CODEX_HOME", home.into()));
    variables.push(("HOME", home.join("home").into()));
    variables
}

struct Agent {
    child: Child,
    stdin: ChildStdin,
    stdout: Lines<BufReader<ChildStdout>>,
    asked: u64,
    cwd: String,
}

impl Agent {
    #[expect(
        clippy::disallowed_methods,
        reason = "as a person would start it, nothing of ours in between"
    )]
    fn start(home: &Path, cwd: &Path) -> Result<Self> {
        let mut child = Command::new(codex()?)
            .arg("app-server")
            .env_clear()
            .envs(variables(home))
            .current_dir(cwd)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let stdin = child.stdin.take().context("it has an input")?;
        let stdout = child.stdout.take().context("it has an output")?;
        Ok(Self {
            child,
            stdin,
            stdout: BufReader::new(stdout).lines(),
            asked: 0,
            cwd: cwd.display().to_string(),
        })
    }

    async fn work(&mut self, brief: &str) -> Result<()> {
        let client = json!({"name": "bench", "title": "Bench", "version": "0"});
        let capabilities = json!({"experimentalApi": true, "requestAttestation": false});
        let hello = json!({"clientInfo": client, "capabilities": capabilities});
        self.ask("initialize", hello).await?;
        self.say(&json!({"jsonrpc": "2.0", "method": "initialized"}))
            .await?;
        let thread = json!({"cwd": self.cwd, "model": "scripted", "modelProvider": "bench",
            "approvalPolicy": "never", "sandbox": "danger-full-access"});
        let opened = self.ask("thread/start", thread).await?;
        let input = json!([{"type": "text", "text": brief, "text_elements": []}]);
        let turn = json!({"threadId": opened["thread"]["id"], "input": input,
            "sandboxPolicy": {"type": "externalSandbox", "networkAccess": "restricted"}});
        self.ask("turn/start", turn).await?;
        loop {
            let message = self.hear().await?;
            if message["method"] == "turn/completed" {
                let status = &message["params"]["turn"]["status"];
                ensure!(status == "completed", "its turn ended otherwise: {message}");
                return Ok(());
            }
        }
    }

    async fn ask(&mut self, method: &str, params: Value) -> Result<Value> {
        self.asked += 1;
        let id = self.asked;
        self.say(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}))
            .await?;
        loop {
            let mut message = self.hear().await?;
            if message["id"] == id && message["method"].is_null() {
                ensure!(message["error"].is_null(), "{method}: {message}");
                return Ok(message["result"].take());
            }
        }
    }

    async fn say(&mut self, message: &Value) -> Result<()> {
        self.stdin
            .write_all(format!("{message}\n").as_bytes())
            .await?;
        Ok(self.stdin.flush().await?)
    }

    async fn hear(&mut self) -> Result<Value> {
        match self.stdout.next_line().await? {
            Some(line) => Ok(serde_json::from_str(&line)?),
            None => bail!("the agent ended by itself"),
        }
    }
}
