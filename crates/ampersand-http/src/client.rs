//! The client that speaks to models and search endpoints: one request, one answer, streamed or bounded.
//!
//! It never follows a redirect and never asks twice by itself; see [`crate::retry`] for when callers may.

mod body;
mod headers;

use std::{fmt, time::Duration};

pub use body::EventStream;
pub(crate) use body::read_bounded;
pub use headers::Headers;
use reqwest::{Response, header};
use url::{Host, Url};

use self::body::error_body;
use crate::{HttpError, retry::parse_retry_after, tls};

/// How much of an answer that is an error is kept.
const ERROR_BODY_BYTES: usize = 4 * 1024;

/// What a client puts up with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long until a connection stands.
    pub connect: Duration,
    /// How long until an answer begins; models that think first, or are loaded from disk first, are slow here.
    pub first_byte: Duration,
    /// How long an answer may say nothing once it began.
    pub idle: Duration,
    /// The largest event of a stream.
    pub event_bytes: usize,
    /// The largest answer that is read whole.
    pub body_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            first_byte: Duration::from_secs(300),
            idle: Duration::from_secs(120),
            event_bytes: 1024 * 1024,
            body_bytes: 2 * 1024 * 1024,
        }
    }
}

/// A client with its connections; a clone shares them.
#[derive(Clone)]
pub struct Client {
    limits: Limits,
    proxied: reqwest::Client,
    direct: reqwest::Client,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// A client with the usual limits. Errors only if the system gives us nothing to connect with.
    pub fn new() -> Result<Self, HttpError> {
        Self::with_limits(Limits::default())
    }

    /// A client with other limits.
    pub fn with_limits(limits: Limits) -> Result<Self, HttpError> {
        let build = |builder: reqwest::ClientBuilder| {
            builder
                .build()
                .map_err(|error| HttpError::from_reqwest(&error, "this machine"))
        };
        Ok(Self {
            limits,
            proxied: build(builder(limits.connect))?,
            direct: build(builder(limits.connect).no_proxy())?,
        })
    }

    /// Posts `body` as JSON and reads the answer as server-sent events. Dropping the future or the stream cancels.
    pub async fn post_stream(
        &self,
        url: &Url,
        headers: &Headers,
        body: &serde_json::Value,
    ) -> Result<EventStream, HttpError> {
        let host = host_of(url);
        let request = self
            .towards(url)
            .post(url.clone())
            .headers(headers.to_map()?)
            .header(header::ACCEPT, "text/event-stream")
            .json(body);
        let response = self.send(request, &host, headers).await?;
        let content_type = content_type_of(&response);
        if essence(&content_type) != "text/event-stream" {
            let body = headers.redact(error_body(response, self.limits.idle).await);
            return Err(HttpError::NotEventStream {
                host,
                content_type,
                body,
            });
        }
        Ok(EventStream::new(response, host, self.limits))
    }

    /// Gets an answer whole, as JSON: a search, a list of models. A success that holds no JSON is [`HttpError::Rejected`].
    pub async fn get_json(
        &self,
        url: &Url,
        headers: &Headers,
    ) -> Result<serde_json::Value, HttpError> {
        let request = self
            .towards(url)
            .get(url.clone())
            .headers(headers.to_map()?)
            .header(header::ACCEPT, "application/json");
        self.whole_json(request, host_of(url), headers).await
    }

    /// Posts `body` as JSON and reads the answer whole, as JSON: a login that is refreshed. What is secret in `body` is
    /// the caller's to blot out of an error.
    pub async fn post_json(
        &self,
        url: &Url,
        headers: &Headers,
        body: &serde_json::Value,
    ) -> Result<serde_json::Value, HttpError> {
        let request = self
            .towards(url)
            .post(url.clone())
            .headers(headers.to_map()?)
            .header(header::ACCEPT, "application/json")
            .json(body);
        self.whole_json(request, host_of(url), headers).await
    }

    async fn whole_json(
        &self,
        request: reqwest::RequestBuilder,
        host: String,
        headers: &Headers,
    ) -> Result<serde_json::Value, HttpError> {
        let response = self.send(request, &host, headers).await?;
        let status = response.status().as_u16();
        let whole = read_bounded(response, self.limits.body_bytes, self.limits.idle);
        let (bytes, truncated) = whole.await.map_err(|fault| fault.into_error(&host))?;
        if truncated {
            return Err(HttpError::TooLarge {
                host,
                limit_bytes: self.limits.body_bytes,
            });
        }
        serde_json::from_slice(&bytes).map_err(|_| {
            let start = &bytes[..bytes.len().min(ERROR_BODY_BYTES)];
            let body = headers.redact(String::from_utf8_lossy(start).into_owned());
            HttpError::Rejected { host, status, body }
        })
    }

    /// A proxy in the environment is meant for the world, not for a server on this machine.
    pub(crate) fn towards(&self, url: &Url) -> &reqwest::Client {
        let is_here = match url.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        if is_here { &self.direct } else { &self.proxied }
    }

    async fn send(
        &self,
        request: reqwest::RequestBuilder,
        host: &str,
        headers: &Headers,
    ) -> Result<Response, HttpError> {
        let after = self.limits.first_byte;
        let response = tokio::time::timeout(after, request.send())
            .await
            .map_err(|_| HttpError::Idle {
                host: host.to_owned(),
                after,
            })?
            .map_err(|error| HttpError::from_reqwest(&error, host))?;
        tracing::debug!(host, status = response.status().as_u16(), "answer began");
        if response.status().is_success() {
            return Ok(response);
        }
        Err(self.judge(response, host.to_owned(), headers).await)
    }

    async fn judge(&self, response: Response, host: String, headers: &Headers) -> HttpError {
        let status = response.status();
        let retry_after = retry_after_of(&response);
        if status.is_redirection() {
            return HttpError::Redirected {
                host,
                to: redirect_target(&response),
            };
        }
        let body = headers.redact(error_body(response, self.limits.idle).await);
        HttpError::from_status(host, status.as_u16(), retry_after, body)
    }
}

/// The settings every connection of ours shares.
pub(crate) fn builder(connect: Duration) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls::config())
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        .connect_timeout(connect)
        .user_agent(concat!("ampersand/", env!("CARGO_PKG_VERSION")))
}

/// The host, with its port if the address names one.
pub(crate) fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or("the address");
    url.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// As the server named it.
pub(crate) fn content_type_of(response: &Response) -> String {
    let value = response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    value.unwrap_or("no content type").to_owned()
}

/// A content type without its parameters, in lower case.
pub(crate) fn essence(content_type: &str) -> String {
    content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
}

/// Where a redirect leads, by its host.
pub(crate) fn redirect_target(response: &Response) -> String {
    let location = response
        .headers()
        .get(header::LOCATION)
        .and_then(|value| value.to_str().ok());
    let target = location.and_then(|location| response.url().join(location).ok());
    target.map_or_else(|| "nowhere".to_owned(), |url| host_of(&url))
}

/// How long the server asks to be left alone.
pub(crate) fn retry_after_of(response: &Response) -> Option<Duration> {
    let text = |name: &str| {
        response
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    if let Some(ms) = text("retry-after-ms").and_then(|value| value.trim().parse().ok()) {
        return Some(Duration::from_millis(ms));
    }
    parse_retry_after(text("retry-after")?, text("date"))
}
