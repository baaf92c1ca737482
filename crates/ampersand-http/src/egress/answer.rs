//! Answers: those of ours, whole and in JSON, and those that come from a server, passed on piece by piece.

use std::{io, sync::Arc, time::Duration};

use ampersand_core::Failure;
use bytes::Bytes;
use futures::{StreamExt, stream};
use http_body_util::{BodyExt, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::{
    HeaderMap, Response, StatusCode,
    body::Frame,
    header::{self, HeaderName, HeaderValue},
};
use serde_json::json;
use tokio::sync::OwnedSemaphorePermit;

use super::{
    Event, Refusal,
    account::{Account, End},
    redact::Redactor,
    resolve::NoAddress,
    state::{Phase, State},
};
use crate::HttpError;

/// The body of an answer.
pub(super) type Body = UnsyncBoxBody<Bytes, io::Error>;

/// Why a request that was let through has no answer.
#[derive(Debug)]
pub(super) enum Stop {
    Refused(Refusal),
    Failed(HttpError),
    /// Of a host that is not the model.
    Unreached(HttpError),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<HttpError> for Stop {
    fn from(error: HttpError) -> Self {
        Self::Failed(error)
    }
}

impl From<NoAddress> for Stop {
    fn from(none: NoAddress) -> Self {
        match none {
            NoAddress::Refused(refusal) => Self::Refused(refusal),
            NoAddress::Failed(error) => Self::Unreached(error),
        }
    }
}

impl Stop {
    /// Tells the proxy's owner.
    pub(super) fn tell(&self, state: &State, method: &str, target: &str) {
        match self {
            Self::Refused(why) => state.refuse(method, target, why.clone()),
            Self::Failed(error) => state.tell(Event::Failed {
                error: error.clone(),
                begun: false,
            }),
            Self::Unreached(error) => state.tell(Event::Unreached {
                error: error.clone(),
            }),
        }
    }

    fn status(&self) -> u16 {
        match self {
            Self::Refused(refusal) => refusal.status(),
            Self::Failed(HttpError::Idle { .. }) | Self::Unreached(HttpError::Idle { .. }) => 504,
            Self::Failed(_) | Self::Unreached(_) => 502,
        }
    }

    /// In the shape every model client shows to its user.
    fn body(&self) -> Vec<u8> {
        let failure = match self {
            Self::Refused(refusal) => Failure::from(refusal),
            Self::Failed(error) | Self::Unreached(error) => Failure::from(error),
        };
        let message = format!("{} {}", failure.message, failure.hint);
        let error = json!({"type": "ampersand", "code": failure.code, "message": message});
        json!({"type": "error", "error": error})
            .to_string()
            .into_bytes()
    }

    fn retry_after(&self) -> Option<u64> {
        match self {
            Self::Refused(Refusal::TooManyRequests { retry_after }) => {
                Some(retry_after.as_secs().max(1))
            }
            _ => None,
        }
    }
}

/// An answer of ours.
pub(super) fn whole(stop: &Stop) -> Response<Body> {
    let body = Full::new(Bytes::from(stop.body())).map_err(|never| match never {});
    let mut response = Response::new(body.boxed_unsync());
    *response.status_mut() = StatusCode::from_u16(stop.status()).unwrap_or(StatusCode::BAD_GATEWAY);
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    if let Some(seconds) = stop.retry_after() {
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

/// The same, as bytes.
pub(super) fn whole_bytes(stop: &Stop) -> Vec<u8> {
    let body = stop.body();
    let mut bytes = format!(
        "HTTP/1.1 {} Refused\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        stop.status(),
        body.len()
    )
    .into_bytes();
    bytes.extend(body);
    bytes
}

/// What a server's answer passes through on its way to the agent.
pub(super) struct Passage {
    pub(super) state: Arc<State>,
    pub(super) response: reqwest::Response,
    /// Host, with its port if it is unusual.
    pub(super) host: String,
    pub(super) redactor: Redactor,
    /// For a request that asks the model for an answer.
    pub(super) account: Option<Account>,
    /// Of a request to the model, kept as long as the answer lasts.
    pub(super) permit: Option<OwnedSemaphorePermit>,
}

impl Passage {
    /// Passes the body on as it comes.
    pub(super) fn body(self) -> Body {
        let left = self.state.policy.limits.answer_bytes;
        let start = (self, left, false);
        let pieces = stream::try_unfold(start, |(mut passage, mut left, mut over)| async move {
            while !over {
                let piece = match passage.next(&mut left).await? {
                    Some(bytes) => passage.redactor.push(bytes),
                    None => {
                        over = true;
                        passage.redactor.finish()
                    }
                };
                if let Some(account) = &mut passage.account {
                    account.passed(&piece);
                    if over && account.ended() == End::Early {
                        return Err(broken());
                    }
                }
                if !piece.is_empty() {
                    return Ok(Some((Frame::data(piece), (passage, left, over))));
                }
            }
            Ok(None)
        });
        StreamBody::new(pieces.boxed()).boxed_unsync()
    }

    async fn next(&mut self, left: &mut u64) -> io::Result<Option<Bytes>> {
        let idle = self.state.policy.limits.idle;
        let host = || self.host.clone();
        let error = match tokio::time::timeout(idle, self.response.chunk()).await {
            Ok(Ok(None)) => return Ok(None),
            Ok(Ok(Some(bytes))) => match left.checked_sub(bytes.len() as u64) {
                Some(rest) => {
                    *left = rest;
                    return match self.state.received(bytes.len()) {
                        Ok(()) => Ok(Some(bytes)),
                        Err(why) => {
                            if self.account.is_some() {
                                // Whatever is asked next would be paid for and cut like this.
                                self.state.enter(Phase::Halted);
                            }
                            self.state.refuse("", &self.host, why);
                            Err(broken())
                        }
                    };
                }
                None => HttpError::TooLarge {
                    host: host(),
                    limit_bytes: usize::try_from(self.state.policy.limits.answer_bytes)
                        .unwrap_or(usize::MAX),
                },
            },
            Ok(Err(_)) => HttpError::Cut { host: host() },
            Err(_) => HttpError::Idle {
                host: host(),
                after: idle,
            },
        };
        let begun = false;
        match &mut self.account {
            Some(account) => {
                if account.broke(error) == End::Orderly {
                    return Ok(None);
                }
            }
            None if self.permit.is_some() => self.state.tell(Event::Failed { error, begun }),
            None => self.state.tell(Event::Unreached { error }),
        }
        Err(broken())
    }
}

/// Breaks the connection off, which is the only way left to say that an answer is not whole.
fn broken() -> io::Error {
    io::Error::other("the answer broke off")
}

/// Headers of a message that concern the connection it came on, not the message.
pub(super) fn is_hop_by_hop(name: &HeaderName, headers: &HeaderMap) -> bool {
    const NAMES: [&str; 9] = [
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ];
    let named = headers.get_all(header::CONNECTION).iter().any(|value| {
        let value = value.to_str().unwrap_or_default();
        value
            .split(',')
            .any(|token| token.trim().eq_ignore_ascii_case(name.as_str()))
    });
    named || NAMES.contains(&name.as_str())
}

/// Waits for an answer to begin.
pub(super) async fn first_byte(
    request: reqwest::RequestBuilder,
    host: &str,
    after: Duration,
) -> Result<reqwest::Response, HttpError> {
    match tokio::time::timeout(after, request.send()).await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(error)) => Err(HttpError::from_reqwest(&error, host)),
        Err(_) => Err(HttpError::Idle {
            host: host.to_owned(),
            after,
        }),
    }
}
