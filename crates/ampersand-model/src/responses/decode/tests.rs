//! Transcripts of servers that differ, each with what it must come to.

use super::Decoder;
use crate::{gathered::lines, wire};

#[track_caller]
fn check(events: &[&str], expected: &[&str]) {
    let decoder = wire::Decoder::Responses(Decoder::new("h".into()));
    assert_eq!(lines(decoder, events), expected);
}

const COMPLETED: &str = r#"{"type":"response.completed","response":{"id":"r1","status":"completed","usage":{"input_tokens":9,"output_tokens":2,"input_tokens_details":{"cached_tokens":4}}}}"#;
const ADDED: &str = r#"{"type":"response.output_item.added","output_index":1,"item":{"type":"function_call","id":"fc_1","call_id":"a","name":"f","arguments":""}}"#;

#[test]
fn text_calls_and_usage_come_in_order() {
    check(
        &[
            r#"{"type":"response.created","response":{"id":"r1","status":"in_progress","error":null}}"#,
            r#"{"type":"response.output_item.added","output_index":0,"item":{"type":"message","content":[]}}"#,
            r#"{"type":"response.output_text.delta","output_index":0,"delta":"hi"}"#,
            r#"{"type":"response.output_text.done","output_index":0,"text":"hi"}"#,
            r#"{"type":"response.output_item.done","output_index":0,"item":{"type":"message","content":[{"type":"output_text","text":"hi"}]}}"#,
            ADDED,
            r#"{"type":"response.output_item.added","output_index":2,"item":{"type":"function_call","call_id":"b","name":"g"}}"#,
            r#"{"type":"response.function_call_arguments.delta","output_index":1,"delta":"{\"x\""}"#,
            r#"{"type":"response.function_call_arguments.delta","output_index":2,"delta":"{}"}"#,
            r#"{"type":"response.function_call_arguments.delta","output_index":1,"delta":":1}"}"#,
            COMPLETED,
            "never read",
        ],
        &[
            "text hi",
            r#"call 0 a f {"x":1}"#,
            "call 1 b g {}",
            "usage 9 2 4",
            "done Calls",
        ],
    );
}

#[test]
fn the_whole_stands_in_for_pieces_that_never_came() {
    check(
        &[
            r#"{"type":"response.output_item.done","output_index":0,"item":{"type":"message","content":[{"type":"output_text","text":"hi"}]}}"#,
            r#"{"type":"response.output_item.done","output_index":1,"item":{"type":"function_call","call_id":"a","name":"f","arguments":"{\"x\":1}"}}"#,
            r#"{"type":"response.completed","response":{"id":"r1"}}"#,
        ],
        &["text hi", r#"call 0 a f {"x":1}"#, "done Calls"],
    );
    check(
        &[
            ADDED,
            r#"{"type":"response.function_call_arguments.delta","output_index":1,"delta":"{"}"#,
            r#"{"type":"response.function_call_arguments.done","output_index":1,"arguments":"{\"x\":1}"}"#,
            COMPLETED,
        ],
        &[r#"call 0 a f {"x":1}"#, "usage 9 2 4", "done Calls"],
    );
}

#[test]
fn a_limit_drops_the_call_it_cut() {
    let incomplete = |why: &str| {
        format!(
            r#"{{"type":"response.incomplete","response":{{"status":"incomplete","incomplete_details":{{"reason":"{why}"}}}}}}"#
        )
    };
    let cut =
        r#"{"type":"response.function_call_arguments.delta","output_index":1,"delta":"{\"x"}"#;
    check(
        &[ADDED, cut, &incomplete("max_output_tokens")],
        &["done Length"],
    );
    check(&[&incomplete("content_filter")], &["done Filtered"]);
}

#[test]
fn an_error_is_called_by_its_kind() {
    let failed = |code: &str, message: &str| {
        format!(
            r#"{{"type":"response.failed","response":{{"error":{{"code":"{code}","message":"{message}"}}}}}}"#
        )
    };
    for (event, expected) in [
        (failed("server_error", "oops"), "error model_reported"),
        (failed("rate_limit_exceeded", "slow"), "error rate_limited"),
        (failed("insufficient_quota", "pay"), "error quota_used_up"),
        (
            failed("context_length_exceeded", "x"),
            "error context_too_long",
        ),
        (
            r#"{"type":"error","code":"x","message":"oops"}"#.into(),
            "error model_reported",
        ),
        (
            r#"{"error":{"message":"oops"}}"#.into(),
            "error model_reported",
        ),
        ("error|oops".into(), "error model_reported"),
        ("{oops".into(), "error bad_json"),
        ("[DONE]".into(), "error cut"),
    ] {
        check(&[&event], &[expected]);
    }
    check(&[ADDED], &["error cut"]);
}
