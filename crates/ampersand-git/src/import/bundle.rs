//! The head of a bundle: what it needs, and what it brings. Only the form git itself writes is understood.

use std::io::{BufRead, Read};

use git2::Oid;

use super::error::{ImportError, malformed};

/// A head is a few lines.
const HEAD_BYTES: u64 = 64 * 1024;

const SIGNATURE: &[u8] = b"# v2 git bundle\n";

/// What a bundle says of itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// Commits that must be there already.
    pub(super) needs: Vec<Oid>,
    /// The one commit it brings.
    pub(super) tip: Oid,
}

/// Reads the head and leaves the reader at the pack.
pub(super) fn read(bundle: &mut impl BufRead) -> Result<Header, ImportError> {
    let mut head = bundle.take(HEAD_BYTES);
    let mut line = Vec::new();
    let mut next = || {
        line.clear();
        let read = head.read_until(b'\n', &mut line);
        if read.is_err() || line.pop() != Some(b'\n') {
            return Err(malformed("its head does not end"));
        }
        Ok(line.clone())
    };
    if next()? != SIGNATURE[..SIGNATURE.len() - 1] {
        return Err(malformed("it does not begin as one"));
    }
    let (mut needs, mut tips) = (Vec::new(), Vec::new());
    loop {
        let line = next()?;
        if line.is_empty() {
            break;
        }
        match line.strip_prefix(b"-") {
            Some(need) if tips.is_empty() => needs.push(id(need)?),
            Some(_) => return Err(malformed("its head is not in order")),
            None => tips.push(id(&line)?),
        }
    }
    tips.dedup();
    match tips.as_slice() {
        [tip] => Ok(Header { needs, tip: *tip }),
        _ => Err(malformed("it does not bring exactly one line of commits")),
    }
}

/// Forty digits, then a space and words, or nothing.
fn id(line: &[u8]) -> Result<Oid, ImportError> {
    let wrong = || malformed("its head names something that is no commit");
    let (digits, rest) = line.split_at_checked(40).ok_or_else(wrong)?;
    let fine =
        digits.iter().all(u8::is_ascii_hexdigit) && matches!(rest.first(), None | Some(b' '));
    if !fine {
        return Err(wrong());
    }
    let text = std::str::from_utf8(digits).map_err(|_| wrong())?;
    Oid::from_str(text).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

    #[test]
    fn a_head_is_read_up_to_the_pack() {
        let text = format!("# v2 git bundle\n-{A} first\n{B} HEAD\n{B} refs/heads/work\n\nPACK");
        let mut rest = text.as_bytes();
        let header = read(&mut rest).unwrap();
        assert_eq!(header.needs, [Oid::from_str(A).unwrap()]);
        assert_eq!(header.tip, Oid::from_str(B).unwrap());
        assert_eq!(rest, b"PACK");
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            String::new(),
            "# v2 git bundle\n".into(),
            format!("# v3 git bundle\n@object-format=sha1\n{B} HEAD\n\n"),
            format!("# v2 git bundle\n{B} HEAD"),
            "# v2 git bundle\n\n".into(),
            format!("# v2 git bundle\n{A} a\n{B} b\n\n"),
            format!("# v2 git bundle\n{B} b\n-{A} a\n\n"),
            format!("# v2 git bundle\n{B}x b\n\n"),
            format!("# v2 git bundle\n{} b\n\n", &B[1..]),
            "# v2 git bundle\n--upload-pack=x HEAD\n\n".into(),
            format!("# v2 git bundle\n{}", "x".repeat(100_000)),
        ] {
            assert!(read(&mut text.as_bytes()).is_err(), "{text:.60}");
        }
    }
}
