//! Keeping the beginning and the end of what a program prints, in bounded memory.

use std::collections::VecDeque;

use ampersand_core::counted;

/// The beginning and the end of a stream of bytes.
#[derive(Debug)]
pub struct Kept {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    /// Bytes kept at either end.
    each: usize,
    dropped: u64,
}

impl Kept {
    /// Keeps at most `bytes` in all.
    pub fn new(bytes: usize) -> Self {
        Self {
            head: Vec::new(),
            tail: VecDeque::new(),
            each: bytes / 2,
            dropped: 0,
        }
    }

    /// Takes in more.
    pub fn push(&mut self, bytes: &[u8]) {
        let room = (self.each - self.head.len()).min(bytes.len());
        let (first, rest) = bytes.split_at(room);
        self.head.extend_from_slice(first);
        let last = &rest[rest.len().saturating_sub(self.each)..];
        let excess = (self.tail.len() + last.len()).saturating_sub(self.each);
        self.tail.drain(..excess);
        self.tail.extend(last);
        self.dropped += (excess + rest.len() - last.len()) as u64;
    }

    /// What was kept, invalid UTF-8 replaced, with a line that says how much is missing.
    pub fn into_text(mut self) -> String {
        let tail = self.tail.make_contiguous();
        if self.dropped == 0 {
            self.head.extend_from_slice(tail);
            return String::from_utf8_lossy(&self.head).into_owned();
        }
        let head = String::from_utf8_lossy(&self.head);
        let tail = String::from_utf8_lossy(tail);
        format!(
            "{head}\n[… {} left out …]\n{tail}",
            counted(self.dropped, "byte")
        )
    }
}

/// Turns chunks of bytes into text without cutting a character in two.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    pending: Vec<u8>,
}

impl Decoder {
    pub(crate) fn push(&mut self, bytes: &[u8]) -> String {
        self.pending.extend_from_slice(bytes);
        let whole = match std::str::from_utf8(&self.pending) {
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            // Invalid in the middle: only the last three bytes can still become a character.
            Err(_) => self.pending.len() - unfinished(&self.pending),
            Ok(text) => text.len(),
        };
        let rest = self.pending.split_off(whole);
        let text = String::from_utf8_lossy(&self.pending).into_owned();
        self.pending = rest;
        text
    }

    pub(crate) fn finish(self) -> String {
        String::from_utf8_lossy(&self.pending).into_owned()
    }
}

/// How many bytes at the end begin a character that is not complete.
fn unfinished(bytes: &[u8]) -> usize {
    (1..=bytes.len().min(3))
        .find(|count| {
            std::str::from_utf8(&bytes[bytes.len() - count..])
                .is_err_and(|error| error.valid_up_to() == 0 && error.error_len().is_none())
        })
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_are_kept_and_the_gap_is_told() {
        for (chunks, expected) in [
            (vec!["abc"], "abc"),
            (vec!["abcd", "efgh"], "abcdefgh"),
            (
                vec!["abcd", "efgh", "ij"],
                "abcd\n[… 2 bytes left out …]\nghij",
            ),
            (
                vec!["abcdefghijklmnop"],
                "abcd\n[… 8 bytes left out …]\nmnop",
            ),
            (
                vec!["ab", "cdefghijklmn", "op"],
                "abcd\n[… 8 bytes left out …]\nmnop",
            ),
        ] {
            let mut kept = Kept::new(8);
            for chunk in &chunks {
                kept.push(chunk.as_bytes());
            }
            assert_eq!(kept.into_text(), expected, "{chunks:?}");
        }
    }

    #[test]
    fn characters_cut_by_a_chunk_arrive_whole() {
        let text = "aé漢🦀z".as_bytes();
        for size in 1..=text.len() {
            let mut decoder = Decoder::default();
            let mut decoded: String = text.chunks(size).map(|chunk| decoder.push(chunk)).collect();
            decoded += &decoder.finish();
            assert_eq!(decoded, "aé漢🦀z", "in chunks of {size}");
        }
        let mut decoder = Decoder::default();
        let decoded = decoder.push(b"\xffa\xe6") + &decoder.push(b"\xbc\xa2") + &decoder.finish();
        assert_eq!(decoded, "\u{fffd}a漢");
    }
}
