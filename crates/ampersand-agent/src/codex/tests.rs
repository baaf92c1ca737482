//! The machine against what Codex really said, and against what it might.

mod again;

use ampersand_core::{Answer, Obstacle, Question, Role};
use serde_json::{Value, json};

use super::step::Thread;
use crate::event::AgentEvent;
use crate::outcome::Outcome;
use crate::vendor::testing::{brief, has, sent};
use crate::vendor::{Brief, Driver, Effect, Entry, Input, rpc};

/// A whole turn of Codex 0.169: a command, an edit, a file made by a command, and its last words.
const EDIT: &str = include_str!("captures/edit.jsonl");

fn hear(thread: &mut Thread, message: Value) -> Vec<Effect> {
    let message = rpc::read(&message.to_string()).unwrap();
    thread.step(Input::Heard(message))
}

/// A thread in the middle of its first turn.
fn working(role: Role) -> Thread {
    working_on(brief(role, "/w"))
}

fn working_on(brief: Brief) -> Thread {
    let mut thread = Thread::new(brief);
    thread.step(Input::Begin);
    hear(&mut thread, json!({"id": 1, "result": {}}));
    hear(
        &mut thread,
        json!({"id": 2, "result": {"thread": {"id": "t"}}}),
    );
    hear(
        &mut thread,
        json!({"id": 3, "result": {"turn": {"id": "u"}}}),
    );
    thread
}

fn of_thread(method: &str, mut params: Value) -> Value {
    params["threadId"] = "t".into();
    json!({"method": method, "params": params})
}

fn ended(status: &str, error: Value) -> Value {
    of_thread(
        "turn/completed",
        json!({"turn": {"id": "u", "status": status, "error": error}}),
    )
}

#[test]
fn a_real_turn_is_told_kept_and_reported() {
    let mut thread = Thread::new(brief(Role::Worker, "/home/user/wt-codex"));
    let mut effects = thread.step(Input::Begin);
    for line in EDIT.lines() {
        effects.extend(thread.step(Input::Heard(rpc::read(line).unwrap())));
    }
    let methods: Vec<String> = sent(&effects);
    assert_eq!(
        methods,
        ["initialize", "initialized", "thread/start", "turn/start"]
    );
    let session = effects
        .iter()
        .position(|effect| matches!(effect, Effect::Keep(Entry::Session { .. })));
    let prompt = effects.iter().position(
        |effect| matches!(effect, Effect::Send(message) if message["method"] == "turn/start"),
    );
    assert!(
        session < prompt,
        "the session is kept before anything is said in it"
    );
    let mut lines = Vec::new();
    let mut files = 0;
    for effect in &effects {
        if let Effect::Tell(AgentEvent::Activity(at)) = effect {
            lines.push(at.line.as_str());
            files = at.files;
        }
    }
    assert_eq!(lines[1], "running /bin/bash -lc 'cat README.md'");
    assert!(output(&effects).contains("hello world"), "{effects:#?}");
    assert!(lines.contains(&"editing README.md"), "{lines:?}");
    assert_eq!(files, 1);
    let Some(Effect::End(Outcome::Done { report })) = effects.last() else {
        panic!("{:#?}", effects.last());
    };
    assert_eq!(report.headline, "Edited README.md and added NEW.txt.");
    assert_eq!(
        (report.usage.input_tokens, report.usage.requests),
        (56_041, 5)
    );
}

fn output(effects: &[Effect]) -> String {
    let text = |effect: &Effect| match effect {
        Effect::Tell(AgentEvent::Output { text }) => Some(text.clone()),
        _ => None,
    };
    effects.iter().filter_map(text).collect()
}

#[test]
fn what_a_command_printed_is_told_once_as_it_comes_or_with_its_end() {
    // What came while it ran, what its end says of all, and what is told in the end.
    for (came, whole, told) in [
        (&[][..], json!("at once\n"), "at once\n"),
        (&["slowly\n"], json!("slowly\n"), "slowly\n"),
        (&["a", "b"], json!("ab and more\n"), "ab and more\n"),
        (&["ä"], json!("ä"), "ä"),
        // Shortened by Codex: what came before is all there is to tell.
        (&["long, longer"], json!("long"), "long, longer"),
        (&["partly"], Value::Null, "partly"),
        (&[], Value::Null, ""),
    ] {
        let mut thread = working(Role::Worker);
        let item = |whole: Value| {
            let item = json!({"type": "commandExecution", "id": "c", "command": "x", "aggregatedOutput": whole});
            json!({"item": item})
        };
        let mut effects = hear(&mut thread, of_thread("item/started", item(Value::Null)));
        for delta in came {
            let delta = json!({"itemId": "c", "delta": delta});
            effects.extend(hear(
                &mut thread,
                of_thread("item/commandExecution/outputDelta", delta),
            ));
        }
        let ended = of_thread("item/completed", item(whole));
        effects.extend(hear(&mut thread, ended.clone()));
        // An end that is told again changes nothing.
        effects.extend(hear(&mut thread, ended));
        assert_eq!(output(&effects), told);
    }
}

#[test]
fn what_a_person_says_goes_into_the_turn_or_begins_the_next() {
    let mut thread = working(Role::Worker);
    let effects = thread.step(Input::Told("nicely".to_owned()));
    assert_eq!(sent(&effects), ["turn/steer"]);
    // Taken in: told once it is seen in the turn.
    let said = json!({"item": {"type": "userMessage", "id": "i", "content": [{"type": "text", "text": "nicely"}]}});
    let effects = hear(&mut thread, of_thread("item/started", said.clone()));
    assert!(
        has(&effects, |effect| matches!(
            effect,
            Effect::Tell(AgentEvent::SteeringDelivered { .. })
        )),
        "{effects:#?}"
    );
    assert!(hear(&mut thread, of_thread("item/completed", said)).is_empty());
    // Not taken in before the end: the next turn begins with it.
    thread.step(Input::Told("and quickly".to_owned()));
    let effects = hear(&mut thread, ended("completed", Value::Null));
    assert_eq!(sent(&effects), ["turn/start"]);
    let effects = hear(
        &mut thread,
        json!({"id": 6, "result": {"turn": {"id": "v"}}}),
    );
    assert!(
        has(
            &effects,
            |effect| matches!(effect, Effect::Tell(AgentEvent::SteeringDelivered { text }) if text == "and quickly")
        ),
        "{effects:#?}"
    );
}

#[test]
fn a_stop_interrupts_cleans_up_and_ends_with_its_reason() {
    let mut thread = working(Role::Worker);
    let reason = Outcome::failed(ampersand_core::Failure::new("why", "Why.", "Because."));
    assert_eq!(
        sent(&thread.step(Input::Stop(reason.clone()))),
        ["turn/interrupt"]
    );
    let effects = hear(&mut thread, ended("interrupted", Value::Null));
    assert_eq!(sent(&effects), ["thread/backgroundTerminals/clean"]);
    let effects = hear(&mut thread, json!({"id": 5, "result": {}}));
    assert!(
        matches!(&effects[..], [Effect::End(outcome)] if *outcome == reason),
        "{effects:#?}"
    );
}

#[test]
fn a_thread_that_is_gone_is_begun_anew_with_what_is_known() {
    let mut brief = brief(Role::Worker, "/w");
    brief.past.session = Some("old".to_owned());
    let mut thread = Thread::new(brief);
    thread.step(Input::Begin);
    assert_eq!(
        sent(&hear(&mut thread, json!({"id": 1, "result": {}}))),
        ["initialized", "thread/resume"]
    );
    let gone = json!({"id": 2, "error": {"code": -32600, "message": "no rollout found"}});
    assert_eq!(sent(&hear(&mut thread, gone)), ["thread/start"]);
}

fn approval(id: u64, command: &str) -> Value {
    let mut message = of_thread(
        "item/commandExecution/requestApproval",
        json!({"command": command, "cwd": "/w"}),
    );
    message["id"] = id.into();
    message
}

#[test]
fn approvals_are_asked_of_a_person_where_the_role_says_so() {
    let mut thread = working(Role::Default);
    let effects = hear(&mut thread, approval(0, "rm -r \u{202e}x"));
    let [
        Effect::Ask {
            question,
            about: Question::Act { tool, detail, .. },
            paths,
        },
    ] = &effects[..]
    else {
        panic!("{effects:#?}");
    };
    assert_eq!(
        (tool.as_str(), detail.as_str()),
        ("execute", "rm -r \\u{202e}x")
    );
    assert_eq!(paths, &["/w"]);
    let effects = thread.step(Input::Answered {
        question: *question,
        answer: Answer::Allow,
    });
    assert!(
        matches!(&effects[..], [Effect::Send(said)] if said["id"] == 0 && said["result"]["decision"] == "accept")
    );
    // An answer is given once, to what was asked.
    let again = thread.step(Input::Answered {
        question: *question,
        answer: Answer::Allow,
    });
    assert!(again.is_empty());
    let decided = |role| hear(&mut working(role), approval(0, "x"));
    assert!(
        matches!(&decided(Role::Worker)[..], [Effect::Send(said)] if said["result"]["decision"] == "accept")
    );
    assert!(
        matches!(&decided(Role::Explorer)[..], [Effect::Send(said)] if said["result"]["decision"] == "decline")
    );
}

#[test]
fn what_a_person_is_not_asked_about_is_turned_down_and_told_them() {
    let mut thread = working(Role::Default);
    // What a person would not see all of is not asked about, which they are told.
    let effects = hear(&mut thread, approval(1, &"x".repeat(20_000)));
    assert!(
        matches!(&effects[..], [Effect::Tell(AgentEvent::Output { text }), Effect::Send(said)]
            if text.contains("longer than a question") && text.contains("xxx") && text.len() < 300
                && said["result"]["decision"] == "decline"),
        "{effects:#?}"
    );
    // Nor is a change of which nothing is known.
    let mut unknown = of_thread(
        "item/fileChange/requestApproval",
        json!({"itemId": "never told"}),
    );
    unknown["id"] = 1.into();
    let effects = hear(&mut thread, unknown);
    assert!(
        matches!(&effects[..], [Effect::Tell(AgentEvent::Output { text }), Effect::Send(said)]
            if text.contains("does not say") && said["result"]["decision"] == "decline"),
        "{effects:#?}"
    );
    // And more than anybody answers.
    let asked = (2..100).filter(|id| {
        matches!(
            &hear(&mut thread, approval(*id, "x"))[..],
            [Effect::Ask { .. }]
        )
    });
    assert_eq!(asked.count(), 16);
    let effects = hear(&mut thread, approval(100, "make it"));
    assert!(
        matches!(&effects[..], [Effect::Tell(AgentEvent::Output { text }), Effect::Send(_)]
            if text.contains("too many questions are open. make it")),
        "{effects:#?}"
    );
}

#[test]
fn a_change_is_asked_about_with_every_file_it_touches() {
    let mut thread = working(Role::Default);
    let moved = json!({"type": "update", "move_path": "/w/there"});
    let changes = json!([
        {"path": "/w/here", "kind": moved, "diff": "-a\n+b\n"},
        {"path": "/w/new", "kind": {"type": "add"}, "diff": "c"},
    ]);
    let item = json!({"item": {"type": "fileChange", "id": "f", "changes": changes}});
    hear(&mut thread, of_thread("item/started", item));
    let mut asks = of_thread("item/fileChange/requestApproval", json!({"itemId": "f"}));
    asks["id"] = 7.into();
    let effects = hear(&mut thread, asks);
    let [Effect::Ask { paths, .. }] = &effects[..] else {
        panic!("{effects:#?}");
    };
    assert_eq!(paths, &["/w/here", "/w/there", "/w/new"]);
}

#[test]
fn a_failed_turn_is_paused_or_failed_by_what_it_says() {
    for (info, code, paused) in [
        (json!("usageLimitExceeded"), "quota_used_up", true),
        (json!("unauthorized"), "unauthorized", true),
        (
            json!({"responseTooManyFailedAttempts": {"httpStatusCode": 429}}),
            "rate_limited",
            true,
        ),
        (
            json!({"responseStreamDisconnected": {"httpStatusCode": null}}),
            "provider_unreachable",
            true,
        ),
        (json!("contextWindowExceeded"), "context_too_long", false),
        (json!("somethingNew"), "agent_failed", false),
        (Value::Null, "agent_failed", false),
    ] {
        let mut thread = working(Role::Worker);
        let error = json!({"message": "it said", "codexErrorInfo": info});
        let effects = hear(&mut thread, ended("failed", error));
        let found = match effects.last() {
            Some(Effect::End(Outcome::Limit { outage })) => (outage.failure.code.as_str(), true),
            Some(Effect::End(Outcome::Failed { failure, .. })) => (failure.code.as_str(), false),
            other => panic!("{other:#?}"),
        };
        assert_eq!(found, (code, paused), "{info}");
    }
}

#[test]
fn a_used_up_account_says_when_it_may_go_on() {
    let mut thread = working(Role::Worker);
    let windows = json!({"primary": {"usedPercent": 100, "resetsAt": 4_000_000_000_i64}, "secondary": {"usedPercent": 12, "resetsAt": 5_000_000_000_i64}});
    hear(
        &mut thread,
        json!({"method": "account/rateLimits/updated", "params": {"rateLimits": windows}}),
    );
    let effects = hear(
        &mut thread,
        ended(
            "failed",
            json!({"message": "", "codexErrorInfo": "usageLimitExceeded"}),
        ),
    );
    let Some(Effect::End(Outcome::Limit { outage })) = effects.last() else {
        panic!("{effects:#?}");
    };
    assert_eq!(outage.until.unwrap().as_second(), 4_000_000_000);
}

#[test]
fn what_is_kept_of_an_account_is_not_used() {
    let told = |used: f64| {
        let window =
            json!({"usedPercent": used, "windowDurationMins": 300, "resetsAt": 4_000_000_000_i64});
        json!({"method": "account/rateLimits/updated", "params": {"rateLimits": {"primary": window, "secondary": null}}})
    };
    let mut keeping = brief(Role::Worker, "/w");
    keeping.keep_percent = 20;
    let mut thread = working_on(keeping);
    let effects = hear(&mut thread, told(79.0));
    let tells = |effect: &Effect| matches!(effect, Effect::Tell(AgentEvent::Quota { windows }) if windows[0].minutes == Some(300));
    assert!(has(&effects, tells), "{effects:#?}");
    assert_eq!(sent(&effects), Vec::<String>::new());
    let effects = hear(&mut thread, told(79.2));
    assert_eq!(sent(&effects), ["turn/interrupt"]);
    hear(&mut thread, ended("interrupted", json!(null)));
    let effects = hear(&mut thread, json!({"id": 5, "result": {}}));
    let Some(Effect::End(Outcome::Limit { outage })) = effects.last() else {
        panic!("{effects:#?}");
    };
    assert_eq!(outage.failure.code, "quota_kept");
    assert_eq!(outage.obstacle, Obstacle::Quota);
    assert_eq!(outage.until.unwrap().as_second(), 4_000_000_000);
    let mut nothing_kept = working(Role::Worker);
    assert_eq!(
        sent(&hear(&mut nothing_kept, told(99.0))),
        Vec::<String>::new()
    );
}

#[test]
fn limits_of_an_account_are_kept_apart_and_its_own_counts() {
    let window = |used: f64| json!({"usedPercent": used, "windowDurationMins": 300, "resetsAt": 4_000_000_000_i64});
    let told = |limits: Value| json!({"method": "account/rateLimits/updated", "params": {"rateLimits": limits}});
    let percents = |effects: &[Effect]| -> Option<Vec<u8>> {
        effects.iter().find_map(|effect| match effect {
            Effect::Tell(AgentEvent::Quota { windows }) => {
                Some(windows.iter().map(|window| window.used_percent).collect())
            }
            _ => None,
        })
    };
    let mut keeping = brief(Role::Worker, "/w");
    keeping.keep_percent = 20;
    let mut thread = working_on(keeping);
    for (limits, known) in [
        // Of one model: all that is known so far.
        (
            json!({"limitId": "codex_bengalfox", "primary": window(10.0), "secondary": null}),
            Some(vec![10]),
        ),
        (
            json!({"limitId": "codex", "primary": window(50.0), "secondary": window(60.0)}),
            Some(vec![50, 60]),
        ),
        // What is left out is as it was.
        (
            json!({"limitId": "codex", "primary": window(55.0), "secondary": null}),
            Some(vec![55, 60]),
        ),
        (
            json!({"limitId": "codex", "primary": null, "secondary": {"usedPercent": 61.0, "resetsAt": null}}),
            Some(vec![55, 61]),
        ),
        // Nothing told is nothing new.
        (
            json!({"limitId": "codex", "primary": null, "secondary": null}),
            None,
        ),
        // Another limit neither hides the account's own one nor stops the task.
        (
            json!({"limitId": "codex_bengalfox", "primary": window(100.0), "secondary": null}),
            Some(vec![55, 61]),
        ),
        (
            json!({"limitId": "x".repeat(1000), "primary": window(100.0), "secondary": null}),
            None,
        ),
    ] {
        let effects = hear(&mut thread, told(limits.clone()));
        assert_eq!(percents(&effects), known, "{limits}");
        assert!(sent(&effects).is_empty(), "{limits}");
    }
    let effects = hear(
        &mut thread,
        told(
            json!({"limitId": "codex", "primary": null, "secondary": {"usedPercent": 80.0, "resetsAt": null}}),
        ),
    );
    assert_eq!(sent(&effects), ["turn/interrupt"]);
}

#[test]
fn threads_of_others_and_unknown_things_change_nothing() {
    let mut thread = working(Role::Worker);
    for message in [
        json!({"method": "turn/completed", "params": {"threadId": "other", "turn": {"status": "completed"}}}),
        json!({"method": "turn/completed", "params": {"turn": {"status": "completed"}}}),
        json!({"method": "item/started", "params": {"threadId": "t", "item": {"type": "newKind", "id": 7}}}),
        json!({"method": "item/started", "params": {"threadId": "t", "item": []}}),
        json!({"method": "thread/tokenUsage/updated", "params": {"threadId": "t", "tokenUsage": null}}),
        json!({"id": 99, "result": {"turn": {"id": "forged"}}}),
    ] {
        assert!(hear(&mut thread, message.clone()).is_empty(), "{message}");
    }
    let effects = hear(
        &mut thread,
        json!({"id": "q", "method": "fs/read", "params": {}}),
    );
    assert!(
        matches!(&effects[..], [Effect::Send(said)] if said["error"]["code"] == -32601),
        "{effects:#?}"
    );
}
