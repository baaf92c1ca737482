//! Just enough HTTP/1.1: one request per connection, an answer whole or in chunks.

use std::io;

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    net::tcp::OwnedWriteHalf,
};

/// The most a request may hold.
const MAX_REQUEST_BYTES: usize = 32 * 1024 * 1024;

#[derive(Debug, Clone)]
pub(super) struct HttpRequest {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl HttpRequest {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Reads one request; `None` if the client left before it was whole.
pub(super) async fn read_request(
    stream: &mut (impl AsyncRead + Unpin),
) -> io::Result<Option<HttpRequest>> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        if bytes.len() > MAX_REQUEST_BYTES || stream.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
    };
    let head = String::from_utf8_lossy(&bytes[..head_end]).into_owned();
    let mut lines = head.lines();
    let mut first = lines.next().unwrap_or_default().split(' ');
    let mut request = HttpRequest {
        method: first.next().unwrap_or_default().to_owned(),
        path: first.next().unwrap_or_default().to_owned(),
        headers: lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect(),
        body: bytes.split_off(head_end),
    };
    // Our own clients always state the length; a chunked request would be read as an empty one.
    let length = request
        .header("content-length")
        .and_then(|n| n.parse().ok())
        .unwrap_or(0_usize);
    while request.body.len() < length.min(MAX_REQUEST_BYTES) {
        if stream.read_buf(&mut request.body).await? == 0 {
            return Ok(None);
        }
    }
    request.body.truncate(length);
    Ok(Some(request))
}

/// Sends an answer whole.
pub(super) async fn send_whole(
    out: &mut OwnedWriteHalf,
    status: u16,
    headers: &[(&str, &str)],
    body: &[u8],
) -> io::Result<()> {
    let mut head = format!("HTTP/1.1 {status} {}\r\n", reason(status));
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!(
        "content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    ));
    out.write_all(head.as_bytes()).await?;
    out.write_all(body).await?;
    out.flush().await
}

/// Begins a stream of events, with these headers more, each with its end of line.
pub(super) async fn begin_stream(out: &mut OwnedWriteHalf, headers: &str) -> io::Result<()> {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ncache-control: no-cache\r\n\
         transfer-encoding: chunked\r\nconnection: close\r\n{headers}\r\n"
    );
    out.write_all(head.as_bytes()).await?;
    out.flush().await
}

/// Sends one chunk of a stream.
pub(super) async fn send_chunk(out: &mut OwnedWriteHalf, bytes: &[u8]) -> io::Result<()> {
    if bytes.is_empty() {
        return Ok(());
    }
    let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
    chunk.extend_from_slice(bytes);
    chunk.extend_from_slice(b"\r\n");
    out.write_all(&chunk).await?;
    out.flush().await
}

/// Ends a stream in an orderly way.
pub(super) async fn end_stream(out: &mut OwnedWriteHalf) -> io::Result<()> {
    out.write_all(b"0\r\n\r\n").await?;
    out.flush().await
}

fn reason(status: u16) -> &'static str {
    match status {
        200..=299 => "OK",
        300..=399 => "Elsewhere",
        400..=499 => "Not Accepted",
        _ => "Failed",
    }
}
