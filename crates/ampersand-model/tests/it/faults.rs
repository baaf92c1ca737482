//! Answers that do not: each fault by its code, and whether it was tried again.

use ampersand_core::Failure;
use ampersand_model::{Delta, ModelError};
use ampersand_testkit::model_server::{ModelServer, Reply, Script, Step, When};
use futures::StreamExt;
use serde_json::json;

use crate::stream::{ask, model};

async fn answer(base_url: &str) -> (String, Option<ModelError>) {
    let mut deltas = model(base_url).stream(&ask("hi"));
    let mut text = String::new();
    while let Some(delta) = deltas.next().await {
        match delta {
            Ok(Delta::Text { text: piece }) => text.push_str(&piece),
            Ok(_) => {}
            Err(error) => {
                assert!(
                    deltas.next().await.is_none(),
                    "an answer ends with its error"
                );
                return (text, Some(error));
            }
        }
    }
    (text, None)
}

/// Asks once and checks what came before the fault, the fault, and how many requests it took.
async fn check(reply: Reply, text: &str, code: &str, message: &str, requests: usize) {
    let server = ModelServer::start(Script::always(reply)).await.unwrap();
    let (before, error) = answer(&server.base_url()).await;
    let failure = Failure::from(&error.unwrap());
    let host = server.base_url().replace("http://", "").replace("/v1", "");
    assert_eq!((before.as_str(), failure.code.as_str()), (text, code));
    assert_eq!(failure.message.replace(&host, "HOST"), message);
    assert!(failure.hint.ends_with('.') && !format!("{failure:?}").contains("sk-test-1"));
    assert_eq!(server.requests().len(), requests, "{code}");
}

fn said(message: &str) -> serde_json::Value {
    json!({"error": {"message": message}})
}

#[tokio::test]
async fn what_the_person_must_mend_is_said_at_once() {
    let key = "HOST does not accept the key (status 401).";
    check(
        Reply::status(401, said("sk-test-1 is wrong")),
        "",
        "unauthorized",
        key,
        1,
    )
    .await;
    let long = "The conversation is longer than the model can read. It said: “maximum context length is 8”";
    check(
        Reply::status(400, said("maximum context length is 8")),
        "",
        "context_too_long",
        long,
        1,
    )
    .await;
    check(
        Reply::status(500, said("maximum context length is 8")),
        "",
        "context_too_long",
        long,
        1,
    )
    .await;
    let none = "HOST has no model scripted. It said: “pull it first”";
    check(
        Reply::status(404, json!({"error": "pull it first"})),
        "",
        "no_such_model",
        none,
        1,
    )
    .await;
    let quota = json!({"error": {"message": "pay", "code": "insufficient_quota"}});
    check(
        Reply::status(429, quota),
        "",
        "quota_used_up",
        "HOST says the quota is used up. It said: “pay”",
        1,
    )
    .await;
    let page = Reply::new().step(Step::Html("<!doctype html><h1>Login".into()));
    check(page, "", "web_page", "HOST answered with a web page.", 1).await;
    let long_wait = "HOST says there were too many requests; the next try is possible in 3600 s.";
    check(
        Reply::rate_limited("3600"),
        "",
        "rate_limited",
        long_wait,
        1,
    )
    .await;
    let to = Reply::new().step(Step::Redirect("http://other.test/".into()));
    check(to, "", "redirected", "HOST redirects to other.test.", 1).await;
}

#[tokio::test]
async fn an_answer_that_began_is_never_asked_for_again() {
    let cut = "The answer from HOST was cut off.";
    check(
        Reply::says("half a wo").step(Step::Cut),
        "half a wo",
        "cut",
        cut,
        1,
    )
    .await;
    check(
        Reply::says("no end").step(Step::EndEarly),
        "no end",
        "cut",
        cut,
        1,
    )
    .await;
    let json = "HOST sent malformed JSON.";
    check(
        Reply::says("a").step(Step::Event("{oops".into())),
        "a",
        "bad_json",
        json,
        1,
    )
    .await;
    let error = Reply::says("a").step(Step::Event(said("out of memory").to_string()));
    check(
        error,
        "a",
        "model_reported",
        "HOST reported an error. It said: “out of memory”",
        1,
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_passes_by_itself_is_waited_out() {
    for fault in [
        Reply::rate_limited("1"),
        Reply::status(500, said("oops")),
        Reply::status(503, json!(null)),
        Reply::new().step(Step::HangUp),
    ] {
        let script = Script::new()
            .times(2, When::anything(), fault)
            .rule(When::anything(), Reply::says("ok"));
        let server = ModelServer::start(script).await.unwrap();
        assert_eq!(answer(&server.base_url()).await, ("ok".to_owned(), None));
        assert_eq!(server.requests().len(), 3);
    }
}

#[tokio::test(start_paused = true)]
async fn what_does_not_pass_is_given_up_after_four_attempts() {
    check(
        Reply::status(500, said("oops")),
        "",
        "server_error",
        "HOST failed (status 500).",
        4,
    )
    .await;
    let (_, error) = answer(&ModelServer::refusing_base_url().await.unwrap()).await;
    assert_eq!(error.unwrap().code(), "connection_refused");
    let (_, error) = answer("http://model.invalid/v1").await;
    assert_eq!(error.unwrap().code(), "unreachable");
}

#[test]
fn an_address_that_is_none_is_said_before_anything_is_sent() {
    for base_url in ["", "localhost:11434", "file:///v1", "not a url"] {
        let endpoint = ampersand_model::Endpoint {
            api: ampersand_model::Api::Responses,
            base_url: base_url.to_owned(),
            model: "m".to_owned(),
            key: None,
        };
        let client = ampersand_http::Client::new().unwrap();
        let error = ampersand_model::Model::new(client, endpoint).unwrap_err();
        assert_eq!(error.code(), "request_invalid", "{base_url}");
    }
}
