//! Commands on their way in: those that wait while the journal is being written, and those that were answered lately.

use std::collections::{HashMap, VecDeque};

use ampersand_core::{CommandId, TaskId};
use ampersand_protocol::{Command, Reply};
use tokio::sync::mpsc;

use super::COMMANDS_MAX;
use crate::input::Asked;

/// Replies kept in memory. A session looks into the journal before it asks; this covers what was under way then.
const REPLIES_MAX: usize = 4 * COMMANDS_MAX;

pub(super) struct Inbox {
    commands: mpsc::Receiver<Asked>,
    waiting: VecDeque<Asked>,
}

impl Inbox {
    pub(super) const fn new(commands: mpsc::Receiver<Asked>) -> Self {
        let waiting = VecDeque::new();
        Self { commands, waiting }
    }

    /// The next command; never ends once there can be none. Cancel-safe.
    pub(super) async fn next(&mut self) -> Asked {
        if let Some(asked) = self.waiting.pop_front() {
            return asked;
        }
        match self.commands.recv().await {
            Some(asked) => asked,
            None => std::future::pending().await,
        }
    }

    /// Waits for an override and leaves it and all before it for later. Returns the tasks that shall stand still.
    pub(super) async fn next_override(&mut self) -> Vec<TaskId> {
        while self.waiting.len() < COMMANDS_MAX {
            let Some(asked) = self.commands.recv().await else {
                break;
            };
            let stops = match &asked.command {
                Command::Pause { tasks, .. } | Command::Cancel { tasks, .. } => tasks.clone(),
                _ => Vec::new(),
            };
            self.waiting.push_back(asked);
            if !stops.is_empty() {
                return stops;
            }
        }
        std::future::pending().await
    }
}

/// What was answered lately, so that a command that comes twice at once is carried out once.
#[derive(Default)]
pub(super) struct Answered {
    replies: HashMap<CommandId, Reply>,
    order: VecDeque<CommandId>,
}

impl Answered {
    pub(super) fn keep(&mut self, id: CommandId, reply: &Reply) {
        if self.replies.insert(id, reply.clone()).is_some() {
            return;
        }
        self.order.push_back(id);
        if self.order.len() > REPLIES_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.replies.remove(&oldest);
        }
    }

    pub(super) fn get(&self, id: CommandId) -> Option<&Reply> {
        self.replies.get(&id)
    }
}
