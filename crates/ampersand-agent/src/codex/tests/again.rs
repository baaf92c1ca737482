//! Threads that are gone on with: what is counted of them, and what is taken back.

use ampersand_core::{Rewind, Role};
use serde_json::{Value, json};

use super::{ended, hear, of_thread};
use crate::codex::step::Thread;
use crate::outcome::Outcome;
use crate::vendor::testing::{brief, has, sent};
use crate::vendor::{Driver, Effect, Entry, Input, Past};

/// What an attempt at this task keeps of one turn that ends with these counts of the thread's and of its newest request. The
/// requests of its opening are `opening`.
fn attempt(past: &mut Past, opening: &[Value], counts: &[(u64, u64)]) -> Vec<Effect> {
    let mut brief = brief(Role::Worker, "/w");
    brief.past = past.clone();
    brief.rewind = Some(Rewind {
        name: "wish".to_owned(),
        words: "use tabs".to_owned(),
    });
    brief.rewind.take_if(|wish| {
        past.rewound.as_ref() == Some(&wish.name) || past.told(&wish.words).is_none()
    });
    let mut thread = Thread::new(brief);
    let mut effects = thread.step(Input::Begin);
    effects.extend(hear(&mut thread, json!({"id": 1, "result": {}})));
    for (at, result) in opening.iter().enumerate() {
        effects.extend(hear(&mut thread, json!({"id": at + 2, "result": result})));
    }
    for (total, last) in counts {
        let tokens =
            |input: u64| json!({"inputTokens": input, "cachedInputTokens": 0, "outputTokens": 0});
        let usage = json!({"total": tokens(*total), "last": tokens(*last)});
        let told = of_thread("thread/tokenUsage/updated", json!({"tokenUsage": usage}));
        effects.extend(hear(&mut thread, told));
    }
    effects.extend(hear(&mut thread, ended("completed", Value::Null)));
    for effect in &effects {
        if let Effect::Keep(entry) = effect {
            past.apply(entry.clone());
        }
    }
    effects
}

#[test]
fn what_a_task_has_used_never_falls_whatever_becomes_of_its_thread() {
    let opened = json!({"thread": {"id": "t"}});
    let turn = |id: &str| json!({"turn": {"id": id}});
    let mut past = Past::default();
    attempt(
        &mut past,
        &[opened.clone(), turn("u1")],
        &[(100, 100), (250, 150)],
    );
    assert_eq!(past.usage.input_tokens, 250);
    // Gone on with: the thread counts on.
    attempt(&mut past, &[opened.clone(), turn("u2")], &[(300, 50)]);
    assert_eq!(past.usage.input_tokens, 300);
    past.apply(Entry::Words {
        text: "use tabs".to_owned(),
    });
    // Taken back: it counts on from where it stood before, here from 250.
    let again = [opened.clone(), json!({}), turn("u3")];
    let effects = attempt(&mut past, &again, &[(330, 80)]);
    assert!(
        sent(&effects).contains(&"thread/revert".to_owned()),
        "{effects:#?}"
    );
    assert_eq!(past.usage.input_tokens, 380);
    // And once more: nothing of it is forgotten or counted again.
    attempt(&mut past, &[opened.clone(), turn("u4")], &[(400, 70)]);
    assert_eq!((past.usage.input_tokens, past.usage.requests), (450, 5));
    // A new thread begins with nothing.
    past.session = None;
    attempt(&mut past, &[opened, turn("u5")], &[(20, 20)]);
    assert_eq!(past.usage.input_tokens, 470);
}

#[test]
fn what_cannot_be_taken_back_is_said_and_nothing_is_told_on_top_of_it() {
    let open = json!({"id": 2, "result": {"thread": {"id": "t"}}});
    let gone = json!({"id": 2, "error": {"code": -32600, "message": "no rollout found"}});
    let refused = json!({"id": 3, "error": {"code": -32600, "message": "no such turn"}});
    for (told, answers) in [
        (true, &[gone][..]),
        (false, std::slice::from_ref(&open)),
        (true, &[open.clone(), refused]),
    ] {
        let mut past = Past::default();
        for entry in [
            Entry::Session { id: "t".into() },
            Entry::Told { text: "go".into() },
            Entry::Turn { id: "u".into() },
        ] {
            past.apply(entry);
        }
        if told {
            let text = "use tabs".into();
            past.apply(Entry::Words { text });
        }
        let mut brief = brief(Role::Worker, "/w");
        brief.past = past;
        brief.rewind = Some(Rewind {
            name: "wish".to_owned(),
            words: "use tabs".to_owned(),
        });
        let mut thread = Thread::new(brief);
        thread.step(Input::Begin);
        hear(&mut thread, json!({"id": 1, "result": {}}));
        let effects: Vec<Effect> = answers
            .iter()
            .flat_map(|answer| hear(&mut thread, answer.clone()))
            .collect();
        let Some(Effect::End(Outcome::Failed { failure, .. })) = effects.last() else {
            panic!("{effects:#?}");
        };
        assert_eq!(failure.code, "not_taken_back");
        let is_over = |effect: &Effect| matches!(effect, Effect::Keep(Entry::NotRewound { wish }) if wish == "wish");
        assert!(
            has(&effects, is_over),
            "it is not tried again: {effects:#?}"
        );
        assert!(
            !sent(&effects)
                .iter()
                .any(|method| method.ends_with("start"))
        );
    }
}

#[test]
fn an_old_thread_is_opened_without_all_that_was_said_in_it() {
    let mut brief = brief(Role::Worker, "/w");
    brief.past.session = Some("old".to_owned());
    let mut thread = Thread::new(brief);
    thread.step(Input::Begin);
    let effects = hear(&mut thread, json!({"id": 1, "result": {}}));
    let resumes = |effect: &Effect| matches!(effect, Effect::Send(said) if said["params"]["excludeTurns"] == true);
    assert!(has(&effects, resumes), "{effects:#?}");
}
