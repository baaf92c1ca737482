//! The orchestrator's end of the tools: starts their process, calls it, starts it again when it was killed.

mod here;

use std::path::PathBuf;
use std::sync::Arc;

use ampersand_core::{Failure, Isolation};
use ampersand_process::{Output, lines::Lines, program};
use ampersand_sandbox::{LaunchError, Launched};
use ampersand_toolhost::{
    Call, DENY_EXEC, Inbound, MAX_LINE_BYTES, Outbound, Reply, ToolError, Worktree,
};
use tokio::io::AsyncWriteExt;
use tokio::process::{ChildStderr, ChildStdin, ChildStdout};

use crate::assignment::Assignment;
use crate::host::{Host, Launch};
use here::Here;

/// Starts in all. What an agent executes may kill its own tools; more often than this it means to.
const MAX_STARTS: u32 = 4;
const MAX_WORDS_BYTES: usize = 2_000;

/// The tool process that belongs to this program: beside it, or above it, where test programs of a build are.
pub fn find_toolhost() -> Option<PathBuf> {
    program::beside_us("ampersand-toolhost")
}

/// Why a call has no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    /// The tool said no; the agent may go on.
    #[error("{}", .0.message)]
    Refused(Failure),
    /// The process ended in the middle; the agent may go on, and a new one is started.
    #[error("the tools ended in the middle of the call")]
    Lost,
    /// There is no tool process and there will be none.
    #[error("{}", .0.message)]
    Unavailable(Failure),
}

/// The tools of one attempt.
pub(crate) struct Toolhost {
    host: Arc<dyn Host>,
    program: PathBuf,
    worktree: PathBuf,
    rights: Rights,
    tools: Option<Tools>,
    starts: u32,
    calls: u64,
}

/// Whether the tool process may start programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rights {
    Execute,
    LookOnly,
}

enum Tools {
    Process(Box<Process>),
    /// Where no sandbox can be had, our own code still looks.
    Here(Here),
}

struct Process {
    launched: Launched,
    /// What it gave up for good is still to be looked at.
    to_confirm: bool,
    stdin: ChildStdin,
    stdout: Lines<Output<ChildStdout>>,
}

impl Toolhost {
    /// Nothing is started before the first call.
    pub(crate) fn new(host: Arc<dyn Host>, assignment: &Assignment, rights: Rights) -> Self {
        Self {
            host,
            program: assignment.toolhost.clone(),
            worktree: assignment.worktree.clone(),
            rights,
            tools: None,
            starts: 0,
            calls: 0,
        }
    }

    /// Calls, and waits for the end of the call; `told` gets what comes before it.
    pub(crate) async fn call<F>(
        &mut self,
        call: Call,
        mut told: impl FnMut(Outbound) -> F,
    ) -> Result<Reply, CallError>
    where
        F: Future<Output = ()>,
    {
        if self.tools.is_none() {
            self.tools = Some(self.start().await?);
        }
        self.calls += 1;
        let answer = match &mut self.tools {
            Some(Tools::Process(process)) => process.call(self.calls, call, &mut told).await,
            Some(Tools::Here(here)) => here.call(call, &mut told).await,
            None => Err(CallError::Lost),
        };
        if matches!(answer, Err(CallError::Lost | CallError::Unavailable(_))) {
            self.end().await;
        }
        answer
    }

    /// Kills what is left. The host looks after the tree too; this is for those that end in order.
    pub(crate) async fn end(&mut self) {
        if let Some(Tools::Process(process)) = self.tools.take()
            && let Err(error) = process.launched.tree.kill().await
        {
            tracing::warn!(%error, "the tool process did not end");
        }
    }

    async fn start(&mut self) -> Result<Tools, CallError> {
        if self.starts == MAX_STARTS {
            return Err(CallError::Unavailable(Failure::new(
                "tools_killed",
                format!("The tools were killed {MAX_STARTS} times."),
                "Look at what the agent executed, and start the task again.",
            )));
        }
        self.starts += 1;
        let mut argv = vec![self.program.clone().into_os_string()];
        if self.rights == Rights::LookOnly {
            argv.push(DENY_EXEC.into());
        }
        let launch = Launch {
            execute: self.rights == Rights::Execute,
            read_only: vec![self.program.clone()],
            ..Launch::new(argv)
        };
        let mut launched = match self.host.launch(launch).await {
            Ok(launched) => launched,
            Err(LaunchError::NoIsolation { .. }) if self.rights == Rights::LookOnly => {
                return self.look_here().map(Tools::Here);
            }
            Err(error) => return Err(CallError::Unavailable(not_launched(&error))),
        };
        let child = &mut launched.child;
        let pipes = (child.take_stdin(), child.take_stdout(), child.take_stderr());
        let (Some(stdin), Some(stdout), Some(stderr)) = pipes else {
            return Err(CallError::Lost);
        };
        tokio::spawn(note(stderr));
        Ok(Tools::Process(Box::new(Process {
            // Without a sandbox a person let it do everything.
            to_confirm: self.rights == Rights::LookOnly && launched.isolation != Isolation::Unsafe,
            launched,
            stdin,
            stdout: Lines::new(stdout, MAX_LINE_BYTES),
        })))
    }

    fn look_here(&self) -> Result<Here, CallError> {
        let unavailable = |error: ToolError| CallError::Unavailable(error.failure());
        let worktree = Worktree::open(&self.worktree).map_err(unavailable)?;
        Ok(Here::new(worktree, self.host.gate()))
    }
}

impl Process {
    /// Once it has said anything it must have given up starting programs, or it has to go.
    async fn confirm(&mut self) -> Result<(), CallError> {
        if !self.to_confirm {
            return Ok(());
        }
        // Who cannot be looked at is not believed.
        if !self.launched.gave_up_executing().await.unwrap_or(false) {
            return Err(CallError::Unavailable(Failure::new(
                "tools_can_execute",
                "The tools were ended: they could start programs, which this task may not.",
                "Install Ampersand again: the program of the tools is not the one that belongs here.",
            )));
        }
        self.to_confirm = false;
        Ok(())
    }

    async fn call<F>(
        &mut self,
        id: u64,
        call: Call,
        told: &mut impl FnMut(Outbound) -> F,
    ) -> Result<Reply, CallError>
    where
        F: Future<Output = ()>,
    {
        let mut line =
            serde_json::to_vec(&Inbound::Call { id, call }).map_err(|_| CallError::Lost)?;
        if line.len() > MAX_LINE_BYTES {
            let failure = Failure::new("call_too_long", "The call is too long.", "Do it in parts.");
            return Err(CallError::Refused(failure));
        }
        line.push(b'\n');
        self.stdin
            .write_all(&line)
            .await
            .map_err(|_| CallError::Lost)?;
        loop {
            let line = self
                .stdout
                .next()
                .await
                .ok()
                .flatten()
                .ok_or(CallError::Lost)?;
            self.confirm().await?;
            let Ok(message) = serde_json::from_str(&line) else {
                // A program in the sandbox can reach this pipe; what it writes there is no answer.
                tracing::warn!("the tool process said something that is no answer");
                continue;
            };
            match message {
                Outbound::Done { id: of, reply } if of == id => return Ok(reply),
                Outbound::Refused { id: of, failure } if of == id => {
                    return Err(CallError::Refused(failure));
                }
                Outbound::Output { id: of, .. } | Outbound::Progress { id: of, .. } if of == id => {
                    told(message).await;
                }
                // The rest of a call that nobody waits for any more.
                _ => {}
            }
        }
    }
}

/// Words of the tool process about itself, for the log. Read to the end, so that it never waits for us.
async fn note(stderr: Output<ChildStderr>) {
    let mut lines = Lines::new(stderr, MAX_WORDS_BYTES);
    while let Ok(Some(line)) = lines.next().await {
        tracing::warn!(
            line = ampersand_toolhost::visible(&line),
            "the tool process"
        );
    }
}

/// A failed launch as a person reads it.
pub(crate) fn not_launched(error: &LaunchError) -> Failure {
    let mut message = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        message = format!("{message}: {cause}");
        source = cause.source();
    }
    Failure::new(error.code(), message, error.hint())
}
