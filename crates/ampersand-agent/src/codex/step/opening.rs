//! How a thread begins for an attempt: anew, gone on with, or taken back to before something it was told.

use ampersand_core::{Failure, Rewind, Usage};
use serde_json::{Value, json};

use super::{Asked, Thread, parsed};
use crate::codex::approve;
use crate::codex::quota::refused;
use crate::codex::setup::approval_policy;
use crate::codex::wire::ThreadOpened;
use crate::outcome::Outcome;
use crate::shown;
use crate::vendor::rpc::RpcError;
use crate::vendor::{Effect, Entry, manners, not_continued};

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
                // All that was ever said in it may be more than one line holds, and the record knows what is needed of it.
                params["excludeTurns"] = true.into();
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
        if let Some(wish) = self.brief.rewind.take() {
            // It was taken back, or not, with another agent that had the task.
            if self.brief.past.session.is_none() && self.brief.opening.is_taken_over() {
                effects.push(Effect::Keep(Entry::NotRewound { wish: wish.name }));
            } else {
                return self.take_back(id, wish, effects);
            }
        }
        let text = if resumed {
            self.brief.opening.same_conversation()
        } else {
            self.counted = Some(Usage::default());
            effects.push(Effect::Keep(Entry::Session { id }));
            self.brief.opening.new_conversation()
        };
        self.turn(text.clone(), vec![text], false, effects);
    }

    /// An old thread was not gone on with.
    pub(super) fn not_resumed(&mut self, error: &RpcError, effects: &mut Vec<Effect>) {
        if self.is_new_to_us() {
            let failure = not_continued(&self.brief.name, &error.message);
            return effects.push(Effect::End(Outcome::failed(failure)));
        }
        match self.brief.rewind.take() {
            Some(wish) => self.not_taken_back(wish.name, &error.message, effects),
            // Its files are gone, or it never got to keep the thread.
            None => self.open(None, effects),
        }
    }

    fn take_back(&mut self, thread: String, wish: Rewind, effects: &mut Vec<Effect>) {
        let Some(turn) = self.brief.past.told(&wish.words) else {
            let why = "nothing is known of when it was told that";
            return self.not_taken_back(wish.name, why, effects);
        };
        let (wish, turn) = (wish.name, turn.id.clone());
        let params = json!({"threadId": thread, "beforeTurnId": turn});
        self.ask(
            Asked::Revert { wish, turn },
            "thread/revert",
            params,
            effects,
        );
    }

    /// The new words must not go on top of what they stand in place of without the person knowing. They wait, and the wish is
    /// not tried again.
    pub(super) fn not_taken_back(&self, wish: String, why: &str, effects: &mut Vec<Effect>) {
        effects.push(Effect::Keep(Entry::NotRewound { wish }));
        let failure = Failure::new(
            "not_taken_back",
            format!(
                "{} could not take back what it was told last: {}.",
                self.brief.name,
                shown::line(why)
            ),
            "Nothing was lost. Start it again to tell it your new words on top of what it was told.",
        );
        effects.push(Effect::End(Outcome::failed(failure)));
    }

    /// What the person told it last is not in its thread any more.
    pub(super) fn rewound(&mut self, wish: String, turn: String, effects: &mut Vec<Effect>) {
        let entry = Entry::Rewound { wish, turn };
        self.brief.past.apply(entry.clone());
        effects.push(Effect::Keep(entry));
        self.counted = None;
        self.brief.opening.rewind(&self.brief.past);
        let text = self.brief.opening.same_conversation();
        self.turn(text.clone(), vec![text], false, effects);
    }

    /// Whether it goes on with a thread of its own program's in which we said nothing yet.
    pub(super) const fn is_new_to_us(&self) -> bool {
        self.brief.past.continued.is_some() && !self.brief.past.prompted
    }
}
