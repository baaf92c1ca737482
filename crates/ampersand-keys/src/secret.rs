//! A key on its way to where it is needed. It refuses to be printed, logged or serialised.

use std::fmt;

/// A key or token. Its value leaves only through [`Secret::expose`].
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a value; white space around it is what pasting leaves behind and is dropped.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into().trim().to_owned())
    }

    /// The value itself, for the one place that sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing in it.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `text` with every occurrence of the value blotted out, for servers that echo what they were sent.
    pub fn redact(&self, text: &str) -> String {
        if self.0.is_empty() {
            text.to_owned()
        } else {
            text.replace(&self.0, "[key]")
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret([key])")
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn a_secret_shows_itself_neither_in_debug_nor_in_an_echo() {
        let secret = Secret::new(" sk-live-1234\n");
        assert_eq!(format!("{secret:?}"), "Secret([key])");
        assert_eq!(secret.expose(), "sk-live-1234");
        assert_eq!(secret.redact("bad key sk-live-1234!"), "bad key [key]!");
        assert_eq!(Secret::new("").redact("text"), "text");
    }
}
