//! Keeps a secret out of a stream of bytes, wherever the network cut it. Pure.

use bytes::Bytes;

const INSTEAD: &[u8] = b"[key]";

/// Blots out every occurrence of the secrets. What could be the beginning of one is held back until it is clear.
#[derive(Debug)]
pub(super) struct Redactor {
    secrets: Vec<Vec<u8>>,
    held: Vec<u8>,
}

impl Redactor {
    pub(super) fn new(secrets: impl IntoIterator<Item = Vec<u8>>) -> Self {
        // Something very short would blot out ordinary text, and is no secret.
        let secrets = secrets.into_iter().filter(|secret| secret.len() >= 4);
        Self {
            secrets: secrets.collect(),
            held: Vec::new(),
        }
    }

    /// Takes a piece and gives what may go on.
    pub(super) fn push(&mut self, piece: Bytes) -> Bytes {
        let starts = |byte: &u8| self.secrets.iter().any(|secret| secret[0] == *byte);
        if self.held.is_empty() && !piece.iter().any(starts) {
            return piece;
        }
        self.held.extend_from_slice(&piece);
        let mut out = Vec::with_capacity(self.held.len());
        let mut at = 0;
        while at < self.held.len() {
            let rest = &self.held[at..];
            if let Some(secret) = self.secrets.iter().find(|s| rest.starts_with(s)) {
                out.extend_from_slice(INSTEAD);
                at += secret.len();
            } else if self.secrets.iter().any(|secret| secret.starts_with(rest)) {
                break;
            } else {
                out.push(rest[0]);
                at += 1;
            }
        }
        self.held.drain(..at);
        out.into()
    }

    /// The stream ended: what was held back was no secret after all.
    pub(super) fn finish(&mut self) -> Bytes {
        std::mem::take(&mut self.held).into()
    }
}

#[cfg(test)]
mod tests {
    use super::Redactor;

    #[test]
    fn a_secret_is_blotted_out_wherever_it_is_cut() {
        let text = b"sk sk-ab sk-abcd: sk-abcdsk-abcd tail sk-abc";
        let expected = "sk sk-ab [key]: [key][key] tail sk-abc";
        for size in 1..text.len() {
            let mut redactor = Redactor::new([b"sk-abcd".to_vec()]);
            let mut out = Vec::new();
            for piece in text.chunks(size) {
                out.extend(redactor.push(piece.to_vec().into()));
            }
            out.extend(redactor.finish());
            assert_eq!(
                String::from_utf8(out).unwrap(),
                expected,
                "cut every {size}"
            );
        }
    }

    #[test]
    fn nothing_is_held_back_without_need() {
        let mut redactor = Redactor::new([b"sk-abcd".to_vec(), Vec::new()]);
        assert_eq!(redactor.push("data: x\n\n".into()), "data: x\n\n");
        assert_eq!(redactor.push("is sky".into()), "is sky");
        assert_eq!(redactor.finish(), "");
    }
}
