//! Signals that ask the program to end: Ctrl-C, and on Unix those of a closing terminal and of whoever ends programs.

use std::io;

/// A signal that asked for the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Asked {
    /// Its number.
    signal: u8,
}

impl Asked {
    /// The exit code shells use for it.
    pub(crate) const fn code(self) -> u8 {
        128 + self.signal
    }
}

/// Listens from now on; without one who listens, these signals end the program at once.
#[cfg(unix)]
pub(crate) struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hang_up: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    pub(crate) fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    /// The next one.
    pub(crate) async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.interrupt.recv() => Asked { signal: 2 },
            _ = self.terminate.recv() => Asked { signal: 15 },
            _ = self.hang_up.recv() => Asked { signal: 1 },
        }
    }
}

/// Listens from now on; without one who listens, these signals end the program at once.
#[cfg(windows)]
pub(crate) struct Signals {
    interrupt: tokio::signal::windows::CtrlC,
    break_key: tokio::signal::windows::CtrlBreak,
    close: tokio::signal::windows::CtrlClose,
}

#[cfg(windows)]
impl Signals {
    pub(crate) fn listen() -> io::Result<Self> {
        use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close};
        Ok(Self {
            interrupt: ctrl_c()?,
            break_key: ctrl_break()?,
            close: ctrl_close()?,
        })
    }

    /// The next one.
    pub(crate) async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.interrupt.recv() => Asked { signal: 2 },
            _ = self.break_key.recv() => Asked { signal: 15 },
            _ = self.close.recv() => Asked { signal: 1 },
        }
    }
}
