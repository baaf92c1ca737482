//! `codex`: its app server, one process for each attempt, its own sandbox off inside ours. A conversation is a thread of
//! its, named in our record before anything is said in it.

mod approve;
mod items;
mod quota;
mod setup;
mod step;
#[cfg(test)]
mod tests;
mod wire;

use futures::future::{BoxFuture, FutureExt};

use crate::host::Launch;
use crate::outcome::Outcome;
use crate::runtime::{AgentRuntime, Attempt};
use crate::vendor;
pub use setup::stand_in;
use step::Thread;

/// What our way to a model is called in its settings.
pub(crate) const PROVIDER: &str = "ampersand";

pub(crate) struct Codex;

impl AgentRuntime for Codex {
    fn run(&self, attempt: Attempt) -> BoxFuture<'static, Outcome> {
        run(attempt).boxed()
    }
}

async fn run(attempt: Attempt) -> Outcome {
    let Some(set) = attempt.assignment.vendor.clone() else {
        return Outcome::failed(vendor::unfit());
    };
    if let Err(failure) = setup::write(&set).await {
        return Outcome::failed(failure);
    }
    let mut argv = set.program.clone();
    argv.push("app-server".into());
    let launch = Launch {
        read_only: set.reads.clone(),
        writable: vec![set.home.clone()],
        env: setup::env(&set),
        reaches_model: true,
        ..Launch::new(argv)
    };
    vendor::run(attempt, launch, Thread::new).await
}

/// A thread, to try what is common to all.
pub(crate) fn thread(brief: vendor::Brief) -> impl vendor::Driver {
    Thread::new(brief)
}
