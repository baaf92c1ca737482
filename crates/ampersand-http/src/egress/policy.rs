//! What one attempt may reach, and how much of it. Data alone.

use std::time::Duration;

use url::Url;

use super::{Api, Hosts};
use crate::{Headers, HttpError, Secret};

/// What one attempt may reach. The default is nothing.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// The model endpoint of the attempt's runtime.
    pub model: Option<ModelRoute>,
    /// The hosts the user allowed.
    pub hosts: Hosts,
    /// Hosts that are allowed as well, and stay when the others are shut: those of a model that the agent reaches by itself.
    pub stays: Hosts,
    /// Where the listening socket can be reached by others too (no network namespace of its own), what whoever comes must
    /// show: in front of the model's paths as `/TOKEN/v1/…`, and to go elsewhere as the proxy password of the user
    /// `ampersand`. Letters and digits.
    pub token: Option<Secret>,
    /// How much and how long.
    pub limits: Limits,
}

/// The one model endpoint, and what is put in on the way there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelRoute {
    pub(super) base: Url,
    pub(super) apis: Vec<Api>,
    pub(super) headers: Headers,
}

impl ModelRoute {
    /// `base_url` is everything before `/chat/completions`, `/responses`, `/messages` or `/models`, often ending in `/v1`.
    /// `headers` hold the key, in the form the endpoint wants; of the agent's own headers none with a key goes along.
    /// Errors if the address is none.
    pub fn new(base_url: &str, apis: Vec<Api>, headers: Headers) -> Result<Self, HttpError> {
        let invalid = |why: &str| HttpError::Invalid {
            why: why.to_owned(),
        };
        let base = Url::parse(base_url.trim().trim_end_matches('/'))
            .map_err(|_| invalid("the model's base URL is not an http address"))?;
        let plain = matches!(base.scheme(), "http" | "https")
            && base.username().is_empty()
            && base.password().is_none()
            && base.query().is_none()
            && base.fragment().is_none();
        if !plain {
            return Err(invalid("the model's base URL is not a plain http address"));
        }
        headers.to_map()?;
        Ok(Self {
            base,
            apis,
            headers,
        })
    }

    /// The same endpoint with another key, after a login was refreshed.
    #[must_use]
    pub fn with_headers(mut self, headers: Headers) -> Self {
        self.headers = headers;
        self
    }
}

/// How much and how long, for one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Connections at once; more are turned away.
    pub connections: usize,
    /// Model requests at once; more wait.
    pub model_requests_at_once: usize,
    /// Model requests in any minute, also the most in one burst; more are turned away with 429.
    pub model_requests_per_minute: u32,
    /// The largest request to the model. It is held until it is whole, so that half a request never costs anything.
    pub model_request_bytes: usize,
    /// How much of requests to the model is held at once; what more comes waits, but for one request more.
    pub model_requests_held_bytes: usize,
    /// The largest single answer.
    pub answer_bytes: u64,
    /// Everything sent out, together.
    pub upload_bytes: u64,
    /// Everything received, together.
    pub download_bytes: u64,
    /// How long the head of a request may take.
    pub head: Duration,
    /// How long the rest of a request may take.
    pub request: Duration,
    /// How long until a connection stands.
    pub connect: Duration,
    /// How long until an answer begins.
    pub first_byte: Duration,
    /// How long an answer or a tunnel may say nothing.
    pub idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        const MIB: u64 = 1024 * 1024;
        Self {
            connections: 64,
            model_requests_at_once: 8,
            model_requests_per_minute: 120,
            model_request_bytes: 32 * 1024 * 1024,
            model_requests_held_bytes: 64 * 1024 * 1024,
            answer_bytes: 512 * MIB,
            upload_bytes: 1024 * MIB,
            download_bytes: 8 * 1024 * MIB,
            head: Duration::from_secs(10),
            request: Duration::from_secs(120),
            connect: Duration::from_secs(10),
            first_byte: Duration::from_secs(600),
            idle: Duration::from_secs(300),
        }
    }
}
