//! Any agent that speaks the Agent Client Protocol, version 1: Claude Code through its adapter, Gemini CLI, OpenCode, and
//! whatever the settings name. It reads and writes by itself, in our sandbox; files and terminals of ours are not offered.

mod allow;
mod ending;
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
use step::Conversation;

pub(crate) struct Acp;

impl AgentRuntime for Acp {
    fn run(&self, attempt: Attempt) -> BoxFuture<'static, Outcome> {
        run(attempt).boxed()
    }
}

async fn run(attempt: Attempt) -> Outcome {
    let Some(set) = attempt.assignment.vendor.clone() else {
        return Outcome::failed(vendor::unfit());
    };
    let env = match setup::prepare(&set).await {
        Ok(env) => env,
        Err(failure) => return Outcome::failed(failure),
    };
    let launch = Launch {
        read_only: set.reads.clone(),
        writable: vec![set.home.clone()],
        env,
        reaches_model: true,
        ..Launch::new(setup::argv(&set))
    };
    let reloads = setup::reloads(&set.name);
    vendor::run(attempt, launch, |brief| Conversation::new(brief, reloads)).await
}

/// A conversation, to try what is common to all.
pub(crate) fn conversation(brief: vendor::Brief) -> impl vendor::Driver {
    Conversation::new(brief, true)
}
