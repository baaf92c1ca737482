//! JSON-RPC as agents speak it: one message a line, requests in both directions.

use ampersand_core::holds_more_than;
use ampersand_process::lines::CUT;
use serde::Deserialize;
use serde_json::{Value, json};

/// Values in one message: real ones have some hundreds. Each of a few bytes can take a hundred times as much memory.
const VALUES_MAX: usize = 100_000;
/// Where a message that cannot be read whole says what it is.
const HEAD_BYTES: usize = 512;

/// A message of the agent.
#[derive(Debug, Clone, PartialEq)]
pub enum Incoming {
    /// It wants an answer.
    Request {
        /// To be answered under.
        id: RequestId,
        /// What it wants.
        method: String,
        /// With what.
        params: Value,
    },
    /// It tells.
    Notification {
        /// What it tells.
        method: String,
        /// About what.
        params: Value,
    },
    /// It answers. Ours are numbers; whatever else comes answers nothing.
    Response {
        /// What was asked under.
        id: u64,
        /// What came of it.
        result: Result<Value, RpcError>,
    },
}

/// The name of a request of the agent, to be handed back as it came.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestId(Value);

/// Why the agent did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RpcError {
    #[serde(default)]
    /// Its number.
    pub code: i64,
    #[serde(default)]
    /// Its words.
    pub message: String,
}

#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    id: Option<Value>,
    #[serde(default)]
    method: Option<String>,
    #[serde(default)]
    params: Value,
    #[serde(default)]
    result: Option<Value>,
    #[serde(default)]
    error: Option<RpcError>,
}

/// The message of a line; `None` for what is none, or has more in it than is read.
pub fn read(line: &str) -> Option<Incoming> {
    if line.ends_with(CUT) || holds_more_than(VALUES_MAX, line.as_bytes()) {
        return begun(line);
    }
    message(serde_json::from_str(line).ok()?)
}

/// What is left of a message that is not read whole: an answer is one that failed, and a request asks for nothing, so that
/// nobody waits for what does not come.
fn begun(line: &str) -> Option<Incoming> {
    let head = &line[..line.floor_char_boundary(HEAD_BYTES)];
    let contents = ["\"params\"", "\"result\"", "\"error\""];
    let end = contents.iter().filter_map(|name| head.find(name)).min()?;
    let head = head[..end].trim_end().strip_suffix(',')?;
    let mut head: Line = serde_json::from_str(&format!("{head}}}")).ok()?;
    head.error = Some(RpcError {
        code: 0,
        message: "it said more at once than is read".to_owned(),
    });
    message(head).filter(|message| !matches!(message, Incoming::Notification { .. }))
}

fn message(line: Line) -> Option<Incoming> {
    let id = line.id.filter(|id| id.is_string() || id.is_number());
    match (line.method, id) {
        (Some(method), Some(id)) => Some(Incoming::Request {
            id: RequestId(id),
            method,
            params: line.params,
        }),
        (Some(method), None) => Some(Incoming::Notification {
            method,
            params: line.params,
        }),
        (None, Some(id)) => Some(Incoming::Response {
            id: id.as_u64()?,
            result: match line.error {
                Some(error) => Err(error),
                None => Ok(line.result.unwrap_or_default()),
            },
        }),
        (None, None) => None,
    }
}

/// A request of ours.
pub fn request(id: u64, method: &str, params: Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params})
}

/// Something we tell.
pub fn notification(method: &str, params: Value) -> Value {
    json!({"jsonrpc": "2.0", "method": method, "params": params})
}

/// An answer to a request.
pub fn answer(id: RequestId, result: Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id.0, "result": result})
}

/// To a request for something we do not do.
pub fn not_offered(id: RequestId) -> Value {
    json!({"jsonrpc": "2.0", "id": id.0, "error": {"code": -32601, "message": "not offered"}})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_message_or_none() {
        let request = |id: Value| Incoming::Request {
            id: RequestId(id),
            method: "m".into(),
            params: json!({"a": 1}),
        };
        for (line, expected) in [
            (
                r#"{"id":0,"method":"m","params":{"a":1}}"#,
                Some(request(json!(0))),
            ),
            (
                r#"{"jsonrpc":"2.0","id":"x","method":"m","params":{"a":1},"new":2}"#,
                Some(request(json!("x"))),
            ),
            (
                r#"{"method":"m"}"#,
                Some(Incoming::Notification {
                    method: "m".into(),
                    params: Value::Null,
                }),
            ),
            (
                r#"{"id":7,"result":{}}"#,
                Some(Incoming::Response {
                    id: 7,
                    result: Ok(json!({})),
                }),
            ),
            (
                r#"{"id":7,"error":{"code":-1,"message":"no"}}"#,
                Some(Incoming::Response {
                    id: 7,
                    result: Err(RpcError {
                        code: -1,
                        message: "no".into(),
                    }),
                }),
            ),
            (r#"{"id":"7","result":{}}"#, None),
            (r#"{"id":-7,"result":{}}"#, None),
            (r#"{"id":{},"result":{}}"#, None),
            ("[]", None),
            ("{", None),
            ("", None),
            ("7", None),
        ] {
            assert_eq!(read(line), expected, "{line}");
        }
    }

    #[test]
    fn what_is_too_much_to_read_is_answered_or_left_aside_and_never_built() {
        let many = r#"{"":0},"#.repeat(16 << 17);
        let failed = |id| Incoming::Response {
            id,
            result: Err(RpcError {
                code: 0,
                message: "it said more at once than is read".into(),
            }),
        };
        for (begin, expected) in [
            (r#"{"method":"noise","params":["#, None),
            (r#"{"jsonrpc":"2.0","id":7,"result":["#, Some(failed(7))),
            (r#"{"id" : 7 , "error":["#, Some(failed(7))),
            (
                r#"{"method":"m","id":"x","params":["#,
                Some(Incoming::Request {
                    id: RequestId(json!("x")),
                    method: "m".into(),
                    params: Value::Null,
                }),
            ),
            (r#"{"result":["#, None),
            (r#"{"id":{"a":1},"result":["#, None),
            (r#"[{"id":7,"#, None),
            ("", None),
        ] {
            assert_eq!(read(&format!("{begin}{many}0]}}")), expected, "{begin}");
            assert_eq!(read(&format!("{begin}x{CUT}")), expected, "{begin}");
        }
        // What is long is not much.
        let text = r#"{[:,\""#.repeat(100_000);
        assert!(read(&json!({"method": "m", "params": text}).to_string()).is_some());
    }
}
