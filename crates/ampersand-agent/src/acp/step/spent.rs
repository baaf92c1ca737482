//! What a conversation has used, as far as it is the task's: tokens by prompt, and the cost where the agent counts it.

use ampersand_core::Usage;

use super::Conversation;
use crate::event::AgentEvent;
use crate::vendor::{Effect, Entry, Past};

/// What the conversation had cost, by the agent's last word on it.
pub(super) fn told(past: &Past) -> u64 {
    past.counted.map_or(0, |counted| counted.cost_microdollars)
}

impl Conversation {
    /// Adds what a prompt used, or what is new of what the conversation cost.
    pub(super) fn spent(&mut self, new: Usage, effects: &mut Vec<Effect>) {
        self.usage = self.usage.plus(new);
        let counted = Usage {
            cost_microdollars: self.cost_told,
            ..Usage::default()
        };
        effects.push(Effect::Keep(Entry::Used {
            usage: self.usage,
            counted: Some(counted),
        }));
        effects.push(Effect::Tell(AgentEvent::Usage(self.usage)));
    }

    /// Takes in what the whole conversation cost up to now. Where that fell, a new process of the agent's began to count
    /// anew; the task's own never falls.
    pub(super) fn cost(&mut self, told: u64, effects: &mut Vec<Effect>) {
        let new = told.checked_sub(self.cost_told).unwrap_or(told);
        self.cost_told = told;
        let new = Usage {
            cost_microdollars: new,
            ..Usage::default()
        };
        if new != Usage::default() {
            self.spent(new, effects);
        }
    }
}
