//! `command`: exactly the user's shell line in the sandbox, its output as it comes.

use std::time::Instant;

use ampersand_core::{Failure, Report, Work};
use ampersand_process::{Exit, lines::Lines};
use ampersand_toolhost::{Kept, visible};
use futures::future::{BoxFuture, FutureExt};
use tokio::io::AsyncRead;

use crate::event::AgentEvent;
use crate::host::Launch;
use crate::outcome::Outcome;
use crate::runtime::{AgentRuntime, Attempt};
use crate::toolhost::not_launched;

const MAX_LINE_BYTES: usize = 16 * 1024;
/// What the report quotes of the output.
const QUOTED_BYTES: usize = 4 * 1024;
/// After this much the log falls silent; the end is quoted all the same.
const STREAMED_BYTES: usize = 16 * 1024 * 1024;
const MAX_SHOWN_BYTES: usize = 120;

pub(crate) struct Command;

impl AgentRuntime for Command {
    fn run(&self, attempt: Attempt) -> BoxFuture<'static, Outcome> {
        run(attempt).boxed()
    }
}

async fn run(attempt: Attempt) -> Outcome {
    let (Work::Command { line } | Work::App { line, .. }) = &attempt.assignment.work else {
        return Outcome::failed(Failure::new(
            "agent_unfit",
            "This agent runs a command; it was given something else.",
            "Give the task to another agent.",
        ));
    };
    attempt.at(format!("Running {}", shown(line))).await;
    let mut launch = Launch::new(shell(line));
    if let Work::App { port, .. } = &attempt.assignment.work {
        launch.serves = *port;
        // Most that serve listen where this says, and some where they like: that is what the port is declared for.
        let port = port.map(|port| ("PORT".to_owned(), port.to_string()));
        launch.env.extend(port);
    }
    let mut launched = match attempt.host.launch(launch).await {
        Ok(launched) => launched,
        Err(error) => return Outcome::failed(not_launched(&error)),
    };
    let began = Instant::now();
    // End of input at once: nobody is there to answer a command that asks.
    drop(launched.child.take_stdin());
    let (stdout, stderr) = (launched.child.take_stdout(), launched.child.take_stderr());
    let output = follow(&attempt, stdout, stderr).await;
    let exit = launched.child.wait().await;
    if let Err(error) = launched.tree.kill().await {
        tracing::warn!(%error, "what a command left behind did not end");
    }
    match exit {
        Ok(exit) => judged(line, exit, began.elapsed().as_secs(), output),
        Err(error) => Outcome::failed(Failure::new(
            "command_lost",
            format!("How the command ended is not known: {error}."),
            "Start the task again.",
        )),
    }
}

fn shell(line: &str) -> Vec<std::ffi::OsString> {
    #[cfg(unix)]
    let argv = ["/bin/sh", "-c", line];
    #[cfg(windows)]
    let argv = ["cmd.exe", "/D", "/S", "/C", line];
    argv.map(Into::into).into()
}

/// Both streams, line by line in order of arrival, until both have ended.
async fn follow(
    attempt: &Attempt,
    stdout: Option<impl AsyncRead + Unpin>,
    stderr: Option<impl AsyncRead + Unpin>,
) -> Kept {
    let mut stdout = stdout.map(|stream| Lines::new(stream, MAX_LINE_BYTES));
    let mut stderr = stderr.map(|stream| Lines::new(stream, MAX_LINE_BYTES));
    let mut kept = Kept::new(QUOTED_BYTES);
    let mut streamed = 0;
    while stdout.is_some() || stderr.is_some() {
        let line = tokio::select! {
            line = next(&mut stdout), if stdout.is_some() => line,
            line = next(&mut stderr), if stderr.is_some() => line,
        };
        let Some(mut text) = line else {
            continue;
        };
        text.push('\n');
        kept.push(text.as_bytes());
        let before = streamed;
        streamed += text.len();
        if streamed <= STREAMED_BYTES {
            attempt.tell(AgentEvent::Output { text }).await;
        } else if before <= STREAMED_BYTES {
            let text = "[… more output than is shown …]\n".to_owned();
            attempt.tell(AgentEvent::Output { text }).await;
        }
    }
    kept
}

/// The next line; at the end of the stream it is put away.
async fn next<R: AsyncRead + Unpin>(stream: &mut Option<Lines<R>>) -> Option<String> {
    let line = stream.as_mut()?.next().await.ok().flatten();
    if line.is_none() {
        *stream = None;
    }
    line
}

fn judged(line: &str, exit: Exit, seconds: u64, output: Kept) -> Outcome {
    let ended = match exit {
        Exit::Code(code) => format!("with {code}"),
        Exit::Signal(signal) => format!("by signal {signal}"),
    };
    let headline = format!("`{}` ended {ended} in {seconds} s", shown(line));
    let output = visible(&output.into_text());
    let summary = if output.trim().is_empty() {
        "It printed nothing.".to_owned()
    } else {
        let fence = fence_for(&output);
        format!("{fence}\n{}\n{fence}", output.trim_end())
    };
    let report = Report {
        headline: headline.clone(),
        summary,
        ..Report::default()
    };
    if exit.success() {
        return Outcome::Done { report };
    }
    let failure = Failure::new(
        "command_failed",
        format!("{headline}."),
        "Read the end of its output; start the task again when the cause is mended.",
    );
    Outcome::Failed {
        failure,
        report: Some(report),
    }
}

/// More backticks than the text has in a row, so that output cannot leave its block.
fn fence_for(text: &str) -> String {
    let longest = text.split(|character| character != '`').map(str::len).max();
    "`".repeat(longest.unwrap_or(0).max(2) + 1)
}

fn shown(line: &str) -> String {
    let line = visible(line).replace('\n', " ");
    match line.floor_char_boundary(MAX_SHOWN_BYTES) {
        end if end < line.len() => format!("{}…", &line[..end]),
        _ => line,
    }
}
