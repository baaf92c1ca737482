//! What can go wrong between a request and its answer, in words a caller can branch on.

use std::{error::Error as _, io, time::Duration};

use ampersand_core::Failure;

/// Why a request got no usable answer. Hosts are named; addresses, queries, headers and keys never are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// The address or a header cannot be sent at all.
    #[error("the request cannot be sent: {why}")]
    Invalid {
        /// What is wrong with it.
        why: String,
    },
    /// The name does not resolve, or nothing answers there in time.
    #[error("{host} cannot be reached")]
    Unreachable {
        /// Host, with its port if one was given.
        host: String,
    },
    /// The machine is there and nothing listens.
    #[error("{host} refused the connection")]
    Refused {
        /// Host, with its port if one was given.
        host: String,
    },
    /// No trusted, encrypted connection came about.
    #[error("no trusted connection to {host}")]
    Tls {
        /// Host, with its port if one was given.
        host: String,
    },
    /// 401 or 403. The body is not kept: some servers echo the key in it.
    #[error("{host} does not accept the key (status {status})")]
    Unauthorized {
        /// Host, with its port if one was given.
        host: String,
        /// 401 or 403.
        status: u16,
    },
    /// 429.
    #[error("{host} says there were too many requests")]
    RateLimited {
        /// Host, with its port if one was given.
        host: String,
        /// How long the server asks to be left alone, if it says.
        retry_after: Option<Duration>,
        /// The start of what it said.
        body: String,
    },
    /// 503 or 529: up, and too busy.
    #[error("{host} is overloaded (status {status})")]
    Overloaded {
        /// Host, with its port if one was given.
        host: String,
        /// 503 or 529.
        status: u16,
        /// How long the server asks to be left alone, if it says.
        retry_after: Option<Duration>,
    },
    /// Any other 5xx.
    #[error("{host} failed (status {status})")]
    Server {
        /// Host, with its port if one was given.
        host: String,
        /// From 500.
        status: u16,
        /// The start of what it said.
        body: String,
    },
    /// Any other answer that is no success.
    #[error("{host} did not accept the request (status {status})")]
    Rejected {
        /// Host, with its port if one was given.
        host: String,
        /// From 400, or something no client expects.
        status: u16,
        /// The start of what it said.
        body: String,
    },
    /// A success with something else in it: a login page, an error as JSON.
    #[error("{host} answered with {content_type} instead of a stream")]
    NotEventStream {
        /// Host, with its port if one was given.
        host: String,
        /// As the server named it.
        content_type: String,
        /// The start of what it said.
        body: String,
    },
    /// The server points somewhere else; a request that carries a key is never sent there by itself.
    #[error("{host} redirects to {to}")]
    Redirected {
        /// Host, with its port if one was given.
        host: String,
        /// The other host, or what the server wrote if it is no address.
        to: String,
    },
    /// The connection ended before the answer did.
    #[error("the answer from {host} was cut off")]
    Cut {
        /// Host, with its port if one was given.
        host: String,
    },
    /// A stream said, in place of an answer or in the middle of one, that there is none.
    #[error("{host} reported an error in its answer")]
    Reported {
        /// Host, with its port if one was given.
        host: String,
        /// The start of what it said.
        body: String,
    },
    /// Nothing came for too long.
    #[error("{host} fell silent for {} s", .after.as_secs())]
    Idle {
        /// Host, with its port if one was given.
        host: String,
        /// How long was waited.
        after: Duration,
    },
    /// More came than anybody should hold.
    #[error("{host} sent more than {limit_bytes} bytes at once")]
    TooLarge {
        /// Host, with its port if one was given.
        host: String,
        /// The limit that was passed.
        limit_bytes: usize,
    },
}

impl HttpError {
    /// Stable, snake_case.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid { .. } => "request_invalid",
            Self::Unreachable { .. } => "unreachable",
            Self::Refused { .. } => "connection_refused",
            Self::Tls { .. } => "tls",
            Self::Unauthorized { .. } => "unauthorized",
            Self::RateLimited { .. } => "rate_limited",
            Self::Overloaded { .. } => "overloaded",
            Self::Server { .. } => "server_error",
            Self::Rejected { .. } => "rejected",
            Self::NotEventStream { .. } => "not_a_stream",
            Self::Redirected { .. } => "redirected",
            Self::Cut { .. } => "cut",
            Self::Reported { .. } => "reported",
            Self::Idle { .. } => "idle",
            Self::TooLarge { .. } => "too_large",
        }
    }

    /// What to do next, as a sentence.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Invalid { .. } => "Check the address and the key in the settings.",
            Self::Unreachable { .. } => "Check the network and the address in the settings.",
            Self::Refused { .. } => "Start the server, or check the port in the settings.",
            Self::Tls { .. } => {
                "Check the address, this machine's clock, and whether a proxy sits in between."
            }
            Self::Unauthorized { .. } => {
                "Check the key: it may be missing, expired or for another host."
            }
            Self::RateLimited { .. } => "Wait, or choose another model.",
            Self::Overloaded { .. } | Self::Server { .. } => {
                "Try again in a while; the fault is on the server's side."
            }
            Self::Rejected { .. } => "Check the model's name and the address in the settings.",
            Self::NotEventStream { .. } => {
                "Check the address: it ends before /chat/completions, /responses or /messages, often in /v1."
            }
            Self::Redirected { .. } => {
                "Put the address it redirects to into the settings, if you trust it."
            }
            Self::Cut { .. } | Self::Reported { .. } | Self::Idle { .. } => "Try again.",
            Self::TooLarge { .. } => "Ask for less, or choose another server.",
        }
    }

    /// Sorts an answer that is no success. `body` is the start of what it said.
    pub(crate) fn from_status(
        host: String,
        status: u16,
        retry_after: Option<Duration>,
        body: String,
    ) -> Self {
        match status {
            401 | 403 => Self::Unauthorized { host, status },
            429 => Self::RateLimited {
                host,
                retry_after,
                body,
            },
            503 | 529 => Self::Overloaded {
                host,
                status,
                retry_after,
            },
            500.. => Self::Server { host, status, body },
            _ => Self::Rejected { host, status, body },
        }
    }

    /// Sorts reqwest's error by its causes, dropping its text: that may hold the whole address.
    pub(crate) fn from_reqwest(error: &reqwest::Error, host: &str) -> Self {
        let host = host.to_owned();
        if error.is_builder() {
            return Self::Invalid {
                why: "its address or a header is malformed".to_owned(),
            };
        }
        let mut cause = error.source();
        while let Some(inner) = cause {
            if inner.is::<rustls::Error>() {
                return Self::Tls { host };
            }
            let io = inner.downcast_ref::<io::Error>();
            if io.is_some_and(|io| io.kind() == io::ErrorKind::ConnectionRefused) {
                return Self::Refused { host };
            }
            // An io::Error's source is that of what it wraps; the wrapped error itself would be passed over.
            cause = match io.and_then(io::Error::get_ref) {
                Some(wrapped) => Some(wrapped),
                None => inner.source(),
            };
        }
        if error.is_connect() || error.is_dns() || error.is_timeout() {
            return Self::Unreachable { host };
        }
        Self::Cut { host }
    }
}

impl From<&HttpError> for Failure {
    fn from(error: &HttpError) -> Self {
        Self::new(error.code(), sentence(&error.to_string()), error.hint())
    }
}

/// An error's fragment as a sentence.
pub(crate) fn sentence(fragment: &str) -> String {
    let mut chars = fragment.chars();
    let head = chars
        .next()
        .map(|first| first.to_uppercase().to_string())
        .unwrap_or_default();
    format!("{head}{}.", chars.as_str())
}
