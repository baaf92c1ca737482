//! Streams: what arrives, and every way in which one does not.

use std::time::Duration;

use ampersand_http::{Client, Headers, HttpError, Limits, Secret, Url};
use ampersand_testkit::model_server::{Canned, ModelServer, Reply, Script, Step, WebServer};
use futures::StreamExt;
use serde_json::json;
use tokio::{io::AsyncWriteExt, net::TcpListener};

const KEY: &str = "sk-test-5up3r";

fn headers() -> Headers {
    Headers::new().secret("authorization", "Bearer ", Secret::new(KEY))
}

/// Posts once, gathers what comes, and checks on the way that the key shows nowhere.
async fn post(url: &str, limits: Limits) -> (Vec<String>, Option<HttpError>) {
    let client = Client::with_limits(limits).unwrap();
    let url = Url::parse(url).unwrap();
    let mut events = match client
        .post_stream(&url, &headers(), &json!({"messages": []}))
        .await
    {
        Ok(events) => events,
        Err(error) => {
            assert!(!format!("{error} {error:?} {client:?} {:?}", headers()).contains(KEY));
            return (Vec::new(), Some(error));
        }
    };
    let mut seen = Vec::new();
    while let Some(event) = events.next().await {
        match event {
            Ok(event) => seen.push(event.data),
            Err(error) => return (seen, Some(error)),
        }
    }
    (seen, None)
}

async fn check(reply: Reply, expected: &str) {
    let server = ModelServer::start(Script::always(reply)).await.unwrap();
    let (_, error) = post(
        &format!("{}/chat/completions", server.base_url()),
        Limits::default(),
    )
    .await;
    let host = server.base_url().replace("http://", "").replace("/v1", "");
    assert_eq!(
        error.map(|error| format!("{}: {error}", error.code()).replace(&host, "HOST")),
        Some(expected.into())
    );
}

#[tokio::test]
async fn a_stream_arrives_with_the_key_in_its_header() {
    let server = ModelServer::start(Script::always(Reply::says("hello")))
        .await
        .unwrap();
    let (events, error) = post(
        &format!("{}/chat/completions", server.base_url()),
        Limits::default(),
    )
    .await;
    assert_eq!(error, None);
    assert_eq!(events.last().map(String::as_str), Some("[DONE]"));
    let requests = server.requests();
    assert_eq!(
        requests[0].header("authorization"),
        Some("Bearer sk-test-5up3r")
    );
    assert_eq!(requests[0].header("accept"), Some("text/event-stream"));
}

#[tokio::test]
async fn each_fault_has_its_name() {
    let echo = json!({"error": {"message": format!("no such key {KEY}")}});
    check(
        Reply::status(401, echo.clone()),
        "unauthorized: HOST does not accept the key (status 401)",
    )
    .await;
    check(
        Reply::status(403, echo.clone()),
        "unauthorized: HOST does not accept the key (status 403)",
    )
    .await;
    check(
        Reply::status(400, echo.clone()),
        "rejected: HOST did not accept the request (status 400)",
    )
    .await;
    check(
        Reply::status(500, echo),
        "server_error: HOST failed (status 500)",
    )
    .await;
    check(
        Reply::status(503, json!(null)),
        "overloaded: HOST is overloaded (status 503)",
    )
    .await;
    check(
        Reply::rate_limited("3"),
        "rate_limited: HOST says there were too many requests",
    )
    .await;
    let redirect = Reply::new().step(Step::Redirect("https://evil.test/v1?k=1".into()));
    check(redirect, "redirected: HOST redirects to evil.test").await;
    let html = Reply::new().step(Step::Html("<html>Sign in".into()));
    check(
        html,
        "not_a_stream: HOST answered with text/html; charset=utf-8 instead of a stream",
    )
    .await;
    check(
        Reply::new().step(Step::HangUp),
        "cut: the answer from HOST was cut off",
    )
    .await;
    check(
        Reply::says("hel").step(Step::Cut),
        "cut: the answer from HOST was cut off",
    )
    .await;
    let huge = Reply::new().step(Step::Raw("x".repeat(1024 * 1024 + 1)));
    check(huge, "too_large: HOST sent more than 1048576 bytes at once").await;
}

#[tokio::test]
async fn what_a_server_echoes_comes_back_without_the_key() {
    let body = json!({"error": {"message": format!("bad header Bearer {KEY}")}});
    let server = ModelServer::start(Script::always(Reply::status(422, body)))
        .await
        .unwrap();
    let (_, error) = post(
        &format!("{}/chat/completions", server.base_url()),
        Limits::default(),
    )
    .await;
    let Some(HttpError::Rejected { body, .. }) = error else {
        panic!("{error:?}")
    };
    assert_eq!(body, r#"{"error":{"message":"bad header Bearer [key]"}}"#);
}

#[tokio::test]
async fn a_closed_port_and_an_unknown_name_are_told_apart() {
    let closed = ModelServer::refusing_base_url().await.unwrap();
    let (_, error) = post(&closed, Limits::default()).await;
    assert!(
        matches!(error, Some(HttpError::Refused { .. })),
        "{error:?}"
    );
    // A name under `.invalid` is answered by no resolver.
    let (_, error) = post("http://model.invalid/v1", Limits::default()).await;
    assert_eq!(
        error,
        Some(HttpError::Unreachable {
            host: "model.invalid".into()
        })
    );
}

#[tokio::test]
async fn a_server_without_tls_is_a_tls_error_for_https() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let plain = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .await
            .unwrap();
        stream
    };
    let (_stream, (_, error)) = tokio::join!(plain, post(&url, Limits::default()));
    assert!(matches!(error, Some(HttpError::Tls { .. })), "{error:?}");
}

#[tokio::test]
async fn silence_is_an_error_before_and_within_an_answer() {
    let short = Duration::from_millis(30);
    let limits = Limits {
        first_byte: short,
        ..Limits::default()
    };
    let server = ModelServer::start(Script::always(Reply::new().step(Step::Stall)))
        .await
        .unwrap();
    let (_, error) = post(&format!("{}/chat/completions", server.base_url()), limits).await;
    assert!(matches!(error, Some(HttpError::Idle { .. })), "{error:?}");

    let limits = Limits {
        idle: short,
        ..Limits::default()
    };
    let server = ModelServer::start(Script::always(Reply::says("a").step(Step::Stall)))
        .await
        .unwrap();
    let (events, error) = post(&format!("{}/chat/completions", server.base_url()), limits).await;
    assert!(matches!(error, Some(HttpError::Idle { .. })), "{error:?}");
    assert!(
        events
            .iter()
            .any(|event| event.contains(r#""content":"a""#))
    );
}

#[tokio::test]
async fn dropping_the_stream_closes_the_connection() {
    let server = ModelServer::start(Script::always(Reply::says("a").gate("held")))
        .await
        .unwrap();
    let url = Url::parse(&format!("{}/chat/completions", server.base_url())).unwrap();
    let client = Client::new().unwrap();
    let mut events = client
        .post_stream(&url, &headers(), &json!({}))
        .await
        .unwrap();
    assert!(events.next().await.is_some());
    server.gate("held").reached().await;
    drop(events);
    server.wait_for_abandoned(1).await;
}

#[tokio::test]
async fn a_compressed_stream_is_read_like_any_other() {
    // gzip of "data: zip\n\ndata: zap\n\n".
    let bytes = [
        0x1f, 0x8b, 0x8, 0, 0, 0, 0, 0, 0x2, 0x3, 0x4b, 0x49, 0x2c, 0x49, 0xb4, 0x52, 0xa8, 0xca,
        0x2c, 0xe0, 0xe2, 0x4a, 0x81, 0x30, 0x13, 0x81, 0x4c, 0, 0x5e, 0xe1, 0x1c, 0x7, 0x16, 0, 0,
        0,
    ];
    let mut zipped = Canned::ok("text/event-stream", bytes);
    zipped
        .headers
        .push(("content-encoding".into(), "gzip".into()));
    let server = WebServer::start([("/zip", zipped)]).await.unwrap();
    let (events, error) = post(&server.url("/zip"), Limits::default()).await;
    assert_eq!(
        (events, error),
        (vec!["zip".to_owned(), "zap".to_owned()], None)
    );
}
