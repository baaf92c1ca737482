//! JSON-RPC as agents speak it: one message a line, requests in both directions.

use serde::Deserialize;
use serde_json::{Value, json};

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

/// The message of a line; `None` for what is none.
pub fn read(line: &str) -> Option<Incoming> {
    let line: Line = serde_json::from_str(line).ok()?;
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
}
