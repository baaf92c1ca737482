//! Answers that stream: whether they came whole, and what follows where they did not.

use ampersand_http::HttpError;
use ampersand_http::egress::{Event, Policy};
use ampersand_testkit::model_server::{ModelServer, Reply, Script, Step};

use super::{Out, model, post, rest, status, upstream::Upstream};

/// What an agent asks, and what it may be told in the middle of an answer.
const ASKED: [(&str, &str); 2] = [
    (
        "/v1/chat/completions",
        r#"{"error":{"message":"engine on fire"}}"#,
    ),
    (
        "/v1/messages",
        r#"{"type":"error","error":{"type":"api_error","message":"engine on fire"}}"#,
    ),
];

/// Asks twice of a server that always says `reply`: what the first answer was, and what was told of it. The second never
/// reaches the server.
async fn asked_once(path: &str, reply: Reply) -> (String, Event) {
    let server = ModelServer::start(Script::always(reply)).await.unwrap();
    let mut out = Out::new(model(&server.base_url()));
    let ask = post(path, "", r#"{"stream": true}"#);
    let answer = out.ask(&ask).await;
    let told = out.events.recv().await.unwrap();
    let mut again = out.open(&ask).await;
    out.proxy.close().await;
    assert_eq!(rest(&mut again).await, "", "{path}");
    assert_eq!(server.requests().len(), 1, "{path}");
    (answer, told)
}

#[tokio::test]
async fn a_stream_that_ends_without_its_end_broke_off() {
    for (path, _) in ASKED {
        let (answer, told) = asked_once(path, Reply::says("half").step(Step::EndEarly)).await;
        assert!(!answer.ends_with("0\r\n\r\n"), "{path} {answer}");
        let is_cut = matches!(
            &told,
            Event::Failed {
                error: HttpError::Cut { .. },
                begun: true
            }
        );
        assert!(is_cut, "{path} {told:?}");
    }
}

#[tokio::test]
async fn after_an_error_in_the_middle_of_an_answer_nothing_is_asked_again() {
    for (path, fault) in ASKED {
        let reply = Reply::says("half").step(Step::Event(fault.to_owned()));
        let (answer, told) = asked_once(path, reply).await;
        assert!(answer.contains("engine on fire"), "{path} {answer}");
        let Event::Failed {
            error: HttpError::Reported { body, .. },
            begun: true,
        } = told
        else {
            panic!("{path} {told:?}")
        };
        assert_eq!(body, fault);
    }
}

#[tokio::test]
async fn an_error_in_place_of_an_answer_costs_nothing_and_may_be_asked_again() {
    for (path, fault) in ASKED {
        let reply = Reply::default().step(Step::Event(fault.to_owned()));
        let server = ModelServer::start(Script::always(reply)).await.unwrap();
        let mut out = Out::new(model(&server.base_url()));
        for nth in 1..=2 {
            out.ask(&post(path, "", r#"{"stream": true}"#)).await;
            let told = out.events.recv().await.unwrap();
            let Event::Failed {
                error: HttpError::Reported { .. },
                begun: false,
            } = told
            else {
                panic!("{path} {told:?}")
            };
            assert_eq!(server.requests().len(), nth);
        }
    }
}

#[tokio::test]
async fn of_an_answer_that_was_whole_nothing_is_missing_however_its_connection_ends() {
    let whole = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n\
                Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
    let answer = format!("{head}{:x}\r\n{whole}\r\n", whole.len());
    let upstream = Upstream::start("}", answer).await;
    let mut out = Out::new(model(&upstream.base_url()));
    for _ in 0..2 {
        let answer = out.ask(&post("/v1/messages", "", "{}")).await;
        assert!(answer.ends_with("0\r\n\r\n"), "{answer}");
        assert_eq!(out.events.recv().await, Some(Event::Answered));
    }
}

#[tokio::test]
async fn an_answer_in_one_piece_is_whole_as_it_is() {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json";
    let upstream = Upstream::answers("}", head, r#"{"content": []}"#).await;
    let mut out = Out::new(model(&upstream.base_url()));
    assert_eq!(status(&out.ask(&post("/v1/messages", "", "{}")).await), 200);
    assert_eq!(out.events.recv().await, Some(Event::Answered));
}

#[tokio::test]
async fn what_would_be_cut_like_the_answer_before_it_is_not_asked() {
    let server = ModelServer::start(Script::always(Reply::says("more than that")))
        .await
        .unwrap();
    let mut policy: Policy = model(&server.base_url());
    policy.limits.download_bytes = 8;
    let mut out = Out::new(policy);
    let ask = post("/v1/messages", "", r#"{"stream": true}"#);
    out.ask(&ask).await;
    assert_eq!(out.refusal().await.code(), "traffic_used_up");
    let mut again = out.open(&ask).await;
    out.proxy.close().await;
    assert_eq!(rest(&mut again).await, "");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_the_last() {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: br";
    let upstream = Upstream::answers("}", head, "?").await;
    let mut out = Out::new(model(&upstream.base_url()));
    let ask = post("/v1/messages", "", "{}");
    assert_eq!(status(&out.ask(&ask).await), 502);
    assert_eq!(out.refusal().await.code(), "answer_unreadable");
    let mut again = out.open(&ask).await;
    out.proxy.close().await;
    assert_eq!(rest(&mut again).await, "");
    assert_eq!(upstream.heard().len(), 1);
}

#[tokio::test]
async fn what_the_provider_would_fetch_never_arrives() {
    let server = ModelServer::start(Script::always(Reply::says("so")))
        .await
        .unwrap();
    let mut out = Out::new(model(&server.base_url()));
    let image = r#"{"messages":[{"content":[{"image_url":{"url":"https://evil.example/?s"}}]}]}"#;
    for (body, code) in [
        (image, "fetch_refused"),
        (
            r#"{"mcp_servers":[{"url":"https://evil.example"}]}"#,
            "fetch_refused",
        ),
        ("\u{feff}{}", "request_malformed"),
    ] {
        let answer = out.ask(&post("/v1/messages", "", body)).await;
        assert_eq!(status(&answer), 400, "{answer}");
        assert_eq!(out.refusal().await.code(), code);
    }
    assert_eq!(server.requests(), []);
    assert_eq!(out.proxy.usage().model_requests, 0);
}

#[tokio::test]
async fn the_web_that_was_taken_is_not_searched_by_the_provider_either() {
    let server = ModelServer::start(Script::always(Reply::says("so")))
        .await
        .unwrap();
    let out = Out::new(model(&server.base_url()));
    let body = r#"{"messages":[],"tools":[{"type":"web_search_20250305"},{"name":"own"}]}"#;
    let ask = post("/v1/messages", "", body);
    assert_eq!(status(&out.ask(&ask).await), 200);
    out.proxy.shutter().take_web();
    assert_eq!(status(&out.ask(&ask).await), 200);
    let requests = server.requests();
    let tools: Vec<_> = requests
        .iter()
        .map(|request| request.body["tools"].to_string())
        .collect();
    assert!(tools[0].contains("web_search"), "{tools:?}");
    assert_eq!(tools[1], r#"[{"name":"own"}]"#);
}
