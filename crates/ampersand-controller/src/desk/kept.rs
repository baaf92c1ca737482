//! Commands that must not be lost: kept in the conversation until the orchestrator has answered, and sent again by
//! the next run under the same id.

use std::{sync::Arc, time::Duration};

use ampersand_core::{Actor, CommandId, Failure, MessageId, Plan, TaskId};
use ampersand_protocol::{Command, Reply};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use super::Desk;

/// How long a plan that was accepted may take to come back as the journal's line.
const PLAN_WITHIN: Duration = Duration::from_secs(2);

/// A command that is kept until it was answered, and the message it came from.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Kept {
    pub(crate) command: Command,
    pub(crate) under: Option<MessageId>,
}

impl Desk {
    /// Submits a plan. It is kept until the orchestrator has answered, even if this program ends before; dropping
    /// the future does not stop that.
    pub(crate) async fn submit(
        self: &Arc<Self>,
        plan: Plan,
        by: Actor,
        under: MessageId,
    ) -> Result<(), Failure> {
        let first = plan.tasks.first().map(|task| task.id);
        self.board().planned_under.insert(plan.id, under);
        let kept = Kept {
            command: Command::SubmitPlan { plan, by },
            under: Some(under),
        };
        let id = crate::new_command();
        let text = serde_json::to_string(&kept).unwrap_or_default();
        self.conversation.outbox_put(id, &text).await?;
        let desk = Arc::clone(self);
        let sending = tokio::spawn(async move { desk.send_kept(id, kept.command).await });
        match sending.await {
            Ok(Ok(_)) => {}
            Ok(Err(failure)) => return Err(failure),
            Err(_) => return Err(ampersand_link::CallError::Lost.into()),
        }
        if let Some(first) = first {
            self.wait_for_task(first).await;
        }
        Ok(())
    }

    /// Sends a command that is kept, and forgets it once it was answered.
    pub(crate) async fn send_kept(
        &self,
        id: CommandId,
        command: Command,
    ) -> Result<Reply, Failure> {
        let _unsent = self.unsent.begin();
        let answer = self.link.call(id, command).await;
        let was_answered = !matches!(&answer, Err(failure) if failure.code == "orchestrator_lost");
        if was_answered && let Err(error) = self.conversation.outbox_remove(id).await {
            // It is sent again at the next start and answered the same.
            tracing::warn!(%error, "an answered command is still kept");
        }
        answer
    }

    /// What was accepted comes back as a line of the journal; whoever goes on wants to see it.
    async fn wait_for_task(&self, task: TaskId) {
        let mut newest = self.newest.subscribe();
        let seen = async {
            while self.board().task(task).is_none() {
                if newest.changed().await.is_err() {
                    return;
                }
            }
        };
        timeout(PLAN_WITHIN, seen).await.ok();
    }
}
