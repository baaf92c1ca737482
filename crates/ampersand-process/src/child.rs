//! A started program: its pipes and its end. Reaped whether or not anybody waits; killed when dropped.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadBuf};
use tokio::process::{ChildStderr, ChildStdin, ChildStdout};
use tokio::sync::watch;

/// A running program. Dropping it kills that one process; its tree belongs to [`crate::Tree`].
#[derive(Debug)]
pub struct Child {
    pid: u32,
    stdin: Option<ChildStdin>,
    stdout: Option<ChildStdout>,
    stderr: Option<ChildStderr>,
    exit: watch::Receiver<Option<Exit>>,
    killer: Killer,
    printed: Arc<AtomicU64>,
}

/// What a program prints, counted as it is read.
#[derive(Debug)]
pub struct Output<R> {
    stream: R,
    printed: Arc<AtomicU64>,
}

impl<R: AsyncRead + Unpin> AsyncRead for Output<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = ready!(Pin::new(&mut self.stream).poll_read(context, buffer));
        let count = buffer.filled().len().saturating_sub(before);
        self.printed
            .fetch_add(u64::try_from(count).unwrap_or(u64::MAX), Ordering::Relaxed);
        Poll::Ready(read)
    }
}

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It returned this code.
    Code(i32),
    /// This signal ended it.
    Signal(i32),
}

/// Why the end of a program cannot be told.
#[derive(Debug, thiserror::Error)]
#[error("lost track of process {pid}")]
pub struct WaitError {
    /// The process.
    pub pid: u32,
}

impl Exit {
    /// Whether it returned zero.
    pub const fn success(self) -> bool {
        matches!(self, Self::Code(0))
    }
}

/// Ends the one process it was made for, never another that got its number.
#[cfg(target_os = "linux")]
pub(crate) type Killer = Option<std::sync::Arc<std::os::fd::OwnedFd>>;
/// Ends the one process it was made for, never another that got its number.
#[cfg(windows)]
pub(crate) type Killer = Option<std::sync::Arc<std::os::windows::io::OwnedHandle>>;
/// Ends the one process it was made for, never another that got its number.
#[cfg(all(unix, not(target_os = "linux")))]
pub(crate) type Killer = Option<tokio::sync::oneshot::Sender<()>>;

pub(crate) struct Pipes {
    pub(crate) stdin: Option<ChildStdin>,
    pub(crate) stdout: Option<ChildStdout>,
    pub(crate) stderr: Option<ChildStderr>,
}

impl Child {
    pub(crate) fn new(
        pid: u32,
        pipes: Pipes,
        exit: watch::Receiver<Option<Exit>>,
        killer: Killer,
    ) -> Self {
        let Pipes {
            stdin,
            stdout,
            stderr,
        } = pipes;
        Self {
            pid,
            stdin,
            stdout,
            stderr,
            exit,
            killer,
            printed: Arc::default(),
        }
    }

    pub(crate) fn printed(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.printed)
    }

    /// Its process number.
    pub const fn pid(&self) -> u32 {
        self.pid
    }

    /// The writing end of its standard input, once.
    pub const fn take_stdin(&mut self) -> Option<ChildStdin> {
        self.stdin.take()
    }

    /// The reading end of its standard output, once.
    pub fn take_stdout(&mut self) -> Option<Output<ChildStdout>> {
        let printed = self.printed();
        let stream = self.stdout.take()?;
        Some(Output { stream, printed })
    }

    /// The reading end of its standard error, once.
    pub fn take_stderr(&mut self) -> Option<Output<ChildStderr>> {
        let printed = self.printed();
        let stream = self.stderr.take()?;
        Some(Output { stream, printed })
    }

    /// Returns when the program has ended; may be asked again. Safe to cancel.
    pub async fn wait(&mut self) -> Result<Exit, WaitError> {
        let lost = WaitError { pid: self.pid };
        match self.exit.wait_for(Option::is_some).await {
            Ok(exit) => exit.ok_or(lost),
            Err(_) => Err(lost),
        }
    }

    /// Asks a helper of ours something and hears its answer, one frame each: a length of four bytes, the lowest first, and
    /// what is meant. Nothing after the answer is read, so that the helper may hand its streams on. An answer longer than
    /// `most` is an error.
    pub async fn exchange(&mut self, asked: &[u8], most: usize) -> io::Result<Vec<u8>> {
        let gone = || io::Error::from(io::ErrorKind::BrokenPipe);
        let length = u32::try_from(asked.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
        let stdin = self.stdin.as_mut().ok_or_else(gone)?;
        stdin.write_all(&length.to_le_bytes()).await?;
        stdin.write_all(asked).await?;
        stdin.flush().await?;
        let stdout = self.stdout.as_mut().ok_or_else(gone)?;
        let mut length = [0; 4];
        stdout.read_exact(&mut length).await?;
        let length = u32::from_le_bytes(length) as usize;
        if length > most {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut answer = vec![0; length];
        stdout.read_exact(&mut answer).await?;
        Ok(answer)
    }

    /// The same streams, of the program that has taken this one's place.
    #[cfg(windows)]
    pub(crate) fn succeeded_by(
        mut self,
        pid: u32,
        exit: watch::Receiver<Option<Exit>>,
        killer: Killer,
    ) -> Self {
        let pipes = Pipes {
            stdin: self.stdin.take(),
            stdout: self.stdout.take(),
            stderr: self.stderr.take(),
        };
        let mut next = Self::new(pid, pipes, exit, killer);
        next.printed = self.printed();
        next
    }

    /// Its end, if it has come.
    pub fn exited(&self) -> Option<Exit> {
        *self.exit.borrow()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if self.exited().is_some() {
            return;
        }
        #[cfg(target_os = "linux")]
        if let Some(pidfd) = self.killer.take() {
            // It may have ended meanwhile, which is what was wanted.
            let _ = rustix::process::pidfd_send_signal(&*pidfd, rustix::process::Signal::KILL);
        }
        #[cfg(windows)]
        if let Some(process) = self.killer.take() {
            crate::spawn::platform::terminate(&process);
        }
        #[cfg(all(unix, not(target_os = "linux")))]
        if let Some(kill) = self.killer.take() {
            // Whoever would end it may have seen it end meanwhile.
            let _ = kill.send(());
        }
    }
}
