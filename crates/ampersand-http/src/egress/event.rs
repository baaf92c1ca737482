//! What a proxy tells whoever owns it: each request it refused and why, and how the model answered.

use std::{fmt, time::Duration};

use ampersand_core::Failure;

use super::Destination;
use crate::{HttpError, http_error::sentence};

/// The most that is kept of what an agent wrote.
const MAX_TARGET_CHARS: usize = 200;

/// Something its owner may want to act on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A request went nowhere.
    Refused(Refused),
    /// The model answered, and its answer came whole.
    Answered,
    /// A request to the model was let through and came to nothing.
    Failed {
        /// Why.
        error: HttpError,
        /// Whether the model's answer had begun. No further request to the model begins then: it could be paid for twice.
        begun: bool,
    },
    /// A host the user allowed was not reached, or broke its answer off. It says nothing about the model.
    Unreached {
        /// Why.
        error: HttpError,
    },
}

/// A refused request. What the agent wrote is shortened, its query cut, its control characters shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// As the agent wrote it; empty if there was nothing to read.
    pub method: String,
    /// As the agent wrote it; empty if there was nothing to read.
    pub target: String,
    /// Why.
    pub why: Refusal,
}

impl Refused {
    pub(super) fn new(method: &str, target: &str, why: Refusal) -> Self {
        let target = target.split('?').next().unwrap_or_default();
        let shown = |text: &str| {
            text.chars()
                .take(MAX_TARGET_CHARS)
                .flat_map(char::escape_default)
                .collect()
        };
        Self {
            method: shown(method),
            target: shown(target),
            why,
        }
    }
}

/// Why a request was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It cannot be read in exactly one way.
    #[error("the request is malformed: {why}")]
    Malformed {
        /// As the end of a sentence.
        why: &'static str,
    },
    /// The two places that name its host disagree.
    #[error("the request names two hosts")]
    HostMismatch,
    /// It wants to become something else than HTTP.
    #[error("connections are not upgraded")]
    Upgrade,
    /// It does not show the token.
    #[error("the request does not come from the agent")]
    Stranger,
    /// There is no model for this attempt.
    #[error("this attempt has no model endpoint")]
    NoModel,
    /// The endpoint's API does not have it, or it is not for agents.
    #[error("this path of the model endpoint is not for agents")]
    Path,
    /// The provider would fetch something, or call somebody, for it.
    #[error("the request has the model's provider reach {what}")]
    Fetches {
        /// As the end of a sentence.
        what: &'static str,
    },
    /// Nobody allowed the host: the person may be asked.
    #[error("{host} is not allowed")]
    HostNotAllowed {
        /// Where it wanted to go.
        host: Destination,
    },
    /// The address is one nobody is asked about.
    #[error("the address is refused: {why}")]
    Address {
        /// As the end of a sentence.
        why: &'static str,
    },
    /// The name leads to this machine or its network.
    #[error("{host} leads into the local network")]
    Private {
        /// Where it wanted to go.
        host: Destination,
    },
    /// What went into a tunnel was no TLS, or named another server.
    #[error("the tunnel to {host} is not used for {host}")]
    OtherServer {
        /// Where the tunnel leads.
        host: Destination,
        /// The server named inside, if any.
        named: Option<String>,
    },
    /// The request is larger than allowed.
    #[error("the request is larger than {limit_bytes} bytes")]
    TooLarge {
        /// The limit.
        limit_bytes: u64,
    },
    /// The request takes too long to arrive.
    #[error("the request did not arrive in time")]
    TooSlow,
    /// Too many connections at once.
    #[error("there are too many connections")]
    TooManyConnections,
    /// Too many model requests in a minute.
    #[error("there were too many model requests")]
    TooManyRequests {
        /// When the next one would pass.
        retry_after: Duration,
    },
    /// The attempt has sent or received all it may.
    #[error("this attempt has used up what it may send and receive")]
    UsedUp,
    /// The model endpoint compressed its answer although it was asked not to.
    #[error("the answer from {host} cannot be read")]
    Unreadable {
        /// The endpoint.
        host: String,
    },
    /// The model endpoint points elsewhere; the key does not go there.
    #[error("the model endpoint redirects to {to}")]
    Redirected {
        /// The other host.
        to: String,
    },
}

impl Refusal {
    /// Stable, snake_case.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "request_malformed",
            Self::HostMismatch => "host_mismatch",
            Self::Upgrade => "upgrade_refused",
            Self::Stranger => "stranger",
            Self::NoModel => "no_model_endpoint",
            Self::Path => "path_refused",
            Self::Fetches { .. } => "fetch_refused",
            Self::HostNotAllowed { .. } => "host_not_allowed",
            Self::Address { .. } => "address_refused",
            Self::Private { .. } => "address_private",
            Self::OtherServer { .. } => "other_server",
            Self::TooLarge { .. } => "request_too_large",
            Self::TooSlow => "request_too_slow",
            Self::TooManyConnections => "too_many_connections",
            Self::TooManyRequests { .. } => "too_many_requests",
            Self::UsedUp => "traffic_used_up",
            Self::Unreadable { .. } => "answer_unreadable",
            Self::Redirected { .. } => "redirected",
        }
    }

    /// What to do next, as a sentence.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Malformed { .. } | Self::HostMismatch | Self::Upgrade => {
                "Send a plain HTTP/1.1 request with one host and one length."
            }
            Self::Stranger => "Only the agent itself may use this address.",
            Self::NoModel | Self::Path => {
                "Choose the API this agent speaks, in the settings of its model."
            }
            Self::Fetches { .. } => {
                "Give images and files whole instead of their addresses, and leave tool servers to the agent."
            }
            Self::HostNotAllowed { .. } => "Ask the user to allow this host for the task.",
            Self::Address { .. } => "Use a plain host name.",
            Self::Private { .. } => {
                "If it is meant, allow it with its address: NAME:PORT=ADDRESS:PORT."
            }
            Self::OtherServer { .. } => "Speak TLS to the host the tunnel was opened for.",
            Self::TooLarge { .. } => "Send less at once.",
            Self::TooSlow | Self::TooManyConnections => "Try again.",
            Self::TooManyRequests { .. } => "Wait, and ask less often.",
            Self::UsedUp => "Resume the task, or start it again: each attempt may use as much.",
            Self::Unreadable { .. } => "Choose an endpoint that can answer without compression.",
            Self::Redirected { .. } => {
                "Put the address it redirects to into the settings, if you trust it."
            }
        }
    }

    pub(super) fn status(&self) -> u16 {
        match self {
            Self::Malformed { .. } | Self::HostMismatch | Self::Fetches { .. } => 400,
            Self::Upgrade
            | Self::Stranger
            | Self::NoModel
            | Self::Path
            | Self::HostNotAllowed { .. }
            | Self::Address { .. }
            | Self::Private { .. }
            | Self::OtherServer { .. }
            | Self::UsedUp => 403,
            Self::TooLarge { .. } => 413,
            Self::TooSlow => 408,
            Self::TooManyRequests { .. } => 429,
            Self::TooManyConnections => 503,
            Self::Unreadable { .. } | Self::Redirected { .. } => 502,
        }
    }
}

impl From<&Refusal> for Failure {
    fn from(refusal: &Refusal) -> Self {
        Self::new(
            refusal.code(),
            sentence(&refusal.to_string()),
            refusal.hint(),
        )
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            method,
            target,
            why,
        } = self;
        write!(f, "{method} {target}: {why}")
    }
}

/// What passed through so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Requests begun with the model endpoint: the ones that may cost something.
    pub model_requests: u64,
    /// Requests and tunnels begun to other hosts.
    pub others: u64,
    /// Requests refused.
    pub refused: u64,
    /// Bytes sent out, bodies and tunnels.
    pub uploaded_bytes: u64,
    /// Bytes received, bodies and tunnels.
    pub downloaded_bytes: u64,
    /// Connections open now.
    pub connections: usize,
    /// The most that were ever open at once.
    pub most_connections: usize,
    /// The most bytes of requests to the model that were ever held at once.
    pub most_held_bytes: usize,
    /// Events nobody took in time.
    pub lost_events: u64,
}
