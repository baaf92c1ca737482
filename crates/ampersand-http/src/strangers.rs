//! What servers write outside of bodies, for those who throw made-up bytes at its readers. Nothing else uses it.

use crate::host_policy::{self, Decision, HostPolicy};
use crate::retry;

/// Reads a `Retry-After` header beside a `Date`.
pub fn retry_after(value: &str, date: Option<&str>) -> Option<std::time::Duration> {
    retry::parse_retry_after(value, date)
}

/// Reads an address a page or a search named, and decides about it where one host is allowed. The error is one that would
/// be fetched, or asked about, and should not be.
pub fn address(text: &str) -> Result<(), String> {
    let Ok(url) = host_policy::parse_url(text) else {
        return Ok(());
    };
    let plain = matches!(url.scheme(), "http" | "https")
        && url.username().is_empty()
        && url.password().is_none();
    // A name with a dot behind it is the same name.
    let name = url.domain().map(|name| name.trim_end_matches('.'));
    let is_right = match HostPolicy::new(["docs.example"]).decide(&url) {
        Decision::Refused { .. } => true,
        Decision::Allowed => plain && name == Some("docs.example"),
        Decision::Ask { host } => plain && name.is_some() && host != "docs.example",
    };
    is_right.then_some(()).ok_or_else(|| url.to_string())
}
