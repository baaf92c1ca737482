//! Keys that are known are blotted out of what is logged, whoever logs it.

use std::io::{self, Write};
use std::sync::{PoisonError, RwLock};

use crate::Secret;

/// Shorter values are words, and would blot out innocent text.
const LEAST: usize = 6;

/// What stands in place of a key.
const BLOT: &str = "[key]";

/// Every form in which a known key may be written.
static KNOWN: RwLock<Vec<String>> = RwLock::new(Vec::new());

/// Remembers a key, so that every [`Masked`] blots it out from now on.
pub fn mask(key: &Secret) {
    let value = key.expose();
    if value.len() < LEAST {
        return;
    }
    let mut forms = vec![value.to_owned()];
    // In a line of JSON it may be escaped.
    if let Ok(quoted) = serde_json::to_string(value) {
        forms.push(quoted.trim_matches('"').to_owned());
    }
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    for form in forms {
        if !known.contains(&form) {
            known.push(form);
        }
    }
    // A key that contains another goes first.
    known.sort_by_key(|form| std::cmp::Reverse(form.len()));
}

/// A writer that blots out every known key. Each write is taken to hold whole lines, as a log's do.
#[derive(Debug)]
pub struct Masked<W>(W);

impl<W> Masked<W> {
    /// In front of `writer`.
    pub const fn new(writer: W) -> Self {
        Self(writer)
    }
}

impl<W: Write> Write for Masked<W> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
        match blotted(buffer, &known) {
            Some(text) => self.0.write_all(&text)?,
            None => self.0.write_all(buffer)?,
        }
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// `buffer` without keys; nothing if there is none in it.
fn blotted(buffer: &[u8], known: &[String]) -> Option<Vec<u8>> {
    let mut text: Option<Vec<u8>> = None;
    for form in known {
        let form = form.as_bytes();
        let mut rest = text.as_deref().unwrap_or(buffer);
        let mut kept = Vec::new();
        let mut found = false;
        while let Some(at) = rest.windows(form.len()).position(|part| part == form) {
            found = true;
            kept.extend_from_slice(&rest[..at]);
            kept.extend_from_slice(BLOT.as_bytes());
            rest = &rest[at + form.len()..];
        }
        if found {
            kept.extend_from_slice(rest);
            text = Some(kept);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_key_is_blotted_out_in_every_form() {
        for key in ["sk-live-4711", "sk-live-4711-long", "with\"quote\\and"] {
            mask(&Secret::new(key));
        }
        mask(&Secret::new("a"));
        let mut out = Vec::new();
        let line = "{\"message\":\"sk-live-4711, sk-live-4711-long, with\\\"quote\\\\and a\"}\n";
        Masked::new(&mut out).write_all(line.as_bytes()).unwrap();
        let expected = "{\"message\":\"[key], [key], [key] a\"}\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn what_holds_no_key_is_written_as_it_is() {
        let mut out = Vec::new();
        Masked::new(&mut out).write_all(b"\xff nothing").unwrap();
        assert_eq!(out, b"\xff nothing");
    }
}
