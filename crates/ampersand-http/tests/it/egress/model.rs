//! Requests to the model endpoint.

use std::time::Duration;

use ampersand_http::egress::{Api, Event, ModelRoute, Policy, Refusal};
use ampersand_http::{Headers, HttpError, Secret};
use ampersand_testkit::model_server::{ModelServer, Reply, Script, Step, When};

use super::{KEY, Out, model, post, rest, status, until, upstream::Upstream};

#[tokio::test]
async fn the_agents_keys_stay_here_and_ours_stays_hidden() {
    let echo = format!("{{\"error\": \"bad key {KEY}, yes {KEY}\"}}");
    let head = format!("HTTP/1.1 401 No\r\nX-Echo: {KEY}\r\nSet-Cookie: a=b\r\nX-Request-Id: r1");
    let upstream = Upstream::answers("}", &head, &echo).await;
    let mut out = Out::new(model(&upstream.base_url()));
    let own = "Authorization: Bearer sk-own\r\nX-Api-Key: sk-own\r\nApi-Key: sk-own\r\nCookie: c=sk-own\r\n\
               OpenAI-Organization: sk-own\r\nX-Forwarded-Host: sk-own\r\nUser-Agent: agent/1\r\n\
               Accept-Encoding: br, gzip\r\nConnection: keep-alive\r\n";
    let answer = out
        .ask(&post("/v1/chat/completions?key=sk-own", own, "{}"))
        .await;
    let heard = upstream.heard().join("").to_ascii_lowercase();
    assert!(
        heard.starts_with("post /v1/chat/completions http/1.1\r\n"),
        "{heard}"
    );
    assert!(heard.contains(&format!("authorization: bearer {KEY}\r\n")));
    assert!(heard.contains("user-agent: agent/1") && heard.contains("accept-encoding: identity"));
    assert!(!heard.contains("sk-own"), "{heard}");
    assert_eq!(status(&answer), 401);
    assert!(answer.contains("bad key [key], yes [key]") && answer.contains("x-request-id: r1"));
    assert!(!answer.contains(KEY) && !answer.contains("a=b"), "{answer}");
    let host = upstream.address.to_string();
    let error = HttpError::Unauthorized { host, status: 401 };
    let begun = false;
    assert_eq!(
        out.events.recv().await,
        Some(Event::Failed { error, begun })
    );
}

#[tokio::test]
async fn an_answer_is_passed_on_word_by_word() {
    let reply = Reply::says("first").gate("held").text(" last");
    let server = ModelServer::start(Script::always(reply)).await.unwrap();
    let out = Out::new(model(&server.base_url()));
    let ask = post(
        "/v1/chat/completions",
        "Expect: 100-continue\r\n",
        r#"{"stream": true}"#,
    );
    let mut stream = out.open(&ask).await;
    let begun = until(&mut stream, "first").await;
    assert!(begun.contains("HTTP/1.1 200") && begun.contains("content-type: text/event-stream"));
    assert!(!begun.contains("last"));
    let gate = server.gate("held");
    gate.reached().await;
    gate.release();
    let ended = rest(&mut stream).await;
    assert!(
        ended.contains(" last") && ended.ends_with("0\r\n\r\n"),
        "{ended}"
    );
    assert_eq!(
        server.requests()[0].header("authorization"),
        Some(format!("Bearer {KEY}").as_str())
    );
    let usage = out.proxy.usage();
    assert_eq!((usage.model_requests, usage.uploaded_bytes), (1, 16));
    assert!(usage.downloaded_bytes > 100);
}

#[tokio::test]
async fn an_agent_that_leaves_ends_its_request() {
    let reply = Reply::says("first").gate("held");
    let server = ModelServer::start(Script::always(reply)).await.unwrap();
    let out = Out::new(model(&server.base_url()));
    let mut stream = out.open(&post("/v1/chat/completions", "", "{}")).await;
    until(&mut stream, "first").await;
    drop(stream);
    server.wait_for_abandoned(1).await;
}

#[tokio::test]
async fn other_paths_and_other_ways_in_are_refused() {
    let upstream = Upstream::answers("}", "HTTP/1.1 200 OK", "{}").await;
    let mut out = Out::new(model(&upstream.base_url()));
    for (text, code, why) in [
        (post("/v1/files", "", "{}"), 403, "path_refused"),
        (post("/v1/batches", "", "{}"), 403, "path_refused"),
        (post("/v1/responses", "", "{}"), 403, "path_refused"),
        (post("/v1/../v1/messages", "", "{}"), 403, "path_refused"),
        (
            "DELETE /v1/models/m HTTP/1.1\r\nHost: @\r\n\r\n".into(),
            403,
            "path_refused",
        ),
        (
            "POST /v1/messages HTTP/1.1\r\nHost: elsewhere\r\nContent-Length: 2\r\n\r\n{}".into(),
            400,
            "host_mismatch",
        ),
        (
            "GET /v1/models HTTP/1.1\r\nHost: @\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
                .into(),
            403,
            "upgrade_refused",
        ),
        (
            "GET http://@/v1/models HTTP/1.1\r\nHost: @\r\n\r\n".into(),
            403,
            "address_refused",
        ),
    ] {
        let answer = out.ask(&text).await;
        assert_eq!(status(&answer), code, "{text}");
        assert!(answer.contains(&format!("\"code\":\"{why}\"")), "{answer}");
        assert_eq!(out.refusal().await.code(), why);
    }
    assert_eq!(upstream.heard(), Vec::<String>::new());
    assert_eq!(out.proxy.usage().refused, 8);
}

#[tokio::test]
async fn what_could_be_read_in_two_ways_never_arrives() {
    let upstream = Upstream::answers("}", "HTTP/1.1 200 OK", "{}").await;
    let mut out = Out::new(model(&upstream.base_url()));
    let smuggled = "POST /v1/files HTTP/1.1\r\nHost: @\r\nContent-Length: 2\r\n\r\n{}";
    for lines in [
        "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n",
        "Content-Length: 2\r\nContent-Length: 3\r\n",
        "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding:\u{b}chunked\r\n",
        "Content-Length: 2\r\nHost: elsewhere\r\n",
        "Content-Length: 2\nX: y\r\n",
    ] {
        let text =
            format!("POST /v1/messages HTTP/1.1\r\nHost: @\r\n{lines}\r\n0\r\n\r\n{smuggled}");
        assert_eq!(status(&out.ask(&text).await), 400, "{lines:?}");
        assert_eq!(out.refusal().await.code(), "request_malformed");
    }
    let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    assert_eq!(status(&out.ask(preface).await), 400);
    out.refusal().await;
    // A second request behind a good first one is never read.
    let answer = out
        .ask(&(post("/v1/messages", "", "{}") + smuggled + &post("/v1/messages", "", "{}")))
        .await;
    assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
    assert_eq!(upstream.heard().len(), 1);
}

#[tokio::test]
async fn a_redirect_of_the_endpoint_is_not_followed() {
    let other = Upstream::answers("}", "HTTP/1.1 200 OK", "{}").await;
    let head = format!(
        "HTTP/1.1 307 There\r\nLocation: http://{}/v1/messages",
        other.address
    );
    let upstream = Upstream::answers("}", &head, "").await;
    let mut out = Out::new(model(&upstream.base_url()));
    let answer = out.ask(&post("/v1/messages", "", "{}")).await;
    assert_eq!(status(&answer), 502);
    assert!(
        !answer.to_ascii_lowercase().contains("location:"),
        "{answer}"
    );
    let to = other.address.to_string();
    assert_eq!(out.refusal().await, Refusal::Redirected { to });
    assert_eq!(other.heard(), Vec::<String>::new());
}

#[tokio::test]
async fn an_endpoint_that_is_not_there_is_said_in_the_agents_own_form() {
    let nowhere = ModelServer::refusing_base_url().await.unwrap();
    let mut out = Out::new(model(&nowhere));
    let answer = out.ask(&post("/v1/messages", "", "{}")).await;
    assert_eq!(status(&answer), 502);
    assert!(
        answer.contains("\"code\":\"connection_refused\""),
        "{answer}"
    );
    assert!(matches!(
        out.events.recv().await,
        Some(Event::Failed { .. })
    ));
}

#[tokio::test]
async fn what_came_of_each_question_is_told_and_of_looking_around_nothing_is() {
    let limited = Reply::rate_limited("7");
    let script = Script::new()
        .rule(When::nth(0), limited)
        .rule(When::nth(1), Reply::says("whole"));
    let server = ModelServer::start(script).await.unwrap();
    let mut out = Out::new(model(&server.base_url()));
    out.ask("GET /v1/models HTTP/1.1\r\nHost: @\r\n\r\n").await;
    let ask = post("/v1/chat/completions", "", r#"{"stream": true}"#);
    assert_eq!(status(&out.ask(&ask).await), 429);
    let Some(Event::Failed {
        error: HttpError::RateLimited {
            retry_after, body, ..
        },
        begun: false,
    }) = out.events.recv().await
    else {
        panic!("the limit is not told of")
    };
    assert_eq!(retry_after, Some(Duration::from_secs(7)));
    assert!(body.contains("too many requests"), "{body}");
    assert_eq!(status(&out.ask(&ask).await), 200);
    assert_eq!(out.events.recv().await, Some(Event::Answered));
}

#[tokio::test]
async fn after_an_answer_that_broke_off_nothing_is_asked_again() {
    let reply = Reply::says("half").step(Step::Cut);
    let server = ModelServer::start(Script::always(reply)).await.unwrap();
    let mut out = Out::new(model(&server.base_url()));
    let ask = post("/v1/chat/completions", "", r#"{"stream": true}"#);
    assert!(!out.ask(&ask).await.ends_with("0\r\n\r\n"));
    let failed = out.events.recv().await.unwrap();
    let cut = |event: &Event| matches!(event, Event::Failed { error, begun: true } if error.code() == "cut");
    assert!(cut(&failed), "{failed:?}");
    out.proxy.pause();
    out.proxy.resume();
    let mut again = out.open(&ask).await;
    out.proxy.close().await;
    assert_eq!(rest(&mut again).await, "");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_refreshed_key_is_used_from_the_next_request_on() {
    let upstream = Upstream::answers("}", "HTTP/1.1 200 OK", "{}").await;
    let out = Out::new(model(&upstream.base_url()));
    assert_eq!(status(&out.ask(&post("/v1/messages", "", "{}")).await), 200);
    let headers = Headers::new().secret("x-api-key", "", Secret::new("sk-next"));
    let route = ModelRoute::new(&upstream.base_url(), vec![Api::AnthropicMessages], headers);
    out.proxy.set_model(Some(route.unwrap()));
    assert_eq!(status(&out.ask(&post("/v1/messages", "", "{}")).await), 200);
    let heard = upstream.heard();
    assert!(heard[0].contains(KEY) && !heard[0].contains("sk-next"));
    assert!(heard[1].contains("x-api-key: sk-next") && !heard[1].contains(KEY));
}

#[tokio::test]
async fn the_default_policy_lets_nothing_out() {
    let mut out = Out::new(Policy::default());
    for (text, why) in [
        (post("/v1/messages", "", "{}"), "no_model_endpoint"),
        (
            "CONNECT x.example:443 HTTP/1.1\r\nHost: x.example:443\r\n\r\n".to_owned(),
            "host_not_allowed",
        ),
        (
            "GET http://x.example/ HTTP/1.1\r\nHost: x.example\r\n\r\n".to_owned(),
            "host_not_allowed",
        ),
    ] {
        assert_eq!(status(&out.ask(&text).await), 403, "{text}");
        assert_eq!(out.refusal().await.code(), why);
    }
}
