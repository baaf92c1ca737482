//! What a thread has used, as far as it is the task's.

use ampersand_core::Usage;

use super::Thread;
use crate::codex::wire::TokenTotals;
use crate::event::AgentEvent;
use crate::vendor::{Effect, Entry};

impl Thread {
    pub(super) fn used(&mut self, told: &TokenTotals, effects: &mut Vec<Effect>) {
        // What its own program used in it was not the task's.
        let before = self.brief.past.continued.unwrap_or_default();
        let total = less(told.total.usage(), before);
        if std::mem::take(&mut self.counts_anew) {
            // What was taken back was used all the same.
            let so_far = self.usage.plus(told.last.usage());
            self.usage_before = less(so_far, total);
        }
        let requests = self.usage.requests.saturating_add(1);
        self.usage = Usage {
            requests,
            ..self.usage_before.plus(total)
        };
        effects.push(Effect::Keep(Entry::Used { usage: self.usage }));
        effects.push(Effect::Tell(AgentEvent::Usage(self.usage)));
    }
}

/// What is left of usage without a part of it.
const fn less(usage: Usage, part: Usage) -> Usage {
    Usage {
        input_tokens: usage.input_tokens.saturating_sub(part.input_tokens),
        cached_tokens: usage.cached_tokens.saturating_sub(part.cached_tokens),
        output_tokens: usage.output_tokens.saturating_sub(part.output_tokens),
        requests: 0,
    }
}
