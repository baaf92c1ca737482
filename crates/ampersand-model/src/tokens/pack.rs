//! What of a history fits into a request, and an honest word about the rest.

use std::fmt;

/// How much an item matters. Later variants go first when room is short.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// Stays even if nothing else does: the message that is being answered.
    Must,
    /// Plans, and reports that are being talked about.
    High,
    /// The conversation.
    Normal,
    /// What is only background.
    Low,
}

/// One item of a history. Messages that only make sense together (a call and its result) are one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item<T> {
    /// What it is.
    pub value: T,
    /// What a person would call it, in the singular: `message`, `report`.
    pub noun: &'static str,
    /// About how large it is.
    pub tokens: u32,
    /// How much it matters.
    pub priority: Priority,
}

/// The room for a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// What is left for the history.
    pub tokens: u32,
}

/// A history that fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed<T> {
    /// What stays, in its old order.
    pub kept: Vec<T>,
    /// What does not.
    pub left_out: LeftOut,
    /// About how large `kept` is. Above the budget only if what must stay is larger than it.
    pub tokens: u32,
}

/// What was left out; its `Display` is for the person and the model alike.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// How many of each noun, in order of first appearance.
    pub counts: Vec<(&'static str, usize)>,
    /// About how large all of it was.
    pub tokens: u32,
}

impl Budget {
    /// The room that remains of a context of `context_tokens` beside what is always sent and what may be answered.
    pub fn beside(context_tokens: u32, always_sent: u32, answer: u32) -> Self {
        let tokens = context_tokens
            .saturating_sub(always_sent)
            .saturating_sub(answer);
        Self { tokens }
    }

    /// Chooses what stays: by priority, and within one by age, the newest first. Within a priority the first item that does
    /// not fit ends it, so that a conversation has a beginning and no holes.
    pub fn pack<T>(self, items: Vec<Item<T>>) -> Packed<T> {
        let mut keep = vec![false; items.len()];
        let mut used = 0_u32;
        for priority in [
            Priority::Must,
            Priority::High,
            Priority::Normal,
            Priority::Low,
        ] {
            let of_this = items
                .iter()
                .enumerate()
                .filter(|(_, item)| item.priority == priority);
            for (at, item) in of_this.rev() {
                let with = used.saturating_add(item.tokens);
                if with > self.tokens && priority != Priority::Must {
                    break;
                }
                used = with;
                keep[at] = true;
            }
        }
        let mut left_out = LeftOut::default();
        let mut kept = Vec::new();
        for (item, keep) in items.into_iter().zip(keep) {
            if keep {
                kept.push(item.value);
            } else {
                left_out.add(item.noun, item.tokens);
            }
        }
        Packed {
            kept,
            left_out,
            tokens: used,
        }
    }
}

impl LeftOut {
    /// Whether nothing was.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    fn add(&mut self, noun: &'static str, tokens: u32) {
        self.tokens = self.tokens.saturating_add(tokens);
        match self.counts.iter_mut().find(|(known, _)| *known == noun) {
            Some((_, count)) => *count += 1,
            None => self.counts.push((noun, 1)),
        }
    }
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (noun, count)) in self.counts.iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            let plural = if *count == 1 { "" } else { "s" };
            write!(f, "{comma}{count} earlier {noun}{plural}")?;
        }
        if !self.is_empty() {
            write!(f, " left out (about {} tokens)", self.tokens)?;
        }
        Ok(())
    }
}

/// A text cut to a size, with the cut shown in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounded {
    /// The text, at most as long as asked for.
    pub text: String,
    /// How many bytes are missing.
    pub cut_bytes: usize,
}

/// Cuts the middle out of a text that is too long: beginnings say what it is, ends say how it went. `limit_bytes` of
/// less than the marker give only the marker, or nothing.
pub fn bound(text: &str, limit_bytes: usize) -> Bounded {
    if text.len() <= limit_bytes {
        return Bounded {
            text: text.to_owned(),
            cut_bytes: 0,
        };
    }
    // The marker's own length depends on the number in it; the whole length is the most it can be.
    let widest = marker(text.len()).len();
    let room = limit_bytes.saturating_sub(widest);
    let head = text.floor_char_boundary(room * 2 / 3);
    let tail = text.ceil_char_boundary(text.len() - (room - room * 2 / 3));
    let cut_bytes = tail - head;
    let marker = if widest > limit_bytes {
        String::new()
    } else {
        marker(cut_bytes)
    };
    Bounded {
        text: format!("{}{marker}{}", &text[..head], &text[tail..]),
        cut_bytes,
    }
}

fn marker(cut_bytes: usize) -> String {
    format!("\n[… {cut_bytes} bytes cut …]\n")
}

#[cfg(test)]
mod tests {
    use super::{Bounded, Budget, Item, Priority, bound};

    fn item(value: &'static str, tokens: u32, priority: Priority) -> Item<&'static str> {
        let noun = if value.starts_with('r') {
            "report"
        } else {
            "message"
        };
        Item {
            value,
            noun,
            tokens,
            priority,
        }
    }

    #[track_caller]
    fn check(tokens: u32, kept: &[&str], left_out: &str) {
        let items = vec![
            item("m1", 10, Priority::Normal),
            item("r1", 30, Priority::Low),
            item("m2", 10, Priority::Normal),
            item("plan", 20, Priority::High),
            item("m3", 10, Priority::Normal),
            item("now", 15, Priority::Must),
        ];
        let packed = Budget { tokens }.pack(items);
        assert_eq!(
            (packed.kept.as_slice(), packed.left_out.to_string().as_str()),
            (kept, left_out)
        );
    }

    #[test]
    fn the_newest_of_what_matters_most_stays() {
        check(1000, &["m1", "r1", "m2", "plan", "m3", "now"], "");
        check(
            65,
            &["m1", "m2", "plan", "m3", "now"],
            "1 earlier report left out (about 30 tokens)",
        );
        check(
            45,
            &["plan", "m3", "now"],
            "2 earlier messages, 1 earlier report left out (about 50 tokens)",
        );
        check(
            0,
            &["now"],
            "4 earlier messages, 1 earlier report left out (about 80 tokens)",
        );
    }

    #[test]
    fn a_conversation_has_no_holes() {
        let items = vec![
            item("small", 1, Priority::Normal),
            item("large", 50, Priority::Normal),
            item("new", 5, Priority::Normal),
        ];
        assert_eq!(Budget { tokens: 10 }.pack(items).kept, ["new"]);
    }

    #[test]
    fn a_long_text_keeps_its_ends_and_says_what_is_gone() {
        let text = format!("{}{}{}", "a".repeat(50), "é".repeat(100), "z".repeat(50));
        for limit in 30..text.len() {
            let Bounded {
                text: bounded,
                cut_bytes,
            } = bound(&text, limit);
            assert!(bounded.len() <= limit, "{limit}");
            let marker = format!("\n[… {cut_bytes} bytes cut …]\n");
            assert_eq!(
                bounded.len() - marker.len() + cut_bytes,
                text.len(),
                "{limit}: {bounded}"
            );
        }
        assert_eq!(
            bound("short", 5),
            Bounded {
                text: "short".into(),
                cut_bytes: 0
            }
        );
        assert_eq!(bound("longer", 3).cut_bytes, 6);
    }
}
