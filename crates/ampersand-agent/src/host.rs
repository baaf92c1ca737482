//! What whoever runs an attempt offers it. All an agent wants beyond its own thoughts goes through here.

use std::ffi::OsString;
use std::path::PathBuf;

use ampersand_core::{Answer, Capability, Failure, Narrowing, Outage, Question};
use ampersand_sandbox::{LaunchError, Launched};
use futures::future::BoxFuture;
use tokio::sync::watch;

/// A program to start in the attempt's sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    /// The program and its arguments.
    pub argv: Vec<OsString>,
    /// Whether it may start others; if not it gives the right up itself, first thing.
    pub execute: bool,
    /// What it must be able to read besides the worktree.
    pub read_only: Vec<PathBuf>,
    /// Folders of its own outside the worktree that it may write whatever its role, free of symbolic links.
    pub writable: Vec<PathBuf>,
    /// Variables. Nothing secret: what runs in the sandbox reads them.
    pub env: Vec<(String, String)>,
    /// Whether it finds its model at the address its assignment names.
    pub reaches_model: bool,
    /// The port on which it serves, for the person to reach.
    pub serves: Option<u16>,
}

impl Launch {
    /// A program that is started with nothing else.
    pub fn new(argv: Vec<OsString>) -> Self {
        Self {
            argv,
            execute: true,
            read_only: Vec::new(),
            writable: Vec::new(),
            env: Vec::new(),
            reaches_model: false,
            serves: None,
        }
    }
}

/// Whether an attempt may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// It may.
    Open,
    /// It stands still: no model request is under way or started, and its processes are frozen.
    Closed,
}

/// What an attempt is offered.
pub trait Host: Send + Sync {
    /// Starts a program under the attempt's policy. The host keeps a handle to its tree, to freeze and to kill it.
    fn launch(&self, launch: Launch) -> BoxFuture<'_, Result<Launched, LaunchError>>;

    /// Puts a question to the person and waits for the answer, for hours if need be.
    fn ask(&self, question: Question) -> BoxFuture<'_, Answer>;

    /// Searches the web under the host policy. The text is data from strangers.
    fn web_search(&self, query: String) -> BoxFuture<'_, Result<String, Failure>>;

    /// Fetches one page under the host policy; may ask the person first. The text is data from a stranger.
    fn web_fetch(&self, url: String) -> BoxFuture<'_, Result<String, Failure>>;

    /// Whether the attempt may go on. The sender lives as long as the attempt.
    fn gate(&self) -> watch::Receiver<Gate>;

    /// What a person took from the task, as it becomes more. The host refuses the web by itself; that nothing is executed is
    /// its agent's to keep.
    fn taken(&self) -> watch::Receiver<Vec<Narrowing>>;

    /// Why an agent of others asks its model in vain, once it does: it is then to be stopped.
    fn model_shut(&self) -> watch::Receiver<Option<Outage>>;
}

/// Waits until this was taken, and says by what. Cancel-safe; for ever if nobody is left to take anything.
pub async fn until_taken(
    mut taken: watch::Receiver<Vec<Narrowing>>,
    capability: &Capability,
) -> Narrowing {
    let by = |taken: &[Narrowing]| taken.iter().copied().find(|what| what.takes(capability));
    loop {
        if let Some(what) = by(&taken.borrow_and_update()) {
            return what;
        }
        if taken.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[test]
    fn what_was_taken_is_known_to_whoever_waits_and_to_whoever_comes_later() {
        let taken = watch::Sender::new(Vec::new());
        let mut waits = Box::pin(until_taken(taken.subscribe(), &Capability::WebSearch));
        assert_eq!((&mut waits).now_or_never(), None);
        taken.send_modify(|taken| taken.push(Narrowing::Execute));
        assert_eq!((&mut waits).now_or_never(), None);
        taken.send_modify(|taken| taken.push(Narrowing::Network));
        assert_eq!(waits.now_or_never(), Some(Narrowing::Network));
        let late = until_taken(taken.subscribe(), &Capability::Execute);
        assert_eq!(late.now_or_never(), Some(Narrowing::Execute));
        drop(taken);
    }
}
