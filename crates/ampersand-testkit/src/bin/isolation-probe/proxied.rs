//! Attempts to reach something by the proxy the variables name, as programs that know proxies do.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(20);

/// Nothing where the words are no attempt of these.
pub(crate) fn attempt(words: &[&str]) -> Option<io::Result<String>> {
    Some(match *words {
        ["fetch", host] => fetch(host),
        ["tunnel", host, server] => tunnel(host, server),
        ["beside"] => beside(),
        _ => return None,
    })
}

fn proxy(variable: &str) -> io::Result<TcpStream> {
    let told = std::env::var(variable).map_err(|_| io::ErrorKind::NotFound)?;
    let address = told.strip_prefix("http://").unwrap_or(&told);
    let address: SocketAddr = address.parse().map_err(|_| io::ErrorKind::InvalidInput)?;
    let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// A page in the open: its text.
fn fetch(host: &str) -> io::Result<String> {
    let mut stream = proxy("http_proxy")?;
    let ask = format!("GET http://{host}/ HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(ask.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, page) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    if head.starts_with("HTTP/1.1 200 ") {
        return Ok(page.lines().next().unwrap_or_default().to_owned());
    }
    let code = page.split("\"code\":\"").nth(1).unwrap_or(head);
    Err(io::Error::other(
        code.split('"').next().unwrap_or(code).to_owned(),
    ))
}

/// A tunnel to a host, and in it the first words of TLS to a server of that name: what the server says.
fn tunnel(host: &str, server: &str) -> io::Result<String> {
    let mut stream = proxy("HTTPS_PROXY")?;
    let ask = format!("CONNECT {host} HTTP/1.1\r\nHost: {host}\r\n\r\n");
    stream.write_all(ask.as_bytes())?;
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte)? == 0 {
            break;
        }
        head.push(byte[0]);
    }
    if !head.starts_with(b"HTTP/1.1 200 ") {
        let head = String::from_utf8_lossy(&head).into_owned();
        return Err(io::Error::other(
            head.lines().next().unwrap_or_default().to_owned(),
        ));
    }
    stream.write_all(&hello(server))?;
    let mut said = String::new();
    stream.read_to_string(&mut said)?;
    if said.is_empty() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(said)
}

/// The first message of TLS, with no more in it than a server must see.
fn hello(server: &str) -> Vec<u8> {
    fn sized<const N: usize>(bytes: Vec<u8>) -> Vec<u8> {
        let length = bytes.len().to_be_bytes();
        [&length[length.len() - N..], &bytes].concat()
    }
    let extension =
        |kind: u16, bytes: Vec<u8>| [&kind.to_be_bytes()[..], &sized::<2>(bytes)].concat();
    let name = [vec![0], sized::<2>(server.as_bytes().to_vec())].concat();
    let extensions = [
        extension(0, sized::<2>(name)),
        extension(10, sized::<2>(vec![0, 0x1d])),
        extension(13, sized::<2>(vec![4, 3, 8, 4])),
        extension(43, sized::<1>(vec![3, 4])),
    ];
    let body = [
        vec![3, 3],
        vec![7; 32],
        sized::<1>(Vec::new()),
        sized::<2>(vec![0x13, 1]),
        sized::<1>(vec![0]),
        sized::<2>(extensions.concat()),
    ];
    let message = [vec![1], sized::<3>(body.concat())].concat();
    [vec![0x16, 3, 1], sized::<2>(message)].concat()
}

/// A server of one's own beside the proxy, as tests of programs open them.
fn beside() -> io::Result<String> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    let mut one = TcpStream::connect(listener.local_addr()?)?;
    listener.accept()?.0.write_all(b"beside")?;
    let mut said = String::new();
    one.read_to_string(&mut said)?;
    Ok(said)
}
