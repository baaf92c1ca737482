//! What the agent is told: by a prompt or in the middle of one. It counts as told once something is heard of it.

use serde_json::json;

use super::{Asked, Conversation, Phase};
use crate::event::AgentEvent;
use crate::vendor::{Effect, Entry};

/// What a prompt tells.
#[derive(Debug)]
pub(super) struct Telling {
    text: String,
    /// A person said it in the course of the task.
    is_words: bool,
}

impl Telling {
    pub(super) const fn opening(text: String) -> Self {
        let is_words = false;
        Self { text, is_words }
    }

    pub(super) const fn words(text: String) -> Self {
        let is_words = true;
        Self { text, is_words }
    }
}

impl Conversation {
    /// Begins a turn with these texts, which tell that. An end of ours before it comes to the agent must not make it count as
    /// told: the agent would go on with a conversation in which it was never said.
    pub(super) fn prompt(
        &mut self,
        texts: &[&str],
        telling: Vec<Telling>,
        effects: &mut Vec<Effect>,
    ) {
        let blocks: Vec<_> = texts
            .iter()
            .map(|text| json!({"type": "text", "text": text}))
            .collect();
        let params = json!({"sessionId": self.session, "prompt": blocks});
        self.phase = Phase::Working;
        self.said.clear();
        self.telling = telling;
        self.ask(Asked::Prompt, "session/prompt", params, effects);
        self.steer(effects);
    }

    /// Something was heard of the turn: it took in what it began with.
    pub(super) fn taken_in(&mut self, effects: &mut Vec<Effect>) {
        for Telling { text, is_words } in std::mem::take(&mut self.telling) {
            effects.push(Effect::Keep(Entry::Told { text: text.clone() }));
            if is_words {
                effects.push(Effect::Tell(AgentEvent::SteeringDelivered { text }));
            }
        }
    }

    /// Hands it what a person said, if it takes words in the middle of a turn.
    pub(super) fn steer(&mut self, effects: &mut Vec<Effect>) {
        if !self.can.steers || !matches!(self.phase, Phase::Working) {
            return;
        }
        for text in self.words.send() {
            let params = json!({
                "sessionId": self.session,
                "prompt": [{"type": "text", "text": text}],
                "_meta": {"steering": {"idleBehavior": "promptRequired"}},
            });
            self.ask(Asked::Steer { text }, "_session/steering", params, effects);
        }
    }

    pub(super) fn heard(&mut self, text: &str, effects: &mut Vec<Effect>) {
        if let Some(text) = self.words.taken_in(text) {
            self.taken_in(effects);
            effects.push(Effect::Keep(Entry::Told { text: text.clone() }));
            effects.push(Effect::Tell(AgentEvent::SteeringDelivered { text }));
        }
    }
}
