//! Security identifiers: what the system knows identities by, in memory and in writing.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An identifier as the system has it in memory.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(crate) struct Sid(Vec<u8>);

/// The most numbers after the authority.
const MOST: usize = 15;

impl Sid {
    /// The identifier that `bytes` begin with.
    pub(crate) fn at(bytes: &[u8]) -> Option<Self> {
        let [1, count, ..] = bytes else {
            return None;
        };
        let count = usize::from(*count);
        let bytes = bytes.get(..8 + 4 * count)?;
        (1..=MOST).contains(&count).then(|| Self(bytes.to_owned()))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (head, numbers) = self.0.split_at(8);
        let authority = head[2..]
            .iter()
            .fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        write!(f, "S-1-{authority}")?;
        for number in numbers.chunks_exact(4) {
            let number = number.iter().rev();
            let number = number.fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte));
            write!(f, "-{number}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What is written is no identifier.
#[derive(Debug, thiserror::Error)]
#[error("not a security identifier")]
pub(crate) struct Malformed;

impl FromStr for Sid {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let mut parts = text.strip_prefix("S-1-").ok_or(Malformed)?.split('-');
        let authority: u64 = number(parts.next())?;
        if authority >= 1 << 48 {
            return Err(Malformed);
        }
        let numbers: Vec<u32> = parts
            .map(|part| number(Some(part)))
            .collect::<Result<_, _>>()?;
        let count = u8::try_from(numbers.len()).map_err(|_| Malformed)?;
        let mut bytes = vec![1, count];
        bytes.extend(&authority.to_be_bytes()[2..]);
        bytes.extend(numbers.into_iter().flat_map(u32::to_le_bytes));
        Self::at(&bytes).ok_or(Malformed)
    }
}

fn number<T: FromStr>(part: Option<&str>) -> Result<T, Malformed> {
    let part = part.filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    part.and_then(|part| part.parse().ok()).ok_or(Malformed)
}

impl From<Sid> for String {
    fn from(sid: Sid) -> Self {
        sid.to_string()
    }
}

impl TryFrom<String> for Sid {
    type Error = Malformed;

    fn try_from(text: String) -> Result<Self, Malformed> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_read_as_they_are_written() {
        for text in ["S-1-1-0", "S-1-5-32-544", "S-1-15-2-1-2-3-4-5-6-4294967295"] {
            let sid: Sid = text.parse().unwrap();
            assert_eq!(sid.to_string(), text);
            let more = [sid.bytes(), b"more"].concat();
            assert_eq!(Sid::at(&more), Some(sid));
        }
        let users: Sid = "S-1-5-32-545".parse().unwrap();
        assert_eq!(
            users.bytes(),
            b"\x01\x02\0\0\0\0\0\x05\x20\0\0\0\x21\x02\0\0"
        );
    }

    #[test]
    fn nothing_else_is_taken_for_one() {
        for text in [
            "",
            "S-1-",
            "S-1-1",
            "S-2-1-0",
            "S-1-1-",
            "S-1-1--1",
            "S-1-1-+1",
            "S-1-1-4294967296",
        ] {
            assert!(text.parse::<Sid>().is_err(), "{text}");
        }
        let many = format!("S-1-1{}", "-1".repeat(MOST + 1));
        assert!(many.parse::<Sid>().is_err());
        for bytes in [
            &b""[..],
            b"\x01",
            b"\x02\x01\0\0\0\0\0\x01\0\0\0\0",
            b"\x01\x02\0\0\0\0\0\x01\0\0\0\0",
        ] {
            assert_eq!(Sid::at(bytes), None);
        }
    }
}
