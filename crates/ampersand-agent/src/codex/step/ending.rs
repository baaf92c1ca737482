//! How an attempt by Codex ends: its turn is over, or it is stopped and leaves nothing running.

use serde_json::json;

use super::{Asked, Phase, Thread};
use crate::builtin::report;
use crate::codex::wire::Turn;
use crate::outcome::Outcome;
use crate::vendor::{Effect, Entry};

impl Thread {
    pub(super) fn turn_ended(&mut self, turn: &Turn, effects: &mut Vec<Effect>) {
        self.items.all_ended();
        match &self.phase {
            Phase::Stopping { .. } => return self.clean(effects),
            Phase::Over => return,
            Phase::Opening | Phase::Working { .. } => {}
        }
        if turn.status == "completed"
            && let Some(told) = self.words.take()
        {
            return self.turn(told.join("\n\n"), told, true, effects);
        }
        self.phase = Phase::Over;
        let outcome = match turn.status.as_str() {
            "completed" => {
                effects.push(Effect::Keep(Entry::Reported));
                Outcome::Done {
                    report: report::from_text(&self.last_message, self.usage),
                }
            }
            _ => self.limits.judge(turn.error.clone().unwrap_or_default()),
        };
        effects.push(Effect::End(outcome));
    }

    pub(super) fn stop(&mut self, outcome: Outcome, effects: &mut Vec<Effect>) {
        match std::mem::replace(
            &mut self.phase,
            Phase::Stopping {
                outcome: Box::new(outcome),
            },
        ) {
            Phase::Working { turn: Some(turn) } => {
                let params = json!({"threadId": self.id, "turnId": turn});
                self.ask(Asked::Interrupt, "turn/interrupt", params, effects);
            }
            Phase::Working { turn: None } | Phase::Opening | Phase::Stopping { .. } => {
                self.clean(effects);
            }
            Phase::Over => self.end_stopped(effects),
        }
    }

    /// An interrupted turn leaves its commands running.
    pub(super) fn clean(&mut self, effects: &mut Vec<Effect>) {
        if self.id.is_none() {
            return self.end_stopped(effects);
        }
        let params = json!({"threadId": self.id});
        self.ask(
            Asked::Clean,
            "thread/backgroundTerminals/clean",
            params,
            effects,
        );
    }

    pub(super) fn end_stopped(&mut self, effects: &mut Vec<Effect>) {
        if let Phase::Stopping { outcome } = std::mem::replace(&mut self.phase, Phase::Over) {
            effects.push(Effect::End(*outcome));
        }
    }
}
