//! How a thread begins for an attempt: anew, gone on with, or taken back to before something it was told.

use serde_json::{Value, json};

use super::{Asked, Thread, parsed};
use crate::codex::approve;
use crate::codex::quota::refused;
use crate::codex::setup::approval_policy;
use crate::codex::wire::ThreadOpened;
use crate::outcome::Outcome;
use crate::vendor::rpc::RpcError;
use crate::vendor::{Effect, Entry, manners};

impl Thread {
    pub(super) fn open(&mut self, resume: Option<String>, effects: &mut Vec<Effect>) {
        let mut params = json!({
            "cwd": self.brief.cwd,
            "model": Some(&self.brief.model).filter(|model| !model.is_empty()),
            "modelProvider": "ampersand",
            "approvalPolicy": approval_policy(self.brief.role),
            "sandbox": "danger-full-access",
            "developerInstructions": manners(&self.brief.reach),
        });
        let resumed = resume.is_some();
        let method = match resume {
            Some(thread) => {
                params["threadId"] = thread.into();
                "thread/resume"
            }
            None => {
                params["dynamicTools"] = approve::tools();
                "thread/start"
            }
        };
        self.ask(Asked::Open { resumed }, method, params, effects);
    }

    pub(super) fn opened(&mut self, resumed: bool, opened: Value, effects: &mut Vec<Effect>) {
        let Some(ThreadOpened { thread }) = parsed(opened) else {
            let error = RpcError {
                code: 0,
                message: "it named no thread".to_owned(),
            };
            return effects.push(Effect::End(Outcome::failed(refused(&error))));
        };
        let id = thread.id;
        self.id = Some(id.clone());
        if resumed
            && let Some(wish) = self.brief.rewind.take()
            && let Some(turn) = self.brief.past.told(&wish.words)
        {
            let (wish, turn) = (wish.name, turn.id.clone());
            let params = json!({"threadId": id, "beforeTurnId": turn});
            return self.ask(
                Asked::Revert { wish, turn },
                "thread/revert",
                params,
                effects,
            );
        }
        let text = if resumed {
            self.brief.opening.same_conversation()
        } else {
            self.usage_before = self.brief.past.usage;
            effects.push(Effect::Keep(Entry::Session { id }));
            self.brief.opening.new_conversation()
        };
        self.turn(text.clone(), vec![text], false, effects);
    }

    /// What the person told it last is not in its thread any more.
    pub(super) fn rewound(&mut self, wish: String, turn: String, effects: &mut Vec<Effect>) {
        let entry = Entry::Rewound { wish, turn };
        self.brief.past.apply(entry.clone());
        effects.push(Effect::Keep(entry));
        self.counts_anew = true;
        self.brief.opening.rewind(&self.brief.past);
        let text = self.brief.opening.same_conversation();
        self.turn(text.clone(), vec![text], false, effects);
    }

    /// Whether it goes on with a thread of its own program's in which we said nothing yet.
    pub(super) const fn is_new_to_us(&self) -> bool {
        self.brief.past.continued.is_some() && !self.brief.past.prompted
    }
}
