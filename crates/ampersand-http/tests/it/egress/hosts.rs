//! Requests to hosts the user allowed.

use std::sync::Arc;

use ampersand_http::egress::{Hosts, Policy, Refusal};
use rustls::{ClientConfig, ClientConnection, RootCertStore, crypto::ring};
use tokio::io::AsyncWriteExt;

use super::{Out, rest, status, until, upstream::Upstream};

/// The host that is allowed; it is wherever the upstream is.
const NAME: &str = "allowed.test";

fn to(upstream: &Upstream) -> Policy {
    let port = upstream.address.port();
    Policy {
        hosts: Hosts::default().pinned(NAME, port, upstream.address),
        ..Policy::default()
    }
}

fn connect(upstream: &Upstream) -> String {
    let port = upstream.address.port();
    format!("CONNECT {NAME}:{port} HTTP/1.1\r\nHost: {NAME}:{port}\r\n\r\n")
}

/// The first message of TLS to a server of this name.
pub(super) fn hello(name: &str) -> Vec<u8> {
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    let name = name.to_owned().try_into().unwrap();
    let mut connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut bytes = Vec::new();
    connection.write_tls(&mut bytes).unwrap();
    bytes
}

#[tokio::test]
async fn what_is_not_exactly_an_allowed_host_is_refused() {
    let upstream = Upstream::answers("", "HTTP/1.1 200 OK", "").await;
    let mut out = Out::new(to(&upstream));
    let port = upstream.address.port();
    for target in [
        format!("other.test:{port}"),
        format!("{NAME}:443"),
        format!("{NAME}:0{port}"),
        format!("{NAME}.:{port}"),
        format!("sub.{NAME}:{port}"),
        format!("ALLOWED.test:{port}"),
        format!("me\u{40}{NAME}:{port}"),
        format!("{NAME}%00.evil.test:{port}"),
        format!("xn--allowed-9ya.test:{port}"),
        format!("127.0.0.1:{port}"),
        format!("127.1:{port}"),
        format!("2130706433:{port}"),
        format!("0x7f000001:{port}"),
        format!("[::1]:{port}"),
        format!("[::ffff:169.254.169.254]:{port}"),
        "169.254.169.254:80".to_owned(),
    ] {
        // Around the helper, which would put an address in place of the sign in one of them.
        let text = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n");
        let mut stream = tokio::net::TcpStream::connect(out.address).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        assert_eq!(status(&rest(&mut stream).await), 403, "{target}");
        out.refusal().await;
        let text = format!("GET http://{target}/ HTTP/1.1\r\nHost: {target}\r\n\r\n");
        let mut stream = tokio::net::TcpStream::connect(out.address).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        assert_eq!(status(&rest(&mut stream).await), 403, "{target}");
        out.refusal().await;
    }
    for raw in [
        &b"CONNECT allowed.test\0.evil.test:443 HTTP/1.1\r\n\r\n"[..],
        b"CONNECT allowed.test\r\n:443 HTTP/1.1\r\n\r\n",
        "CONNECT all\u{f6}wed.test:443 HTTP/1.1\r\n\r\n".as_bytes(),
    ] {
        let mut stream = tokio::net::TcpStream::connect(out.address).await.unwrap();
        stream.write_all(raw).await.unwrap();
        assert_eq!(status(&rest(&mut stream).await), 400, "{raw:?}");
        out.refusal().await;
    }
    assert_eq!(upstream.heard(), Vec::<String>::new());
}

#[tokio::test]
async fn a_tunnel_carries_tls_to_its_own_host() {
    let upstream = Upstream::start("ping", "pong".to_owned()).await;
    let out = Out::new(to(&upstream));
    let mut stream = out.open(&connect(&upstream)).await;
    until(&mut stream, "200 Connection established").await;
    stream.write_all(&hello(NAME)).await.unwrap();
    stream.write_all(b"ping").await.unwrap();
    assert_eq!(rest(&mut stream).await, "pong");
    let usage = out.proxy.usage();
    assert_eq!((usage.others, usage.downloaded_bytes), (1, 4));
    assert!(upstream.heard()[0].contains(NAME));
    // As older clients open one: no host, HTTP/1.0, the first message at once.
    let port = upstream.address.port();
    let mut stream = out
        .open(&format!("CONNECT {NAME}:{port} HTTP/1.0\r\n\r\n"))
        .await;
    stream.write_all(&hello(NAME)).await.unwrap();
    stream.write_all(b"ping").await.unwrap();
    assert!(rest(&mut stream).await.ends_with("pong"));
}

#[tokio::test]
async fn a_tunnel_is_of_no_use_for_another_server() {
    let upstream = Upstream::start("}", String::new()).await;
    let mut out = Out::new(to(&upstream));
    let other = "evil.test";
    for (first, named) in [
        (hello(other), Some(other.to_owned())),
        (hello("192.0.2.1"), None),
        (
            b"GET / HTTP/1.1\r\nHost: allowed.test\r\n\r\n".to_vec(),
            None,
        ),
        (b"SSH-2.0-OpenSSH_9.2\r\n".to_vec(), None),
    ] {
        let mut stream = out.open(&connect(&upstream)).await;
        until(&mut stream, "200 Connection established").await;
        stream.write_all(&first).await.unwrap();
        assert_eq!(rest(&mut stream).await, "");
        let Refusal::OtherServer { named: seen, .. } = out.refusal().await else {
            panic!("another refusal")
        };
        assert_eq!(seen, named);
    }
    assert!(upstream.heard().iter().all(String::is_empty));
}

#[tokio::test]
async fn a_request_in_the_open_arrives_as_it_was_written() {
    let head = "HTTP/1.1 302 There\r\nLocation: http://evil.test/\r\nSet-Cookie: a=b";
    let upstream = Upstream::answers("\r\n\r\n", head, "moved").await;
    let out = Out::new(to(&upstream));
    let port = upstream.address.port();
    let text = format!(
        "GET http://{NAME}:{port}/a?b=c HTTP/1.1\r\nHost: {NAME}:{port}\r\nAuthorization: Bearer npm\r\n\
         Connection: X-Hop\r\nX-Hop: 1\r\nProxy-Authorization: Basic eA==\r\nProxy-Connection: close\r\n\r\n"
    );
    let answer = out.ask(&text).await;
    let heard = upstream.heard().join("").to_ascii_lowercase();
    assert!(heard.starts_with("get /a?b=c http/1.1\r\n"), "{heard}");
    assert!(heard.contains(&format!("host: {NAME}:{port}\r\n")));
    assert!(heard.contains("authorization: bearer npm"));
    assert!(
        !heard.contains("x-hop") && !heard.contains("proxy-"),
        "{heard}"
    );
    // Where it leads is the agent's business: it has to come by here again.
    assert_eq!(status(&answer), 302);
    assert!(answer.contains("location: http://evil.test/") && answer.ends_with("moved"));
}

#[tokio::test]
async fn an_upload_arrives_whole_and_with_its_length() {
    let upstream = Upstream::answers("end", "HTTP/1.1 200 OK", "ok").await;
    let out = Out::new(to(&upstream));
    let port = upstream.address.port();
    let head = format!("PUT http://{NAME}:{port}/p HTTP/1.1\r\nHost: {NAME}:{port}\r\n");
    let answer = out
        .ask(&format!("{head}Content-Length: 7\r\n\r\nthe end"))
        .await;
    assert!(answer.ends_with("ok"), "{answer}");
    let heard = upstream.heard().join("").to_ascii_lowercase();
    assert!(
        heard.contains("content-length: 7\r\n") && heard.ends_with("the end"),
        "{heard}"
    );
    assert_eq!(out.proxy.usage().uploaded_bytes, 7);
}

#[tokio::test]
async fn what_goes_on_in_the_open_is_cut_off_too_when_the_hosts_are_shut_from_beside() {
    // More is promised than ever comes.
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf".to_owned();
    let upstream = Upstream::start("more", answer).await;
    let mut out = Out::new(to(&upstream));
    let port = upstream.address.port();
    let ask = format!(
        "POST http://{NAME}:{port}/ HTTP/1.1\r\nHost: {NAME}:{port}\r\nContent-Length: 8\r\n\r\nask"
    );
    let mut stream = out.open(&ask).await;
    let shutter = out.proxy.shutter();
    while upstream.heard().iter().all(|heard| !heard.ends_with("ask")) {
        tokio::task::yield_now().await;
    }
    shutter.shut();
    assert_eq!(out.refusal().await.code(), "host_not_allowed");
    assert_eq!(rest(&mut stream).await, "");
    assert_eq!(status(&out.ask(&ask).await), 403);
    drop(out);
    // Of a proxy that is gone there is nothing to shut.
    shutter.shut();
}

#[tokio::test]
async fn a_host_that_is_taken_back_is_cut_off() {
    let upstream = Upstream::start("never", String::new()).await;
    let mut out = Out::new(to(&upstream));
    let mut stream = out.open(&connect(&upstream)).await;
    until(&mut stream, "200 Connection established").await;
    stream.write_all(&hello(NAME)).await.unwrap();
    out.proxy.set_hosts(Hosts::default());
    assert_eq!(rest(&mut stream).await, "");
    assert_eq!(out.refusal().await.code(), "host_not_allowed");
    assert_eq!(status(&out.ask(&connect(&upstream)).await), 403);
    let port = upstream.address.port();
    out.proxy
        .set_hosts(Hosts::default().pinned(NAME, port, upstream.address));
    let mut stream = out.open(&connect(&upstream)).await;
    until(&mut stream, "200 Connection established").await;
}
