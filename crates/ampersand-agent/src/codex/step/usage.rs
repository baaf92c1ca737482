//! What a thread has used, as far as it is the task's.

use ampersand_core::Usage;

use super::Thread;
use crate::codex::wire::TokenTotals;
use crate::event::AgentEvent;
use crate::vendor::{Effect, Entry};

impl Thread {
    /// Adds what is new in the thread's own count. That falls where something was taken back, and the task's never does:
    /// what was used then was used.
    pub(super) fn used(&mut self, told: &TokenTotals, effects: &mut Vec<Effect>) {
        let (total, last) = (told.total.usage(), told.last.usage());
        let new = self.counted.and_then(|counted| beyond(total, counted));
        self.counted = Some(total);
        let new = Usage {
            requests: 1,
            ..new.unwrap_or(last)
        };
        self.usage = self.usage.plus(new);
        effects.push(Effect::Keep(Entry::Used {
            usage: self.usage,
            counted: Some(total),
        }));
        effects.push(Effect::Tell(AgentEvent::Usage(self.usage)));
    }
}

/// What a count has grown by since it stood there; `None` if it fell.
fn beyond(count: Usage, before: Usage) -> Option<Usage> {
    Some(Usage {
        input_tokens: count.input_tokens.checked_sub(before.input_tokens)?,
        cached_tokens: count.cached_tokens.checked_sub(before.cached_tokens)?,
        output_tokens: count.output_tokens.checked_sub(before.output_tokens)?,
        requests: 0,
        cost_microdollars: 0,
    })
}
