//! The seam every agent stands behind, and what is known about each.

use std::sync::Arc;

use ampersand_core::AgentKind;
use futures::future::BoxFuture;
use tokio::sync::mpsc;

use crate::assignment::Assignment;
use crate::builtin::Builtin;
use crate::command::Command;
use crate::event::{Activity, AgentEvent};
use crate::host::Host;
use crate::offline::Offline;
use crate::outcome::Outcome;

/// What a runtime can do, so that a card can say what it cannot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// It takes words while it works.
    pub steers: bool,
    /// It tells the tokens it used.
    pub usage: bool,
    /// It tells what it cost.
    pub cost: bool,
    /// A later attempt goes on where an earlier one stopped.
    pub resumes: bool,
    /// Killing its tree ends everything it does.
    pub cancel_kills: bool,
    /// It starts agents of its own.
    pub subagents: bool,
    /// It asks before it acts, if its role says so.
    pub approvals: bool,
}

/// One supervised run of a task.
pub struct Attempt {
    /// What to do.
    pub assignment: Assignment,
    /// What it is offered.
    pub host: Arc<dyn Host>,
    /// What it tells.
    pub events: mpsc::Sender<AgentEvent>,
    /// What it is told.
    pub steering: mpsc::Receiver<String>,
}

/// A way to get tasks done.
pub trait AgentRuntime: Send + Sync {
    /// Which one.
    fn kind(&self) -> AgentKind;

    /// What it can do.
    fn facts(&self) -> Facts;

    /// Runs an attempt to its end. Dropping the future cancels: no request and no call is started any more; killing
    /// the tree is the host's part.
    fn run(&self, attempt: Attempt) -> BoxFuture<'static, Outcome>;
}

/// The runtime of a kind.
pub const fn runtime(kind: AgentKind) -> &'static dyn AgentRuntime {
    match kind {
        AgentKind::Builtin => &Builtin,
        AgentKind::Command => &Command,
        AgentKind::Offline => &Offline,
    }
}

impl Attempt {
    /// Tells something. Nobody listening means that the attempt is about to be dropped.
    pub(crate) async fn tell(&self, event: AgentEvent) {
        drop(self.events.send(event).await);
    }

    pub(crate) async fn at(&self, line: impl Into<String>) {
        let line = line.into();
        self.tell(AgentEvent::Activity(Activity {
            line,
            ..Activity::default()
        }))
        .await;
    }
}
