//! The machine against what an agent really said, and against what one might.

mod spent;

use ampersand_core::{Answer, Question, Role};
use serde_json::{Value, json};

use super::step::Conversation;
use crate::event::AgentEvent;
use crate::outcome::Outcome;
use crate::vendor::testing::{brief, has, sent};
use crate::vendor::{Driver, Effect, Entry, Input, rpc};

/// A whole prompt of Claude Code by its adapter 0.100: commands, two edits it asked about, its last words.
const EDIT: &str = include_str!("captures/edit.jsonl");

fn hear(conversation: &mut Conversation, message: Value) -> Vec<Effect> {
    let message = rpc::read(&message.to_string()).unwrap();
    conversation.step(Input::Heard(message))
}

fn hello(capabilities: Value, steers: bool) -> Value {
    json!({"id": 1, "result": {"protocolVersion": 1, "agentCapabilities": capabilities,
        "_meta": {"steering": {"supported": steers}}}})
}

/// A conversation in the middle of its first prompt, which is request 3.
fn working(role: Role, steers: bool) -> Conversation {
    let mut conversation = Conversation::new(brief(role, "/w"), true);
    conversation.step(Input::Begin);
    hear(&mut conversation, hello(json!({}), steers));
    hear(
        &mut conversation,
        json!({"id": 2, "result": {"sessionId": "s"}}),
    );
    conversation
}

fn prompted(id: u64, reason: &str) -> Value {
    json!({"id": id, "result": {"stopReason": reason}})
}

#[test]
fn a_real_prompt_is_told_kept_and_reported() {
    let mut conversation = Conversation::new(brief(Role::Worker, "/home/user/wt-claude"), true);
    let mut effects = conversation.step(Input::Begin);
    for line in EDIT.lines() {
        effects.extend(conversation.step(Input::Heard(rpc::read(line).unwrap())));
    }
    let methods = sent(&effects);
    assert_eq!(
        methods,
        [
            "initialize",
            "session/new",
            "session/prompt",
            "answer",
            "answer"
        ]
    );
    let hello = effects.iter().find_map(|effect| match effect {
        Effect::Send(message) => Some(&message["params"]["clientCapabilities"]),
        _ => None,
    });
    let nothing = json!({"fs": {"readTextFile": false, "writeTextFile": false}, "terminal": false});
    assert_eq!(
        hello,
        Some(&nothing),
        "it has no way round its sandbox through us"
    );
    let Some(Effect::End(Outcome::Done { report })) = effects.last() else {
        panic!("{:#?}", effects.last());
    };
    assert_eq!(report.headline, "Edited README.md and added NEW.txt.");
    let sent = (report.usage.input_tokens, report.usage.cached_tokens);
    assert_eq!(
        sent,
        (107_111 + 53_553, 53_553),
        "the cache is beside the rest"
    );
    assert_eq!(report.usage.cost_microdollars, 445_691);
    let files = effects.iter().filter_map(|effect| match effect {
        Effect::Tell(AgentEvent::Activity(at)) => Some(at.files),
        _ => None,
    });
    assert_eq!(files.max(), Some(2));
}

#[test]
fn an_old_conversation_is_gone_on_with_where_the_agent_can() {
    for (capabilities, expected) in [
        (
            json!({"loadSession": true, "sessionCapabilities": {"resume": {}}}),
            "session/resume",
        ),
        (json!({"loadSession": true}), "session/load"),
        (json!({}), "session/new"),
    ] {
        let mut brief = brief(Role::Worker, "/w");
        brief.past.session = Some("old".to_owned());
        brief.past.prompted = true;
        let mut conversation = Conversation::new(brief.clone(), true);
        conversation.step(Input::Begin);
        let effects = hear(&mut conversation, hello(capabilities.clone(), false));
        assert_eq!(sent(&effects), [expected]);
        if expected != "session/new" {
            let unknown = json!({"id": 2, "error": {"code": -32602, "message": "unknown session"}});
            assert_eq!(sent(&hear(&mut conversation, unknown)), ["session/new"]);
        }
        // One that is known to forget is not believed.
        let mut conversation = Conversation::new(brief, false);
        conversation.step(Input::Begin);
        assert_eq!(
            sent(&hear(&mut conversation, hello(capabilities, false))),
            ["session/new"]
        );
    }
}

#[test]
fn words_go_into_the_turn_where_the_agent_takes_them_and_after_it_elsewhere() {
    let delivered = |effects: &[Effect]| {
        has(effects, |effect| {
            matches!(effect, Effect::Tell(AgentEvent::SteeringDelivered { .. }))
        })
    };
    let mut takes = working(Role::Worker, true);
    assert_eq!(
        sent(&takes.step(Input::Told("nicely".into()))),
        ["_session/steering"]
    );
    assert!(delivered(&hear(
        &mut takes,
        json!({"id": 4, "result": {"outcome": "injected"}})
    )));
    takes.step(Input::Told("too late".into()));
    hear(
        &mut takes,
        json!({"id": 5, "result": {"outcome": "promptRequired"}}),
    );
    let effects = hear(&mut takes, prompted(3, "end_turn"));
    assert_eq!(sent(&effects), ["session/prompt"]);
    assert!(delivered(&hear(&mut takes, thinks())));
    let mut waits = working(Role::Worker, false);
    assert!(waits.step(Input::Told("nicely".into())).is_empty());
    let effects = hear(&mut waits, prompted(3, "end_turn"));
    assert_eq!(sent(&effects), ["session/prompt"]);
    let effects = hear(&mut waits, prompted(4, "end_turn"));
    assert!(delivered(&effects), "{effects:#?}");
    assert!(
        matches!(effects.last(), Some(Effect::End(Outcome::Done { .. }))),
        "{effects:#?}"
    );
}

fn thinks() -> Value {
    json!({"method": "session/update", "params": {"sessionId": "s", "update": {
        "sessionUpdate": "agent_thought_chunk", "content": {"type": "text", "text": "hm"}}}})
}

#[test]
fn what_nothing_was_heard_of_does_not_count_as_told() {
    let told = |effects: &[Effect]| {
        has(effects, |effect| {
            matches!(
                effect,
                Effect::Keep(Entry::Told { .. })
                    | Effect::Tell(AgentEvent::SteeringDelivered { .. })
            )
        })
    };
    let commands = json!({"method": "session/update", "params": {"sessionId": "s", "update": {
        "sessionUpdate": "available_commands_update", "availableCommands": []}}});
    let asks = json!({"id": 0, "method": "session/request_permission", "params": {
        "sessionId": "s", "toolCall": {"toolCallId": "c"}, "options": []}});
    let failed = json!({"id": 3, "error": {"code": -32603, "message": "overloaded"}});
    for (message, expected) in [
        (commands, false),
        (failed, false),
        (prompted(3, "cancelled"), false),
        (prompted(3, "end_turn"), true),
        (thinks(), true),
        (asks, true),
    ] {
        let mut conversation = Conversation::new(brief(Role::Worker, "/w"), true);
        conversation.step(Input::Begin);
        hear(&mut conversation, hello(json!({}), false));
        let opened = json!({"id": 2, "result": {"sessionId": "s"}});
        let effects = hear(&mut conversation, opened);
        assert_eq!(
            (sent(&effects), told(&effects)),
            (vec!["session/prompt".to_owned()], false)
        );
        let effects = hear(&mut conversation, message.clone());
        assert_eq!(told(&effects), expected, "{message}");
        assert!(
            !told(&hear(&mut conversation, thinks())) || !expected,
            "it is told once"
        );
    }
}

/// What follows but for what is told as of any call, and of the prompt with it.
fn hear_of_it(conversation: &mut Conversation, message: Value) -> Vec<Effect> {
    let mut effects = hear(conversation, message);
    effects.retain(|effect| {
        !matches!(
            effect,
            Effect::Tell(AgentEvent::Activity(_)) | Effect::Keep(Entry::Told { .. })
        )
    });
    effects
}

#[test]
fn permissions_are_a_persons_to_give_and_only_for_this_conversation() {
    let asked = |id: u64, session: &str| {
        json!({"id": id, "method": "session/request_permission", "params": {
            "sessionId": session,
            "toolCall": {"toolCallId": "c", "kind": "execute", "title": "x", "rawInput": {"command": "rm \u{202e}x"}},
            "options": [{"optionId": "always", "kind": "allow_always"}, {"optionId": "once", "kind": "allow_once"},
                {"optionId": "no", "kind": "reject_once"}],
        }})
    };
    let hear = hear_of_it;
    let mut conversation = working(Role::Default, false);
    let effects = hear(&mut conversation, asked(0, "s"));
    let [
        Effect::Ask {
            question,
            about: Question::Act { tool, detail, .. },
            ..
        },
    ] = &effects[..]
    else {
        panic!("{effects:#?}");
    };
    assert_eq!(
        (tool.as_str(), detail.as_str()),
        ("execute", "rm \\u{202e}x")
    );
    let chosen = |effects: &[Effect]| match effects {
        [Effect::Send(said)] => said["result"]["outcome"]["optionId"].clone(),
        other => panic!("{other:#?}"),
    };
    let answer = Answer::AllowForTask;
    assert_eq!(
        chosen(&conversation.step(Input::Answered {
            question: *question,
            answer
        })),
        "once"
    );
    let effects = hear(&mut conversation, asked(1, "s"));
    let [Effect::Ask { question, .. }] = &effects[..] else {
        panic!("{effects:#?}")
    };
    let answer = Answer::Deny;
    assert_eq!(
        chosen(&conversation.step(Input::Answered {
            question: *question,
            answer
        })),
        "no"
    );
    assert_eq!(
        chosen(&hear(&mut conversation, asked(2, "forged"))),
        Value::Null
    );
    assert_eq!(
        chosen(&hear(&mut working(Role::Worker, false), asked(0, "s"))),
        "once"
    );
    let file = json!({"id": 9, "method": "fs/read_text_file", "params": {"sessionId": "s", "path": "/etc/passwd"}});
    let effects = hear(&mut conversation, file);
    assert!(
        matches!(&effects[..], [Effect::Send(said)] if said["error"]["code"] == -32601),
        "{effects:#?}"
    );
}

#[test]
fn what_a_person_could_not_judge_is_refused_and_they_are_told() {
    let asked = |call: Value| {
        json!({"id": 0, "method": "session/request_permission", "params": {"sessionId": "s", "toolCall": call,
            "options": [{"optionId": "once", "kind": "allow_once"}, {"optionId": "no", "kind": "reject_once"}]}})
    };
    let command =
        json!({"toolCallId": "c", "kind": "execute", "rawInput": {"command": "y".repeat(20_000)}});
    let paths = json!({"toolCallId": "c", "kind": "edit", "title": "yy", "locations": [{"path": "p".repeat(5_000)}]});
    for call in [command, paths] {
        let mut conversation = working(Role::Default, false);
        let effects = hear(&mut conversation, asked(call));
        assert!(
            has(
                &effects,
                |effect| matches!(effect, Effect::Tell(AgentEvent::Output { text })
                if text.contains("without you") && text.contains("yy"))
            ),
            "{effects:#?}"
        );
        assert!(
            matches!(effects.last(), Some(Effect::Send(said)) if said["result"]["outcome"]["optionId"] == "no"),
            "{effects:#?}"
        );
    }
}

/// Gemini CLI tells of a call that it asks about in no other way until it has ended.
#[test]
fn a_call_that_is_asked_about_runs_from_then_on_unless_it_is_refused() {
    let asked = json!({"id": 0, "method": "session/request_permission", "params": {
        "sessionId": "s",
        "toolCall": {"toolCallId": "c", "kind": "execute", "title": "make it", "status": "pending"},
        "options": [{"optionId": "once", "kind": "allow_once"}, {"optionId": "no", "kind": "reject_once"}],
    }});
    let tells = |effect: &Effect| matches!(effect, Effect::Tell(AgentEvent::Activity(at)) if at.line == "execute: make it");
    for (role, answer, runs) in [
        (Role::Worker, None, true),
        (Role::Default, Some(Answer::Allow), true),
        (Role::Default, Some(Answer::Deny), false),
    ] {
        let mut conversation = working(role, false);
        let effects = hear(&mut conversation, asked.clone());
        assert!(has(&effects, tells), "{effects:#?}");
        if let (Some(answer), Some(Effect::Ask { question, .. })) = (answer, effects.last()) {
            let question = *question;
            conversation.step(Input::Answered { question, answer });
        }
        assert_eq!(conversation.is_busy(), runs, "{role:?} {answer:?}");
        let ended = json!({"method": "session/update", "params": {"sessionId": "s", "update": {
            "sessionUpdate": "tool_call_update", "toolCallId": "c", "status": "completed"}}});
        hear(&mut conversation, ended);
        assert!(!conversation.is_busy());
    }
}

#[test]
fn what_ends_a_prompt_decides_what_becomes_of_the_task() {
    for (message, code, paused) in [
        (prompted(3, "refusal"), "agent_refused", false),
        (prompted(3, "max_tokens"), "agent_cut_off", false),
        (prompted(3, "new reason"), "agent_stopped", false),
        (
            json!({"id": 3, "result": "nonsense"}),
            "agent_refused",
            false,
        ),
        (
            json!({"id": 3, "error": {"code": -32000, "message": "log in"}}),
            "unauthorized",
            true,
        ),
        (
            json!({"id": 3, "error": {"code": -32603, "message": "overloaded"}}),
            "agent_failed",
            true,
        ),
    ] {
        let effects = hear(&mut working(Role::Worker, false), message.clone());
        let found = match effects.last() {
            Some(Effect::End(Outcome::Limit { outage })) => (outage.failure.code.as_str(), true),
            Some(Effect::End(Outcome::Failed { failure, .. })) => (failure.code.as_str(), false),
            other => panic!("{other:#?}"),
        };
        assert_eq!(found, (code, paused), "{message}");
    }
}

#[test]
fn a_stop_cancels_and_ends_with_its_reason() {
    let mut conversation = working(Role::Worker, false);
    let reason = Outcome::failed(ampersand_core::Failure::new("why", "Why.", "Because."));
    assert_eq!(
        sent(&conversation.step(Input::Stop(reason.clone()))),
        ["session/cancel"]
    );
    let effects = hear(&mut conversation, prompted(3, "cancelled"));
    assert!(
        matches!(&effects[..], [Effect::End(outcome)] if *outcome == reason),
        "{effects:#?}"
    );
}

#[test]
fn another_version_of_the_protocol_is_refused() {
    let mut conversation = Conversation::new(brief(Role::Worker, "/w"), true);
    conversation.step(Input::Begin);
    let effects = hear(
        &mut conversation,
        json!({"id": 1, "result": {"protocolVersion": 2}}),
    );
    assert!(
        matches!(&effects[..], [Effect::End(Outcome::Failed { .. })]),
        "{effects:#?}"
    );
}

#[test]
fn what_is_replayed_of_an_old_conversation_is_not_said_again() {
    let mut brief = brief(Role::Worker, "/w");
    brief.past.session = Some("old".to_owned());
    brief.past.prompted = true;
    let mut conversation = Conversation::new(brief, true);
    conversation.step(Input::Begin);
    hear(
        &mut conversation,
        hello(json!({"loadSession": true}), false),
    );
    let chunk = json!({"method": "session/update", "params": {"sessionId": "old",
        "update": {"sessionUpdate": "agent_message_chunk", "content": {"type": "text", "text": "old words"}}}});
    assert!(hear(&mut conversation, chunk.clone()).is_empty());
    let effects = hear(&mut conversation, json!({"id": 2, "result": {}}));
    assert_eq!(sent(&effects), ["session/prompt"]);
    assert!(!has(&effects, |effect| matches!(
        effect,
        Effect::Keep(Entry::Session { .. })
    )));
    assert!(!hear(&mut conversation, chunk).is_empty());
}
