//! The seam between the loop and what a protocol means.

use ampersand_core::{Answer, Question, Rewind, Role};
use serde_json::Value;

use super::prompt::Opening;
use super::record::{Entry, Past};
use super::rpc::Incoming;
use crate::assignment::{Assignment, Vendor};
use crate::event::AgentEvent;
use crate::outcome::Outcome;

/// What a protocol makes of what happens. Pure and total: whatever an agent says leads to effects, never to an error.
pub(crate) trait Driver: Send {
    /// Takes in what happened and says what follows, in order.
    fn step(&mut self, input: Input) -> Vec<Effect>;

    /// Whether a step of the agent is under way that may take as long as it likes: its silence then means nothing.
    fn is_busy(&self) -> bool;

    /// Whether the agent has a conversation to go on with.
    fn is_open(&self) -> bool;
}

/// What happened.
#[derive(Debug)]
pub(crate) enum Input {
    /// The agent's process is there.
    Begin,
    /// It said something.
    Heard(Incoming),
    /// A person said something.
    Told(String),
    /// A person answered.
    Answered { question: u64, answer: Answer },
    /// The attempt is to end with this, in order if the agent lets it.
    Stop(Outcome),
}

/// What follows.
#[derive(Debug)]
pub(crate) enum Effect {
    /// Say this to the agent.
    Send(Value),
    /// Tell whoever listens.
    Tell(AgentEvent),
    /// Write this down before anything that comes after.
    Keep(Entry),
    /// Put a question to the person. Questions about a tool they allowed for the task are not put again.
    Ask {
        question: u64,
        about: Question,
        /// What it is about on the disk, as the agent names it; where these lead is shown.
        paths: Vec<String>,
    },
    /// It is over.
    End(Outcome),
}

/// What a driver is to bring about.
#[derive(Debug, Clone)]
pub(crate) struct Brief {
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) cwd: String,
    pub(crate) model: String,
    /// What of the network there is.
    pub(crate) reach: String,
    pub(crate) keep_percent: u8,
    /// A wish to take back what was told that was not fulfilled yet.
    pub(crate) rewind: Option<Rewind>,
    pub(crate) past: Past,
    pub(crate) opening: Opening,
}

impl Brief {
    pub(crate) fn new(
        assignment: &Assignment,
        vendor: &Vendor,
        past: Past,
        changes: Option<String>,
    ) -> Self {
        Self {
            name: vendor.name.clone(),
            role: assignment.role,
            cwd: assignment.worktree.display().to_string(),
            model: vendor.model.model.clone(),
            reach: assignment.reach(),
            keep_percent: vendor.keep_percent,
            rewind: assignment
                .rewind
                .clone()
                .filter(|wish| past.rewound.as_ref() != Some(&wish.name)),
            opening: Opening::new(
                assignment.given.clone(),
                assignment.before.clone(),
                &past,
                changes,
            ),
            past,
        }
    }
}
