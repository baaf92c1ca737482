//! Transcripts of servers that differ, each with what it must come to.

use super::Decoder;
use crate::{gathered::lines, wire};

#[track_caller]
fn check(events: &[&str], expected: &[&str]) {
    let decoder = wire::Decoder::Messages(Decoder::new("h".into()));
    assert_eq!(lines(decoder, events), expected);
}

const START: &str = r#"{"type":"message_start","message":{"id":"m1","usage":{"input_tokens":3,"cache_creation_input_tokens":2,"cache_read_input_tokens":4,"output_tokens":1}}}"#;
const CALL: &str = r#"{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"a","name":"f","input":{}}}"#;
const STOP: &str = r#"{"type":"message_stop"}"#;

fn delta(reason: &str) -> String {
    format!(
        r#"{{"type":"message_delta","delta":{{"stop_reason":"{reason}"}},"usage":{{"output_tokens":7}}}}"#
    )
}

#[test]
fn text_calls_and_usage_come_in_order() {
    check(
        &[
            START,
            r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
            r#"{"type":"ping"}"#,
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"hi"}}"#,
            r#"{"type":"content_block_stop","index":0}"#,
            CALL,
            r#"{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"b","name":"g","input":{}}}"#,
            r#"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"x\""}}"#,
            r#"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":":1}"}}"#,
            &delta("tool_use"),
            STOP,
            "never read",
        ],
        &[
            "text hi",
            r#"call 0 a f {"x":1}"#,
            "call 1 b g {}",
            "usage 9 7 4",
            "done Calls",
        ],
    );
}

#[test]
fn thoughts_are_not_said_and_whole_calls_are_taken() {
    check(
        &[
            r#"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}}"#,
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}"#,
            r#"{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"a","name":"f","input":{"x":1}}}"#,
            r#"{"type":"message_delta","delta":{"stop_reason":"tool_use"}}"#,
            STOP,
        ],
        &[r#"call 0 a f {"x":1}"#, "done Calls"],
    );
}

#[test]
fn the_reason_is_what_counts_as_the_end() {
    let half = r#"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"x"}}"#;
    check(
        &[CALL, half, &delta("max_tokens"), STOP],
        &["usage 0 7 0", "done Length"],
    );
    check(&[START, &delta("end_turn")], &["usage 9 7 4", "done End"]);
    check(
        &[&delta("refusal"), STOP],
        &["usage 0 7 0", "done Filtered"],
    );
    check(&[START, STOP], &["error cut"]);
    check(&[START], &["error cut"]);
}

#[test]
fn an_error_is_called_by_its_kind() {
    let error = |kind: &str, message: &str| {
        format!(r#"error|{{"type":"error","error":{{"type":"{kind}","message":"{message}"}}}}"#)
    };
    for (event, expected) in [
        (error("overloaded_error", "busy"), "error model_reported"),
        (error("rate_limit_error", "slow"), "error rate_limited"),
        (
            error("invalid_request_error", "prompt is too long: 9 > 8"),
            "error context_too_long",
        ),
        (
            error("invalid_request_error", "Your credit balance is too low"),
            "error quota_used_up",
        ),
        (
            r#"{"error":{"message":"oops"}}"#.into(),
            "error model_reported",
        ),
        ("error|oops".into(), "error model_reported"),
        ("{oops".into(), "error bad_json"),
    ] {
        check(&[START, &event], &[expected]);
    }
}
