//! One page, fetched under a host policy. The address that was checked is the address that is dialled, and every
//! redirect is decided like a new request; one that leads to a host nobody allowed becomes a question.

use std::{net::SocketAddr, time::Duration};

use ampersand_core::Failure;
use encoding_rs::{Encoding, UTF_8};
use reqwest::{Response, header};
use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::html::reduce_html;
use crate::{
    HttpError,
    address::is_public,
    client::{builder, content_type_of, essence, host_of, read_bounded},
    host_policy::{Decision, HostPolicy, parse_url},
    http_error::sentence,
};

/// What one fetch may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FetchLimits {
    /// For everything together: names, redirects, the page.
    pub deadline: Duration,
    /// The most that is read of a page, after decompression.
    pub body_bytes: usize,
    /// The most that is kept of its text.
    pub text_bytes: usize,
    /// How many redirects are followed.
    pub redirects: u32,
}

impl Default for FetchLimits {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(30),
            body_bytes: 2 * 1024 * 1024,
            text_bytes: 64 * 1024,
            redirects: 5,
        }
    }
}

/// A page as somebody would read it. All of it is data from a stranger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Where it was found in the end.
    pub url: String,
    /// Its title; empty if it has none.
    pub title: String,
    /// Its text, without markup and scripts.
    pub text: String,
    /// As the server named it, without parameters.
    pub content_type: String,
    /// Whether there was more than the limits let in.
    pub truncated: bool,
}

/// Why there is no page.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The policy does not know the host: the person decides, and the fetch is tried again.
    #[error("{host} has not been allowed yet")]
    Ask {
        /// The host to decide about; after a redirect, the one it leads to.
        host: String,
    },
    /// The address is one nobody is asked about.
    #[error("the address is refused: {why}")]
    Refused {
        /// As the end of a sentence.
        why: &'static str,
    },
    /// The name leads to this machine or its network.
    #[error("{host} leads into the local network")]
    Private {
        /// The host.
        host: String,
    },
    /// It goes on redirecting.
    #[error("{host} redirects without end")]
    TooManyRedirects {
        /// The last host.
        host: String,
    },
    /// The server has no such page, or does not give it.
    #[error("{host} answered with status {status}")]
    Status {
        /// The host.
        host: String,
        /// The status.
        status: u16,
    },
    /// It is not text.
    #[error("{host} sent {content_type}, which is not text")]
    NotText {
        /// The host.
        host: String,
        /// What it is.
        content_type: String,
    },
    /// It took too long.
    #[error("the page was not there within {} s", .after.as_secs())]
    TimedOut {
        /// How long was waited.
        after: Duration,
    },
    /// The connection failed.
    #[error("the page could not be fetched")]
    Http(#[source] HttpError),
}

impl From<&FetchError> for Failure {
    fn from(error: &FetchError) -> Self {
        let (code, hint) = match error {
            FetchError::Ask { .. } => (
                "host_not_allowed",
                "Allow the host, once or for good, or leave the page.",
            ),
            FetchError::Refused { .. } => ("address_refused", "Use a plain https address."),
            FetchError::Private { .. } => (
                "address_private",
                "If it is meant, allow this host with its port in the settings.",
            ),
            FetchError::TooManyRedirects { .. } => {
                ("too_many_redirects", "Use the address it leads to.")
            }
            FetchError::Status { .. } => (
                "page_missing",
                "Check the address, or look for the page by search.",
            ),
            FetchError::NotText { .. } => ("not_text", "Look for the same content as a web page."),
            FetchError::TimedOut { .. } => ("timed_out", "Try again later, or use another source."),
            FetchError::Http(inner) => return inner.into(),
        };
        Self::new(code, sentence(&error.to_string()), hint)
    }
}

/// Fetches one page. `policy` holds the settings' hosts together with what was granted for this task.
///
/// It always dials itself, past any proxy: behind one, nobody here could say which machine is reached.
pub async fn fetch(
    url: &str,
    policy: &HostPolicy,
    limits: FetchLimits,
) -> Result<Page, FetchError> {
    let after = limits.deadline;
    tokio::time::timeout(after, follow(url, policy, limits))
        .await
        .unwrap_or(Err(FetchError::TimedOut { after }))
}

async fn follow(url: &str, policy: &HostPolicy, limits: FetchLimits) -> Result<Page, FetchError> {
    let mut url = parse_url(url).map_err(|why| FetchError::Refused { why })?;
    for _ in 0..=limits.redirects {
        match policy.decide(&url) {
            Decision::Allowed => {}
            Decision::Ask { host } => return Err(FetchError::Ask { host }),
            Decision::Refused { why } => return Err(FetchError::Refused { why }),
        }
        let addresses = checked_addresses(&url, policy).await?;
        let response = get(&url, &addresses, limits).await?;
        let status = response.status();
        let host = host_of(&url);
        if status.is_redirection() {
            url = redirect_target(&url, &response).ok_or(FetchError::Status {
                host,
                status: status.as_u16(),
            })?;
        } else if status.is_success() {
            return read(url, response, limits).await;
        } else {
            return Err(FetchError::Status {
                host,
                status: status.as_u16(),
            });
        }
    }
    Err(FetchError::TooManyRedirects {
        host: host_of(&url),
    })
}

/// Resolves once. A name with even one address inside the network is refused whole, so that no retry can slip there.
async fn checked_addresses(url: &Url, policy: &HostPolicy) -> Result<Vec<SocketAddr>, FetchError> {
    let host = host_of(url);
    let unreachable = || FetchError::Http(HttpError::Unreachable { host: host.clone() });
    let port = url.port_or_known_default().ok_or_else(unreachable)?;
    let addresses: Vec<SocketAddr> = match url.host().ok_or_else(unreachable)? {
        Host::Ipv4(address) => vec![(address, port).into()],
        Host::Ipv6(address) => vec![(address, port).into()],
        Host::Domain(name) => tokio::net::lookup_host((name, port))
            .await
            .map_err(|_| unreachable())?
            .collect(),
    };
    if addresses.is_empty() {
        return Err(unreachable());
    }
    if !policy.names_exactly(url) && !addresses.iter().all(|address| is_public(address.ip())) {
        return Err(FetchError::Private { host });
    }
    Ok(addresses)
}

async fn get(
    url: &Url,
    addresses: &[SocketAddr],
    limits: FetchLimits,
) -> Result<Response, FetchError> {
    let host = host_of(url);
    let failed = |error: reqwest::Error| FetchError::Http(HttpError::from_reqwest(&error, &host));
    // A client for this one hop: connections kept for another policy's answer would pass by the check.
    let mut client = builder(limits.deadline)
        .no_proxy()
        .pool_max_idle_per_host(0);
    if let Some(Host::Domain(name)) = url.host() {
        client = client.resolve_to_addrs(name, addresses);
    }
    let accept = "text/html, text/plain, application/json, text/*;q=0.8, */*;q=0.1";
    let request = client
        .build()
        .map_err(failed)?
        .get(url.clone())
        .header(header::ACCEPT, accept);
    request.send().await.map_err(failed)
}

fn redirect_target(from: &Url, response: &Response) -> Option<Url> {
    let location = response.headers().get(header::LOCATION)?.to_str().ok()?;
    if location.chars().any(|c| c.is_control() || c == '\\') {
        return None;
    }
    let mut target = from.join(location).ok()?;
    // A fragment is for whoever reads the page; carried along it would only leak.
    target.set_fragment(None);
    // From a safe connection to an open one: anybody in between could have written the page.
    (from.scheme() == "http" || target.scheme() != "http").then_some(target)
}

async fn read(url: Url, response: Response, limits: FetchLimits) -> Result<Page, FetchError> {
    let host = host_of(&url);
    let named = content_type_of(&response);
    let content_type = essence(&named);
    if !is_text(&content_type) {
        return Err(FetchError::NotText { host, content_type });
    }
    let (bytes, cut) = read_bounded(response, limits.body_bytes, limits.deadline)
        .await
        .map_err(|fault| FetchError::Http(fault.into_error(&host)))?;
    let text = decode(&bytes, &named);
    let is_html = matches!(content_type.as_str(), "text/html" | "application/xhtml+xml");
    let (title, mut text) = if is_html {
        let reduced = reduce_html(&text);
        (reduced.title, reduced.text)
    } else {
        (String::new(), text)
    };
    let fits = text.len() <= limits.text_bytes;
    text.truncate(text.floor_char_boundary(limits.text_bytes));
    Ok(Page {
        url: url.into(),
        title,
        text,
        content_type,
        truncated: cut || !fits,
    })
}

fn is_text(content_type: &str) -> bool {
    let Some((kind, rest)) = content_type.split_once('/') else {
        return false;
    };
    let ends = |suffix| rest.ends_with(suffix);
    kind == "text"
        || (kind == "application"
            && (matches!(
                rest,
                "json"
                    | "xml"
                    | "javascript"
                    | "toml"
                    | "yaml"
                    | "x-yaml"
                    | "xhtml+xml"
                    | "x-ndjson"
            ) || ends("+json")
                || ends("+xml")))
}

/// By byte order mark, then what the server says, then what the page says of itself, then UTF-8.
fn decode(bytes: &[u8], content_type: &str) -> String {
    let named = charset_in(content_type).or_else(|| {
        let start = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]).to_ascii_lowercase();
        start
            .contains("<meta")
            .then(|| charset_in(&start))
            .flatten()
    });
    named.unwrap_or(UTF_8).decode(bytes).0.into_owned()
}

fn charset_in(text: &str) -> Option<&'static Encoding> {
    let value = text
        .split_once("charset=")?
        .1
        .trim_start_matches(['"', '\'']);
    let end = value.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':')));
    Encoding::for_label(&value.as_bytes()[..end.unwrap_or(value.len())])
}
