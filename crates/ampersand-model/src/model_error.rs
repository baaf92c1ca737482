//! Why a model gave no whole answer, and what to do about it.

use std::time::Duration;

use ampersand_core::{Failure, Obstacle, Outage};
use ampersand_http::HttpError;
use jiff::Timestamp;
use serde_json::Value;

/// The most that is quoted of what a server said.
const MAX_SAID_CHARS: usize = 300;

/// Why there is no whole answer. What a server `said` is quoted, never trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// The request or the connection failed; [`HttpError`] says how.
    #[error(transparent)]
    Http(HttpError),
    /// 429.
    #[error("{host} says there were too many requests")]
    RateLimited {
        /// The endpoint.
        host: String,
        /// How long it asks to be left alone, if it says.
        retry_after: Option<Duration>,
    },
    /// The account has nothing left; waiting does not help.
    #[error("{host} says the quota is used up")]
    QuotaUsedUp {
        /// The endpoint.
        host: String,
        /// Its words.
        said: String,
    },
    /// The answer stopped before its end.
    #[error("the answer from {host} was cut off")]
    Cut {
        /// The endpoint.
        host: String,
    },
    /// A web page where an answer belongs: the address is some other program's.
    #[error("{host} answered with a web page")]
    WebPage {
        /// The endpoint.
        host: String,
    },
    /// Something that should be JSON and is not.
    #[error("{host} sent malformed JSON")]
    BadJson {
        /// The endpoint.
        host: String,
    },
    /// More was sent than the model can read.
    #[error("the conversation is longer than the model can read")]
    ContextTooLong {
        /// The server's words.
        said: String,
    },
    /// The endpoint does not have the model, or not the address.
    #[error("{host} has no model {model}")]
    NoSuchModel {
        /// The endpoint.
        host: String,
        /// The model asked for.
        model: String,
        /// The server's words.
        said: String,
    },
    /// Any other refusal of the request.
    #[error("{host} did not accept the request")]
    Rejected {
        /// The endpoint.
        host: String,
        /// The server's words.
        said: String,
    },
    /// The server reported an error in the middle of its answer.
    #[error("{host} reported an error")]
    Reported {
        /// The endpoint.
        host: String,
        /// Its words; may be empty.
        said: String,
    },
}

impl ModelError {
    /// Stable, snake_case.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Http(error) => error.code(),
            Self::RateLimited { .. } => "rate_limited",
            Self::QuotaUsedUp { .. } => "quota_used_up",
            Self::Cut { .. } => "cut",
            Self::WebPage { .. } => "web_page",
            Self::BadJson { .. } => "bad_json",
            Self::ContextTooLong { .. } => "context_too_long",
            Self::NoSuchModel { .. } => "no_such_model",
            Self::Rejected { .. } => "rejected",
            Self::Reported { .. } => "model_reported",
        }
    }

    /// What happened, as sentences, with the server's words in quotes.
    pub fn message(&self) -> String {
        let what = match self {
            Self::Http(error) => return Failure::from(error).message,
            Self::RateLimited {
                retry_after: Some(wait),
                ..
            } => {
                format!(
                    "{self}; the next try is possible in {} s",
                    wait.as_secs().max(1)
                )
            }
            other => other.to_string(),
        };
        let mut chars = what.chars();
        let head = chars
            .next()
            .map(|c| c.to_uppercase().to_string())
            .unwrap_or_default();
        let said = match self {
            Self::QuotaUsedUp { said, .. }
            | Self::ContextTooLong { said }
            | Self::NoSuchModel { said, .. }
            | Self::Rejected { said, .. }
            | Self::Reported { said, .. } => said.as_str(),
            Self::Http(_)
            | Self::RateLimited { .. }
            | Self::Cut { .. }
            | Self::WebPage { .. }
            | Self::BadJson { .. } => "",
        };
        let quote = if said.is_empty() {
            String::new()
        } else {
            format!(" It said: “{said}”")
        };
        format!("{head}{}.{quote}", chars.as_str())
    }

    /// What to do next, as a sentence.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Http(error) => error.hint(),
            Self::RateLimited { .. } => "Wait, or choose another model in the settings.",
            Self::QuotaUsedUp { .. } => {
                "Check the account at the provider, or choose another model."
            }
            Self::Cut { .. } | Self::Reported { .. } => {
                "Try again; what was written so far is kept."
            }
            Self::WebPage { .. } => {
                "Check the base URL: it ends before /chat/completions, /responses or /messages, often in /v1."
            }
            Self::BadJson { .. } => {
                "Try again; if it stays, the server does not speak the API named in the settings."
            }
            Self::ContextTooLong { .. } => {
                "Lower context_tokens for this model in the settings, or choose one that reads more."
            }
            Self::NoSuchModel { .. } => "Check the model's name and the base URL in the settings.",
            Self::Rejected { .. } => {
                "Check the model's name and abilities; not every model can call tools."
            }
        }
    }

    /// What stands in the way, if it is nothing about the request: then a task pauses instead of failing.
    pub const fn obstacle(&self) -> Option<Obstacle> {
        match self {
            Self::Http(error) => match error {
                HttpError::Unreachable { .. }
                | HttpError::Refused { .. }
                | HttpError::Cut { .. }
                | HttpError::Idle { .. }
                | HttpError::Rejected { status: 408, .. } => Some(Obstacle::Network),
                HttpError::Overloaded { .. }
                | HttpError::Server { .. }
                | HttpError::Reported { .. } => Some(Obstacle::Provider),
                HttpError::RateLimited { .. } => Some(Obstacle::RateLimit),
                HttpError::Unauthorized { .. } => Some(Obstacle::Login),
                HttpError::Invalid { .. }
                | HttpError::Tls { .. }
                | HttpError::Rejected { .. }
                | HttpError::NotEventStream { .. }
                | HttpError::Redirected { .. }
                | HttpError::TooLarge { .. } => None,
            },
            Self::RateLimited { .. } => Some(Obstacle::RateLimit),
            Self::QuotaUsedUp { .. } => Some(Obstacle::Quota),
            Self::Cut { .. } => Some(Obstacle::Network),
            Self::Reported { .. } => Some(Obstacle::Provider),
            Self::WebPage { .. }
            | Self::BadJson { .. }
            | Self::ContextTooLong { .. }
            | Self::NoSuchModel { .. }
            | Self::Rejected { .. } => None,
        }
    }

    /// The same with the words for a person, and the time the server gave, counted from `now`.
    pub fn outage(&self, now: Timestamp) -> Option<Outage> {
        let until = self.retry_after().map(|wait| {
            // A wait beyond the calendar is one nobody waits for.
            now.checked_add(wait).unwrap_or(Timestamp::MAX)
        });
        Some(Outage {
            obstacle: self.obstacle()?,
            failure: Failure::from(self),
            until,
        })
    }

    /// Whether waiting can mend it.
    pub const fn passes_by_itself(&self) -> bool {
        matches!(
            self.obstacle(),
            Some(Obstacle::RateLimit | Obstacle::Provider | Obstacle::Network)
        )
    }

    /// How long the server asks to be left alone, if it says.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after, .. }
            | Self::Http(HttpError::Overloaded { retry_after, .. }) => *retry_after,
            _ => None,
        }
    }

    /// Judges a request that got no stream, or a stream that says it failed, whoever sent it.
    pub fn from_http(error: HttpError, model: &str) -> Self {
        match error {
            HttpError::RateLimited {
                host,
                retry_after,
                body,
            } => {
                let said = said_in(&body);
                if is_quota(&body) {
                    Self::QuotaUsedUp { host, said }
                } else {
                    Self::RateLimited { host, retry_after }
                }
            }
            HttpError::Rejected { host, status, body } if status != 408 => {
                Self::rejected(host, status, &body, model)
            }
            HttpError::Server { host, body, .. } if is_context(&body) => {
                Self::rejected(host, 500, &body, model)
            }
            HttpError::NotEventStream {
                host,
                content_type,
                body,
            } => {
                let is_page = content_type.contains("html") || body.trim_start().starts_with('<');
                if is_page {
                    Self::WebPage { host }
                } else if serde_json::from_str::<Value>(&body)
                    .is_ok_and(|body| !body["error"].is_null())
                {
                    Self::reported(host, &body)
                } else {
                    Self::BadJson { host }
                }
            }
            HttpError::Reported { host, body } => Self::reported(host, &body),
            other => Self::Http(other),
        }
    }

    fn rejected(host: String, status: u16, body: &str, model: &str) -> Self {
        let said = said_in(body);
        if is_context(body) || status == 413 {
            Self::ContextTooLong { said }
        } else if is_quota(body) || status == 402 {
            Self::QuotaUsedUp { host, said }
        } else if body.trim_start().starts_with('<') {
            Self::WebPage { host }
        } else if status == 404 {
            Self::NoSuchModel {
                host,
                model: model.to_owned(),
                said,
            }
        } else {
            Self::Rejected { host, said }
        }
    }

    /// Judges a stream that broke.
    pub(crate) fn from_stream(error: HttpError) -> Self {
        match error {
            HttpError::Cut { host } => Self::Cut { host },
            other => Self::Http(other),
        }
    }

    /// An error the server put where an answer belongs.
    pub(crate) fn reported(host: String, body: &str) -> Self {
        let said = said_in(body);
        if is_context(body) {
            Self::ContextTooLong { said }
        } else if is_quota(body) {
            Self::QuotaUsedUp { host, said }
        } else if is_rate(body) {
            Self::RateLimited {
                host,
                retry_after: None,
            }
        } else {
            Self::Reported { host, said }
        }
    }
}

impl From<&ModelError> for Failure {
    fn from(error: &ModelError) -> Self {
        Self::new(error.code(), error.message(), error.hint())
    }
}

/// The words in an error's body, on one bounded line.
fn said_in(body: &str) -> String {
    let json: Value = serde_json::from_str(body).unwrap_or(Value::Null);
    let words = ["/error/message", "/message", "/error", "/detail"]
        .iter()
        .find_map(|path| json.pointer(path)?.as_str())
        .unwrap_or(if json.is_null() { body } else { "" });
    let plain: String = words
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let line = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MAX_SAID_CHARS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

fn is_context(body: &str) -> bool {
    const SIGNS: [&str; 8] = [
        "context_length_exceeded",
        "exceed_context_size",
        "maximum context length",
        "context length",
        "context window",
        "context size",
        "prompt is too long",
        "input is too long",
    ];
    let body = body.to_lowercase();
    SIGNS.iter().any(|sign| body.contains(sign))
}

fn is_quota(body: &str) -> bool {
    const SIGNS: [&str; 3] = [
        "insufficient_quota",
        "insufficient credits",
        "credit balance",
    ];
    let body = body.to_lowercase();
    SIGNS.iter().any(|sign| body.contains(sign))
}

/// The names of a 429 that comes in the middle of an answer.
fn is_rate(body: &str) -> bool {
    body.contains("rate_limit_error") || body.contains("rate_limit_exceeded")
}

#[cfg(test)]
mod tests {
    use ampersand_core::Obstacle;
    use ampersand_http::HttpError;

    use super::ModelError;

    #[test]
    fn what_a_stream_says_of_its_failing_is_sorted_like_any_refusal() {
        for (body, code, obstacle) in [
            (
                r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
                "model_reported",
                Some(Obstacle::Provider),
            ),
            (
                r#"{"error":{"code":"rate_limit_exceeded","message":"later"}}"#,
                "rate_limited",
                Some(Obstacle::RateLimit),
            ),
            (
                r#"{"error":{"code":"insufficient_quota","message":"pay"}}"#,
                "quota_used_up",
                Some(Obstacle::Quota),
            ),
            (
                r#"{"error":{"code":"context_length_exceeded"}}"#,
                "context_too_long",
                None,
            ),
        ] {
            let (host, body) = ("h".to_owned(), body.to_owned());
            let error = ModelError::from_http(HttpError::Reported { host, body }, "m");
            assert_eq!((error.code(), error.obstacle()), (code, obstacle));
        }
    }
}
