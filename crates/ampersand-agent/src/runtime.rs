//! The seam every agent stands behind.

use std::sync::Arc;

use ampersand_core::AgentKind;
use futures::future::BoxFuture;
use tokio::sync::mpsc;

use crate::acp::Acp;
use crate::assignment::Assignment;
use crate::builtin::Builtin;
use crate::codex::Codex;
use crate::command::Command;
use crate::event::{Activity, AgentEvent};
use crate::host::Host;
use crate::offline::Offline;
use crate::outcome::Outcome;

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
    /// Runs an attempt to its end. Dropping the future cancels: no request and no call is started any more; killing
    /// the tree is the host's part.
    fn run(&self, attempt: Attempt) -> BoxFuture<'static, Outcome>;
}

/// The runtime of an agent. What is true of it: [`AgentKind::facts`].
pub const fn runtime(kind: &AgentKind) -> &'static dyn AgentRuntime {
    match kind {
        AgentKind::Builtin => &Builtin,
        AgentKind::Command => &Command,
        AgentKind::Offline => &Offline,
        AgentKind::Codex => &Codex,
        AgentKind::Acp(_) => &Acp,
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
