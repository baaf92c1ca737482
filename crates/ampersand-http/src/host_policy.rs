//! Which hosts may be talked to. Pure: it reads an address and a list, and knows nothing of the network.
//!
//! Every hop of a redirect is decided again. What the list does not name is asked about, and what nobody should be asked
//! about (an address in numbers, a user name in the address, an odd port) is refused.

use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// The hosts that need no question. An entry is `example.com` (that host alone), `*.example.com` (every host below
/// it, not itself), or either with a port; numbers such as `127.0.0.1:8888` only ever with a port.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostPolicy {
    /// The entries, as the user wrote them.
    pub allowed: Vec<String>,
}

/// What the policy says about one address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Go ahead.
    Allowed,
    /// The person decides about this host.
    Ask {
        /// In lower case, international names in their ASCII form.
        host: String,
    },
    /// Nobody is asked.
    Refused {
        /// As the end of a sentence.
        why: &'static str,
    },
}

/// Reads an address somebody else wrote. The text itself is judged here, because parsing quietly repairs what should not
/// be repaired: control characters vanish, look-alike letters and backslashes are translated.
pub fn parse_url(text: &str) -> Result<Url, &'static str> {
    if text
        .chars()
        .any(|c| c.is_control() || c.is_whitespace() || c == '\\')
    {
        return Err("it holds control characters, spaces or backslashes");
    }
    let url = Url::parse(text).map_err(|_| "it is not a complete address")?;
    let after_scheme = text.split_once("://").map_or(text, |(_, rest)| rest);
    let authority = after_scheme
        .split(['/', '?', '#'])
        .next()
        .unwrap_or_default();
    if !authority.is_ascii() || authority.contains('%') {
        return Err("its host is not written in plain ASCII");
    }
    Ok(url)
}

impl HostPolicy {
    /// A policy from its entries.
    pub fn new<I: IntoIterator<Item = S>, S: Into<String>>(allowed: I) -> Self {
        Self {
            allowed: allowed.into_iter().map(Into::into).collect(),
        }
    }

    /// Decides about an address.
    pub fn decide(&self, url: &Url) -> Decision {
        let refused = |why| Decision::Refused { why };
        if !matches!(url.scheme(), "http" | "https") {
            return refused("only http and https are served");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return refused("it carries a user name");
        }
        let Some(port) = url.port_or_known_default() else {
            return refused("it names no port");
        };
        if self.names_exactly(url) {
            return Decision::Allowed;
        }
        let Some(Host::Domain(host)) = url.host() else {
            return refused("it names a machine by number");
        };
        let Some(host) = normalise(host) else {
            return refused("its host is malformed");
        };
        if host == "localhost" || host.ends_with(".localhost") {
            return refused("it is this machine");
        }
        let listed = |port| self.entries().any(|entry| entry.matches(&host, port));
        if listed(Some(port)) {
            return Decision::Allowed;
        }
        if !matches!(port, 80 | 443) {
            return refused("its port is unusual");
        }
        if listed(None) {
            Decision::Allowed
        } else {
            Decision::Ask { host }
        }
    }

    /// Whether an entry names this very host and port. Only this lets an address inside the network be dialled.
    pub fn names_exactly(&self, url: &Url) -> bool {
        let Some(port) = url.port_or_known_default() else {
            return false;
        };
        let host = match url.host() {
            Some(Host::Domain(host)) => normalise(host),
            Some(numbers) => Some(numbers.to_string()),
            None => None,
        };
        host.is_some_and(|host| {
            self.entries().any(|entry| {
                !entry.below && entry.port == Some(port) && entry.host.eq_ignore_ascii_case(&host)
            })
        })
    }

    fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        self.allowed.iter().filter_map(|text| Entry::parse(text))
    }
}

struct Entry<'a> {
    host: &'a str,
    /// Hosts below `host`, and not `host` itself.
    below: bool,
    port: Option<u16>,
}

impl<'a> Entry<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let text = text.trim();
        let (text, below) = text
            .strip_prefix("*.")
            .map_or((text, false), |rest| (rest, true));
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port.parse().ok()?)),
            _ => (text, None),
        };
        let host = host.strip_suffix('.').unwrap_or(host);
        (!host.is_empty() && !host.contains('*')).then_some(Self { host, below, port })
    }

    /// `port` is the one the entry must name, or `None` if it must name none.
    fn matches(&self, host: &str, port: Option<u16>) -> bool {
        self.port == port
            && if self.below {
                host.strip_suffix(&self.host.to_ascii_lowercase())
                    .is_some_and(|front| front.len() > 1 && front.ends_with('.'))
            } else {
                self.host.eq_ignore_ascii_case(host)
            }
    }
}

/// Lower case, without the trailing dot that means the same host; `None` if a label is empty or holds
/// anything a host name does not.
fn normalise(host: &str) -> Option<String> {
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    let fine = |label: &str| {
        !label.is_empty()
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    host.split('.').all(fine).then_some(host)
}

#[cfg(test)]
mod tests;
