//! The headers of a request, those with a secret in them apart: they are sent, and never shown.

use reqwest::header;

use crate::{HttpError, Secret};

/// What is sent along with a request. The values of secret headers never show.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headers {
    plain: Vec<(String, String)>,
    secret: Vec<(String, String, Secret)>,
}

impl Headers {
    /// No headers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a header anybody may see.
    #[must_use]
    pub fn plain(mut self, name: &str, value: &str) -> Self {
        self.plain.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds a header with a secret in it, after `prefix` (as in `Bearer `).
    #[must_use]
    pub fn secret(mut self, name: &str, prefix: &str, value: Secret) -> Self {
        self.secret
            .push((name.to_owned(), prefix.to_owned(), value));
        self
    }

    /// As they are sent, the secret ones marked as such.
    pub(crate) fn to_map(&self) -> Result<header::HeaderMap, HttpError> {
        let mut map = header::HeaderMap::new();
        let invalid = |name: &str| HttpError::Invalid {
            why: format!("the header {name} is malformed"),
        };
        let plain = self
            .plain
            .iter()
            .map(|(name, value)| (name, value.clone(), false));
        let secret = self
            .secret
            .iter()
            .map(|(name, prefix, value)| (name, format!("{prefix}{}", value.expose()), true));
        for (name, value, is_secret) in plain.chain(secret) {
            let key = header::HeaderName::try_from(name).map_err(|_| invalid(name))?;
            let mut value = header::HeaderValue::try_from(value).map_err(|_| invalid(name))?;
            value.set_sensitive(is_secret);
            map.append(key, value);
        }
        Ok(map)
    }

    /// The secrets among them.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &Secret> {
        self.secret.iter().map(|(_, _, secret)| secret)
    }

    pub(super) fn redact(&self, text: String) -> String {
        self.secret
            .iter()
            .fold(text, |text, (_, _, secret)| secret.redact(&text))
    }
}
