//! Transcripts of servers that differ, each with what it must come to.

use ampersand_http::HttpError;

use super::Decoder;
use crate::{ModelError, gathered::lines_until, wire};

fn decode(events: &[&str], end: Option<HttpError>) -> Vec<String> {
    let decoder = wire::Decoder::ChatCompletions(Decoder::new("h".into()));
    lines_until(decoder, events, end)
}

#[track_caller]
fn check(events: &[&str], expected: &[&str]) {
    assert_eq!(decode(events, None), expected);
}

const TEXT: &str =
    r#"{"id":"r1","choices":[{"delta":{"content":"hi"},"finish_reason":null}],"usage":null}"#;
const STOP: &str = r#"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#;
const CALLS: &str = r#"{"id":"r1","choices":[{"delta":{},"finish_reason":"tool_calls"}]}"#;

#[test]
fn text_usage_and_the_end_come_in_order() {
    let usage = r#"{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":4}}}"#;
    check(
        &[TEXT, STOP, usage, "[DONE]"],
        &["text hi", "usage 9 2 4", "done End"],
    );
    let running = r#"{"choices":[{"delta":{"content":"x"}}],"usage":{"prompt_tokens":9,"completion_tokens":1}}"#;
    check(
        &[running, STOP, usage],
        &["text x", "usage 9 2 4", "done End"],
    );
}

#[test]
fn calls_come_whole_however_they_are_cut() {
    check(
        &[
            r#"{"choices":[{"delta":{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":""}}]}}]}"#,
            r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"x\""}}]}}]}"#,
            r#"{"choices":[{"delta":{"tool_calls":[{"index":1,"id":"b","function":{"name":"g","arguments":""}}]}}]}"#,
            r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":":1}"}},{"index":1,"function":{"arguments":"{}"}}]}}]}"#,
            CALLS,
            "[DONE]",
        ],
        &[r#"call 0 a f {"x":1}"#, "call 1 b g {}", "done Calls"],
    );
}

#[test]
fn calls_are_told_apart_without_ids_or_indexes() {
    // Every call has index 0, and an id of its own.
    check(
        &[
            r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":1}"}}]}}]}"#,
            r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"b","function":{"name":"f","arguments":"{\"x\":2}"}}]}}]}"#,
            STOP,
        ],
        &[
            r#"call 0 a f {"x":1}"#,
            r#"call 1 b f {"x":2}"#,
            "done Calls",
        ],
    );
    // Every call has index 0, and no id.
    check(
        &[
            r#"{"id":"r1","choices":[{"delta":{"tool_calls":[{"index":0,"function":{"name":"f","arguments":"{}"}}]}}]}"#,
            r#"{"id":"r1","choices":[{"delta":{"tool_calls":[{"index":0,"function":{"name":"f","arguments":"{}"}}]}}]}"#,
            CALLS,
        ],
        &[
            "call 0 call_r1_0 f {}",
            "call 1 call_r1_1 f {}",
            "done Calls",
        ],
    );
    // Neither index nor id, arguments in pieces, then a second call.
    check(
        &[
            r#"{"id":"r1","choices":[{"delta":{"tool_calls":[{"function":{"name":"f","arguments":"{\"x\""}}]}}]}"#,
            r#"{"choices":[{"delta":{"tool_calls":[{"function":{"arguments":":1}"}}]}}]}"#,
            r#"{"choices":[{"delta":{"tool_calls":[{"function":{"name":"g","arguments":{"y":2}}}]}}]}"#,
            CALLS,
        ],
        &[
            r#"call 0 call_r1_0 f {"x":1}"#,
            r#"call 1 call_r1_1 g {"y":2}"#,
            "done Calls",
        ],
    );
    // Id and name repeated with every piece.
    check(
        &[
            r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\""}}]}}]}"#,
            r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":":1}"}}]}}]}"#,
            CALLS,
        ],
        &[r#"call 0 a f {"x":1}"#, "done Calls"],
    );
}

#[test]
fn a_call_without_arguments_is_an_empty_object() {
    let call =
        r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f"}}]}}]}"#;
    check(&[call, CALLS], &["call 0 a f {}", "done Calls"]);
    check(&[CALLS], &["done End"]);
}

#[test]
fn an_answer_at_its_limit_gives_no_half_call() {
    let half = r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x"}}]}}]}"#;
    let length = r#"{"choices":[{"delta":{},"finish_reason":"length"}]}"#;
    check(&[TEXT, half, length, "[DONE]"], &["text hi", "done Length"]);
    let filtered = r#"{"choices":[{"delta":{},"finish_reason":"content_filter"}]}"#;
    check(&[TEXT, filtered], &["text hi", "done Filtered"]);
}

#[test]
fn only_a_finish_reason_makes_an_answer_whole() {
    check(&[TEXT, STOP], &["text hi", "done End"]);
    check(&[TEXT], &["text hi", "error cut"]);
    check(&[TEXT, "[DONE]"], &["text hi", "error cut"]);
    let cut = || Some(HttpError::Cut { host: "h".into() });
    assert_eq!(decode(&[TEXT, STOP], cut()), ["text hi", "done End"]);
    assert_eq!(decode(&[TEXT], cut()), ["text hi", "error cut"]);
}

#[test]
fn errors_in_the_stream_are_read() {
    check(
        &[TEXT, r#"{"error":{"message":"overloaded","code":502}}"#],
        &["text hi", "error model_reported"],
    );
    check(&["error|no more"], &["error model_reported"]);
    check(
        &[r#"{"error":{"message":"maximum context length is 8"}}"#],
        &["error context_too_long"],
    );
    check(
        &[r#"{"choices":[{"delta":{},"finish_reason":"error"}]}"#],
        &["error model_reported"],
    );
    check(&["{oops"], &["error bad_json"]);
}

#[test]
fn content_may_be_parts_and_messages_may_be_whole() {
    let parts = r#"{"choices":[{"delta":{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}}]}"#;
    let whole = r#"{"choices":[{"message":{"content":"c"},"finish_reason":"stop"}]}"#;
    check(&[parts, "", whole], &["text ab", "text c", "done End"]);
}

#[test]
fn what_a_server_said_is_quoted_on_one_bounded_line() {
    let said = format!(
        r#"{{"error":{{"message":"a\n\u001b[31mb {}"}}}}"#,
        "x".repeat(5000)
    );
    let error = ModelError::reported("h".into(), &said);
    let message = error.message();
    assert!(
        message.contains("a [31mb xxx") && message.len() < 500,
        "{message}"
    );
}
