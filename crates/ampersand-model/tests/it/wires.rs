//! The same answers and the same faults over each wire: the right result or one clear error, and never a second request
//! once an answer began.

use ampersand_http::Client;
use ampersand_model::{Api, Delta, Message, ModelError, Stop};
use ampersand_testkit::model_server::{ModelServer, Reply, Script, Shape, Step, When};
use futures::StreamExt;
use serde_json::json;

use crate::stream::{ask, model_of};

const APIS: [Api; 3] = [Api::ChatCompletions, Api::Responses, Api::AnthropicMessages];

/// Asks once and gives everything that came, in order.
async fn answer(api: Api, server: &ModelServer, client: Client) -> Vec<Result<Delta, ModelError>> {
    let model = model_of(api, &server.base_url(), client);
    model.stream(&ask("hi")).collect().await
}

fn text(text: &str) -> Result<Delta, ModelError> {
    Ok(Delta::Text { text: text.into() })
}

/// Text with every kind of letter, and two calls in pieces.
fn reply() -> Reply {
    Reply::says("Grüße 🦀\n")
        .text("und \u{2028}mehr")
        .call("show", json!({"task": "t-1", "ünïcode": "🦀", "n": [1, 2]}))
        .call("find", json!({}))
        .step(Step::Usage {
            input: 100,
            output: 7,
            cached: 60,
        })
}

fn told(deltas: &[Result<Delta, ModelError>]) -> (String, Vec<String>, Option<Delta>, Delta) {
    let (mut said, mut calls, mut usage) = (String::new(), Vec::new(), None);
    for delta in deltas {
        match delta.as_ref().unwrap() {
            Delta::Text { text } => said.push_str(text),
            Delta::Call { call, .. } => {
                calls.push(format!("{} {} {}", call.id, call.name, call.arguments));
            }
            told @ Delta::Usage { .. } => usage = Some(told.clone()),
            Delta::Done { .. } => {}
        }
    }
    let done = deltas.last().unwrap().clone().unwrap();
    (said, calls, usage, done)
}

fn check_whole(deltas: &[Result<Delta, ModelError>], api: Api, shape: Option<Shape>) {
    let (said, calls, usage, done) = told(deltas);
    assert_eq!(said, "Grüße 🦀\nund \u{2028}mehr", "{api:?} {shape:?}");
    assert_eq!(
        calls,
        [
            r#"call_0_0 show {"n":[1,2],"task":"t-1","ünïcode":"🦀"}"#,
            "call_0_1 find {}"
        ],
        "{api:?} {shape:?}"
    );
    let expected = Delta::Usage {
        input_tokens: 100,
        output_tokens: 7,
        cached_tokens: 60,
    };
    assert_eq!(usage, Some(expected), "{api:?} {shape:?}");
    assert_eq!(done, Delta::Done { stop: Stop::Calls }, "{api:?} {shape:?}");
}

#[tokio::test]
async fn an_answer_is_the_same_however_it_is_written() {
    for api in APIS {
        for shape in [
            None,
            Some(Shape::Bytes),
            Some(Shape::Crlf),
            Some(Shape::Comments),
            Some(Shape::MultiLine),
            Some(Shape::Gzip),
        ] {
            let mut steps = reply().steps;
            steps.splice(0..0, shape.map(Step::Shape));
            let server = ModelServer::start(Script::always(Reply { steps }))
                .await
                .unwrap();
            let deltas = answer(api, &server, Client::new().unwrap()).await;
            check_whole(&deltas, api, shape);
            assert_eq!(server.requests().len(), 1);
        }
    }
}

#[tokio::test]
async fn each_api_is_asked_at_its_path_with_its_key_in_its_place() {
    for (api, path, header, value) in [
        (
            Api::ChatCompletions,
            "/v1/chat/completions",
            "authorization",
            "Bearer sk-test-1",
        ),
        (
            Api::Responses,
            "/v1/responses",
            "authorization",
            "Bearer sk-test-1",
        ),
        (
            Api::AnthropicMessages,
            "/v1/messages",
            "x-api-key",
            "sk-test-1",
        ),
    ] {
        let server = ModelServer::start(Script::always(Reply::says("a")))
            .await
            .unwrap();
        answer(api, &server, Client::new().unwrap()).await;
        let request = &server.requests()[0];
        assert_eq!(request.path, path);
        assert_eq!(request.header(header), Some(value));
        let keys = |name: &&str| request.header(name).is_some();
        assert_eq!(
            ["authorization", "x-api-key"]
                .iter()
                .filter(|n| keys(n))
                .count(),
            1
        );
        assert_eq!(request.body["stream"], true);
        assert_eq!(request.as_chat()["messages"][1]["content"], "hi");
        assert_eq!(
            request.as_chat()["messages"][0]["content"],
            "You are a project manager."
        );
    }
}

#[tokio::test]
async fn a_conversation_with_tools_goes_round() {
    for api in APIS {
        let script = Script::new()
            .rule(
                When::user("look").after_results(0),
                Reply::says("I look").call("find", json!({"q": "x"})),
            )
            .rule(
                When::user("look").after_results(1).and_system("manager"),
                Reply::says("found"),
            );
        let server = ModelServer::start(script).await.unwrap();
        let model = model_of(api, &server.base_url(), Client::new().unwrap());
        let mut request = ask("look");
        let deltas: Vec<_> = model.stream(&request).collect().await;
        let call = deltas.iter().find_map(|delta| match delta {
            Ok(Delta::Call { call, .. }) => Some(call.clone()),
            _ => None,
        });
        let call = call.unwrap();
        let id = call.id.clone();
        request.messages.push(Message::Assistant {
            text: "I look".to_owned(),
            calls: vec![call],
        });
        request
            .messages
            .push(Message::tool_result(&id, "x stands in a.rs"));
        let deltas: Vec<_> = model.stream(&request).collect().await;
        assert_eq!(deltas[0], text("found"), "{api:?}");
        let sent = server.requests()[1].as_chat();
        let roles: Vec<_> = sent["messages"].as_array().unwrap().iter().collect();
        assert!(
            roles
                .iter()
                .any(|m| m["role"] == "tool" && m["tool_call_id"] == id.as_str()),
            "{api:?} {sent}"
        );
    }
}

#[tokio::test]
async fn an_answer_without_usage_and_one_cut_by_a_limit_are_whole() {
    for api in APIS {
        let silent = Reply::says("a").step(Step::WithoutUsage);
        let server = ModelServer::start(Script::always(silent)).await.unwrap();
        let deltas = answer(api, &server, Client::new().unwrap()).await;
        let done = |stop| Ok(Delta::Done { stop });
        assert_eq!(deltas, [text("a"), done(Stop::End)], "{api:?}");
        for (reason, stop) in [("length", Stop::Length), ("content_filter", Stop::Filtered)] {
            let reply = Reply::says("a").step(Step::Finish(reason.into()));
            let server = ModelServer::start(Script::always(reply)).await.unwrap();
            let deltas = answer(api, &server, Client::new().unwrap()).await;
            assert_eq!(deltas.last(), Some(&done(stop)), "{api:?} {reason}");
        }
    }
}

/// What came before the fault, the fault's code, and that nothing was asked twice.
async fn check(api: Api, reply: Reply, before: &str, code: &str) {
    let server = ModelServer::start(Script::always(reply)).await.unwrap();
    let mut deltas = answer(api, &server, Client::new().unwrap()).await;
    let error = deltas.pop().unwrap().unwrap_err();
    assert_eq!(error.code(), code, "{api:?} {error}");
    let said: Vec<_> = deltas.into_iter().collect();
    let expected: Vec<_> = (!before.is_empty())
        .then(|| text(before))
        .into_iter()
        .collect();
    assert_eq!(said, expected, "{api:?} {code}");
    assert_eq!(server.requests().len(), 1, "{api:?} {code}");
}

#[tokio::test]
async fn every_fault_is_one_clear_error_and_one_request() {
    for api in APIS {
        let half = || Reply::says("half");
        let error = match api {
            Api::Responses => json!({"type": "error", "code": "server_error", "message": "oops"}),
            _ => json!({"type": "error", "error": {"type": "api_error", "message": "oops"}}),
        };
        check(
            api,
            half().step(Step::Event(error.to_string())),
            "half",
            "model_reported",
        )
        .await;
        check(
            api,
            half().step(Step::Event("{oops".into())),
            "half",
            "bad_json",
        )
        .await;
        check(api, half().step(Step::EndEarly), "half", "cut").await;
        check(api, half().step(Step::Cut), "half", "cut").await;
        let page = Step::Html("<!doctype html><h1>Login".into());
        check(api, Reply::new().step(page), "", "web_page").await;
        let away = Step::Redirect("http://other.test/".into());
        check(api, Reply::new().step(away), "", "redirected").await;
        // A call that was being written is never carried out.
        let mut calling = Reply::new().call("show", json!({"task": "t-1"}));
        calling.steps.push(Step::EndEarly);
        check(api, calling, "", "cut").await;
    }
}

#[tokio::test(start_paused = true)]
async fn silence_is_given_up_on_and_not_asked_again() {
    for api in APIS {
        check(api, Reply::says("half").step(Step::Stall), "half", "idle").await;
        check(api, Reply::new().step(Step::Stall), "", "idle").await;
    }
}
