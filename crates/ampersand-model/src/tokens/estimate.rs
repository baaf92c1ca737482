//! Tokens by rule of thumb. It errs upwards: a request that is refused costs more than one that could have held more.
//! What was really used comes from the server.

use crate::{Message, Request, ToolSpec};

/// What every message costs besides its text.
const PER_MESSAGE: u32 = 5;

/// About how many tokens a text is.
pub fn estimate(text: &str) -> u32 {
    let mut total = 0_u32;
    let mut run = Run::default();
    for c in text.chars() {
        let kind = Kind::of(c);
        if kind != run.kind {
            total = total.saturating_add(run.tokens());
            run = Run { kind, chars: 0 };
        }
        run.chars = run.chars.saturating_add(1);
    }
    total.saturating_add(run.tokens())
}

/// About how many tokens a message is.
pub fn estimate_message(message: &Message) -> u32 {
    let text = match message {
        Message::User { text } => estimate(text),
        Message::Assistant { text, calls } => calls.iter().fold(estimate(text), |sum, call| {
            let call = estimate(&call.id) + estimate(&call.name) + estimate(&call.arguments);
            sum.saturating_add(call + PER_MESSAGE)
        }),
        Message::ToolResult { call_id, text } => estimate(call_id).saturating_add(estimate(text)),
    };
    text.saturating_add(PER_MESSAGE)
}

/// About how many tokens a request is, its tools included.
pub fn estimate_request(request: &Request) -> u32 {
    let tool = |tool: &ToolSpec| {
        let shape = estimate(&tool.parameters.to_string());
        shape.saturating_add(estimate(&tool.name) + estimate(&tool.description) + PER_MESSAGE)
    };
    let tools = request.tools.iter().map(tool);
    let messages = request.messages.iter().map(estimate_message);
    let system = estimate(&request.system).saturating_add(PER_MESSAGE);
    tools.chain(messages).fold(system, u32::saturating_add)
}

#[derive(Default)]
struct Run {
    kind: Kind,
    chars: u32,
}

#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Letters,
    Digits,
    #[default]
    Blank,
    Punctuation,
    /// Scripts with few letters to a word: Cyrillic, Greek, Arabic, accented Latin.
    OtherLetters,
    /// One sign, at least one token.
    Signs,
}

impl Kind {
    fn of(c: char) -> Self {
        match c {
            'a'..='z' | 'A'..='Z' => Self::Letters,
            '0'..='9' => Self::Digits,
            c if c.is_whitespace() => Self::Blank,
            c if c.is_ascii() => Self::Punctuation,
            c if c.is_alphabetic() && u32::from(c) < 0x2e80 => Self::OtherLetters,
            _ => Self::Signs,
        }
    }
}

impl Run {
    fn tokens(&self) -> u32 {
        let chars = self.chars;
        match self.kind {
            Kind::Letters => chars.div_ceil(6),
            Kind::Digits => chars.div_ceil(3),
            // A single space belongs to the word after it.
            Kind::Blank => (chars.saturating_sub(1)).div_ceil(4),
            Kind::Punctuation => chars.div_ceil(2),
            Kind::OtherLetters => chars.div_ceil(2),
            Kind::Signs => chars.saturating_mul(2),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::estimate;

    /// Ranges, because every provider counts differently: from a good tokeniser's count to half as much again.
    #[track_caller]
    fn check(text: &str, expected: std::ops::RangeInclusive<u32>) {
        let guess = estimate(text);
        assert!(expected.contains(&guess), "{guess}: {text}");
    }

    #[test]
    fn the_estimate_is_near_and_rather_above() {
        check("", 0..=0);
        check("The quick brown fox jumps over the lazy dog.", 10..=15);
        check("1234567890", 4..=6);
        check("authentication", 1..=3);
        check("        indented", 2..=5);
        check("Здравствуйте", 3..=6);
        check("日本語", 3..=6);
    }

    #[test]
    fn a_text_as_large_as_memory_allows_does_not_overflow() {
        assert!(estimate(&"🦀".repeat(1_000_000)) >= 1_000_000);
    }
}
