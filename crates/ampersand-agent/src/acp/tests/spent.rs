//! What prompts used and the conversation cost, however an agent tells it.

use ampersand_core::{Role, Usage};
use serde_json::{Value, json};

use super::{Conversation, hear, hello, prompted, working};
use crate::event::AgentEvent;
use crate::vendor::testing::brief;
use crate::vendor::{Driver, Effect, Entry, Input, Past};

#[test]
fn what_was_sent_is_counted_whole_however_an_agent_tells_it() {
    for (told, sent) in [
        (
            json!({"usage": {"inputTokens": 10, "cachedReadTokens": 20, "cachedWriteTokens": 5, "outputTokens": 1}}),
            (35, 20, 1),
        ),
        (
            json!({"_meta": {"quota": {"token_count": {"inputTokens": 10, "cachedInputTokens": 20, "cacheWriteInputTokens": 5, "outputTokens": 1}}}}),
            (35, 20, 1),
        ),
        (
            json!({"_meta": {"quota": {"token_count": {"input_tokens": 10, "output_tokens": 1}}}}),
            (10, 0, 1),
        ),
        (
            json!({"usage": {"inputTokens": u64::MAX, "cachedReadTokens": 1, "outputTokens": 1}}),
            (u64::MAX, 1, 1),
        ),
    ] {
        let mut message = prompted(3, "end_turn");
        for (name, value) in told.as_object().unwrap() {
            message["result"][name] = value.clone();
        }
        let effects = hear(&mut working(Role::Worker, false), message);
        let used = effects.iter().find_map(|effect| match effect {
            Effect::Tell(AgentEvent::Usage(used)) => {
                Some((used.input_tokens, used.cached_tokens, used.output_tokens))
            }
            _ => None,
        });
        assert_eq!(used, Some(sent), "{told}");
    }
}

fn costs(amount: f64, currency: &str) -> Value {
    json!({"method": "session/update", "params": {"sessionId": "s", "update":
        {"sessionUpdate": "usage_update", "used": 1, "size": 2, "cost": {"amount": amount, "currency": currency}}}})
}

/// What the task cost by the last that was told of it, if that was told.
fn told(effects: &[Effect]) -> Option<u64> {
    let told = effects.iter().rev().find_map(|effect| match effect {
        Effect::Tell(AgentEvent::Usage(used)) => Some(used.cost_microdollars),
        _ => None,
    });
    let kept = effects.iter().rev().find_map(|effect| match effect {
        Effect::Keep(Entry::Used { usage, .. }) => Some(usage.cost_microdollars),
        _ => None,
    });
    assert_eq!(told, kept);
    told
}

#[test]
fn the_cost_of_a_conversation_is_counted_once_and_a_new_process_counts_anew() {
    let mut conversation = working(Role::Worker, false);
    for (amount, currency, sum) in [
        (0.5, "USD", Some(500_000)),
        (0.5, "USD", None),
        (9.0, "EUR", None),
        (-1.0, "USD", None),
        (1e300, "USD", None),
        (0.75, "USD", Some(750_000)),
        (0.25, "USD", Some(1_000_000)),
    ] {
        let effects = hear(&mut conversation, costs(amount, currency));
        assert_eq!(told(&effects), sum, "{amount} {currency}");
    }
    let effects = hear(&mut conversation, prompted(3, "end_turn"));
    assert_eq!(told(&effects), None);
}

#[test]
fn a_later_attempt_adds_what_is_new_in_the_same_conversation() {
    let used = |cost_microdollars| Usage {
        cost_microdollars,
        ..Usage::default()
    };
    for (session, amount, sum) in [("s", 0.75, 950_000), ("other", 0.75, 1_450_000)] {
        let mut past = Past::default();
        for entry in [
            Entry::Session { id: "s".to_owned() },
            Entry::Told {
                text: "do it".to_owned(),
            },
            Entry::Used {
                usage: used(700_000),
                counted: Some(used(500_000)),
            },
        ] {
            past.apply(entry);
        }
        let mut brief = brief(Role::Worker, "/w");
        brief.past = past;
        let mut conversation = Conversation::new(brief, true);
        conversation.step(Input::Begin);
        let resumes = json!({"sessionCapabilities": {"resume": {}}});
        hear(&mut conversation, hello(resumes, false));
        if session == "s" {
            hear(&mut conversation, json!({"id": 2, "result": {}}));
        } else {
            let gone = json!({"id": 2, "error": {"code": 1, "message": "gone"}});
            hear(&mut conversation, gone);
            hear(
                &mut conversation,
                json!({"id": 3, "result": {"sessionId": session}}),
            );
        }
        let mut message = costs(amount, "USD");
        message["params"]["sessionId"] = json!(session);
        let effects = hear(&mut conversation, message);
        assert_eq!(told(&effects), Some(sum), "{session}");
    }
}
