//! The head of a request, read so strictly that no two readers could disagree about it. Pure but for the reading.
//!
//! Whatever leaves room for interpretation (two lengths, a length and chunks, a folded line, a lone line feed) is refused,
//! and one connection carries one request: there is no second request to smuggle.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};

/// The most a head may hold.
const MAX_BYTES: usize = 32 * 1024;
const MAX_HEADERS: usize = 100;

/// Why there is no head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HeadFault {
    /// The agent left, or its connection broke.
    Gone,
    /// It did not finish in time.
    Slow,
    /// It went on and on.
    TooLarge,
}

/// How the body is delimited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    Nothing,
    Length(u64),
    Chunked,
}

/// A head without ambiguities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) method: String,
    /// As it stands in the request line.
    pub(super) target: String,
    /// Absent only with CONNECT.
    pub(super) host: Option<String>,
    pub(super) framing: Framing,
    pub(super) wants_upgrade: bool,
    /// Names in lower case, in order.
    pub(super) headers: Vec<(String, String)>,
}

/// Reads up to the empty line; what came after it is in the bytes too.
pub(super) async fn read(
    stream: &mut (impl AsyncRead + Unpin),
    within: Duration,
) -> Result<(Vec<u8>, usize), HeadFault> {
    let reading = async {
        let mut bytes = Vec::with_capacity(2048);
        loop {
            let seen = bytes.len().saturating_sub(3);
            match stream.read_buf(&mut bytes).await {
                Ok(1..) => {}
                Ok(0) | Err(_) => return Err(HeadFault::Gone),
            }
            if let Some(at) = bytes[seen..]
                .windows(4)
                .position(|four| four == b"\r\n\r\n")
            {
                return Ok((bytes, seen + at + 4));
            }
            if bytes.len() > MAX_BYTES {
                return Err(HeadFault::TooLarge);
            }
        }
    };
    tokio::time::timeout(within, reading)
        .await
        .unwrap_or(Err(HeadFault::Slow))
}

impl Head {
    /// Reads a head, its empty line included. Errors end a sentence.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, &'static str> {
        check_lines(bytes)?;
        let mut slots = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut parsed = httparse::Request::new(&mut slots);
        match parsed.parse(bytes) {
            Ok(httparse::Status::Complete(length)) if length == bytes.len() => {}
            _ => return Err("it is not HTTP/1.1"),
        }
        let (Some(method), Some(target), Some(version)) =
            (parsed.method, parsed.path, parsed.version)
        else {
            return Err("it is not HTTP/1.1");
        };
        if !target.bytes().all(|byte| byte.is_ascii_graphic()) || target.contains(['\\', '#']) {
            return Err("its target is not plain ASCII");
        }
        let mut headers = Vec::with_capacity(parsed.headers.len());
        for header in parsed.headers.iter() {
            let value = std::str::from_utf8(header.value).ok();
            let value = value
                .filter(|value| value.is_ascii())
                .ok_or("a header is not ASCII")?;
            headers.push((header.name.to_ascii_lowercase(), value.to_owned()));
        }
        let is_connect = method == "CONNECT";
        // Some clients open a tunnel as HTTP/1.0 and name no host; there is nothing in that to disagree about.
        if version != 1 && !is_connect {
            return Err("it is not HTTP/1.1");
        }
        let host = only(&headers, "host")?;
        if host.is_none() && !is_connect {
            return Err("it names no host");
        }
        let framing = framing(&headers)?;
        if is_connect && framing != Framing::Nothing {
            return Err("a tunnel has no body");
        }
        let wants_upgrade = headers.iter().any(|(name, value)| {
            matches!(name.as_str(), "upgrade" | "http2-settings")
                || (name == "connection" && value.to_ascii_lowercase().contains("upgrade"))
        });
        Ok(Self {
            method: method.to_owned(),
            target: target.to_owned(),
            host: host.map(str::to_owned),
            framing,
            wants_upgrade,
            headers,
        })
    }

    /// The value of a header, if there is one; `name` in lower case.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// It begins at once, lines end with CR LF, none is folded, and no NUL hides in them.
fn check_lines(bytes: &[u8]) -> Result<(), &'static str> {
    if !bytes.first().is_some_and(u8::is_ascii_graphic) {
        return Err("it does not begin with a method");
    }
    for (at, byte) in bytes.iter().enumerate() {
        let ends = match byte {
            0 => return Err("it holds a NUL"),
            b'\r' => bytes.get(at + 1) == Some(&b'\n'),
            b'\n' => {
                let folded = matches!(bytes.get(at + 1), Some(b' ' | b'\t'));
                at > 0 && bytes[at - 1] == b'\r' && !folded
            }
            _ => true,
        };
        if !ends {
            return Err("a line of it ends strangely");
        }
    }
    Ok(())
}

fn only<'a>(headers: &'a [(String, String)], name: &str) -> Result<Option<&'a str>, &'static str> {
    let mut values = headers.iter().filter(|(known, _)| known == name);
    let first = values.next().map(|(_, value)| value.as_str());
    if values.next().is_some() {
        return Err("a header that must be one is there twice");
    }
    Ok(first)
}

fn framing(headers: &[(String, String)]) -> Result<Framing, &'static str> {
    let length = only(headers, "content-length")?;
    let coding = only(headers, "transfer-encoding")?;
    match (length, coding) {
        (None, None) => Ok(Framing::Nothing),
        (Some(length), None) => {
            let digits = (1..=15).contains(&length.len())
                && length.bytes().all(|byte| byte.is_ascii_digit());
            let length = digits.then(|| length.parse().ok()).flatten();
            length
                .map(Framing::Length)
                .ok_or("its length is not a number")
        }
        (None, Some(coding)) if coding.eq_ignore_ascii_case("chunked") => Ok(Framing::Chunked),
        (None, Some(_)) => Err("its transfer coding is not chunked"),
        (Some(_), Some(_)) => Err("it has two lengths"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Framing, Head};

    #[test]
    fn an_ordinary_head_is_read() {
        let head = Head::parse(
            b"POST /v1/messages?beta=true HTTP/1.1\r\nHost: 127.0.0.1:9\r\nX-Api-Key: a b\r\nContent-Length: 2\r\n\r\n",
        )
        .unwrap();
        assert_eq!(
            (head.method.as_str(), head.target.as_str()),
            ("POST", "/v1/messages?beta=true")
        );
        assert_eq!(head.host.as_deref(), Some("127.0.0.1:9"));
        assert_eq!(head.header("x-api-key"), Some("a b"));
        assert_eq!(head.framing, Framing::Length(2));
        let tunnel = Head::parse(b"CONNECT x.example:443 HTTP/1.0\r\n\r\n").unwrap();
        assert_eq!((tunnel.host, tunnel.framing), (None, Framing::Nothing));
    }

    #[test]
    fn what_two_readers_could_read_differently_is_refused() {
        let with = |lines: &str| format!("POST / HTTP/1.1\r\nHost: a\r\n{lines}\r\n");
        assert!(Head::parse(with("").as_bytes()).is_ok());
        for bad in [
            with("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"),
            with("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n"),
            with("Content-Length: 3\r\nContent-Length: 3\r\n"),
            with("Content-Length: 3, 3\r\n"),
            with("Content-Length: +3\r\n"),
            with("Content-Length: 0x3\r\n"),
            with("Content-Length: \r\n"),
            with("Content-Length: 9999999999999999\r\n"),
            with("Transfer-Encoding: chunked, identity\r\n"),
            with("Transfer-Encoding: xchunked\r\n"),
            with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
            with("Transfer-Encoding : chunked\r\n"),
            with("X: a\r\n Transfer-Encoding: chunked\r\n"),
            with("X: a\nTransfer-Encoding: chunked\r\n"),
            with("X: a\rTransfer-Encoding: chunked\r\n"),
            with("X: a\0b\r\n"),
            with("X: \u{e9}\r\n"),
            with("Host: b\r\n"),
            "POST / HTTP/1.1\r\n\r\n".to_owned(),
            "POST / HTTP/1.0\r\nHost: a\r\n\r\n".to_owned(),
            "POST / HTTP/2.0\r\nHost: a\r\n\r\n".to_owned(),
            "PRI * HTTP/2.0\r\n\r\n".to_owned(),
            "POST /a b HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
            "POST /a\\b HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
            "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\nContent-Length: 3\r\n\r\n".to_owned(),
            "\r\nPOST / HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
        ] {
            assert!(Head::parse(bad.as_bytes()).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_upgrade_is_seen_however_it_is_asked_for() {
        for lines in [
            "Upgrade: websocket\r\nConnection: Upgrade\r\n",
            "Connection: keep-alive, Upgrade\r\n",
            "HTTP2-Settings: AAMAAABkAAQAAP__\r\n",
        ] {
            let head = format!("GET / HTTP/1.1\r\nHost: a\r\n{lines}\r\n");
            assert!(Head::parse(head.as_bytes()).unwrap().wants_upgrade);
        }
    }
}
