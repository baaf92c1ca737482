//! `execute`: one shell command, its output streamed and bounded, ended with everything in its process group.

use std::io::{PipeReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use crate::output::{Decoder, Kept};
use crate::tool_error::ToolError;
use crate::wire::{Ended, Execute, Executed};

const DEFAULT_TIMEOUT: Duration = Duration::from_mins(10);
const MAX_TIMEOUT: Duration = Duration::from_hours(6);
/// What a model is given of the output; the stream carries the rest.
const KEPT_BYTES: usize = 32 * 1024;
/// After this much the stream falls silent, so that a runaway program cannot fill a disk.
const STREAMED_BYTES: usize = 16 * 1024 * 1024;
const TICK: Duration = Duration::from_millis(10);
/// A program left in the background may hold the pipe for ever; the shell's own last words come sooner.
const DRAIN: Duration = Duration::from_millis(100);
const MAX_DRAIN: Duration = Duration::from_secs(2);

pub(crate) fn execute(
    asked: &Execute,
    cancelled: &AtomicBool,
    mut emit: impl FnMut(String),
) -> Result<Executed, ToolError> {
    let timeout = asked
        .timeout_s
        .map_or(DEFAULT_TIMEOUT, Duration::from_secs)
        .min(MAX_TIMEOUT);
    let (mut child, output) = start(&asked.line)?;
    let mut stream = Stream::new(&mut emit);
    let mut clock = Clock::start();
    let ended = loop {
        let quiet = stream.take(&output, TICK);
        clock.tick();
        if let Some(status) = exited(&mut child)? {
            break told(status);
        }
        let stopped = if cancelled.load(Ordering::Relaxed) {
            Some(Ended::Cancelled)
        } else {
            (clock.ran > timeout).then_some(Ended::TimedOut)
        };
        if let Some(ended) = stopped {
            end(&mut child)?;
            break ended;
        }
        if quiet == Quiet::Closed {
            // Nothing will be printed any more, but the program may go on.
            std::thread::sleep(TICK);
        }
    };
    let latest = Instant::now() + MAX_DRAIN;
    while Instant::now() < latest && stream.take(&output, DRAIN) == Quiet::No {}
    let output = stream.finish();
    let took_ms = u64::try_from(clock.ran.as_millis()).unwrap_or(u64::MAX);
    Ok(Executed {
        ended,
        output,
        took_ms,
    })
}

/// Time that passed while we ran: a frozen attempt does not age.
struct Clock {
    last: Instant,
    ran: Duration,
}

impl Clock {
    fn start() -> Self {
        Self {
            last: Instant::now(),
            ran: Duration::ZERO,
        }
    }

    fn tick(&mut self) {
        let passed = std::mem::replace(&mut self.last, Instant::now()).elapsed();
        self.ran += passed.min(Duration::from_secs(1));
    }
}

#[derive(PartialEq, Eq)]
enum Quiet {
    No,
    Yes,
    Closed,
}

struct Stream<'a> {
    emit: &'a mut dyn FnMut(String),
    decoder: Decoder,
    kept: Kept,
    streamed: usize,
}

impl<'a> Stream<'a> {
    fn new(emit: &'a mut dyn FnMut(String)) -> Self {
        Self {
            emit,
            decoder: Decoder::default(),
            kept: Kept::new(KEPT_BYTES),
            streamed: 0,
        }
    }

    fn take(&mut self, output: &Receiver<Vec<u8>>, wait: Duration) -> Quiet {
        match output.recv_timeout(wait) {
            Ok(bytes) => {
                self.kept.push(&bytes);
                let before = self.streamed;
                self.streamed = before.saturating_add(bytes.len());
                if self.streamed <= STREAMED_BYTES {
                    (self.emit)(self.decoder.push(&bytes));
                } else if before <= STREAMED_BYTES {
                    (self.emit)("\n[… more output than is shown …]\n".to_owned());
                }
                Quiet::No
            }
            Err(RecvTimeoutError::Timeout) => Quiet::Yes,
            Err(RecvTimeoutError::Disconnected) => Quiet::Closed,
        }
    }

    fn finish(self) -> String {
        let rest = self.decoder.finish();
        if !rest.is_empty() {
            (self.emit)(rest);
        }
        self.kept.into_text()
    }
}

fn start(line: &str) -> Result<(Child, Receiver<Vec<u8>>), ToolError> {
    let started = || {
        let (reader, writer) = std::io::pipe()?;
        let mut command = shell(line);
        command
            .stdin(Stdio::null())
            .stdout(writer.try_clone()?)
            .stderr(writer);
        let child = command.spawn()?;
        // The command holds the writing ends; while it lives the reader would never see the end.
        drop(command);
        Ok((child, reader))
    };
    let (child, reader) = started().map_err(|source| ToolError::Start { source })?;
    let (tx, rx) = sync_channel(16);
    std::thread::spawn(move || pump(reader, &tx));
    Ok((child, rx))
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the sandboxed process; whatever it starts stays in the attempt's tree"
)]
fn shell(line: &str) -> Command {
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(line).process_group(0);
        command
    }
    #[cfg(windows)]
    {
        use std::os::windows::process::CommandExt;
        let mut command = Command::new("cmd.exe");
        // Not quoted by Rust's rules: the line is the shell's to read.
        command
            .args(["/D", "/S", "/C"])
            .raw_arg(format!("\"{line}\""));
        command
    }
}

/// Reads to the end even when nobody listens any more: a program left running must not die of a closed pipe.
fn pump(mut reader: PipeReader, tx: &SyncSender<Vec<u8>>) {
    let mut buffer = [0; 8 * 1024];
    let mut heard = true;
    while let Ok(count @ 1..) = reader.read(&mut buffer) {
        heard = heard && tx.send(buffer[..count].to_vec()).is_ok();
    }
}

fn exited(child: &mut Child) -> Result<Option<ExitStatus>, ToolError> {
    child
        .try_wait()
        .map_err(|source| ToolError::Start { source })
}

/// Kills the group while its leader is not reaped, so that its number cannot be another's.
fn end(child: &mut Child) -> Result<(), ToolError> {
    #[cfg(unix)]
    if let Some(pid) = i32::try_from(child.id())
        .ok()
        .and_then(rustix::process::Pid::from_raw)
    {
        // The group may be gone already, which is what was wanted.
        let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
    }
    drop(child.kill());
    child
        .wait()
        .map(drop)
        .map_err(|source| ToolError::Start { source })
}

fn told(status: ExitStatus) -> Ended {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt;
        if let Some(signal) = status.signal() {
            return Ended::Signalled { signal };
        }
    }
    Ended::Exited {
        status: status.code().unwrap_or(-1),
    }
}
