//! What becomes of a request, from its head alone. Pure.

use base64::{Engine, engine::general_purpose::STANDARD};
use url::Url;

use super::{
    Destination, Hosts, ModelRoute, Policy, Refusal,
    head::{Framing, Head},
    hosts::Scheme,
};
use crate::Secret;

/// The user name that goes with the token of a proxy.
pub(super) const PROXY_USER: &str = "ampersand";

/// A request that goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Admission {
    /// To the model endpoint, at this address.
    Model { url: Url },
    /// To an allowed host, in the open.
    Forward { to: Destination, url: Url },
    /// To an allowed host, unseen.
    Tunnel { to: Destination },
}

/// What the decision depends on besides the policy.
#[derive(Debug, Clone, Copy)]
pub(super) struct Here<'a> {
    /// The port the proxy is reached at; `None` where it has no port.
    pub(super) port: Option<u16>,
    /// The hosts allowed at this moment.
    pub(super) hosts: &'a Hosts,
    /// The model endpoint of this moment.
    pub(super) model: Option<&'a ModelRoute>,
}

/// Decides about a request.
pub(super) fn admit(head: &Head, policy: &Policy, here: Here<'_>) -> Result<Admission, Refusal> {
    if head.wants_upgrade {
        return Err(Refusal::Upgrade);
    }
    if head.method == "CONNECT" {
        return tunnel(head, policy, here);
    }
    if head.target.starts_with('/') {
        return model(head, policy, here);
    }
    forward(head, policy, here)
}

fn model(head: &Head, policy: &Policy, here: Here<'_>) -> Result<Admission, Refusal> {
    // Whoever names another host here was led here by a name that resolves to us.
    let host = head.host.as_deref().unwrap_or_default();
    if !is_here(host, here.port) {
        return Err(Refusal::HostMismatch);
    }
    let mut target = head.target.as_str();
    if let Some(token) = &policy.token {
        target = target
            .get(1..)
            .and_then(|rest| rest.split_at_checked(token.expose().len()))
            .filter(|(shown, rest)| same(shown, token) && rest.starts_with('/'))
            .map(|(_, rest)| rest)
            .ok_or(Refusal::Stranger)?;
    }
    let route = here.model.ok_or(Refusal::NoModel)?;
    let found = route
        .apis
        .iter()
        .find_map(|api| api.route(&head.method, target))
        .ok_or(Refusal::Path)?;
    match head.framing {
        Framing::Nothing => {}
        Framing::Length(_) | Framing::Chunked if head.method == "GET" => {
            return Err(Refusal::Malformed {
                why: "it asks with a body",
            });
        }
        Framing::Length(length) if length > policy.limits.model_request_bytes as u64 => {
            return Err(too_large(policy));
        }
        Framing::Length(_) | Framing::Chunked => {}
    }
    let mut url = route.base.clone();
    let path = format!("{}/{}", url.path().trim_end_matches('/'), found.tail);
    url.set_path(&path);
    url.set_query(found.query.as_deref());
    Ok(Admission::Model { url })
}

pub(super) fn too_large(policy: &Policy) -> Refusal {
    Refusal::TooLarge {
        limit_bytes: policy.limits.model_request_bytes as u64,
    }
}

fn tunnel(head: &Head, policy: &Policy, here: Here<'_>) -> Result<Admission, Refusal> {
    known(head, policy)?;
    let to = Destination::parse(&head.target, None).map_err(|why| Refusal::Address { why })?;
    let agrees =
        |host: &str| host == head.target || (host == to.name && to.port == Scheme::Tls.port());
    if !head.host.as_deref().is_none_or(agrees) {
        return Err(Refusal::HostMismatch);
    }
    if !here.hosts.allow(&to, Scheme::Tls) {
        return Err(Refusal::HostNotAllowed { host: to });
    }
    Ok(Admission::Tunnel { to })
}

fn forward(head: &Head, policy: &Policy, here: Here<'_>) -> Result<Admission, Refusal> {
    known(head, policy)?;
    let refused = |why| Refusal::Address { why };
    let rest = head
        .target
        .strip_prefix("http://")
        .ok_or(refused("only http goes without a tunnel"))?;
    let (authority, path) = match rest.find(['/', '?']) {
        Some(at) => rest.split_at(at),
        None => (rest, "/"),
    };
    if !path.starts_with('/') {
        return Err(refused("it has no path"));
    }
    const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    if !METHODS.contains(&head.method.as_str()) {
        return Err(Refusal::Malformed {
            why: "its method is unusual",
        });
    }
    let to = Destination::parse(authority, Some(Scheme::Plain.port())).map_err(refused)?;
    if head.host.as_deref() != Some(authority) {
        return Err(Refusal::HostMismatch);
    }
    if !here.hosts.allow(&to, Scheme::Plain) {
        return Err(Refusal::HostNotAllowed { host: to });
    }
    let url = Url::parse(&head.target).map_err(|_| refused("it is not a complete address"))?;
    // Two readers of one address: what was allowed is the name and port read here.
    let agrees = url.host_str() == Some(&to.name) && url.port_or_known_default() == Some(to.port);
    if !agrees {
        return Err(Refusal::HostMismatch);
    }
    Ok(Admission::Forward { to, url })
}

/// Whether a Host header names this proxy, as an agent that was given its address writes it.
fn is_here(host: &str, port: Option<u16>) -> bool {
    let (name, named) = match host.rsplit_once(':') {
        Some((name, digits)) if !digits.ends_with(']') => (name, digits.parse::<u16>().ok()),
        _ => (host, None),
    };
    let is_loopback = matches!(name, "localhost" | "127.0.0.1" | "[::1]");
    is_loopback && port.is_none_or(|port| named == Some(port))
}

fn known(head: &Head, policy: &Policy) -> Result<(), Refusal> {
    let Some(token) = &policy.token else {
        return Ok(());
    };
    let shown = head
        .header("proxy-authorization")
        .and_then(|value| value.strip_prefix("Basic "))
        .and_then(|value| STANDARD.decode(value).ok())
        .and_then(|bytes| String::from_utf8(bytes).ok());
    let password = shown
        .as_deref()
        .and_then(|text| text.split_once(':'))
        .filter(|(user, _)| *user == PROXY_USER);
    match password {
        Some((_, password)) if same(password, token) => Ok(()),
        _ => Err(Refusal::Stranger),
    }
}

/// Compares without ending early, so that nobody finds the token letter by letter.
fn same(shown: &str, token: &Secret) -> bool {
    let token = token.expose();
    let differ = |(a, b): (u8, u8)| a ^ b;
    shown.len() == token.len()
        && shown
            .bytes()
            .zip(token.bytes())
            .map(differ)
            .fold(0, |all, one| all | one)
            == 0
}

#[cfg(test)]
mod tests;
