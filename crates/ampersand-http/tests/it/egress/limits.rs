//! How much and how long.

use std::time::Duration;

use ampersand_http::egress::{Event, Hosts, Limits, Policy, Refusal};
use tokio::io::AsyncWriteExt;

use super::{Out, hosts::hello, model, post, rest, status, until, upstream::Upstream};

fn limited(base_url: &str, limits: Limits) -> Policy {
    Policy {
        limits,
        ..model(base_url)
    }
}

#[tokio::test]
async fn a_body_beyond_the_limit_never_leaves() {
    let upstream = Upstream::answers("}", "HTTP/1.1 200 OK", "{}").await;
    let limits = Limits {
        model_request_bytes: 1024,
        ..Limits::default()
    };
    let mut out = Out::new(limited(&upstream.base_url(), limits));
    let huge = "x".repeat(4096);
    let chunked = format!(
        "POST /v1/messages HTTP/1.1\r\nHost: @\r\nTransfer-Encoding: chunked\r\n\r\n1000\r\n{huge}\r\n0\r\n\r\n"
    );
    for text in [post("/v1/messages", "", &huge), chunked] {
        assert_eq!(status(&out.ask(&text).await), 413);
        assert_eq!(out.refusal().await, Refusal::TooLarge { limit_bytes: 1024 });
    }
    assert_eq!(upstream.heard(), Vec::<String>::new());
    let fits = format!("{{{}}}", " ".repeat(1022));
    let answer = out.ask(&post("/v1/messages", "", &fits)).await;
    assert_eq!(status(&answer), 200, "{answer}");
}

#[tokio::test]
async fn whoever_dawdles_is_turned_away() {
    let upstream = Upstream::answers("}", "HTTP/1.1 200 OK", "{}").await;
    let limits = Limits {
        head: Duration::from_millis(50),
        request: Duration::from_millis(50),
        ..Limits::default()
    };
    let mut out = Out::new(limited(&upstream.base_url(), limits));
    for half in [
        "",
        "POST /v1/mess",
        "POST /v1/messages HTTP/1.1\r\nHost: @\r\nContent-Length: 9\r\n\r\n{",
    ] {
        let mut stream = out.open(half).await;
        assert_eq!(status(&rest(&mut stream).await), 408, "{half:?}");
        assert_eq!(out.refusal().await, Refusal::TooSlow);
    }
    assert_eq!(upstream.heard(), Vec::<String>::new());
}

#[tokio::test]
async fn a_head_without_end_is_turned_away() {
    let mut out = Out::new(Policy::default());
    let mut stream = out.open("GET / HTTP/1.1\r\n").await;
    let line = format!("X: {}\r\n", "y".repeat(1000));
    // It may be gone before all of it is written.
    stream.write_all(line.repeat(40).as_bytes()).await.ok();
    assert_eq!(status(&rest(&mut stream).await), 400);
    assert_eq!(out.refusal().await.code(), "request_malformed");
}

#[tokio::test]
async fn a_burst_beyond_the_rate_is_told_when_to_come_back() {
    let upstream = Upstream::answers("}", "HTTP/1.1 200 OK", "{}").await;
    let limits = Limits {
        model_requests_per_minute: 1,
        ..Limits::default()
    };
    let mut out = Out::new(limited(&upstream.base_url(), limits));
    assert_eq!(status(&out.ask(&post("/v1/messages", "", "{}")).await), 200);
    let answer = out.ask(&post("/v1/messages", "", "{}")).await;
    assert_eq!(status(&answer), 429);
    assert!(answer.contains("retry-after: "), "{answer}");
    assert_eq!(out.events.recv().await, Some(Event::Answered));
    assert_eq!(out.refusal().await.code(), "too_many_requests");
    assert_eq!(upstream.heard().len(), 1);
}

#[tokio::test]
async fn what_an_attempt_sends_and_receives_has_an_end() {
    let upstream = Upstream::start("}", "z".repeat(5000)).await;
    let port = upstream.address.port();
    let with = |limits| Policy {
        hosts: Hosts::default().pinned("allowed.test", port, upstream.address),
        limits,
        ..Policy::default()
    };
    let connect = format!("CONNECT allowed.test:{port} HTTP/1.1\r\n\r\n");
    let upload = Limits {
        upload_bytes: 1000,
        ..Limits::default()
    };
    let download = Limits {
        download_bytes: 1000,
        ..Limits::default()
    };
    for (limits, more) in [(upload, "x".repeat(1000)), (download, "}".to_owned())] {
        let mut out = Out::new(with(limits));
        let mut stream = out.open(&connect).await;
        until(&mut stream, "200 Connection established").await;
        stream.write_all(&hello("allowed.test")).await.unwrap();
        stream.write_all(more.as_bytes()).await.unwrap();
        assert!(rest(&mut stream).await.len() <= 1000);
        assert_eq!(out.refusal().await, Refusal::UsedUp);
    }
}

#[tokio::test]
async fn an_answer_without_end_is_cut() {
    let body = "z".repeat(5000);
    let upstream = Upstream::answers("}", "HTTP/1.1 200 OK", &body).await;
    let limits = Limits {
        answer_bytes: 1000,
        ..Limits::default()
    };
    let mut out = Out::new(limited(&upstream.base_url(), limits));
    let answer = out.ask(&post("/v1/messages", "", "{}")).await;
    assert!(
        !answer.ends_with("0\r\n\r\n"),
        "it would look whole: {answer}"
    );
    let Some(Event::Failed { error, begun: true }) = out.events.recv().await else {
        panic!("nothing failed")
    };
    assert_eq!(error.code(), "too_large");
}

#[cfg(unix)]
#[tokio::test]
async fn ten_thousand_connections_cost_no_more_than_the_limit() {
    use ampersand_http::egress::Proxy;
    use tokio::{io::AsyncReadExt, net::UnixStream, sync::mpsc};

    let folder = std::env::temp_dir().join(format!("ampersand-egress-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("out.sock");
    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let (events, _unread) = mpsc::channel(1);
    let policy = Policy {
        limits: Limits {
            connections: 32,
            head: Duration::from_secs(600),
            ..Limits::default()
        },
        ..Policy::default()
    };
    let proxy = Proxy::serve(listener, policy, events).unwrap();
    let mut held = Vec::new();
    let mut turned_away = 0;
    for nth in 0..10_000 {
        let mut stream = UnixStream::connect(&path).await.unwrap();
        if nth < 32 {
            stream.write_all(b"GET / HT").await.unwrap();
            held.push(stream);
            continue;
        }
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.ok();
        turned_away += usize::from(answer.starts_with("HTTP/1.1 503 "));
    }
    let usage = proxy.usage();
    assert_eq!((usage.connections, usage.most_connections), (32, 32));
    assert_eq!((usage.refused, turned_away), (9_968, 9_968));
    assert_eq!(usage.lost_events, 9_967);
    proxy.close().await;
    for mut stream in held {
        assert!(matches!(stream.read(&mut [0; 1]).await, Ok(0) | Err(_)));
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
