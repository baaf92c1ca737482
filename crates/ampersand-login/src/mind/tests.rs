//! On lines as the real program says them.

use ampersand_agent::rpc;
use ampersand_model::{Call, Delta, Message, Request, Stop, ToolSpec};
use serde_json::{Value, json};

use super::fault;
use super::step::{Effect, Fault, Input, Thread};

const THREAD: &str = "01a22b4f-a55c-7560-84ac-a5601cc3ac68";

struct Wire {
    thread: Thread,
}

impl Wire {
    /// A thread that was asked this, up to where its turn runs.
    fn asked(request: Request) -> (Self, Vec<Value>) {
        let mut wire = Self {
            thread: Thread::new(None, "/nothing".into()),
        };
        let mut sent = sent(wire.thread.step(Input::Begin(request)));
        sent.extend(wire.hears(json!({"id": 1, "result": {"userAgent": "ampersand/0.169.0"}})));
        let opened = json!({"id": 2, "result": {"thread": {"id": THREAD, "ephemeral": true}}});
        sent.extend(wire.hears(opened));
        if sent.last().unwrap()["method"] == "thread/inject_items" {
            sent.extend(wire.hears(json!({"id": 3, "result": {}})));
        }
        let turn = json!({"turn": {"id": "t", "status": "inProgress"}});
        wire.hears(json!({"method": "turn/started", "params": {"threadId": THREAD, "turn": turn}}));
        (wire, sent)
    }

    fn step(&mut self, line: &Value) -> Vec<Effect> {
        let incoming = rpc::read(&line.to_string()).unwrap();
        self.thread.step(Input::Heard(incoming)).into()
    }

    fn hears(&mut self, line: Value) -> Vec<Value> {
        sent(self.step(&line).into())
    }

    fn told(&mut self, method: &str, mut params: Value) -> Vec<Effect> {
        params["threadId"] = THREAD.into();
        self.step(&json!({"method": method, "params": params}))
    }

    fn announces(&mut self, id: &str) {
        let item =
            json!({"type": "function_call", "name": "dispatch", "arguments": "{}", "call_id": id});
        assert_eq!(
            self.told("rawResponseItem/completed", json!({"item": item})),
            []
        );
    }

    fn calls(&mut self, number: u64, id: &str, arguments: Value) -> Vec<Effect> {
        self.step(&json!({"method": "item/tool/call", "id": number, "params": {"threadId": THREAD,
            "turnId": "t", "callId": id, "namespace": null, "tool": "dispatch", "arguments": arguments}}))
    }
}

fn sent(effects: std::collections::VecDeque<Effect>) -> Vec<Value> {
    let sent = effects.into_iter().filter_map(|effect| match effect {
        Effect::Send(message) => Some(message),
        _ => None,
    });
    sent.collect()
}

fn request(messages: Vec<Message>) -> Request {
    Request {
        system: "SYSTEM".into(),
        messages,
        tools: vec![ToolSpec {
            name: "dispatch".into(),
            description: "hands out".into(),
            parameters: json!({"type": "object"}),
        }],
        max_output_tokens: None,
    }
}

fn call(index: usize, id: &str, arguments: &str) -> Effect {
    let call = Call {
        id: id.into(),
        name: "dispatch".into(),
        arguments: arguments.into(),
    };
    Effect::Give(Delta::Call { index, call })
}

const DONE: [Effect; 2] = [
    Effect::Give(Delta::Done { stop: Stop::Calls }),
    Effect::Answered,
];

#[test]
fn what_was_said_before_goes_in_as_it_was_and_nothing_else_does() {
    let earlier = vec![
        Message::user("earlier"),
        Message::Assistant {
            text: "I look".into(),
            calls: vec![Call {
                id: "c".into(),
                name: "show".into(),
                arguments: "{}".into(),
            }],
        },
        Message::tool_result("c", "> a report"),
        Message::user("now"),
    ];
    let (_, sent) = Wire::asked(request(earlier));
    let methods: Vec<_> = sent.iter().map(|message| &message["method"]).collect();
    let expected = [
        "initialize",
        "initialized",
        "thread/start",
        "thread/inject_items",
        "turn/start",
    ];
    assert_eq!(methods, expected);
    let opened = &sent[2]["params"];
    assert_eq!(opened["baseInstructions"], "SYSTEM");
    assert_eq!(opened["environments"], json!([]));
    assert_eq!(opened["approvalPolicy"], "never");
    assert_eq!(opened["dynamicTools"][0]["name"], "dispatch");
    assert_eq!(
        opened["dynamicTools"][0]["inputSchema"],
        json!({"type": "object"})
    );
    let said = json!([
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "earlier"}]},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "I look"}]},
        {"type": "function_call", "call_id": "c", "name": "show", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c", "output": "> a report"},
    ]);
    assert_eq!(sent[3]["params"]["items"], said);
    assert_eq!(sent[4]["params"]["input"][0]["text"], "now");
}

#[test]
fn words_come_as_they_are_said_and_end_with_the_turn() {
    let (mut wire, sent) = Wire::asked(request(vec![Message::user("now")]));
    assert_eq!(sent.last().unwrap()["method"], "turn/start");
    let text = |text: &str| Effect::Give(Delta::Text { text: text.into() });
    assert_eq!(
        wire.told(
            "item/agentMessage/delta",
            json!({"itemId": "m1", "delta": "Hel"})
        ),
        [text("Hel")]
    );
    let other = json!({"method": "item/agentMessage/delta",
        "params": {"threadId": "another", "itemId": "m", "delta": "x"}});
    assert_eq!(wire.step(&other), []);
    let total =
        json!({"totalTokens": 15, "inputTokens": 10, "cachedInputTokens": 4, "outputTokens": 5});
    wire.told(
        "thread/tokenUsage/updated",
        json!({"tokenUsage": {"total": total, "last": total}}),
    );
    wire.told("rawResponse/completed", json!({"usage": total}));
    assert_eq!(wire.thread.asked, 1);
    let used = Effect::Give(Delta::Usage {
        input_tokens: 10,
        output_tokens: 5,
        cached_tokens: 4,
    });
    let end = Effect::Give(Delta::Done { stop: Stop::End });
    assert_eq!(
        wire.told(
            "turn/completed",
            json!({"turn": {"id": "t", "status": "completed", "error": null}})
        ),
        [used, end, Effect::Answered]
    );
}

#[test]
fn calls_of_one_answer_come_together_in_its_order_and_take_their_own_results() {
    let (mut wire, _) = Wire::asked(request(vec![Message::user("now")]));
    wire.announces("c0");
    wire.announces("c1");
    assert_eq!(wire.told("rawResponse/completed", json!({})), []);
    assert_eq!(wire.calls(0, "c1", json!({"a": 1})), []);
    let mut expected = vec![call(0, "c0", r#"{"a":0}"#), call(1, "c1", r#"{"a":1}"#)];
    expected.extend(DONE);
    assert_eq!(wire.calls(1, "c0", json!({"a": 0})), expected);
    let results = request(vec![
        Message::user("now"),
        Message::tool_result("c0", "zero"),
        Message::tool_result("c1", "one"),
    ]);
    let said = sent(wire.thread.step(Input::Again(results)));
    let of = |nth: usize| {
        (
            &said[nth]["id"],
            &said[nth]["result"]["contentItems"][0]["text"],
        )
    };
    assert_eq!(of(0), (&json!(1), &json!("zero")));
    assert_eq!(of(1), (&json!(0), &json!("one")));
}

#[test]
fn calls_out_of_a_script_of_its_own_come_one_by_one() {
    let (mut wire, _) = Wire::asked(request(vec![Message::user("now")]));
    wire.told("rawResponse/completed", json!({}));
    let mut first = vec![call(0, "exec-1", "{}")];
    first.extend(DONE);
    assert_eq!(wire.calls(0, "exec-1", json!({})), first);
    // It came before the first had its result.
    assert_eq!(wire.calls(1, "exec-2", json!({})), []);
    let results = request(vec![Message::tool_result("exec-1", "one")]);
    let effects: Vec<Effect> = wire.thread.step(Input::Again(results)).into();
    assert!(
        matches!(&effects[0], Effect::Send(said) if said["id"] == 0),
        "{effects:?}"
    );
    let mut second = vec![call(0, "exec-2", "{}")];
    second.extend(DONE);
    assert_eq!(effects[1..], second);
}

#[test]
fn nothing_else_it_wants_is_granted() {
    let (mut wire, _) = Wire::asked(request(vec![Message::user("now")]));
    for (method, params) in [
        (
            "item/commandExecution/requestApproval",
            json!({"threadId": THREAD, "command": "rm -rf ."}),
        ),
        (
            "item/tool/call",
            json!({"threadId": THREAD, "tool": "shell", "callId": "x", "arguments": {}}),
        ),
        (
            "item/tool/call",
            json!({"threadId": "another", "tool": "dispatch", "callId": "x", "arguments": {}}),
        ),
    ] {
        let said = wire.hears(json!({"method": method, "id": 7, "params": params}));
        assert_eq!(said[0]["error"]["code"], -32601, "{method}");
    }
}

#[test]
fn a_turn_that_fails_says_why_and_what_to_do() {
    let (mut wire, _) = Wire::asked(request(vec![Message::user("now")]));
    let failed = json!({"turn": {"id": "t", "status": "failed", "error": {"message": "You've hit your usage limit.",
        "codexErrorInfo": "usageLimitExceeded"}}});
    let effects = wire.told("turn/completed", failed);
    let [Effect::Failed(fault)] = &effects[..] else {
        panic!("{effects:?}");
    };
    let failure = fault::failure(fault, None, "codex");
    assert_eq!(failure.code, "quota_used_up");
    assert!(
        failure
            .message
            .ends_with("It said: “You've hit your usage limit.”")
    );
    let seen = ampersand_http::HttpError::Unauthorized {
        host: "x".into(),
        status: 401,
    };
    assert_eq!(
        fault::failure(fault, Some(&seen), "codex").code,
        "login_refused"
    );
    let mut new = Thread::new(None, "/".into());
    new.step(Input::Begin(Request::default()));
    let refused = rpc::read(r#"{"id":1,"error":{"code":-32600,"message":"no"}}"#).unwrap();
    let effects: Vec<Effect> = new.step(Input::Heard(refused)).into();
    assert_eq!(effects, [Effect::Failed(Fault::Refused("no".into()))]);
}
