//! The decision about a request an agent made, for those who throw made-up bytes at it. Nothing else uses it.

use bytes::Bytes;
use url::Url;

use super::admit::{Admission, Here, admit};
use super::head::Head;
use super::redact::Redactor;
use super::{Api, Destination, Hosts, ModelRoute, Policy};
use crate::Headers;

/// Where the model is.
const MODEL: &str = "https://model.test/base/v1";

/// The hosts that are allowed, with the ports they mean.
const ALLOWED: [(&str, [u16; 2]); 2] = [("open.test", [443, 80]), ("port.test", [8443, 8443])];

/// Decides about a head. The error is what was let through and should not have been.
pub fn request(bytes: &[u8]) -> Result<(), String> {
    let Ok(head) = Head::parse(bytes) else {
        return Ok(());
    };
    let fixed = |error: &dyn std::fmt::Display| error.to_string();
    let apis = vec![
        Api::AnthropicMessages,
        Api::Responses,
        Api::ChatCompletions,
        Api::Gemini,
    ];
    let model = ModelRoute::new(MODEL, apis, Headers::new()).map_err(|error| fixed(&error))?;
    let hosts = Hosts::new(["open.test", "port.test:8443"]).map_err(|error| fixed(&error))?;
    let here = Here {
        port: Some(4911),
        hosts: &hosts,
        model: Some(&model),
    };
    let is_right = match admit(&head, &Policy::default(), here) {
        Err(_) => true,
        Ok(Admission::Model { url }) => {
            url.as_str().starts_with(MODEL) && !url.path().split('/').any(|part| part == "..")
        }
        Ok(Admission::Forward { to, url }) => is_allowed(&to) && leads_to(&url, &to),
        Ok(Admission::Tunnel { to }) => is_allowed(&to),
    };
    is_right.then_some(()).ok_or_else(|| format!("{head:?}"))
}

fn is_allowed(to: &Destination) -> bool {
    ALLOWED
        .iter()
        .any(|(name, ports)| *name == to.name && ports.contains(&to.port))
}

fn leads_to(url: &Url, to: &Destination) -> bool {
    url.scheme() == "http"
        && url.host_str() == Some(&to.name)
        && url.port_or_known_default() == Some(to.port)
        && url.username().is_empty()
        && url.password().is_none()
}

/// Passes pieces of an answer on without a secret, and gives what came out.
pub fn redacted(secret: &[u8], pieces: &[&[u8]]) -> Vec<u8> {
    let mut redactor = Redactor::new([secret.to_vec()]);
    let mut out = Vec::new();
    for piece in pieces {
        out.extend_from_slice(&redactor.push(Bytes::copy_from_slice(piece)));
    }
    out.extend_from_slice(&redactor.finish());
    out
}
